"""Starts llmasosd for a script: with stories260K, which gets a chat template, perhaps an encoder, and a pipeline that jobs may run."""

import pathlib
import re
import subprocess
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
            except urllib.error.HTTPError:
                time.sleep(0.05)
        raise SystemExit("llmasosd is not ready: " + "".join(self.log))

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()
