"""Compares the metrics of `llmasos evaluate --predictions` with sacrebleu, rouge_score and the formulas of SQuAD 1.1's evaluation script.
Prints one JSON object with the largest differences; exits with 1 where one is above 1e-6.

    python tests/interop/text_metrics.py --llmasos build/release/bin/llmasos [--texts FILE ...] [--pairs N]

Pairs are made from the lines of the given texts (UTF-8; .gz too) and from built-in English, German and Chinese ones: words are left out,
doubled, swapped and taken from elsewhere, characters of many kinds are put in between, and some texts are empty.
"""

import argparse
import collections
import gzip
import json
import pathlib
import random
import re
import string
import subprocess
import tempfile

import rouge_score.rouge_scorer
import sacrebleu

TOLERANCE = 1e-6
LINES = [
    "The quick brown fox jumps over the lazy dog.", "It's 3.5% of $1,000, isn't it?", "A cat, an apple and the end of a story.",
    "Der schnelle Fuchs springt über den faulen Hund; z. B. um 12:30 Uhr.", "Größe, Straße, ÄÖÜ – „so ist es“, sagte er.",
    "我喜欢在公园里散步，天气很好。", "他昨天买了3.5公斤的苹果，一共20元。", "“人工智能”正在改变世界！",
]
SCRAPS = [
    "", " ", "\n", "-\n", "\t", "\u00a0", "\u3000", "\x1c", "\x85", "\u200b", ".", ",", "..", ",.", "1.", ".5", "3-", "-", "--", "'", "\"", "&quot;", "&amp;lt;",
    "&lt;", "<skipped>", "[x]", "{y}", "a/b", "e\u0301", "é", "ß", "İ", "\u212a", "Σ", "ΟΔΟΣ", "½", "²", "Ⅷ", "٣", "𠀀", "😀", "→", "“", "”", "…", "、", "Ａ",
    "한국어", "かな", "ﬁ", "a", "an", "the", "The", "_the_", "the-end", "100,000.00", "%", "\\", "^", "`", "~", "|", "#@!",
]


def normalize_answer(s):
    s = "".join(c for c in s.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", s).split())


def squad(prediction, references):
    def f1(truth):
        a, b = normalize_answer(prediction).split(), normalize_answer(truth).split()
        same = sum((collections.Counter(a) & collections.Counter(b)).values())
        if same == 0:
            return 0
        precision, recall = same / len(a), same / len(b)
        return 2 * precision * recall / (precision + recall)

    return max(float(normalize_answer(prediction) == normalize_answer(r)) for r in references), max(f1(r) for r in references)


def changed(draw, line, lines):
    chinese = " " not in line
    parts = list(line) if chinese else line.split(" ")
    for _ in range(draw.choice([0, 0, 1, 2, 4, 8])):
        at = draw.randrange(len(parts) + 1)
        change = draw.randrange(5)
        if change == 0:
            parts.insert(at, draw.choice(SCRAPS))
        elif change == 1:
            parts[at:at + 1] = []
        elif change == 2:
            parts[at:at] = parts[at:at + draw.randrange(1, 4)]
        elif change == 3:
            draw.shuffle(parts)
        else:
            parts[at:] = draw.choice(lines).split(" ")
    return ("" if chinese else " ").join(parts)


def text(draw, lines):
    kind = draw.randrange(12)
    if kind == 0:
        return ""
    if kind == 1:
        return "".join(draw.choice(SCRAPS + [" "]) for _ in range(draw.randrange(12)))
    return draw.choice(lines)


def make_pairs(draw, lines, count):
    pairs = []
    for _ in range(count):
        base = text(draw, lines)
        references = [changed(draw, base, lines) if draw.random() < 0.7 else text(draw, lines) for _ in range(draw.choice([1, 1, 2, 3]))]
        pairs.append({"prediction": changed(draw, base, lines), "references": references})
    return pairs


def evaluate(program, folder, pairs, tokenizer):
    (folder / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs), encoding="utf-8")
    done = subprocess.run([program, "evaluate", "--predictions", folder / "pairs.jsonl", "--answers", folder / "scores.jsonl", "--bleu-tokenizer", tokenizer, "--json"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"llmasos evaluate failed: {done.stderr[-500:]}")
    return json.loads(done.stdout), [json.loads(line) for line in (folder / "scores.jsonl").read_text(encoding="utf-8").split("\n") if line]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--llmasos", required=True)
    parser.add_argument("--texts", nargs="*", default=[])
    parser.add_argument("--pairs", type=int, default=4000)
    options = parser.parse_args()
    draw = random.Random(7)
    lines = list(LINES) * 20
    for path in options.texts:
        opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")
        with opened as file:
            lines += [line.strip()[:400] for line in list(file)[:1000] if line.strip()]
    pairs = make_pairs(draw, lines, options.pairs)
    worst = collections.defaultdict(float)

    def compare(name, ours, theirs):
        worst[name] = max(worst[name], abs(ours - theirs))

    scorer = rouge_score.rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)
    corpora = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # The whole, and corpora of 1 to 20 pairs, in which smoothing and the brevity penalty show.
        parts, at = [pairs], 0
        while at < len(pairs):
            parts.append(pairs[at:at + draw.choice([1, 1, 2, 5, 20])])
            at += len(parts[-1])
        for part in parts:
            most = max(len(pair["references"]) for pair in part)
            predictions = [pair["prediction"] for pair in part]
            references = [[pair["references"][i] if i < len(pair["references"]) else None for pair in part] for i in range(most)]
            for tokenizer in ["13a", "zh"]:
                figures, records = evaluate(options.llmasos, folder, part, tokenizer)
                compare("bleu_" + tokenizer, figures["bleu"], sacrebleu.BLEU(tokenize=tokenizer, force=True).corpus_score(predictions, references).score)
                corpora += 1
            compare("chrf", figures["chrf"], sacrebleu.CHRF().corpus_score(predictions, references).score)
            if part is not pairs:
                continue
            if len(records) != len(pairs):
                raise SystemExit(f"{len(records)} records for {len(pairs)} pairs")
            sums = collections.defaultdict(float)
            for pair, record in zip(pairs, records):
                theirs = {k: float(v.fmeasure) for k, v in scorer.score_multi(pair["references"], pair["prediction"]).items()}
                theirs["exact_match"], theirs["f1"] = squad(pair["prediction"], pair["references"])
                for key, value in theirs.items():
                    compare(key, record[key], value)
                    sums[key] += value
            for key, value in sums.items():
                compare("mean_" + key, figures[key], value / len(pairs))
    print(json.dumps({"pairs": len(pairs), "corpora": corpora, "means": {key: value / len(pairs) for key, value in sums.items()},
                      "worst": worst}, indent=1))
    raise SystemExit(1 if max(worst.values()) > TOLERANCE else 0)


if __name__ == "__main__":
    main()
