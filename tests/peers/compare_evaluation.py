"""Compares `llmasos evaluate` with the same figures computed by transformers: perplexity in strided windows, and answers by
log-likelihood. Prints one JSON object; exits with 1 where a figure differs. The tokenizer is read by `tokenizers`, which is no part of LLMasOS.

    python tests/peers/compare_evaluation.py --llmasos build/release/bin/llmasos --model DIR --text FILE
"""

import argparse
import json
import math
import pathlib
import subprocess
import tempfile

import tokenizers
import torch
import transformers


class Peer:
    def __init__(self, folder):
        self.model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.tokenizer = tokenizers.Tokenizer.from_file(str(pathlib.Path(folder) / "tokenizer.json"))
        self.context = self.model.config.max_position_embeddings
        self.before = self.tokenizer.encode("").ids or [self.model.config.eos_token_id]

    def logprobs(self, ids, scored):
        """Of ids[scored:], each given all before; and whether each is the likeliest."""
        with torch.no_grad():
            logits = self.model(torch.tensor([ids[:-1]])).logits[0].double()
        rows = torch.log_softmax(logits, dim=-1)[scored - 1 :]
        wanted = torch.tensor(ids[scored:])
        return rows.gather(1, wanted[:, None])[:, 0], rows.argmax(1) == wanted

    def rolling(self, text, context, stride):
        """(sum of negative log-likelihoods, scored tokens) of one document, as lm-evaluation-harness rolls windows over it."""
        ids = self.before + self.tokenizer.encode(text, add_special_tokens=False).ids
        loss, scored = 0.0, len(self.before)
        first = True
        while scored < len(ids):
            end = min(len(ids), context + 1 if first else scored + stride)
            begin = max(0, end - context - 1)
            loss -= self.logprobs(ids[begin:end], scored - begin)[0].sum().item()
            scored, first = end, False
        return loss, len(ids) - len(self.before)

    def continuation(self, context, text):
        stripped = context.rstrip()
        whole = self.tokenizer.encode(context + text).ids
        given = len(self.tokenizer.encode(stripped).ids)
        if given == 0:
            whole, given = self.before + whole, 1
        logprobs, greedy = self.logprobs(whole, given)
        return logprobs.sum().item(), bool(greedy.all())


def mean_and_error(values):
    values = torch.tensor(values, dtype=torch.float64)
    return values.mean().item(), (values.std(correction=1) / math.sqrt(len(values))).item()


def expected_choices(peer, questions):
    acc, norm, information = [], [], []
    for question in questions:
        choices = question["choices"]
        scores = [peer.continuation(question["context"], " " + c)[0] for c in choices]
        alone = [peer.continuation("", " " + c)[0] for c in choices]
        best = lambda values: max(range(len(choices)), key=lambda i: values[i]) == question["label"]
        acc.append(best(scores))
        norm.append(best([s / len(c) for s, c in zip(scores, choices)]))
        information.append(best([s - a for s, a in zip(scores, alone)]))
    figures = {"questions": len(questions)}
    for name, values in (("acc", acc), ("acc_norm", norm), ("acc_mutual_info", information)):
        figures[name], figures[name + "_stderr"] = mean_and_error(values)
    return figures


def expected_answers(peer, questions):
    scores = [peer.continuation(q["context"], " " + q["answer"]) for q in questions]
    figures = {"questions": len(questions)}
    figures["acc"], figures["acc_stderr"] = mean_and_error([greedy for _, greedy in scores])
    loss, error = mean_and_error([-logprob for logprob, _ in scores])
    figures["perplexity"], figures["perplexity_stderr"] = math.exp(loss), math.exp(loss) * error
    return figures


def questions_from(text):
    """Sentences cut at words: which of four words goes on? The others are taken from elsewhere."""
    sentences = [line.split() for line in text.replace("\n", " ").split(".") if len(line.split()) > 6]
    choices, answers = [], []
    for i, words in enumerate(sentences[:60]):
        others = [sentences[(i + k) % len(sentences)][-1] for k in (7, 11, 13)]
        right = i % 4
        options = others[:right] + [" ".join(words[-2:])] + others[right:]
        choices.append({"context": " ".join(words[:-2]), "choices": options, "label": right})
        answers.append({"context": " ".join(words[:-1]), "answer": words[-1]})
    return choices, answers


def run(program, model, *options):
    command = [program, "evaluate", "--model", model, "--json", *map(str, options)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compare(name, got, want, report):
    for key, value in want.items():
        here = got.get(key, 0.0) if key.endswith("_stderr") else got[key]  # an error of 0 is left out
        difference = abs(here - value) / max(1.0, abs(value))
        report["largest_difference"] = max(report["largest_difference"], difference)
        if difference > 1e-4:
            report["differing"].append({"figure": f"{name}: {key}", "llmasos": here, "transformers": value})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--llmasos", "--model", "--text"):
        parser.add_argument(option, required=True)
    arguments = parser.parse_args()
    peer = Peer(arguments.model)
    text = pathlib.Path(arguments.text).read_text(encoding="utf-8")
    report = {"largest_difference": 0.0, "differing": []}
    with tempfile.TemporaryDirectory() as folder:
        excerpt = pathlib.Path(folder) / "text.txt"
        excerpt.write_text(text[:6000], encoding="utf-8")
        for context, stride in ((peer.context, peer.context), (peer.context, peer.context // 4), (32, 8)):
            loss, tokens = peer.rolling(text[:6000], context, stride)
            got = run(arguments.llmasos, arguments.model, "--text", excerpt, "--context", context, "--stride", stride)
            size = len(text[:6000].encode())
            want = {"loss": loss / tokens, "perplexity": math.exp(loss / tokens), "tokens": tokens,
                    "bits_per_byte": loss / math.log(2) / size, "bits_per_character": loss / math.log(2) / len(text[:6000])}
            compare(f"context {context}, stride {stride}", got, want, report)
        choices, answers = questions_from(text)
        for name, questions, expected in (("choices", choices, expected_choices), ("answers", answers, expected_answers)):
            tasks = pathlib.Path(folder) / f"{name}.jsonl"
            tasks.write_text("".join(json.dumps(q) + "\n" for q in questions), encoding="utf-8")
            got = run(arguments.llmasos, arguments.model, "--tasks", tasks, *(["--unconditional"] if name == "choices" else []))
            report[name] = got
            compare(name, got, expected(peer, questions), report)
    print(json.dumps(report))
    raise SystemExit(1 if report["differing"] else 0)


if __name__ == "__main__":
    main()
