"""Shows that LoRA adapters go both ways between LLMasOS and PEFT: one that PEFT saves gives the same logits here, and one that LLMasOS
trains gives the same logits in PEFT. Prints one JSON object; exits with 1 where a relative L2 error is above 1e-4.

    python tests/interop/peft_adapters.py --llmasos build/release/bin/llmasos --models FOLDER --text FILE

FOLDER holds Hugging Face models: tiny-llama2-gqa and tiny-gpt2 with random weights, and stories260K, which has a tokenizer. A small
GPT-2 is trained on the text besides, for an adapter on its Conv1D layers.
"""

import argparse
import json
import math
import pathlib
import subprocess
import tempfile

import peft
import safetensors.torch
import tokenizers
import torch
import transformers

TOLERANCE = 1e-4
TARGETS = {"tiny-llama2-gqa": ["q_proj", "v_proj", "down_proj"], "tiny-gpt2": ["c_attn", "c_proj"]}


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"llmasos {arguments[0]} failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.stdout


def base_model(folder):
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def logits_of(model, ids):
    with torch.no_grad():
        return model(ids).logits


def error_of_merged(program, base, adapter, expected_logits, ids, scratch):
    """Merges the adapter with llmasos and compares the logits that llmasos then computes."""
    merged, expected = scratch / "merged", scratch / "expected.safetensors"
    run(program, "merge", "--model", base, "--adapter", adapter, "--output", merged)
    safetensors.torch.save_file(
        {"input.input_ids": ids, "output.logits": expected_logits.contiguous()}, expected)
    table = run(program, "verify", "--model", merged, "--expected", expected)
    return max(float(line.split()[1]) for line in table.splitlines() if line.startswith("output"))


def from_peft(program, base, targets, scratch):
    """An adapter with random matrices of two ranks, as PEFT writes it."""
    torch.manual_seed(1)
    model = peft.get_peft_model(base_model(base), peft.LoraConfig(
        task_type="CAUSAL_LM", r=4, lora_alpha=12, target_modules=targets, init_lora_weights=False,
        rank_pattern={targets[-1]: 2}, alpha_pattern={targets[0]: 5})).eval()
    model.save_pretrained(scratch / "adapter")
    ids = torch.randint(0, model.config.vocab_size, (2, 16))
    return error_of_merged(program, base, scratch / "adapter", logits_of(model, ids), ids, scratch)


PIPELINE = """
version: 1
kind: train
seed: 3
dataset: {{plugin: text, path: {text}, sequence: 64}}
model: {{path: {base}}}
lora: {{rank: 4, alpha: 8, dropout: 0.1, targets: [{targets}]}}
optimizer: {{lr: 1.0e-2}}
train: {{steps: 20, batch: 8}}
checkpoint: {{folder: {run}}}
"""

GPT2_PIPELINE = """
version: 1
kind: train
seed: 4
tokenizer: {{plugin: bpe, train: {{vocab_size: 384}}}}
dataset: {{plugin: text, path: {text}, sequence: 64}}
model: {{plugin: gpt2, layers: 2, embed: 64, heads: 4, context: 640, dropout: 0}}
optimizer: {{lr: 1.0e-2}}
train: {{steps: 10, batch: 8}}
checkpoint: {{folder: {run}}}
"""


def train_gpt2(program, text, scratch):
    """A small GPT-2 with a tokenizer, trained here: its layers are Conv1D, whose matrices PEFT reads with fan_in_fan_out."""
    pipeline = scratch / "gpt2.yaml"
    pipeline.write_text(GPT2_PIPELINE.format(text=text, run=scratch / "gpt2"))
    run(program, "train", pipeline)
    return scratch / "gpt2" / "model"


def to_peft(program, base, targets, text, scratch):
    """Trains an adapter here; returns the errors of the merged model's logits, and of the loss with the adapter beside the weights."""
    pipeline = scratch / "lora.yaml"
    pipeline.write_text(PIPELINE.format(
        text=text, base=base, run=scratch / "run", targets=", ".join(f'"*.{target}"' for target in targets)))
    run(program, "train", pipeline)
    adapter = scratch / "run" / "model"
    model = peft.PeftModel.from_pretrained(base_model(base), adapter).eval()
    plain = base_model(base)
    ids = torch.randint(3, model.config.vocab_size, (2, 32))
    moved = (logits_of(model, ids) - logits_of(plain, ids)).norm() / logits_of(plain, ids).norm()
    merged = error_of_merged(program, base, adapter, logits_of(model, ids), ids, scratch)

    excerpt = scratch / "excerpt.txt"
    excerpt.write_text(pathlib.Path(text).read_text(encoding="utf-8")[:600], encoding="utf-8")
    tokenizer = tokenizers.Tokenizer.from_file(str(pathlib.Path(base) / "tokenizer.json"))
    tokens = torch.tensor([tokenizer.encode(excerpt.read_text(encoding="utf-8")).ids])
    rows = torch.log_softmax(logits_of(model, tokens)[0, :-1].double(), -1)
    loss = -rows.gather(1, tokens[0, 1:, None]).mean().item()
    got = json.loads(run(program, "evaluate", "--model", base, "--adapter", adapter, "--text", excerpt, "--json"))
    return {"logits": merged, "loss": abs(got["loss"] - loss) / loss, "moved_by_training": moved.item()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--llmasos", "--models", "--text"):
        parser.add_argument(option, required=True)
    arguments = parser.parse_args()
    models = pathlib.Path(arguments.models)
    report = {}
    for name, targets in TARGETS.items():
        with tempfile.TemporaryDirectory() as scratch:
            report[f"{name}, from PEFT"] = {"logits": from_peft(arguments.llmasos, models / name, targets, pathlib.Path(scratch))}
    with tempfile.TemporaryDirectory() as scratch:
        report["stories260K, to PEFT"] = to_peft(
            arguments.llmasos, models / "stories260K", ["q_proj", "v_proj", "up_proj"], arguments.text, pathlib.Path(scratch))
    with tempfile.TemporaryDirectory() as scratch:
        base = train_gpt2(arguments.llmasos, arguments.text, pathlib.Path(scratch))
        report["GPT-2, to PEFT"] = to_peft(
            arguments.llmasos, base, ["c_attn", "c_proj", "c_fc"], arguments.text, pathlib.Path(scratch))
    print(json.dumps(report))
    errors = [row[key] for row in report.values() for key in ("logits", "loss") if key in row]
    raise SystemExit(0 if all(math.isfinite(e) and e <= TOLERANCE for e in errors) else 1)


if __name__ == "__main__":
    main()
