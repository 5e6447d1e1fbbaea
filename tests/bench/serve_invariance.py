#!/usr/bin/env python3
"""What does it cost that a token's bits do not depend on what else is in the batch?

    python tests/bench/serve_invariance.py LLMASOSD MODEL [--compute bfloat16] [--rounds 3] [--streams 1,4,16]

MODEL: a folder such as make_random_model.py writes. One llmasosd serves it twice, with `batch_invariant` and without, so both
need memory at once. They take turns: a round reads fresh random prompts on so many connections at once, one token
each, then continues others for --tokens tokens. Prints the medians in tokens a second, and the time with
`batch_invariant` over that without. Needs no package."""
import argparse
import concurrent.futures
import http.client
import json
import pathlib
import random
import statistics
import tempfile
import time

from serve_start import end, start


def complete(port, model, ids, tokens):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = json.dumps({"model": model, "prompt": ids, "max_tokens": tokens, "temperature": 0})
    connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200, text
    return json.loads(text)["usage"]


def together(port, model, prompts, tokens):
    """Seconds to all answers, and the tokens generated."""
    with concurrent.futures.ThreadPoolExecutor(len(prompts)) as pool:
        begin = time.perf_counter()
        usages = list(pool.map(lambda ids: complete(port, model, ids, tokens), prompts))
        return time.perf_counter() - begin, sum(usage["completion_tokens"] for usage in usages)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llmasosd", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--compute", default="bfloat16")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--streams", type=lambda text: [int(n) for n in text.split(",")], default=[1, 4, 16])
    parser.add_argument("--prompt", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=32)
    options = parser.parse_args()
    draw = random.Random(1)

    def prompts(streams):
        return [[draw.randrange(3, 500) for _ in range(options.prompt)] for _ in range(streams)]

    kinds = {"with": "true", "without": "false"}
    models = {
        name: f"sequences: {max(options.streams)}, context: {2 * (options.prompt + options.tokens)}, prompt_lookup: 0, "
              f"backend: {{compute: {options.compute}, batch_invariant: {value}}}"
        for name, value in kinds.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        daemon, port, _ = start(options.llmasosd, pathlib.Path(folder), options.model, models)
        try:
            for streams in options.streams:
                reading = {name: [] for name in kinds}
                writing = {name: [] for name in kinds}
                # The first round prepares the machine for batches of this size.
                for number in range(options.rounds + 1):
                    for name in kinds if number % 2 == 0 else reversed(kinds):
                        read, _ = together(port, name, prompts(streams), 1)
                        whole, tokens = together(port, name, prompts(streams), options.tokens)
                        if number > 0:
                            reading[name].append(streams * options.prompt / read)
                            writing[name].append((tokens - streams) / (whole - read))
                for what, rates in (("reading", reading), ("writing", writing)):
                    rate = {name: statistics.median(values) for name, values in rates.items()}
                    print(f"{streams} streams, {what}: {rate['with']:.1f} tokens/s with, {rate['without']:.1f} without: "
                          f"{rate['without'] / rate['with']:.2f} times the time", flush=True)
        finally:
            end(daemon)


if __name__ == "__main__":
    main()
