"""BERT pre-training by LLMasOS beside transformers' BertForPreTraining in PyTorch, in turns on the same machine.

    python tests/bench/compare_bert.py --llmasos build/release/bin/llmasos --text wikitext-2/valid.txt --tokenizer bert-base-uncased \
        [--rounds 3] [--python PYTHON_WITH_TORCH_AND_TRANSFORMERS]

First, both train from the same weights on the same batches, and the losses are set side by side. Then every round times a step of LLMasOS,
of PyTorch eager and of PyTorch compiled, one after another; the table has the median of each and the ratio to the faster PyTorch.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from compare_training import run

HERE = pathlib.Path(__file__).parent
WARMUP = 3


def ours(a, compute, folder):
    runs = folder / "run"
    shutil.rmtree(runs, ignore_errors=True)
    done = subprocess.run([a.llmasos, "train", HERE / "bert-small.yaml", "--set", f"dataset.path={a.text}", "--set",
                           f"tokenizer.path={a.tokenizer}", "--set", f"backend.compute={compute}", "--set", f"backend.threads={a.threads}",
                           "--set", f"checkpoint.folder={runs}", "--set", f"train.steps={a.steps}"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    seconds = [json.loads(line)["seconds"] for line in (runs / "metrics.jsonl").read_text().splitlines()]
    return statistics.median(seconds[WARMUP:])


def torch(a, compute, compiled, *more):
    command = [a.python, HERE.parent / "peers" / "train_bert_torch.py", "--text", a.text, "--tokenizer", a.tokenizer, "--threads",
               a.threads, "--dtype", compute, "--steps", a.steps, "--warmup", WARMUP, *more]
    if compiled:
        command.append("--compile")
    return run([str(word) for word in command])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llmasos", required=True)
    parser.add_argument("--text", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compute", default="float32,bfloat16", help="types, comma-separated")
    parser.add_argument("--skip-losses", action="store_true", help="do not compare losses first")
    a = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp())
    if not a.skip_losses:
        torch(a, "float32", False, "--write", folder / "model")
        same = subprocess.run([a.llmasos, "verify", "--model", folder / "model", "--expected", folder / "model" / "expected.safetensors",
                               "--trajectory", folder / "model" / "expected.json", "--threads", str(a.threads)],
                              capture_output=True, text=True)
        print("\n".join(line for line in same.stdout.splitlines() if not line.startswith("grad.")), same.stderr)
    print(f"{'compute':9} {'LLMasOS':>9} {'eager':>9} {'compiled':>9} {'ratio':>6}   (seconds a step)")
    for compute in a.compute.split(","):
        rows = []
        for _ in range(a.rounds):
            rows.append((ours(a, compute, folder), torch(a, compute, False)["seconds_of_median_step"],
                         torch(a, compute, True)["seconds_of_median_step"]))
        ratio = statistics.median(min(row[1], row[2]) / row[0] for row in rows)
        medians = (statistics.median(row[i] for row in rows) for i in range(3))
        print(f"{compute:9} " + " ".join(f"{value:9.3f}" for value in medians) + f" {ratio:6.2f}", flush=True)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
