"""Tries every route of a daemon with Schemathesis: requests that /openapi.json allows and requests that it does not. Fails on an answer of
5xx, a status, type or body that the document does not describe, a bad request that is taken, and a 405 without Allow.

    python tests/interop/openapi_schemathesis.py --llmasosd build/release/bin/llmasosd [--model FOLDER [--encoder FOLDER]] [--examples N]

FOLDER is a model with a tokenizer, such as stories260K; of --encoder one such as BERT. Without --model, those of
LLMASOS_TEST_DATA. Ends with 77 where Schemathesis or the models are missing. Requests name the model, job and pipeline
that are there, so that they get as far as them.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

from serve_daemon import Daemon, models_of, skip_without

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,negative_data_rejection,unsupported_method"

HOOKS = '''
import schemathesis

ENCODER_PATHS = {"/v1/embeddings": "ENCODER", "/v1/classify": "ENCODER"}
KNOWN = {"/v1/jobs": "JOB", "/v1/pipelines": "p", "/v1/models": "m"}


@schemathesis.hook
def map_body(context, body):
    # An empty name is a bad request, and must stay one.
    if isinstance(body, dict) and isinstance(body.get("model"), str) and body["model"]:
        body["model"] = ENCODER_PATHS.get(context.operation.path, "m")
    for limit in ("max_tokens", "max_completion_tokens", "max_output_tokens"):
        if isinstance(body, dict) and isinstance(body.get(limit), int) and body[limit] > 4:
            body[limit] = 4
    if context.operation.path == "/v1/jobs" and isinstance(body, dict) and isinstance(body.get("name"), str) and body["name"]:
        body["name"] = "p"
    return body


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    # Of every two requests, one names what is there.
    for name, value in (path_parameters or {}).items():
        for path, known in KNOWN.items():
            if context.operation.path.startswith(path + "/") and len(str(value)) % 2 == 0:
                path_parameters[name] = known
    return path_parameters
'''


def submit(url):
    """The id of a job."""
    body = json.dumps({"name": "p"}).encode()
    with urllib.request.urlopen(urllib.request.Request(url + "/v1/jobs", body)) as answer:
        return json.load(answer)["id"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llmasosd", required=True)
    parser.add_argument("--model")
    parser.add_argument("--encoder")
    parser.add_argument("--examples", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    skip_without("schemathesis")
    with tempfile.TemporaryDirectory() as folder, Daemon(options.llmasosd, models := models_of(options, folder), ["workers.drain_seconds=1"]) as daemon:
        hooks = pathlib.Path(folder) / "hooks.py"
        hooks.write_text(HOOKS.replace("ENCODER", "bert" if "bert" in models else "m").replace("JOB", submit(daemon.url)))
        command = [pathlib.Path(sys.executable).parent / "schemathesis", "run", daemon.url + "/openapi.json", "--checks", CHECKS,
                   "--max-examples", str(options.examples), "--mode", "all", "--workers", "1", "--request-timeout", "30",
                   "--suppress-health-check", "all", "--seed", str(options.seed), "--generation-database", "none", "--phases", "examples,coverage,fuzzing"]
        done = subprocess.run(command, env={"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": folder, "PATH": "/usr/bin:/bin"}, cwd=folder, check=False)
    raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
