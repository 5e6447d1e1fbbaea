#!/usr/bin/env python3
"""How soon does llmasosd answer: after its start, and to a prompt of which it knows the beginning?

    python tests/bench/serve_start.py LLMASOSD MODEL [--compute bfloat16] [--runs 5] [--shared 2000] [--kills 20]

MODEL: a folder such as make_random_model.py writes. Prints the seconds from the start of the program to the first 200 of
/readyz, the first run apart, for it may read the weights from the disk; then the time to the first token of a prompt of
--shared tokens and 16 more, and of one that shares the first --shared with it. With --kills, the worker is killed
so often (kill -9) while --streams streams run, and the seconds until a request is answered again are told: by daemons that are started
anew, so that each has the first pause of its back-off, and by one daemon, whose pauses double. Needs no package."""
import argparse
import http.client
import json
import pathlib
import random
import re
import signal
import os
import statistics
import subprocess
import tempfile
import threading
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


def children(process):
    return [int(word) for word in pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def stream_until_end(port, started):
    """A long stream; releases `started` at its first event. It ends with an event that tells of the worker's end, or not at all."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = json.dumps({"model": "m", "prompt": [5] * 16, "n": 4, "max_tokens": 400, "stream": True, "logit_bias": {"2": -100}})
    connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.readline()
    started.release()
    answer.read()


def kill_and_wait(daemon, port, streams):
    """Seconds from kill -9 of the worker, with so many streams at work, to the first answer of 200 to a request for one token."""
    started = threading.Semaphore(0)
    running = [threading.Thread(target=stream_until_end, args=(port, started)) for _ in range(streams)]
    for thread in running:
        thread.start()
    for _ in running:
        started.acquire()
    [worker] = children(daemon.pid)
    os.kill(worker, signal.SIGKILL)
    begin = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = json.dumps({"model": "m", "prompt": [5], "max_tokens": 1})
    while True:
        connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        # It may have been taken by the worker that is gone.
        if answer.status == 200 and children(daemon.pid) not in ([], [worker]):
            break
        assert answer.status in (200, 503), answer.status
        time.sleep(0.001)
    seconds = time.perf_counter() - begin
    for thread in running:
        thread.join()
    return seconds


def measure_kills(options, folder, models):
    times = []
    for _ in range(options.kills):
        daemon, port, _seconds = start(options.llmasosd, folder, options.model, models)
        threading.Thread(target=daemon.stderr.read, daemon=True).start()
        times.append(kill_and_wait(daemon, port, options.streams))
        daemon.terminate()
        daemon.wait()
    print(f"answers again after kill -9 under {options.streams} streams, {len(times)} daemons: median {1e3 * statistics.median(times):.0f} ms,"
          f" worst {1e3 * max(times):.0f} ms", flush=True)
    daemon, port, _seconds = start(options.llmasosd, folder, options.model, models)
    threading.Thread(target=daemon.stderr.read, daemon=True).start()
    times = [kill_and_wait(daemon, port, options.streams) for _ in range(4)]
    print("of one daemon, in a row: " + ", ".join(f"{1e3 * t:.0f}" for t in times) + " ms", flush=True)
    daemon.terminate()
    daemon.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llmasosd", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--compute", default="float32")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--shared", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--streams", type=int, default=8)
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
        if options.kills > 0:
            measure_kills(options, pathlib.Path(name), models)


if __name__ == "__main__":
    main()
