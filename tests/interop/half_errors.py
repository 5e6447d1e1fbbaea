"""Compares the errors of bfloat16 and float16, here and in PyTorch under autocast, of logits and gradients against float64 on the same inputs.
Prints one row a model, type and backend; exits with 1 where an error of ours is above 1.5 times PyTorch's.

    python tests/interop/half_errors.py --llmasos build/release/bin/llmasos [--backends cpu reference] [--batches N] MODEL ...

MODEL: a folder of a causal language model, with float32 weights. Weights stay float32 on both sides; losses are multiplied by 65536 in PyTorch's
float16. The error of the gradients is that of all of them together, over their norm.
"""

import argparse
import math
import pathlib
import subprocess
import sys
import tempfile

import safetensors.torch
import torch
import transformers

LIMIT = 1.5
SEQUENCES, TOKENS = 4, 24
TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def outputs(model, ids, autocast=None, scale=1.0):
    model.zero_grad()
    with torch.autocast("cpu", dtype=autocast or torch.bfloat16, enabled=autocast is not None):
        logits = model(input_ids=ids).logits
    wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
    loss = torch.nn.functional.cross_entropy(wide[:, :-1].reshape(-1, wide.shape[-1]), ids[:, 1:].reshape(-1))
    (loss * scale).backward()
    gradients = {name: p.grad.double() / scale for name, p in model.named_parameters() if p.grad is not None}
    return logits.detach().double(), loss.detach().double(), gradients


def ours(program, folder, expected, backend, compute, norms):
    """Relative errors of logits and of all gradients, as `llmasos verify` prints them."""
    done = subprocess.run([program, "verify", "--model", folder, "--expected", expected, "--backend", backend, "--compute", compute,
                           "--tolerance", "1"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{folder}: verify failed: {done.stderr}")
    rows = {words[0]: words for words in map(str.split, done.stdout.splitlines()) if len(words) >= 3}
    squares = 0.0
    total = math.sqrt(sum(norm**2 for norm in norms.values()))
    for name, norm in norms.items():
        words = rows["grad." + name]
        squares += (float(words[1]) * (total if "*" in "".join(words[1:]) else norm)) ** 2
    return float(rows["output.logits"][1]), math.sqrt(squares) / total


def theirs(model, ids, exact, compute):
    logits, _, gradients = outputs(model, ids, TYPES[compute], 65536.0 if compute == "float16" else 1.0)
    error = math.sqrt(sum(((gradients[name] - g) ** 2).sum().item() for name, g in exact[2].items()))
    total = math.sqrt(sum((g**2).sum().item() for g in exact[2].values()))
    return ((logits - exact[0]).norm() / exact[0].norm()).item(), error / total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llmasos", required=True)
    parser.add_argument("--backends", nargs="+", default=["cpu", "reference"])
    parser.add_argument("--batches", type=int, default=5)
    parser.add_argument("models", nargs="+", metavar="MODEL")
    arguments = parser.parse_args()
    worst = 0.0
    print(f"{'model':20} {'type':9} {'backend':10} {'logits':>9} {'PyTorch':>9} {'ratio':>6} {'gradients':>10} {'PyTorch':>9} {'ratio':>6}")
    for folder in arguments.models:
        load = lambda dtype: transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).to(dtype).eval()
        single, double = load(torch.float32), load(torch.float64)
        squares = {}  # by type and side: of logits, of gradients
        for batch in range(arguments.batches):
            generator = torch.Generator().manual_seed(batch)
            ids = torch.randint(0, single.config.vocab_size, (SEQUENCES, TOKENS), generator=generator)
            exact = outputs(double, ids)
            norms = {name: g.norm().item() for name, g in exact[2].items()}
            with tempfile.TemporaryDirectory() as place:
                file = str(pathlib.Path(place) / "expected.safetensors")
                tensors = {"input.input_ids": ids, "input.labels": ids.clone(), "output.logits": exact[0].float(), "output.loss": exact[1].float()}
                tensors |= {"grad." + name: g.float().contiguous() for name, g in exact[2].items()}
                safetensors.torch.save_file({name: t.contiguous() for name, t in tensors.items()}, file)
                for compute in TYPES:
                    sides = {backend: ours(arguments.llmasos, folder, file, backend, compute, norms) for backend in arguments.backends}
                    for side, errors in (sides | {"PyTorch": theirs(single, ids, exact, compute)}).items():
                        sums = squares.setdefault((compute, side), [0.0, 0.0])
                        for i, error in enumerate(errors):
                            sums[i] += error**2 / arguments.batches
        for compute in TYPES:
            peer = [math.sqrt(s) for s in squares[compute, "PyTorch"]]
            for backend in arguments.backends:
                mine = [math.sqrt(s) for s in squares[compute, backend]]
                ratios = [m / p for m, p in zip(mine, peer)]
                worst = max([worst, *ratios])
                print(f"{pathlib.Path(folder).name:20} {compute:9} {backend:10} {mine[0]:9.2e} {peer[0]:9.2e} {ratios[0]:6.2f} "
                      f"{mine[1]:10.2e} {peer[1]:9.2e} {ratios[1]:6.2f}")
    return worst > LIMIT


if __name__ == "__main__":
    sys.exit(main())
