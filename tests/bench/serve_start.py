#!/usr/bin/env python3
"""How soon does llmasosd answer: after its start, and to a prompt of which it knows the beginning?

    python tests/bench/serve_start.py LLMASOSD MODEL [--compute bfloat16] [--runs 5] [--shared 2000]

MODEL: a folder such as make_random_model.py writes. Prints the seconds from the start of the program to the first 200 of
/readyz, the first run apart, for it may read the weights from the disk; then the time to the first token of a prompt of
--shared tokens and 16 more, and of one that shares the first --shared with it. Needs no package."""
import argparse
import http.client
import json
import pathlib
import random
import re
import signal
import subprocess
import tempfile
import time


def start(llmasosd, folder, path, models):
    """`models`: of each name, the keys beside its path. Returns the process, its port, and the seconds to ready."""
    settings = folder / "llmasosd.yaml"
    lines = [f"  - {{name: {name}, path: {path.resolve()}, {keys}}}\n" for name, keys in models.items()]
    settings.write_text(f"version: 1\nlisten: {{port: 0}}\nfolders: [{path.resolve()}]\nstate_folder: {folder / 'state'}\n"
                        "models:\n" + "".join(lines))
    begin = time.perf_counter()
    daemon = subprocess.Popen([llmasosd, "serve", "--config", settings], stderr=subprocess.PIPE, text=True)
    for line in daemon.stderr:
        found = re.search(r"listening on http://[^ ]*:(\d+)", line)
        if found:
            break
    port = int(found.group(1))
    connection = http.client.HTTPConnection("127.0.0.1", port)
    while True:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            return daemon, port, time.perf_counter() - begin
        time.sleep(0.001)


def end(daemon):
    daemon.send_signal(signal.SIGTERM)
    daemon.stderr.read()
    daemon.wait()


def first_token_seconds(port, ids):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = json.dumps({"model": "m", "prompt": ids, "max_tokens": 1, "temperature": 0, "stream": True,
                       "stream_options": {"include_usage": True}})
    begin = time.perf_counter()
    connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    line = answer.readline()
    while not line.startswith(b"data:"):
        line = answer.readline()
    seconds = time.perf_counter() - begin
    rest = answer.read().decode()
    cached = re.search(r'"cached_tokens":(\d+)', rest)
    return seconds, int(cached.group(1)) if cached else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llmasosd", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--compute", default="float32")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--shared", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        times = []
        for _ in range(options.runs):
            models = {"m": f"sequences: 4, backend: {{compute: {options.compute}}}"}
            daemon, port, seconds = start(options.llmasosd, pathlib.Path(name), options.model, models)
            times.append(seconds)
            if _ + 1 < options.runs:
                end(daemon)
        print("ready after " + ", ".join(f"{1e3 * t:.0f}" for t in times) + " ms", flush=True)
        if options.shared > 0:
            draw = random.Random(1)
            ids = [draw.randrange(3, 500) for _ in range(options.shared)]
            tails = [[draw.randrange(3, 500) for _ in range(16)] for _ in range(4)]
            # A first request prepares the machine for long and for short batches.
            first_token_seconds(port, tails[3])
            whole, _ = first_token_seconds(port, ids + tails[0])
            print(f"first token of {len(ids) + 16} tokens after {1e3 * whole:.1f} ms", flush=True)
            for tail in tails[1:3]:
                seconds, cached = first_token_seconds(port, ids + tail)
                print(f"first token with {cached} of them known after {1e3 * seconds:.1f} ms: {whole / seconds:.1f} times sooner",
                      flush=True)
        end(daemon)


if __name__ == "__main__":
    main()
