"""Starts llmasosd for a script: with stories260K, which gets a chat template, perhaps an encoder, and a pipeline that jobs may run."""

import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

TEMPLATE = """{%- if tools %}Tools: {{ tools | tojson }}
{% endif %}{% for message in messages %}{{ message.role }}: {{ message.content }}
{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}"""


PIPELINE = """version: 1
kind: generate
backend: {{plugin: cpu, threads: 1}}
model: {{path: {model}}}
generate: {{prompt: Once, max_tokens: 2}}
"""


def skip_without(package):
    """Ends with 77, which ctest takes for skipped, where Python's `package` is missing."""
    if importlib.util.find_spec(package) is None:
        print(f"skipped: {package} is not installed")
        sys.exit(77)


def models_of(options, folder):
    """Names and folders of --model and --encoder, or those of LLMASOS_TEST_DATA; ends with 77 where there are none. `folder`: for
    the encoder, which has no tokenizer there and gets one of letters."""
    if options.model:
        return {"m": options.model} | ({"bert": options.encoder} if options.encoder else {})
    kept = pathlib.Path(os.environ.get("LLMASOS_TEST_DATA", "")) / "models"
    if not (kept / "stories260K").is_dir() or not (kept / "tiny-bert").is_dir():
        print("skipped: there is no stories260K or tiny-bert in", kept)
        sys.exit(77)
    encoder = pathlib.Path(folder) / "encoder"
    encoder.mkdir()
    for name in ("config.json", "model.safetensors"):
        shutil.copy(kept / "tiny-bert" / name, encoder)
    letters = [c for letter in "abcdefghijklmnopqrstuvwxyz" for c in (letter, "##" + letter)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    size = json.loads((encoder / "config.json").read_text())["vocab_size"]
    words += [f"[unused{i}]" for i in range(size - len(words))]
    (encoder / "vocab.txt").write_text("\n".join(words[:size]) + "\n")
    return {"m": kept / "stories260K", "bert": encoder}


class Daemon:
    """`program`: llmasosd. `models`: names and folders. Ends with the `with` block."""

    def __init__(self, program, models, settings=()):
        self.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(self.folder.name)
        (path / "template.jinja").write_text(TEMPLATE)
        (path / "pipeline.yaml").write_text(PIPELINE.format(model=next(iter(models.values()))))
        lines = ["version: 1", f"state_folder: {path / 'state'}", f"folders: [{path}, {', '.join(str(f) for f in models.values())}]", "listen: {port: 0}", f"jobs: {{write: [{path / 'jobs'}]}}", f"pipelines: {{p: {path / 'pipeline.yaml'}}}", "models:"]
        for name, folder in models.items():
            template = "" if "bert" in name else f", chat_template: {path / 'template.jinja'}"
            lines.append(f"  - {{name: {name}, path: {folder}, backend: {{threads: 1}}{template}}}")
        (path / "llmasosd.yaml").write_text("\n".join(lines) + "\n")
        command = [program, "--config", path / "llmasosd.yaml"]
        for setting in settings:
            command += ["--set", setting]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.log = []
        for line in self.process.stderr:
            self.log.append(line)
            found = re.search(r"listening on (http://\S+)", line)
            if found:
                self.url = found[1]
                break
        else:
            raise SystemExit("llmasosd ended: " + "".join(self.log))
        threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True).start()

    def __enter__(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.url + "/readyz")
                return self
            except urllib.error.HTTPError as answer:
                if b"misconfigured" in answer.read():
                    break
                time.sleep(0.05)
        self.__exit__()
        raise SystemExit("llmasosd is not ready: " + "".join(self.log))

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()
