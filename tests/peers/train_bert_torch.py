"""Pre-training of a small BERT by transformers' BertForPreTraining on the CPU. Prints one JSON object with the time of a step.

With --write FOLDER, also writes the model that it starts from, the batches and what became of them, as `llmasos verify` reads them.
"""

import argparse
import json
import pathlib
import time

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForPreTraining, BertTokenizerFast

from training_torch import adamw, compute_context

IGNORED = -100


def pairs(tokenizer, text, sequence, count, generator):
    """Masked pairs of stretches of a text: half of the second ones follow the first ones."""
    ids = torch.tensor(tokenizer(text, add_special_tokens=False)["input_ids"])
    length = sequence - 3
    half = length // 2
    cls, sep = torch.tensor([tokenizer.cls_token_id]), torch.tensor([tokenizer.sep_token_id])
    rows = {name: [] for name in ("input_ids", "token_type_ids", "labels", "next_sentence_label")}
    for _ in range(count):
        begin, other = torch.randint(len(ids) - length, (2,), generator=generator).tolist()
        follows = torch.rand((), generator=generator).item() < 0.5
        second = ids[begin + half : begin + length] if follows else ids[other : other + length - half]
        row = torch.cat([cls, ids[begin : begin + half], sep, second, sep])
        types = torch.tensor([0] * (half + 2) + [1] * (len(row) - half - 2))
        words = (row != cls) & (row != sep)
        chosen = words & (torch.rand(len(row), generator=generator) < 0.15)
        fate = torch.rand(len(row), generator=generator)
        hidden = torch.where(fate < 0.8, tokenizer.mask_token_id,
                             torch.where(fate < 0.9, torch.randint(len(tokenizer), row.shape, generator=generator), row))
        rows["input_ids"].append(torch.where(chosen, hidden, row))
        rows["token_type_ids"].append(types)
        rows["labels"].append(torch.where(chosen, row, IGNORED))
        rows["next_sentence_label"].append(torch.tensor(0 if follows else 1))
    return {name: torch.stack(values) for name, values in rows.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", required=True)
    parser.add_argument("--tokenizer", required=True, help="a folder with a BERT tokenizer.json")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--embed", type=int, default=256)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--sequence", type=int, default=128)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--warmup", type=int, default=3, help="steps that are not timed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--write")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    tokenizer = BertTokenizerFast(tokenizer_file=str(pathlib.Path(a.tokenizer) / "tokenizer.json"))
    config = BertConfig(vocab_size=len(tokenizer), hidden_size=a.embed, num_hidden_layers=a.layers, num_attention_heads=a.heads,
                        intermediate_size=4 * a.embed, max_position_embeddings=a.sequence, hidden_dropout_prob=0.0,
                        attention_probs_dropout_prob=0.0)
    model = BertForPreTraining(config)
    model.train()
    if a.write:
        model.save_pretrained(a.write)
    generator = torch.Generator().manual_seed(2)
    text = pathlib.Path(a.text).read_text()
    batches = [pairs(tokenizer, text, a.sequence, a.batch, generator) for _ in range(a.steps)]
    optimizer = adamw(model, lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1)
    run = torch.compile(model) if a.compile else model
    losses, norms, seconds = [], [], []
    for batch in batches:
        start = time.perf_counter()
        with compute_context(a.dtype):
            loss = run(**batch).loss
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        norms.append(norm.item())
        seconds.append(time.perf_counter() - start)
    if a.write:
        folder = pathlib.Path(a.write)
        tensors = {f"train.{i}.{name}": value for i, batch in enumerate(batches) for name, value in batch.items()}
        tensors |= {f"input.{name}": value.clone() for name, value in batches[0].items()}
        save_file(tensors | {"output.loss": torch.tensor([losses[0]])}, folder / "expected.safetensors")
        (folder / "expected.json").write_text(json.dumps({"trajectory": {"losses": losses, "grad_norms": norms}}))
    timed = sorted(seconds[a.warmup :])
    print(json.dumps({"torch": torch.__version__, "parameters": sum(p.numel() for p in model.parameters()), "dtype": a.dtype,
                      "compile": a.compile, "seconds_of_median_step": timed[len(timed) // 2], "losses": losses}))


if __name__ == "__main__":
    main()
