"""Are models the same here and in transformers, in every file format, in both directions?

    python tests/interop/transformers_models.py LLMASOS [--family llama ...]

Needs torch, transformers, safetensors and numpy; LLMASOS is the built program. For each family of the table:

  theirs to ours   a random model that transformers saves (as safetensors, and as pytorch_model.bin through
                   torch.save) gives the same results here (`llmasos verify`);
  ours to theirs   the folder that `llmasos convert` writes loads in transformers without missing or unexpected
                   weights and gives the same results; so does the file of `llmasos convert IN OUT.pt` through
                   torch.load(weights_only=True);
  trained here     a model that `llmasos train` makes in a few steps loads in transformers and gives the same results;
  trained there    that model, after a few more steps in transformers, gives the same results here.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import torch
import transformers
from safetensors.torch import save_file

TOLERANCE = 1e-4  # of logits and losses, relative L2


def llama_config():
    return transformers.LlamaConfig(
        vocab_size=256, hidden_size=64, intermediate_size=160, num_hidden_layers=2, num_attention_heads=8,
        num_key_value_heads=4, max_position_embeddings=128, tie_word_embeddings=False)


def llama3_config():
    config = llama_config()
    config.tie_word_embeddings = True
    config.rope_parameters = {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
                              "high_freq_factor": 4.0, "original_max_position_embeddings": 32}
    return config


def gpt2_config():
    return transformers.GPT2Config(vocab_size=256, n_positions=128, n_embd=64, n_layer=2, n_head=4,
                                   resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0)


def bert_config():
    return transformers.BertConfig(
        vocab_size=256, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=160,
        max_position_embeddings=128, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


# name -> (class, configuration, whether GGUF holds all of its weights)
FAMILIES = {
    "llama": (transformers.LlamaForCausalLM, llama_config, True),
    "llama3": (transformers.LlamaForCausalLM, llama3_config, True),
    "gpt2": (transformers.GPT2LMHeadModel, gpt2_config, True),
    "bert": (transformers.BertForPreTraining, bert_config, False),
}

PIPELINE = """
version: 1
kind: train
seed: 5
backend: {{plugin: cpu, compute: float32}}
dataset: {{plugin: text, path: {text}, separator: "\\n\\n", sequence: 32}}
optimizer: {{lr: 1.0e-2}}
train: {{steps: {steps}, batch: 8}}
checkpoint: {{folder: {run}}}
"""

# What a family's pipeline has besides; a vocabulary of 300 holds the ids below 256 that results() asks with.
TRAINED = {
    "llama": """
tokenizer: {plugin: bpe, train: {vocab_size: 300}}
model: {plugin: llama, layers: 2, embed: 64, heads: 8, kv_heads: 4, mlp: 160}
""",
    "gpt2": """
tokenizer: {plugin: bpe, train: {vocab_size: 300}}
model: {plugin: gpt2, layers: 2, embed: 64, heads: 4, dropout: 0}
""",
    "bert": """
tokenizer: {plugin: wordpiece, train: {vocab_size: 300}}
task: {kind: pretraining}
model: {plugin: bert, layers: 2, embed: 64, heads: 4, mlp: 160, dropout: 0, attention_dropout: 0}
""",
}
TRAINED_STEPS = 12


def causal_results(model):
    ids = torch.randint(0, 256, (2, 24), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        result = model(input_ids=ids, labels=ids)
    return {"input.input_ids": ids, "input.labels": ids, "output.logits": result.logits, "output.loss": result.loss}


def bert_results(model):
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(0, 256, (2, 24), generator=generator)
    mask = torch.ones_like(ids)
    mask[1, 20:] = 0
    types = (torch.arange(24) >= 12).long().expand(2, 24).contiguous()
    labels = torch.where(torch.rand(2, 24, generator=generator) < 0.3, ids, -100)
    labels[:, 0] = ids[:, 0]
    labels = torch.where(mask == 1, labels, -100)
    order = torch.tensor([0, 1])
    with torch.no_grad():
        result = model(input_ids=ids, attention_mask=mask, token_type_ids=types, labels=labels, next_sentence_label=order)
    return {"input.input_ids": ids, "input.attention_mask": mask, "input.token_type_ids": types, "input.labels": labels,
            "input.next_sentence_label": order, "output.loss": result.loss,
            "output.prediction_logits": result.prediction_logits,
            "output.seq_relationship_logits": result.seq_relationship_logits}


def results(model):
    return bert_results(model) if model.config.model_type == "bert" else causal_results(model)


class Checks:
    def __init__(self, program):
        self.program = program
        self.failed = 0

    def report(self, what, good, detail=""):
        self.failed += not good
        print(f"{'ok  ' if good else 'FAIL'}  {what}  {detail}")

    def run(self, *words):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"llmasos {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
        return done.stdout

    def verify(self, what, folder, expected):
        try:
            lines = self.run("verify", "--model", folder, "--expected", expected, "--tolerance", TOLERANCE).splitlines()
            self.report(what, True, "; ".join(" ".join(l.split()[:2]) for l in lines if l.startswith("output")))
        except RuntimeError as error:
            self.report(what, False, str(error))

    def compare(self, what, model, expected):
        worst = 0.0
        for name, value in results(model.eval()).items():
            if name.startswith("output"):
                worst = max(worst, ((value - expected[name]).norm() / expected[name].norm()).item())
        self.report(what, worst <= TOLERANCE, f"relative L2 {worst:.1e}")


def check_family(checks, name, work):
    kind, make_config, through_gguf = FAMILIES[name]
    torch.manual_seed(0)
    model = kind(make_config()).eval()
    theirs = work / "theirs"
    model.save_pretrained(theirs)
    expected = results(model)
    save_file({k: v.contiguous().clone() for k, v in expected.items()}, work / "expected.safetensors")

    checks.verify(f"{name}: theirs, safetensors", theirs, work / "expected.safetensors")
    pickled = work / "pickled"
    pickled.mkdir()
    shutil.copy(theirs / "config.json", pickled)
    torch.save(model.state_dict(), pickled / "pytorch_model.bin")
    checks.verify(f"{name}: theirs, torch.save", pickled, work / "expected.safetensors")

    ways = [("folder", theirs)]
    if through_gguf:
        checks.run("convert", theirs, work / "ours.gguf")
        checks.verify(f"{name}: as GGUF", work / "ours.gguf", work / "expected.safetensors")
        ways.append(("folder from GGUF", work / "ours.gguf"))
    for number, (what, source) in enumerate(ways):
        ours = work / f"ours{number}"
        checks.run("convert", source, ours)
        loaded, info = kind.from_pretrained(ours, output_loading_info=True)
        missing = [key for key in info["missing_keys"]] + [key for key in info["unexpected_keys"]]
        checks.report(f"{name}: {what} has all weights", not missing, str(missing) if missing else "")
        checks.compare(f"{name}: ours, {what}", loaded, expected)
    checks.run("convert", theirs, work / "ours.pt")
    state = torch.load(work / "ours.pt", weights_only=True)
    fresh = kind(make_config())
    loaded = fresh.load_state_dict(state, strict=False)
    checks.report(f"{name}: .pt has no unexpected weights", not loaded.unexpected_keys, str(loaded.unexpected_keys))
    fresh.tie_weights()
    checks.compare(f"{name}: ours, torch.load(weights_only=True)", fresh, expected)


def write_text(path):
    """Documents of several short sentences; every printable ASCII character occurs, for vocabularies."""
    nouns, verbs = ("cat", "river", "baker", "engine", "moon", "letter"), ("sees", "follows", "warms", "carries", "forgets")
    documents = []
    for number in range(400):
        picked = [f"The {nouns[(number * 7 + k) % 6]} {verbs[(number + k * 3) % 5]} the {nouns[(number + k) % 6]} {number}." for k in range(4)]
        documents.append("\n".join(picked))
    documents.append("".join(map(chr, range(33, 127))))
    path.write_text("\n\n".join(documents), encoding="utf-8")


def train_there(model):
    """A few steps on one batch; gives how far the weights moved, relative."""
    before = torch.cat([parameter.detach().flatten().clone() for parameter in model.parameters()])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    batch = results(model.eval())
    words = {name.removeprefix("input."): value for name, value in batch.items() if name.startswith("input.")}
    for _ in range(5):
        model(**words).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    after = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
    return ((after - before).norm() / before.norm()).item()


def check_trained(checks, name, work):
    """What a few steps here, and then a few steps there, leave is the same model in both."""
    kind = FAMILIES[name][0]
    write_text(work / "text.txt")
    runs = {steps: work / f"run{steps}" for steps in (1, TRAINED_STEPS)}
    losses = {}
    for steps, run in runs.items():
        pipeline = work / "train.yaml"
        pipeline.write_text(PIPELINE.format(text=work / "text.txt", steps=steps, run=run) + TRAINED[name])
        checks.run("train", pipeline)
        lines = (run / "metrics.jsonl").read_text().splitlines()
        losses[steps] = json.loads(lines[-1])["loss"]
    checks.report(f"{name}: trained here, the loss fell", losses[TRAINED_STEPS] < losses[1],
                  f"{losses[1]:.3f} to {losses[TRAINED_STEPS]:.3f}")

    model, info = kind.from_pretrained(runs[TRAINED_STEPS] / "model", output_loading_info=True)
    differing = [*info["missing_keys"], *info["unexpected_keys"]]
    checks.report(f"{name}: trained here, has all weights", not differing, str(differing) if differing else "")
    expected = work / "expected.safetensors"
    save_file({k: v.contiguous().clone() for k, v in results(model.eval()).items()}, expected)
    checks.verify(f"{name}: trained here", runs[TRAINED_STEPS] / "model", expected)

    moved = train_there(model)
    checks.report(f"{name}: trained there, the weights moved", moved > 1e-2, f"{moved:.2f}")
    model.save_pretrained(work / "theirs")
    save_file({k: v.contiguous().clone() for k, v in results(model.eval()).items()}, expected)
    checks.verify(f"{name}: trained there", work / "theirs", expected)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--family", action="append", choices=list(FAMILIES))
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    checks = Checks(arguments.program)
    families = arguments.family or FAMILIES
    todo = [(check_family, name) for name in families] + [(check_trained, name) for name in families if name in TRAINED]
    for check, name in todo:
        with tempfile.TemporaryDirectory() as work:
            try:
                check(checks, name, pathlib.Path(work))
            except RuntimeError as error:
                checks.report(name, False, str(error))
    print(f"{checks.failed} failed" if checks.failed else "all the same")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
