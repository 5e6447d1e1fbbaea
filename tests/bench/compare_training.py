"""Training throughput of LLMasOS beside PyTorch's, in turns on the same machine.

    python tests/bench/compare_training.py --llmasos build/release/bin/llmasos [--rounds 3] [--python PYTHON_WITH_TORCH]

For each shape and compute type, every round runs LLMasOS, PyTorch eager and PyTorch compiled one after another; the table has the median of each
and the ratio to the faster PyTorch, round by round.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
SHAPES = {
    "4 layers, 128 wide": dict(file="llama-tiny.yaml", layers=4, embed=128, heads=4, kv_heads=4, mlp=344, vocab=320,
                               context=64, batch=12, steps=100),
    "8 layers, 512 wide": dict(file="llama-25m.yaml", layers=8, embed=512, heads=8, kv_heads=8, mlp=1376, vocab=4096,
                               context=256, batch=8, tied=True, steps=8),
    "GPT-2, 4 layers, 128": dict(file="gpt2-tiny.yaml", model="gpt2", layers=4, embed=128, heads=4, vocab=320, context=64, batch=12, steps=100),
    "GPT-2, 8 layers, 512": dict(file="gpt2-25m.yaml", model="gpt2", layers=8, embed=512, heads=8, vocab=4096, context=256, batch=8, steps=8),
}


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return json.loads(done.stdout.strip()[done.stdout.index("{"):])


def ours(a, shape, compute):
    result = run([a.llmasos, "bench", HERE / shape["file"], "--only", "training", "--json", "--set",
                  f"backend.compute={compute}", "--set", f"backend.threads={a.threads}"])
    figure = result["figures"][0]
    return figure["tokens_per_second"], figure["share_of_limit"]


def torch(a, shape, compute, compiled):
    command = [a.python, HERE.parent / "peers" / "train_decoder_torch.py", "--threads", a.threads, "--dtype", compute]
    for name, value in shape.items():
        if name == "tied":
            command.append("--tied")
        elif name != "file":
            command += ["--" + name.replace("_", "-"), value]
    if compiled:
        command.append("--compile")
    return run([str(word) for word in command])["tokens_per_second_of_median_step"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llmasos", required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    a = parser.parse_args()
    print(f"{'shape':20} {'compute':9} {'LLMasOS':>9} {'eager':>9} {'compiled':>9} {'ratio':>6} {'share of products':>18}")
    for name, shape in SHAPES.items():
        for compute in ("float32", "bfloat16"):
            rows = []
            for _ in range(a.rounds):
                rate, share = ours(a, shape, compute)
                rows.append((rate, torch(a, shape, compute, False), torch(a, shape, compute, True), share))
            ratio = statistics.median(row[0] / max(row[1], row[2]) for row in rows)
            rate, eager, compiled, share = (statistics.median(row[i] for row in rows) for i in range(4))
            print(f"{name:20} {compute:9} {rate:9.0f} {eager:9.0f} {compiled:9.0f} {ratio:6.2f} {100 * share:17.0f}%", flush=True)


if __name__ == "__main__":
    main()
