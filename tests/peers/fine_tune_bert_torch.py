"""Fine-tunes a BERT folder in transformers as config/pipelines/bert-cola.yaml and bert-sst2.yaml do, and prints its metrics.

    python tests/peers/fine_tune_bert_torch.py --model DIR --train train.tsv --validation dev.tsv --columns text label [--steps 300]

Float32, AdamW with the pipeline's settings, linear decay after the warm-up, batches of random records padded to the longest.
"""

import argparse
import csv
import json
import math
import random

import torch
import transformers


def read(path, columns):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [(row[columns.index("text")], int(row[columns.index("label")])) for row in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--train", required=True)
    parser.add_argument("--validation", required=True)
    parser.add_argument("--columns", nargs="+", required=True)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--warmup", type=int, default=30)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=3e-4)
    parser.add_argument("--every", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    transformers.logging.set_verbosity_error()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=a.model + "/tokenizer.json", pad_token="[PAD]")
    model = transformers.BertForSequenceClassification.from_pretrained(a.model, num_labels=2)
    train, validation = read(a.train, a.columns), read(a.validation, a.columns)

    def inputs(records):
        batch = tokenizer([r[0] for r in records], padding=True, truncation=True, max_length=64, return_tensors="pt")
        return {k: batch[k] for k in ("input_ids", "attention_mask")}, torch.tensor([r[1] for r in records])

    decayed = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim == 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}],
                                  lr=a.lr, betas=(0.9, 0.999), eps=1e-8)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, a.warmup, a.steps)
    order = random.Random(1)
    for step in range(1, a.steps + 1):
        model.train()
        x, y = inputs(order.sample(train, a.batch))
        loss = model(**x, labels=y).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % a.every and step != a.steps:
            continue
        model.eval()
        counts, total = [[0, 0], [0, 0]], 0.0
        with torch.no_grad():
            for i in range(0, len(validation), a.batch):
                x, y = inputs(validation[i:i + a.batch])
                result = model(**x, labels=y)
                total += result.loss.item() * len(y)
                for truth, predicted in zip(y.tolist(), result.logits.argmax(1).tolist()):
                    counts[truth][predicted] += 1
        (tn, fp), (fn, tp) = counts
        square = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        print(json.dumps({"step": step, "loss": total / len(validation), "accuracy": (tp + tn) / len(validation),
                          "matthews_correlation": (tp * tn - fp * fn) / math.sqrt(square) if square else 0.0}), flush=True)


if __name__ == "__main__":
    main()
