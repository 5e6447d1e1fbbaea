"""The tasks of BERT beside transformers: outputs, losses and every gradient, on the encoder of tiny-bert with new heads.

    python tests/peers/bert_tasks_torch.py --llmasos build/release/bin/llmasos [--model tests/models/data/tiny-bert]
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from safetensors.torch import save_file

ROWS, SEQUENCE, CLASSES = 3, 16, 5


def labels(task):
    if task == "SequenceClassification":
        return {"labels": torch.randint(CLASSES, (ROWS,))}
    if task == "TokenClassification":
        return {"labels": torch.where(torch.rand(ROWS, SEQUENCE) < 0.3, -100, torch.randint(CLASSES, (ROWS, SEQUENCE)))}
    if task == "QuestionAnswering":
        return {"start_positions": torch.randint(SEQUENCE, (ROWS,)), "end_positions": torch.randint(SEQUENCE, (ROWS,))}
    return {"labels": torch.where(torch.rand(ROWS, SEQUENCE) < 0.7, -100, torch.randint(320, (ROWS, SEQUENCE)))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llmasos", required=True)
    parser.add_argument("--model", default=pathlib.Path(__file__).parent.parent / "models" / "data" / "tiny-bert")
    a = parser.parse_args()
    torch.manual_seed(4)
    failed = False
    for task in ("SequenceClassification", "TokenClassification", "QuestionAnswering", "MaskedLM"):
        sizes = {} if task in ("QuestionAnswering", "MaskedLM") else {"num_labels": CLASSES}
        model = getattr(transformers, "BertFor" + task).from_pretrained(a.model, **sizes).eval()
        inputs = {"input_ids": torch.randint(320, (ROWS, SEQUENCE)), "token_type_ids": torch.randint(2, (ROWS, SEQUENCE))} | labels(task)
        result = model(**inputs)
        result.loss.backward()
        tensors = {"input." + name: value for name, value in inputs.items()} | {"output.loss": result.loss.detach()[None]}
        for name in ("logits", "start_logits", "end_logits"):
            if getattr(result, name, None) is not None:
                tensors["output." + name] = getattr(result, name).detach().contiguous()
        tensors |= {"grad." + name: p.grad for name, p in model.named_parameters() if p.grad is not None}
        with tempfile.TemporaryDirectory() as folder:
            model.save_pretrained(folder)
            save_file(tensors, folder + "/expected.safetensors")
            done = subprocess.run([a.llmasos, "verify", "--model", folder, "--expected", folder + "/expected.safetensors"],
                                  capture_output=True, text=True)
        lines = done.stdout.splitlines()
        errors = [float(line.split()[1]) for line in lines if line.startswith(("output.", "grad."))]
        worst = max(errors, default=0)
        print(f"{task:24} {len(errors):3} tensors, largest relative L2 {worst:.1e}: {lines[-1] if lines else done.stderr}")
        failed |= done.returncode != 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
