"""nanoGPT's published CPU setting on tinyshakespeare at character level, in PyTorch. Prints one JSON object.

4 layers, 4 heads, 128 wide, context 64, batch 12, 2000 steps, no dropout; lr 1e-3 to 1e-4 by a cosine after 100 steps of
warm-up, betas 0.9 and 0.99, weight decay 0.1, clip 1.0; 90 % of the text for training; random windows.
"""

import argparse
import json
import math
import time

import torch

from gpt_torch import Gpt
from llama_torch import Llama, LlamaConfig
from training_torch import adamw, train_step

CONTEXT, BATCH, STEPS, WARMUP = 64, 12, 2000, 100
LR, MIN_LR = 1e-3, 1e-4


def learning_rate(step, steps):
    if step < WARMUP:
        return LR * (step + 1) / (WARMUP + 1)
    progress = (step - WARMUP) / (steps - WARMUP)
    return MIN_LR + (LR - MIN_LR) * 0.5 * (1 + math.cos(math.pi * progress))


def random_windows(ids, generator):
    starts = torch.randint(len(ids) - CONTEXT, (BATCH,), generator=generator)
    windows = torch.stack([ids[start : start + CONTEXT + 1] for start in starts])
    return windows[:, :-1], windows[:, 1:]


@torch.no_grad()
def validation_loss(model, ids):
    """Mean over the whole validation text, cut into windows that follow each other."""
    count = (len(ids) - 1) // CONTEXT
    inputs = ids[: count * CONTEXT].view(count, CONTEXT)
    labels = ids[1 : count * CONTEXT + 1].view(count, CONTEXT)
    total = 0.0
    for begin in range(0, count, 64):
        rows = inputs[begin : begin + 64]
        total += model(rows, labels[begin : begin + 64]).item() * len(rows)
    return total / count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", required=True, help="tinyshakespeare's input.txt")
    parser.add_argument("--model", choices=("gpt", "llama"), default="gpt")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="torch.compile the model; its time counts")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=1337)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    with open(args.text, encoding="utf-8") as file:
        text = file.read()
    characters = sorted(set(text))
    index = {character: i for i, character in enumerate(characters)}
    ids = torch.tensor([index[character] for character in text])
    border = int(0.9 * len(ids))

    if args.model == "gpt":
        model = Gpt(layers=4, embed=128, heads=4, vocab=len(characters), context=CONTEXT)
    else:
        model = Llama(LlamaConfig(4, 128, 4, 4, 344, len(characters), CONTEXT))
    optimizer = adamw(model, LR, betas=(0.9, 0.99), weight_decay=0.1)
    run = torch.compile(model) if args.compile else model

    generator = torch.Generator().manual_seed(args.seed)
    start = time.perf_counter()
    for step in range(args.steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, args.steps)
        inputs, labels = random_windows(ids[:border], generator)
        train_step(run, optimizer, inputs, labels, clip=1.0)
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "model": args.model,
                "parameters": sum(p.numel() for p in model.parameters()),
                "compile": args.compile,
                "threads": args.threads,
                "steps": args.steps,
                "seconds": seconds,
                "tokens_per_second": args.steps * BATCH * CONTEXT / seconds,
                "validation_loss": validation_loss(model, ids[border:]),
            }
        )
    )


if __name__ == "__main__":
    main()
