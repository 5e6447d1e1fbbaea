#!/usr/bin/env python3
"""Mixed load on llmasosd for a while: nothing may be lost, mixed up, refused for no reason or kept in memory.

    python tests/bench/serve_endurance.py --bin build/release/bin --model stories260K --clients 1000 --seconds 600 [--faults 30]

Starts llmasosd itself and asks each request of a catalogue alone first. Then every client keeps a connection at work: streams and whole
answers, short and long, several prompts and continuations, drawn and greedy, of several API keys; some leave while their prompt is read
or while their stream runs, some send nonsense, wrong keys, or their request slowly, some don't read their stream. Each answer must be the one
that the same request got alone. `--faults N`: every N seconds the worker is killed or stopped; its requests may then fail, but only
with 503. Prints resident memory and rates over time, then latencies. Exits with 1 unless all held. Needs no package.
"""

import argparse
import asyncio
import collections
import json
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

from serve_load import children, request

PROMPTS = ["Once upon a time", "Lily and Tom went to the park", "The dog", "One day, a little girl named", "It was raining. The boy was sad because",
           "There was a big red ball.", "Mom said:", "The sun was hot and the bird wanted water, so"]  # fmt: skip


def catalogue(count):
    """Bodies of requests; the same ones each time."""
    draw = random.Random(1)
    made = []
    for i in range(count):
        prompt = draw.choice(PROMPTS) + (" " + draw.choice(PROMPTS)) * draw.choice([0, 0, 1, 4])
        body = {"model": "model", "prompt": prompt, "max_tokens": draw.choice([1, 4, 8, 16, 16, 64, 200]), "temperature": 0, "stream": i % 3 > 0}
        if draw.random() < 0.5:
            body |= {"temperature": draw.choice([0.5, 1, 1.5]), "seed": draw.randrange(1 << 32), "top_p": draw.choice([1, 0.9])}
        if draw.random() < 0.2:
            body["n"] = draw.randint(2, 4)
        if draw.random() < 0.1:
            body["prompt"] = [prompt, draw.choice(PROMPTS)]
        if draw.random() < 0.2:
            body["stop"] = draw.choice([".", " the", ["!", " and"]])
        if draw.random() < 0.2:
            body["logprobs"] = draw.randint(0, 3)
        made.append(body)
    return made


def long_stream():
    return {"model": "model", "prompt": PROMPTS, "n": 4, "max_tokens": 300, "stream": True, "logprobs": 10, "logit_bias": {"2": -100}}


NONSENSE = [
    b"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nnot json!",
    b'POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 35\r\n\r\n{"model": "nobody", "prompt": "abc"}'[:-1],
    b"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
    b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"\x16\x03\x01 this is no HTTP\r\n\r\n",
]


class Mismatch(Exception):
    pass


class Failed(Exception):
    """Of an answer with that status and code."""


class Client:
    def __init__(self, port, secret):
        self.port, self.secret = port, secret
        self.reader = self.writer = None

    async def connect(self):
        if self.writer is None or self.writer.is_closing():
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)

    def leave(self):
        if self.writer is not None:
            self.writer.transport.abort()
        self.writer = None

    def bytes_of(self, body, secret=None):
        text = request("POST", "/v1/completions", json.dumps(body))
        return text.replace(b"Host: localhost\r\n", f"Host: localhost\r\nAuthorization: Bearer {secret or self.secret}\r\n".encode())

    async def head(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        return int(head.split()[1]), head

    async def chunks(self):
        while True:
            size = int(await self.reader.readline(), 16)
            chunk = await self.reader.readexactly(size + 2)
            if size == 0:
                return
            yield chunk[:-2]

    async def body(self, head):
        if b"transfer-encoding: chunked" in head:
            return b"".join([chunk async for chunk in self.chunks()])
        return await self.reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))

    async def complete(self, body, leave_after=None, pause=0):
        """(texts by index, seconds to the first part); None if it left after so many parts."""
        await self.connect()
        sent = self.bytes_of(body)
        start = time.perf_counter()
        if pause:
            half = len(sent) // 2
            self.writer.write(sent[:half])
            await asyncio.sleep(pause)
            sent = sent[half:]
        self.writer.write(sent)
        if leave_after == 0:
            return self.leave()
        status, head = await self.head()
        if status != 200 or not body["stream"]:
            answer = json.loads(await self.body(head))
            if status != 200:
                raise Failed(status, answer["error"].get("code"))
            return {choice["index"]: choice["text"] for choice in answer["choices"]}, time.perf_counter() - start
        parts, first, seen = [], None, 0
        async for chunk in self.chunks():
            if chunk.startswith(b":"):  # a comment, of a stream that was silent for long
                continue
            first = first or time.perf_counter() - start
            parts.append(chunk)
            seen += 1
            if leave_after is not None and seen >= leave_after:
                return self.leave()
        texts = collections.defaultdict(str)
        events = b"".join(parts).split(b"\n\n")
        for event in events[:-1]:
            if event == b"data: [DONE]":
                return dict(texts), first
            data = json.loads(event.removeprefix(b"data: "))
            if "error" in data:
                raise Failed(503 if data["error"].get("code") == "worker_failed" else 500, data["error"].get("code"))
            for choice in data["choices"]:
                texts[choice["index"]] += choice["text"]
        raise Mismatch(f"a stream ended without [DONE]: {events[-2:]}")


class Load:
    def __init__(self, options, port, secrets):
        self.options, self.port, self.secrets = options, port, secrets
        self.bodies = catalogue(options.catalogue)
        self.expected = []
        self.until = 0
        self.counts = collections.Counter()
        self.wrong = []
        self.first, self.whole = [], []
        self.faulty_until = 0  # answers of 503 are right until then

    async def learn(self):
        client = Client(self.port, self.secrets[0])
        for body in self.bodies:
            self.expected.append((await client.complete(body))[0])
        client.leave()

    async def one(self, client, draw):
        index = draw.randrange(len(self.bodies))
        body, kind = self.bodies[index], draw.random()
        if kind < 0.03:
            client.leave()
            await client.connect()
            client.writer.write(draw.choice(NONSENSE))
            status, _ = await client.head()
            client.leave()
            if not 400 <= status < 500:
                raise Mismatch(f"nonsense was answered by {status}")
            self.counts["nonsense"] += 1
        elif kind < 0.05:
            await client.connect()
            client.writer.write(client.bytes_of(body, "lmos-wrong"))
            status, head = await client.head()
            await client.body(head)
            if status != 401:
                raise Mismatch(f"a wrong key was answered by {status}")
            self.counts["wrong key"] += 1
        elif kind < 0.15:
            await client.complete(long_stream() if kind < 0.08 else body, draw.choice([0, 1, 2, 8]))
            client.leave()
            self.counts["left"] += 1
        elif kind < 0.152:
            await client.connect()
            client.writer.write(client.bytes_of(long_stream()))
            await asyncio.sleep(min(5, max(0, self.until - time.monotonic())))
            client.leave()
            self.counts["did not read"] += 1
        else:
            texts, first = await client.complete(body, pause=0.5 if kind < 0.16 else 0)
            if kind >= 0.16:
                (self.first if body["stream"] else self.whole).append(first)
            if texts != self.expected[index]:
                raise Mismatch(f"{body}: {texts} instead of {self.expected[index]}")
            self.counts["right"] += 1

    async def client(self, number):
        draw = random.Random(number)
        client = Client(self.port, self.secrets[number % len(self.secrets)])
        while time.monotonic() < self.until and len(self.wrong) < 20:
            try:
                await asyncio.wait_for(self.one(client, draw), self.options.patience)
            except Failed as failed:
                if failed.args[0] == 503 and time.monotonic() < self.faulty_until:
                    self.counts["failed by faults"] += 1
                    await asyncio.sleep(0.1)
                elif failed.args == (429, "queue_full"):
                    self.counts["queue full"] += 1
                    await asyncio.sleep(1)
                else:
                    self.wrong.append(repr(failed))
                client.leave()
            except Exception as error:
                self.wrong.append(f"{type(error).__name__}: {error}"[:1000])
                client.leave()
        client.leave()

    async def run(self, watch):
        self.until = time.monotonic() + self.options.seconds
        clients = [asyncio.create_task(self.client(i)) for i in range(self.options.clients)]
        await asyncio.gather(watch(), *clients)


def resident_megabytes(process):
    try:
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{process}/status").read_text())[1]) / 1024
    except (OSError, TypeError):
        return 0.0


async def ready(port):
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        line = await reader.readline()
        writer.close()
        return b" 200 " in line
    except OSError:
        return False


async def seconds_until_ready(port):
    start = time.monotonic()
    while not await ready(port):
        if time.monotonic() > start + 120:
            raise SystemExit("llmasosd does not get ready")
        await asyncio.sleep(0.02)
    return time.monotonic() - start


def write_config(options, folder):
    model = options.model.resolve()
    config = {
        "version": 1,
        "listen": {"port": 0},
        "folders": [str(model)],
        "state_folder": f"{folder}/state",
        "require_keys": True,
        "limits": {"connections": options.clients + 200, "write_seconds": 2},
        "workers": {"heartbeat_seconds": options.heartbeat},
        "models": [{"name": "model", "path": str(model), "backend": {"threads": options.threads},
                    "sequences": options.sequences, "queue_tokens": options.queue_tokens}],
    }  # fmt: skip
    path = pathlib.Path(folder, "llmasosd.yaml")
    path.write_text(json.dumps(config))
    return path


def percentiles(name, values):
    values = sorted(values) or [0]
    shares = ", ".join(f"p{share} {1e3 * values[int(share / 100 * (len(values) - 1))]:.0f} ms" for share in (50, 95, 99))
    print(f"{name}: {len(values):,}, {shares}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of llmasosd")
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--catalogue", type=int, default=200, help="different requests")
    parser.add_argument("--sequences", type=int, default=64)
    parser.add_argument("--queue-tokens", type=int, default=4_000_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--patience", type=float, default=120, help="seconds in which a request must be answered")
    parser.add_argument("--heartbeat", type=float, default=60)
    parser.add_argument("--faults", type=float, default=0, help="seconds between two; 0: none")
    options = parser.parse_args()
    files = options.clients + 500
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    with tempfile.TemporaryDirectory() as folder:
        path = write_config(options, folder)
        program = str(options.bin / "llmasosd")
        secrets = [subprocess.run([program, "keys", "add", "--config", path, "--name", f"key{i}"], capture_output=True, text=True,
                                  check=True).stdout.strip() for i in range(4)]  # fmt: skip
        log_path = pathlib.Path(folder, "log")
        with open(log_path, "w") as log:
            daemon = subprocess.Popen([program, "--config", path], stderr=log, stdout=log)
        try:
            while not (said := re.search(r"listening on http://127.0.0.1:(\d+)\n", log_path.read_text())):
                if daemon.poll() is not None:
                    raise SystemExit(log_path.read_text())
                time.sleep(0.05)
            good = asyncio.run(endure(options, Load(options, int(said[1]), secrets), daemon))
        finally:
            daemon.send_signal(signal.SIGTERM)
            code = daemon.wait(timeout=180)
        text = log_path.read_text()
        reports = re.findall(r".*(?:AddressSanitizer|ThreadSanitizer|LeakSanitizer|runtime error).*", text)
        print(f"llmasosd ended with {code}; {len(reports)} reports of sanitizers")
        if reports or code != 0:
            print(text[-5000:])
        sys.exit(0 if good and code == 0 and not reports else 1)


async def endure(options, load, daemon):
    await seconds_until_ready(load.port)
    await load.learn()
    begin = time.monotonic()
    memory = []
    readiness = []

    async def watch():
        next_fault, stop = begin + (options.faults or 1e9), True
        while time.monotonic() < load.until:
            await asyncio.sleep(min(10, max(0.1, load.until - time.monotonic())))
            now = time.monotonic() - begin
            workers = children(daemon.pid)
            memory.append((now, resident_megabytes(daemon.pid), sum(map(resident_megabytes, workers))))
            print(f"{now:5.0f} s: daemon {memory[-1][1]:.1f} MB, worker {memory[-1][2]:.1f} MB; {dict(load.counts)}", flush=True)
            if time.monotonic() >= next_fault and workers:
                next_fault += options.faults
                stop = not stop
                load.faulty_until = time.monotonic() + options.heartbeat * 2 + 30
                os.kill(int(workers[0]), signal.SIGSTOP if stop else signal.SIGKILL)
                if not stop:
                    killed = time.monotonic()
                    while workers[0] in children(daemon.pid):
                        await asyncio.sleep(0.01)
                    await seconds_until_ready(load.port)
                    readiness.append(time.monotonic() - killed)

    await load.run(watch)
    seconds = time.monotonic() - begin
    print(f"{dict(load.counts)} in {seconds:.0f} s: {load.counts['right'] / seconds * 60:,.0f} right answers a minute")
    percentiles("to the first part of a stream", load.first)
    percentiles("to a whole answer", load.whole)
    if readiness:
        print(f"ready again after kill -9: {', '.join(f'{value:.2f} s' for value in readiness)}")
    settled = [row for row in memory if row[0] >= 0.25 * seconds]
    grown = 0.0
    if not options.faults and len(settled) >= 4:
        for place, name in ((1, "daemon"), (2, "worker")):
            half = len(settled) // 2
            early, late = (sorted(row[place] for row in part)[len(part) // 2] for part in (settled[:half], settled[half:]))
            grown = max(grown, late / early - 1)
            print(f"{name}: median resident memory {early:.1f} MB in the first half after warm-up, {late:.1f} MB in the second")
    for wrong in load.wrong:
        print("WRONG:", wrong)
    return not load.wrong and grown < 0.05


if __name__ == "__main__":
    main()
