"""Trains from a run's first weights on its batches in transformers, and prints both losses side by side.

    llmasos train FILE --set train.steps=1 --set optimizer.lr=1e-30 --set schedule.warmup=0 --set checkpoint.folder=START ...
    llmasos train FILE --set checkpoint.folder=RUN ...
    python tests/peers/loss_curve_torch.py --start START/model --run RUN [--device cuda] [--tolerance 0.005]

Two runs of one file with one seed begin with the same weights; with next to no learning rate they stay. Causal language models on one text, with
`dataset.sampling: random_windows`, held-out text by `validation_fraction` alone (a run with `dataset.validation` is refused), no accumulation and no dropout. Batches are what
host/data/data_order.h says they are, learning rates are those of RUN/metrics.jsonl. Exits with 1 where the mean of a tenth of the steps differs by more
than the tolerance. In bfloat16 PyTorch computes under autocast, which keeps the residual stream in float32; with --residual bfloat16 it computes in bfloat16
throughout, from float32 master weights, as LLMasOS does.
"""

import argparse
import json
import pathlib
import struct
import sys

import numpy as np
import torch
import yaml
from training_torch import adamw, compute_context

WINDOW_SITE = 0x77696E64
MASK = 0xFFFFFFFF


def philox(key, counter):
    """Philox4x32-10 (Salmon et al. 2011)."""
    key0, key1 = key & MASK, key >> 32
    for _ in range(10):
        first, second = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [second >> 32 ^ counter[1] ^ key0, second & MASK, first >> 32 ^ counter[3] ^ key1, first & MASK]
        key0, key1 = key0 + 0x9E3779B9 & MASK, key1 + 0xBB67AE85 & MASK
    return counter


def read_tokens(folder):
    """The ids of the larger corpus under the folder."""
    corpora = []
    for corpus in folder.iterdir():
        if not corpus.is_dir():
            continue
        parts = []
        for shard in sorted(corpus.glob("shard-*.tokens")):
            data = shard.read_bytes()
            magic, _, _, _, id_bytes, _, tokens, documents = struct.unpack_from("<8s16sIIIIQQ", data, len(data) - 80)
            assert magic == b"LMOSTOK1" and documents == 1, f"{shard}: not one document"
            parts.append(np.frombuffer(data, np.uint16 if id_bytes == 2 else np.uint32, tokens))
        corpora.append(np.concatenate(parts))
    return max(corpora, key=len)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", required=True)
    parser.add_argument("--run", required=True, type=pathlib.Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--residual", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--tolerance", type=float, default=0.005)
    a = parser.parse_args()
    from transformers import AutoModelForCausalLM

    settings = yaml.safe_load((a.run / "pipeline.yaml").read_text())
    metrics = [json.loads(line) for line in (a.run / "metrics.jsonl").read_text().splitlines()]
    dataset, optimizer_settings, rows = settings["dataset"], settings["optimizer"], settings["train"]["batch"]
    if dataset.get("validation"):
        sys.exit(f"{a.run / 'pipeline.yaml'}: dataset.validation is set, so which tokens were trained on cannot be told: hold text out by dataset.validation_fraction")
    assert dataset["sampling"] == "random_windows" and settings["train"]["accumulate"] == 1
    tokens, length = read_tokens(a.run / "tokens"), dataset["sequence"]
    model = AutoModelForCausalLM.from_pretrained(a.start, dtype=torch.float32, attn_implementation="sdpa").to(a.device).train()
    optimizer = adamw(model, 0.0, optimizer_settings["betas"], optimizer_settings["weight_decay"])
    theirs = []
    for step, metric in enumerate(metrics):
        begins = []
        for row in range(rows):
            words = philox(settings["seed"], [row, step & MASK, step >> 32, WINDOW_SITE])
            begins.append((words[1] << 32 | words[0]) * (len(tokens) - length) >> 64)
        batch = torch.tensor(np.stack([tokens[at : at + length + 1] for at in begins]).astype(np.int64), device=a.device)
        for group in optimizer.param_groups:
            group["lr"], group["eps"] = metric["learning_rate"], optimizer_settings["eps"]
        if a.residual == "bfloat16":
            weights = {name: parameter.bfloat16() for name, parameter in model.named_parameters()}
            logits = torch.func.functional_call(model, weights, (batch[:, :-1],)).logits
        else:
            with compute_context(settings["backend"]["compute"], torch.device(a.device).type):
                logits = model(batch[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), batch[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), optimizer_settings["clip"])
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        theirs.append(loss.detach())
    ours = np.array([metric["loss"] for metric in metrics])
    theirs = torch.stack(theirs).cpu().numpy()
    print(f"{'steps':>12} {'LLMasOS':>9} {'PyTorch':>9} {'relative':>9}")
    worst, tenth = 0.0, max(len(ours) // 10, 1)
    for begin in range(0, len(ours) - tenth + 1, tenth):
        mine, peer = ours[begin : begin + tenth].mean(), theirs[begin : begin + tenth].mean()
        worst = max(worst, abs(mine / peer - 1))
        print(f"{begin + 1:>5} … {begin + tenth:>4} {mine:9.5f} {peer:9.5f} {mine / peer - 1:+9.5f}")
    single = np.abs(ours / theirs - 1)
    print(f"worst mean {worst:.5f}; worst single step {single.max():.5f} (step {single.argmax() + 1})")
    sys.exit(int(worst > a.tolerance))


if __name__ == "__main__":
    main()
