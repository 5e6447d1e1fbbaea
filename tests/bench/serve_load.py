#!/usr/bin/env python3
"""Measures a running llmasosd: rates, latencies, and the processor time of daemon and worker.

usage: serve_load.py --port PORT --model NAME --daemon PID [--clients 16] [--seconds 10]

Needs no package. Each client keeps one connection and sends its next request when the last one is answered."""
import argparse
import asyncio
import json
import os
import statistics
import time


def request(method, path, body=""):
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head + await reader.read(1000)
    if b"Transfer-Encoding: chunked" in head:
        return await reader.readuntil(b"0\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return await reader.readexactly(length)


def processor_seconds(process):
    fields = open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children(process):
    return open(f"/proc/{process}/task/{process}/children").read().split()


async def client(port, sent, until, latencies):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        start = time.perf_counter()
        writer.write(sent)
        await answer(reader)
        latencies.append(time.perf_counter() - start)
    writer.close()


async def load(options, name, sent, clients, seconds, tokens):
    workers = children(options.daemon)
    daemon, worker = processor_seconds(options.daemon), sum(map(processor_seconds, workers))
    start, latencies = time.perf_counter(), []
    await asyncio.gather(*(client(options.port, sent, start + seconds, latencies) for _ in range(clients)))
    wall = time.perf_counter() - start
    daemon = processor_seconds(options.daemon) - daemon
    worker = sum(map(processor_seconds, workers)) - worker
    count = len(latencies)
    print(f"{name}: {clients} clients, {count} requests in {wall:.1f} s = {60 * count / wall:,.0f} a minute; "
          f"median {1e3 * statistics.median(latencies):.3f} ms, p99 {1e3 * sorted(latencies)[int(0.99 * count)]:.3f} ms; "
          f"daemon {1e6 * daemon / count:.0f} us of processor a request"
          + (f" ({1e6 * daemon / count / tokens:.1f} a token)" if tokens else "")
          + f", worker {1e6 * worker / count:.0f} us", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--daemon", type=int, required=True, help="process id of llmasosd")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    bias = {"2": -100}  # no end of text

    def completion(tokens, stream):
        return request("POST", "/v1/completions", json.dumps(
            {"model": options.model, "prompt": "Once upon a time", "max_tokens": tokens, "temperature": 0,
             "logit_bias": bias, "stream": stream}))

    async def all_loads():
        tokenize = request("POST", "/tokenize", json.dumps({"model": options.model, "prompt": "Once upon a time"}))
        for name, sent, tokens in (("healthz", request("GET", "/healthz"), 0), ("tokenize", tokenize, 0),
                                   ("1 token", completion(1, False), 0), ("16 tokens", completion(16, False), 16),
                                   ("16 tokens streamed", completion(16, True), 16),
                                   ("256 tokens streamed", completion(256, True), 256)):
            for clients in sorted({1, options.clients}):
                await load(options, name, sent, clients, options.seconds, tokens)

    asyncio.run(all_loads())


if __name__ == "__main__":
    main()
