"""Writes the seeds of the gguf and pytorch fuzzers: small files by gguf and torch themselves.

    python tests/fuzz/make_model_seeds.py gguf      # needs gguf and numpy
    python tests/fuzz/make_model_seeds.py pytorch   # needs torch
"""

import collections
import pathlib
import sys

FOLDER = pathlib.Path(__file__).parent


def gguf_seeds(folder):
    import gguf
    import numpy

    rng = numpy.random.default_rng(1)

    def start(name, architecture):
        writer = gguf.GGUFWriter(folder / name, architecture)
        for key in ("context_length", "embedding_length", "block_count", "feed_forward_length"):
            writer.add_uint32(f"{architecture}.{key}", {"context_length": 16, "block_count": 1}.get(key, 32))
        writer.add_uint32(f"{architecture}.attention.head_count", 4)
        return writer

    def tensor(writer, name, shape, kind="F32"):
        data = rng.standard_normal(shape).astype("f4")
        if kind == "F32":
            writer.add_tensor(name, data)
        else:
            quantised = gguf.GGMLQuantizationType[kind]
            writer.add_tensor(name, gguf.quantize(data, quantised), raw_dtype=quantised)

    def finish(writer):
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()

    llama = start("llama.gguf", "llama")
    llama.add_uint32("llama.attention.head_count_kv", 2)
    llama.add_uint32("llama.rope.dimension_count", 8)
    llama.add_float32("llama.attention.layer_norm_rms_epsilon", 1e-5)
    llama.add_tokenizer_model("llama")
    llama.add_token_list(["<unk>", "<s>", "</s>", "▁a", "b", "<0x0A>"])
    llama.add_token_scores([0.0, 0.0, 0.0, -1.0, -2.0, 0.0])
    llama.add_token_types([2, 3, 3, 1, 1, 6])
    tensor(llama, "token_embd.weight", (6, 32), "Q8_0")
    tensor(llama, "blk.0.attn_q.weight", (32, 32), "Q4_0")
    tensor(llama, "blk.0.attn_k.weight", (16, 32))
    tensor(llama, "rope_freqs.weight", (4,))
    finish(llama)

    gpt2 = start("gpt2.gguf", "gpt2")
    gpt2.add_float32("gpt2.attention.layer_norm_epsilon", 1e-5)
    gpt2.add_tokenizer_model("gpt2")
    gpt2.add_tokenizer_pre("gpt-2")
    gpt2.add_token_list(["a", "b", "ab", "<|endoftext|>"])
    gpt2.add_token_types([1, 1, 1, 3])
    gpt2.add_token_merges(["a b"])
    tensor(gpt2, "token_embd.weight", (4, 32))
    tensor(gpt2, "blk.0.ffn_up.weight", (32, 32), "Q5_1")
    finish(gpt2)

    bert = start("bert.gguf", "bert")
    bert.add_float32("bert.attention.layer_norm_epsilon", 1e-12)
    bert.add_tokenizer_model("bert")
    bert.add_token_list(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "▁a", "b"])
    bert.add_token_types([3, 3, 3, 3, 1, 1])
    bert.add_array("nested.array", [[1, 2], [3]])
    bert.add_bool("some.bool", True)
    tensor(bert, "token_types.weight", (2, 32))
    finish(bert)


def pytorch_seeds(folder):
    import torch

    weight = torch.arange(6.0).reshape(2, 3)
    shared = {"a": weight, "t": weight.T, "row": weight[1], "scalar": torch.tensor(1)}
    torch.save(shared, folder / "shared.pt")
    torch.save(torch.nn.Linear(2, 2).state_dict(), folder / "linear.pt")
    torch.save({"model": {"p": torch.nn.Parameter(torch.ones(2))}, "step": 3, "lr": 0.1, "x": (None, True, [b"b"])},
               folder / "nested.pt")
    torch.save({str(d).split(".")[1]: torch.zeros(1, dtype=d)
                for d in (torch.bfloat16, torch.int8, torch.bool, torch.uint16, torch.float8_e4m3fn)}, folder / "types.pt")
    torch.save(collections.OrderedDict(w=torch.zeros(2)), folder / "protocol4.pt", pickle_protocol=4)


if __name__ == "__main__":
    name = sys.argv[1]
    {"gguf": gguf_seeds, "pytorch": pytorch_seeds}[name](FOLDER / name / "corpus")
