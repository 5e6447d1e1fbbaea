"""Writes ggml_blocks.safetensors: random blocks of each quantised format, and what ggml decodes them to.

    python tests/formats/data/make_ggml_blocks.py

Needs numpy, safetensors and gguf (llama.cpp's own Python package).
"""

import pathlib

import gguf
import numpy
from safetensors.numpy import save_file

FORMATS = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}


def main():
    rng = numpy.random.default_rng(3)
    tensors = {}
    for name, halves in FORMATS.items():
        kind = gguf.GGMLQuantizationType[name]
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        blocks = rng.integers(0, 256, (3, size), dtype=numpy.uint8)
        for at in halves:  # the random bits of a scale might be infinite
            blocks[:, at : at + 2] = rng.normal(0, 0.01, 3).astype("<f2").view(numpy.uint8).reshape(3, 2)
        tensors[name + ".blocks"] = blocks
        tensors[name + ".values"] = gguf.dequantize(blocks, kind).astype("<f4").reshape(3, elements)
    # Ties, zeros and the largest values, as well as ordinary ones.
    values = rng.normal(0, 1, (4, 32)).astype("<f4")
    values[1] = 0
    values[2] = numpy.arange(32) - 16 + 0.5
    values[2, 0] = 127
    tensors["Q8_0.unquantised"] = values
    tensors["Q8_0.quantised"] = gguf.quantize(values, gguf.GGMLQuantizationType.Q8_0)
    save_file(tensors, pathlib.Path(__file__).parent / "ggml_blocks.safetensors")


if __name__ == "__main__":
    main()
