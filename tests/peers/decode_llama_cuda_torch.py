#!/usr/bin/env python3
"""Tokens/s of transformers' LLaMA with random weights in bfloat16 on a GPU: prefill, and greedy decoding of one sequence with a static cache under
torch.compile with CUDA graphs."""

import argparse
import json
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM, StaticCache


def seconds_of(work, runs):
    work()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(runs):
        work()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / runs


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("layers", 22), ("embed", 2048), ("heads", 32), ("kv-heads", 4), ("mlp", 5632), ("vocab", 32000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--prompt", type=int, default=2048)
    parser.add_argument("--context", type=int, default=128)
    options = parser.parse_args()

    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=options.embed,
        num_hidden_layers=options.layers,
        num_attention_heads=options.heads,
        num_key_value_heads=options.kv_heads,
        intermediate_size=options.mlp,
        vocab_size=options.vocab,
        max_position_embeddings=4096,
        attn_implementation="sdpa",
    )
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda"):
        model = LlamaForCausalLM(config).eval()
    torch.set_default_dtype(torch.float32)

    prompt = torch.randint(0, options.vocab, (1, options.prompt), device="cuda")
    prefill = seconds_of(lambda: model(prompt, logits_to_keep=1), 5)

    cache = StaticCache(config=config, max_cache_len=512)
    model(prompt[:, : options.context], past_key_values=cache, cache_position=torch.arange(options.context, device="cuda"))
    compiled = torch.compile(model.forward, mode="reduce-overhead")
    token = prompt[:, :1].clone()
    position = torch.tensor([options.context], device="cuda")

    def decode():
        torch.compiler.cudagraph_mark_step_begin()
        logits = compiled(token, past_key_values=cache, cache_position=position, position_ids=position.unsqueeze(0)).logits
        return logits.argmax(-1)

    for _ in range(5):
        decode()
    step = seconds_of(decode, 100)
    print(
        json.dumps(
            {
                "name": f"llama {options.layers}x{options.embed}",
                "prefill_tokens_per_second": round(options.prompt / prefill),
                "decode_tokens_per_second": round(1 / step, 1),
            }
        )
    )


main()
