"""Does `llmasos evaluate` give what lm-evaluation-harness gives on the same items?

    python tests/interop/lm_evaluation_harness.py LLMASOS --model DIR

Needs lm_eval, accelerate, torch and transformers, and no network: the harness reads a task of its own kind (YAML) over a local file of JSON lines,
and DIR (a Hugging Face folder with a tokenizer) with its model `hf`. LLMASOS is the built program. Compared are

  choices   acc, acc_norm and their standard errors on a task of type multiple_choice;
  answers   acc and perplexity on a task of type loglikelihood;
  items     the log-likelihood of each choice of each item, which here is a task file of one answer: -log(perplexity).
"""

import argparse
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")

import lm_eval
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

TOLERANCE = 1e-4  # absolute of log-likelihoods in nats, relative of perplexities above 1
TASK_FILE = "items-{}.jsonl"

WORDS = ("dog", "little girl", "a big red ball", "été", "naïve élève", "日本", "小さな猫の話", "the park", "Größe", "Lily's mom", "x")
# Unlikely all of them, and with more bytes than characters some: only among such do norms by characters and by bytes choose differently.
RARE = ("x", "qz", "Zx", "kxq", "été", "naïve élève", "ßü", "Größe")
CONTEXTS = (
    "Once upon a time, there was a {}. One day the {} went to see",
    "Tom and the {} played with the {} until they found",
    "The {} was sad. It had lost the {} and wanted",
    "Le {} et la {} aiment",
    "",
)

TASKS = {
    "choices": """
task: choices
dataset_path: json
dataset_kwargs: {{data_files: {{test: {file}}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{context}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: label
metric_list: [{{metric: acc}}, {{metric: acc_norm}}]
""",
    "answers": """
task: answers
dataset_path: json
dataset_kwargs: {{data_files: {{test: {file}}}}}
test_split: test
output_type: loglikelihood
doc_to_text: "{{{{context}}}}"
doc_to_target: "{{{{' ' + answer}}}}"
metric_list: [{{metric: acc}}, {{metric: perplexity}}]
""",
}


def make_items(count):
    draw = random.Random(11)
    choices, answers = [], []
    for number in range(count):
        context = CONTEXTS[number % len(CONTEXTS)].format(*draw.sample(WORDS, 2))
        options = draw.sample((WORDS, RARE)[number % 2], 4)
        choices.append({"context": context, "choices": options, "label": draw.randrange(4)})
        answers.append({"context": context, "answer": options[0]})
    # Some that a model of stories gets right, so that accuracies are not 0.
    answers += [{"context": "Once upon a", "answer": "time"}, {"context": "Once upon a time, there was a little girl named", "answer": "Lily."}]
    return {"choices": choices, "answers": answers}


def write_lines(path, items):
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")


class Harness:
    """What lm-evaluation-harness says of each task: its figures, and its samples by item."""

    def __init__(self, model, work):
        for name, task in TASKS.items():
            (work / f"{name}.yaml").write_text(task.format(file=json.dumps(str(work / TASK_FILE.format(name)))), encoding="utf-8")
        self.tasks = TaskManager(include_path=str(work), include_defaults=False)
        self.model = HFLM(pretrained=str(model), device="cpu", dtype="float32", batch_size=1, add_bos_token=True)

    def evaluate(self, name):
        result = lm_eval.simple_evaluate(model=self.model, tasks=[name], task_manager=self.tasks, num_fewshot=0,
                                         log_samples=True, bootstrap_iters=1000)
        figures = {key.removesuffix(",none"): value for key, value in result["results"][name].items()}
        samples = sorted(result["samples"][name], key=lambda sample: sample["doc_id"])
        return figures, [[float(response[0]) for response in sample["filtered_resps"]] for sample in samples]


def evaluate_here(program, model, path):
    command = [program, "evaluate", "--model", model, "--tasks", path, "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


class Checks:
    def __init__(self):
        self.failed = 0

    def report(self, what, got, want):
        difference = abs(got - want) / max(1.0, abs(want))
        good = difference <= TOLERANCE
        self.failed += not good
        print(f"{'ok  ' if good else 'FAIL'}  {what:28}  llmasos {got:.6f}  harness {want:.6f}")


def compare_items(checks, program, model, items, logprobs, work):
    """Each choice by itself, since a run prints only means."""
    alone = work / "alone.jsonl"
    worst, differing, compared = 0.0, 0, 0
    for item, wanted in zip(items, logprobs, strict=True):
        for choice, logprob in zip(item["choices"], wanted, strict=True):
            write_lines(alone, [{"context": item["context"], "answer": choice}])
            got = -math.log(evaluate_here(program, model, alone)["perplexity"])
            worst = max(worst, abs(got - logprob))
            compared += 1
            if abs(got - logprob) > TOLERANCE:
                differing += 1
                print(f"FAIL  {item['context']!r} + {choice!r}: llmasos {got:.6f}  harness {logprob:.6f}")
    checks.failed += differing
    print(f"{'FAIL' if differing else 'ok  '}  {compared} log-likelihoods, largest difference {worst:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--items", type=int, default=60)
    arguments = parser.parse_args()
    items = make_items(arguments.items)
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        os.environ["HF_DATASETS_CACHE"] = str(work / "cache")
        for name, lines in items.items():
            write_lines(work / TASK_FILE.format(name), lines)
        harness = Harness(arguments.model, work)
        for name, compared in (("choices", ("acc", "acc_stderr", "acc_norm", "acc_norm_stderr")), ("answers", ("acc", "acc_stderr", "perplexity"))):
            figures, logprobs = harness.evaluate(name)
            here = evaluate_here(arguments.program, arguments.model, work / TASK_FILE.format(name))
            for figure in compared:
                # A standard error of 0 is left out here.
                got = here.get(figure, 0.0) if figure.endswith("_stderr") else here[figure]
                checks.report(f"{name}: {figure}", got, figures[figure])
            if name == "choices":
                compare_items(checks, arguments.program, arguments.model, items[name], logprobs, work)
    print(f"{checks.failed} failed" if checks.failed else "all the same")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
