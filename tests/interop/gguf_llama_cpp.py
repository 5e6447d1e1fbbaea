"""Do GGUF files mean the same here and in llama.cpp, in both directions?

    python tests/interop/gguf_llama_cpp.py LLMASOS MODEL_FOLDER [--prompt TEXT] [--tokens N] [--untrained]

Needs llama-cpp-python and gguf; LLMASOS is the built program, MODEL_FOLDER a Hugging Face folder with a trained model
and its tokenizer. K-quants need rows of a multiple of 256; tests/bench/make_random_model.py makes such a model, whose
logits are so close together that rounding decides: with --untrained, llama.cpp computes from decoded weights throughout.

  ours to theirs   for each type, the file that `llmasos convert` writes gives the same prompt ids and the same greedy
                   ids in llama.cpp as `llmasos generate` gives from it;
  theirs to ours   llama.cpp quantises that file; `llmasos convert` decodes every tensor of the result as
                   gguf.dequantize does, bit for bit, and `llmasos generate` gives from it the greedy ids that llama.cpp
                   gives from the decoded weights. (From the quantised file itself llama.cpp computes with quantised
                   activations, which is another sum: how many ids are the same is shown, not demanded.)
"""

import argparse
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import gguf
import llama_cpp
import numpy

OURS = ["f32", "f16", "bf16", "q8_0"]
THEIRS = {"Q4_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0, "Q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0,
          "Q4_K": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M, "Q5_K": llama_cpp.LLAMA_FTYPE_MOSTLY_Q5_K_M,
          "Q6_K": llama_cpp.LLAMA_FTYPE_MOSTLY_Q6_K}


def run(program, *words):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"llmasos {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
    return done.stdout


def our_ids(program, model, prompt, tokens):
    result = json.loads(run(program, "generate", "--model", model, "--prompt", prompt, "--max-tokens", tokens,
                            "--temperature", 0, "--json"))
    return result["prompt_ids"], result["ids"]


def their_ids(model, prompt, tokens):
    llama = llama_cpp.Llama(str(model), n_ctx=256, verbose=False)
    prompt_ids = llama.tokenize(prompt.encode(), add_bos=True)
    ids = []
    for token in llama.generate(prompt_ids, temp=0.0, top_k=1, repeat_penalty=1.0):
        if token == llama.token_eos() or len(ids) == tokens:
            break
        ids.append(token)
    return prompt_ids, ids


def quantise(source, target, kind):
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = kind
    if llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), parameters) != 0:
        raise RuntimeError(f"llama.cpp cannot quantise {source}")


def read_safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            yield name, numpy.frombuffer(data[8 + length + begin : 8 + length + end], "<f4").reshape(entry["shape"])


def decoded_alike(program, quantised, work):
    """Compares as sorted values, because names and the order of rows differ between the formats."""
    run(program, "convert", quantised, work / "decoded.safetensors", "--dtype", "f32", "--overwrite")
    ours = {}
    for name, values in read_safetensors(work / "decoded.safetensors"):
        ours.setdefault(values.size, []).append(numpy.sort(values.ravel()))
    types = set()
    for tensor in gguf.GGUFReader(quantised).tensors:
        values = numpy.sort(gguf.dequantize(tensor.data, tensor.tensor_type).astype("f4").ravel())
        types.add(tensor.tensor_type.name)
        if not any(numpy.array_equal(values, each) for each in ours.get(values.size, [])):
            return False, tensor.name
    return True, " ".join(sorted(types))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--prompt", default="Once upon a time")
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--untrained", action="store_true")
    a = parser.parse_args()
    failed = 0

    def report(what, good, detail=""):
        nonlocal failed
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'}  {what}  {detail}")

    def same_ids(ours, theirs):
        count = min(len(ours), len(theirs))
        return next((i for i in range(count) if ours[i] != theirs[i]), count)

    def compare_ids(what, our_model, their_model):
        ours, theirs = our_ids(a.program, our_model, a.prompt, a.tokens), their_ids(their_model, a.prompt, a.tokens)
        report(f"{what}: prompt ids", ours[0] == theirs[0])
        report(f"{what}: greedy ids", ours[1] == theirs[1], f"{same_ids(ours[1], theirs[1])} of {len(theirs[1])} the same")

    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for dtype in OURS:
            run(a.program, "convert", a.model, work / f"{dtype}.gguf", "--dtype", dtype)
            theirs = work / f"{dtype}.gguf"
            if a.untrained:
                theirs = work / "decoded.gguf"
                run(a.program, "convert", work / f"{dtype}.gguf", theirs, "--dtype", "f32", "--overwrite")
            compare_ids(f"ours {dtype}", work / f"{dtype}.gguf", theirs)
        for name, kind in THEIRS.items():
            quantised = work / f"theirs-{name}.gguf"
            quantise(work / "f32.gguf", quantised, kind)
            good, detail = decoded_alike(a.program, quantised, work)
            report(f"theirs {name}: decoded bit for bit", good, detail)
            run(a.program, "convert", quantised, work / "decoded.gguf", "--dtype", "f32", "--overwrite")
            compare_ids(f"theirs {name}", quantised, work / "decoded.gguf")
            ours, theirs = our_ids(a.program, quantised, a.prompt, a.tokens), their_ids(quantised, a.prompt, a.tokens)
            print(f"      theirs {name}: {same_ids(ours[1], theirs[1])} of {len(theirs[1])} ids the same in their arithmetic")
    print(f"{failed} failed" if failed else "all the same")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
