#!/usr/bin/env python3
"""Tokens/s of training GPT-2 124M on a GPU: bfloat16 autocast, scaled-dot-product attention, fused AdamW, clipping, torch.compile."""

import argparse
import json
import time

import torch

from gpt_torch import Gpt
from training_torch import adamw, train_step


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--context", type=int, default=1024)
    parser.add_argument("--vocab", type=int, default=50304)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--eager", action="store_true", help="without torch.compile")
    options = parser.parse_args()

    torch.manual_seed(0)
    torch.set_float32_matmul_precision("high")
    model = Gpt(12, 768, 12, options.vocab, options.context, bias=True, gelu="tanh").cuda()
    optimizer = adamw(model, 6e-4, (0.9, 0.95), 0.1)
    step_model = model if options.eager else torch.compile(model)
    tokens = torch.randint(0, options.vocab, (8, options.batch, options.context + 1), device="cuda")

    def step(index):
        rows = tokens[index % len(tokens)]
        return train_step(step_model, optimizer, rows[:, :-1].contiguous(), rows[:, 1:].contiguous(), 1.0, "bfloat16")

    for index in range(10):
        step(index)
    torch.cuda.synchronize()
    start = time.perf_counter()
    for index in range(options.steps):
        loss = step(index)
    torch.cuda.synchronize()
    seconds = (time.perf_counter() - start) / options.steps
    print(
        json.dumps(
            {
                "name": "gpt2-124m",
                "tokens_per_second": round(options.batch * options.context / seconds),
                "milliseconds": round(seconds * 1e3, 2),
                "memory_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2),
                "loss": round(loss.item(), 4),
            }
        )
    )


main()
