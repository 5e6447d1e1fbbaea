"""Training throughput of a LLaMA or a GPT-2 in PyTorch on the CPU, on random tokens. Prints one JSON object."""

import argparse
import json
import time

import torch

from gpt_torch import Gpt
from llama_torch import Llama, LlamaConfig
from training_torch import adamw, train_step


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=("llama", "gpt2"), default="llama", help="gpt2: --kv-heads, --mlp and --tied mean nothing")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--embed", type=int, default=128)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--kv-heads", type=int, default=4)
    parser.add_argument("--mlp", type=int, default=344)
    parser.add_argument("--vocab", type=int, default=2048)
    parser.add_argument("--context", type=int, default=64)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--tied", action="store_true", help="one matrix for embedding and head")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="torch.compile the model")
    parser.add_argument("--steps", type=int, default=20, help="timed steps")
    parser.add_argument("--warmup", type=int, default=5, help="steps before the clock starts")
    return parser.parse_args()


def new_model(args):
    if args.model == "gpt2":
        return Gpt(args.layers, args.embed, args.heads, args.vocab, args.context, bias=True, gelu="tanh")
    return Llama(
        LlamaConfig(args.layers, args.embed, args.heads, args.kv_heads, args.mlp, args.vocab, args.context, args.tied)
    )


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    model = new_model(args)
    parameters = sum(p.numel() for p in model.parameters())
    optimizer = adamw(model, lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1)
    run = torch.compile(model) if args.compile else model

    # Fresh random tokens each step, made before the clock starts.
    tokens = torch.randint(args.vocab, (args.warmup + args.steps, args.batch, args.context + 1))
    seconds = []
    for batch in tokens:
        start = time.perf_counter()
        train_step(run, optimizer, batch[:, :-1], batch[:, 1:], clip=1.0, dtype=args.dtype)
        seconds.append(time.perf_counter() - start)
    timed = sorted(seconds[args.warmup :])
    tokens_per_step = args.batch * args.context
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "parameters": parameters,
                "dtype": args.dtype,
                "compile": args.compile,
                "threads": args.threads,
                "tokens_per_second": tokens_per_step * len(timed) / sum(timed),
                "tokens_per_second_of_median_step": tokens_per_step / timed[len(timed) // 2],
                "tokens_per_second_of_best_step": tokens_per_step / timed[0],
            }
        )
    )


if __name__ == "__main__":
    main()
