"""Writes a LLaMA folder with random bfloat16 weights, for timing how fast a large model starts.

    python tests/bench/make_random_model.py FOLDER --tokenizer tokenizer.json [--layers 22 --embed 2048 ...]

Needs numpy. The defaults are the 1.1 B parameter shape of docs/benchmarks.md.
"""

import argparse
import json
import pathlib
import shutil
import struct

import numpy


def shapes(a):
    head_dim = a.embed // a.heads
    yield "model.embed_tokens.weight", (a.vocab, a.embed)
    for i in range(a.layers):
        p = f"model.layers.{i}."
        yield p + "input_layernorm.weight", (a.embed,)
        yield p + "self_attn.q_proj.weight", (a.embed, a.embed)
        yield p + "self_attn.k_proj.weight", (a.kv_heads * head_dim, a.embed)
        yield p + "self_attn.v_proj.weight", (a.kv_heads * head_dim, a.embed)
        yield p + "self_attn.o_proj.weight", (a.embed, a.embed)
        yield p + "post_attention_layernorm.weight", (a.embed,)
        yield p + "mlp.gate_proj.weight", (a.mlp, a.embed)
        yield p + "mlp.up_proj.weight", (a.mlp, a.embed)
        yield p + "mlp.down_proj.weight", (a.embed, a.mlp)
    yield "model.norm.weight", (a.embed,)
    yield "lm_head.weight", (a.vocab, a.embed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tokenizer", type=pathlib.Path, required=True)
    for name, value in dict(layers=22, embed=2048, heads=32, kv_heads=4, mlp=5632, vocab=32000, context=2048).items():
        parser.add_argument("--" + name, type=int, default=value)
    a = parser.parse_args()
    a.folder.mkdir(parents=True, exist_ok=True)
    tensors = list(shapes(a))
    header, offset = {}, 0
    for name, shape in tensors:
        size = 2 * int(numpy.prod(shape))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    rng = numpy.random.default_rng(0)
    with open(a.folder / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in tensors:
            values = numpy.ones(shape, "f4") if len(shape) == 1 else rng.standard_normal(shape, "f4") * 0.02
            file.write((values.view("u4") >> 16).astype("u2").tobytes())
    config = dict(architectures=["LlamaForCausalLM"], model_type="llama", hidden_size=a.embed, num_hidden_layers=a.layers,
                  num_attention_heads=a.heads, num_key_value_heads=a.kv_heads, intermediate_size=a.mlp,
                  vocab_size=a.vocab, max_position_embeddings=a.context, rms_norm_eps=1e-5, rope_theta=10000.0,
                  hidden_act="silu", tie_word_embeddings=False)
    (a.folder / "config.json").write_text(json.dumps(config, indent=2))
    shutil.copy(a.tokenizer, a.folder / "tokenizer.json")


if __name__ == "__main__":
    main()
