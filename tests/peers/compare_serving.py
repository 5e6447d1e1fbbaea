"""Compares llmasosd with llama.cpp's server through HTTP: the same weights, prompts and lengths, in turns.

    python tests/peers/compare_serving.py --bin build/release/bin --llama-server llama-server --model FOLDER --gguf FILE

FOLDER and FILE hold one model in the same type (`llmasos convert FOLDER FILE` makes FILE). Needs no package. Prompts are random tokens
that no server has seen before; every stream decodes greedily to its full length. LLMasOS runs three times: reading the weights once a token, with
compact weights, and with guesses by prompt lookup (a model without training repeats itself, which is what they live on: the tokens accepted stand beside). Prints a table: medians over the rounds (of rates, of the ratio in each), and the limit that reading the weights
once a step sets, or the rate of products where that is lower.
"""

import argparse
import asyncio
import contextlib
import json
import pathlib
import random
import socket
import statistics
import subprocess
import tempfile
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Ours:
    def __init__(self, options, folder, lookup=0, weights="compute"):
        self.name = "LLMasOS" + (", prompt lookup" if lookup else "") + (f", {weights} weights" if weights != "compute" else "")
        self.port = free_port()
        config = {
            "version": 1,
            "listen": {"port": self.port},
            "folders": [str(options.model.resolve())],
            "state_folder": f"{folder}/state{lookup}{weights}",
            "models": [
                {
                    "name": "model",
                    "path": str(options.model.resolve()),
                    "backend": {"plugin": "cpu", "compute": options.compute, "threads": options.threads},
                    "context": options.context,
                    "sequences": max(options.streams),
                    "prompt_lookup": lookup,
                    "weights": weights,
                }
            ],
        }
        path = pathlib.Path(folder, f"llmasosd{lookup}{weights}.yaml")
        path.write_text(json.dumps(config))
        self.command = [str(options.bin / "llmasosd"), "--config", str(path)]
        self.ready = "/readyz"
        # No end of text: both tokens that config and tokenizer may name.
        self.extra = {"model": "model", "logit_bias": {str(id): -100 for id in options.end_ids}}


class LlamaCpp:
    name = "llama.cpp"

    def __init__(self, options, folder):
        self.port = free_port()
        slots = max(options.streams)
        self.command = [options.llama_server, "--model", str(options.gguf), "--port", str(self.port), "--threads", str(options.threads)]
        self.command += ["--threads-batch", str(options.threads), "--parallel", str(slots), "--ctx-size", str(slots * options.context)]
        self.command += ["--no-webui", "--log-disable", *options.llama_option]
        self.ready = "/health"
        self.extra = {"ignore_eos": True, "cache_prompt": False}


@contextlib.contextmanager
def running(server, log):
    process = subprocess.Popen(server.command, stdout=log, stderr=log)
    try:
        start = time.monotonic()
        while asyncio.run(status(server)) != 200:
            if process.poll() is not None or time.monotonic() > start + 120:
                raise SystemExit(f"{server.name} did not start: {pathlib.Path(log.name).read_text()[-1000:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


async def status(server):
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"GET {server.ready} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        line = await reader.readline()
        writer.close()
        return int(line.split()[1])
    except (OSError, IndexError):
        return 0


async def stream(server, prompt, tokens):
    """(time to first token, time per later token, when the last came)"""
    body = json.dumps({"prompt": prompt, "max_tokens": tokens, "temperature": 0, "stream": True,
                       "stream_options": {"include_usage": True}} | server.extra)  # fmt: skip
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    start = time.perf_counter()
    writer.write(f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    first = last = usage = None
    seen = b""
    while True:
        line = await reader.readline()
        if not line:
            raise SystemExit(f"{server.name} ended an answer early: {seen[-500:]!r}")
        seen += line
        if not line.startswith(b"data: "):
            continue
        if line.startswith(b"data: [DONE]"):
            break
        event = json.loads(line[6:])
        if event.get("choices"):
            last = time.perf_counter()
            first = first or last
        usage = event.get("usage") or usage
    writer.close()
    if usage is None or usage["completion_tokens"] != tokens:
        raise SystemExit(f"{server.name} made {usage} instead of {tokens} tokens")
    return first - start, (last - first) / (tokens - 1), last


async def measure(server, streams, options):
    prompts = [[random.randrange(100, 30000) for _ in range(options.prompt_tokens)] for _ in range(streams)]
    start = time.perf_counter()
    parts = await asyncio.gather(*(stream(server, prompt, options.tokens) for prompt in prompts))
    seconds = max(last for _, _, last in parts) - start
    return streams * options.tokens / seconds, [first for first, _, _ in parts], [later for _, later, _ in parts]


async def guesses(server):
    """(tokens guessed, of them right) since the start"""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    page = (await reader.read()).decode()
    writer.close()
    counts = {line.split("{")[0]: float(line.split()[-1]) for line in page.splitlines() if line.startswith("llmasos_")}
    return counts["llmasos_drafted_tokens_total"], counts["llmasos_accepted_tokens_total"]


def machine_limits(options):
    """(bytes/s at which a decoded row reads weights, operations/s of a large product), by `llmasos bench` of a small model."""
    pipeline = f"""
version: 1
kind: train
backend: {{plugin: cpu, compute: {options.compute}, threads: {options.threads}}}
tokenizer: {{plugin: bpe, train: {{vocab_size: 512}}}}
dataset: {{plugin: text, path: corpus.txt, sequence: 128}}
model: {{plugin: llama, layers: 1, embed: 64, heads: 2, kv_heads: 2, mlp: 128}}
train: {{steps: 1, batch: 1}}
checkpoint: {{folder: run}}
"""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "bench.yaml")
        path.write_text(pipeline)
        made = subprocess.run([options.bin / "llmasos", "bench", path, "--only", "generation", "--json"],
                              capture_output=True, check=True)  # fmt: skip
    figures = json.loads(made.stdout)["figures"]
    return tuple(max(figure[name] for figure in figures) for name in ("read_bytes_per_second", "product_flops_per_second"))


def weight_bytes(folder):
    """That a step reads: all but the embeddings, of which it takes a row a token."""
    config = json.loads((folder / "config.json").read_text())
    stored = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    return stored - (0 if config.get("tie_word_embeddings") else 2 * config["vocab_size"] * config["hidden_size"])


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of llmasos and llmasosd")
    parser.add_argument("--llama-server", required=True)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--gguf", type=pathlib.Path, required=True)
    parser.add_argument("--compute", default="bfloat16", choices=["float32", "bfloat16"])
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--context", type=int, default=512, help="tokens of each stream's cache")
    parser.add_argument("--prompt-tokens", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--prompt-lookup", type=int, default=7, help="most tokens that LLMasOS guesses a step")
    parser.add_argument("--end-ids", type=int, nargs="*", default=[2])
    parser.add_argument("--llama-option", action="append", default=[], help="one more word for llama-server")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/log", "w") as log:
        servers = [Ours(options, folder), Ours(options, folder, lookup=options.prompt_lookup)]
        servers += [Ours(options, folder, weights="compact")] * (options.compute == "bfloat16") + [LlamaCpp(options, folder)]
        with contextlib.ExitStack() as started:
            for server in servers:
                started.enter_context(running(server, log))
            for server in servers:
                asyncio.run(measure(server, 1, options))
            found = {}
            for round in range(options.rounds):
                for streams in options.streams:
                    for server in servers if round % 2 == 0 else servers[::-1]:
                        found.setdefault((streams, server.name), []).append(asyncio.run(measure(server, streams, options)))
            drafted, accepted = asyncio.run(guesses(servers[1]))
    read, product = machine_limits(options)
    weights = weight_bytes(options.model)
    print(f"{weights / 1e9:.2f} GB of weights a step; read at {read / 1e9:.1f} GB/s, products at {product / 1e9:.0f} GFLOP/s\n")
    print("| streams | server | tokens/s | each round | to first token p50, p95 (s) | per later token p50, p95 (ms) | ratio | limit, tokens/s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for streams in options.streams:
        rates = {name: [rate for rate, _, _ in rounds] for (count, name), rounds in found.items() if count == streams}
        peer = rates[servers[-1].name]
        limit = streams / max(weights / read, streams * weights / product)
        for server in servers:
            ratio = statistics.median(a / b for a, b in zip(rates[server.name], peer, strict=True))
            rounds = found[streams, server.name]
            first = [value for _, values, _ in rounds for value in values]
            later = [1e3 * value for _, _, values in rounds for value in values]
            print(f"| {streams} | {server.name} | {statistics.median(rates[server.name]):.1f} "
                  f"| {', '.join(f'{rate:.1f}' for rate in rates[server.name])} "
                  f"| {percentile(first, 0.5):.3f}, {percentile(first, 0.95):.3f} "
                  f"| {percentile(later, 0.5):.1f}, {percentile(later, 0.95):.1f} "
                  f"| {f'{ratio:.2f}' if server is not servers[-1] else ''} | {limit:.0f} |")  # fmt: skip
    print(f"\n{drafted:.0f} tokens guessed, {accepted:.0f} of them right")


if __name__ == "__main__":
    main()
