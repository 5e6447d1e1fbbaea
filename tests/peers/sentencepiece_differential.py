"""Compares `llmasos tokenize` with the sentencepiece package on texts and ids that are meant to be hard.

    python tests/peers/sentencepiece_differential.py build/release/bin/llmasos [--texts N] [--seed S] [MODEL ...]

Ids of random texts, of texts made of the models' own pieces and of long texts must be the same, and so must the text of random ids. Without
MODEL, small models of every kind and with every option are trained and compared. Exit code 1 if anything differs. Needs the packages
`sentencepiece` and `tokenizers`.
"""
import argparse
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile

import sentencepiece

from tokenizers_differential import WORDS, random_text


def ask(program, model, requests, *options):
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([program, "tokenize", "--tokenizer", model, *options], input=lines.encode(), capture_output=True)
    if done.returncode:
        raise SystemExit(f"{model}: llmasos fails: {done.stderr.decode()}")
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line]


def compare(program, model, count, seed):
    peer = sentencepiece.SentencePieceProcessor(model_file=model)
    rng = random.Random(seed)
    size = peer.vocab_size()
    pieces = [peer.id_to_piece(id) for id in range(size)]
    texts = ["", " ", "▁", "▁▁ a", "\n"] + [random_text(rng) for _ in range(count)]
    texts += ["".join(rng.choices(pieces, k=rng.randrange(1, 8))) for _ in range(count // 2)]
    texts += [" ".join(random_text(rng) for _ in range(300)) for _ in range(count // 50)]
    differences = 0

    def differs(what, request, theirs, ours):
        nonlocal differences
        differences += 1
        if differences <= 3:
            print(f"{model}: {what} of {json.dumps(request)[:300]}\n  sentencepiece: {str(theirs)[:300]}\n  llmasos:       {str(ours)[:300]}")

    for text, answer in zip(texts, ask(program, model, [{"text": text} for text in texts]), strict=True):
        if answer["ids"] != (theirs := peer.encode(text)):
            differs("ids", text, theirs, answer["ids"])
    lists = [rng.choices(range(size), k=rng.randrange(1, 9)) for _ in range(count)]
    lists += [rng.choices(range(min(size, 260)), k=rng.randrange(1, 9)) for _ in range(count)]
    for ids, answer in zip(lists, ask(program, model, [{"ids": ids} for ids in lists], "--decode"), strict=True):
        if answer["text"] != (theirs := peer.decode(ids)):
            differs("text", ids, theirs, answer["text"])
    print(f"{differences or 'no'} differences on {len(texts)} texts and {len(lists)} lists of ids: {model}")
    return differences


def small_models(folder, rng):
    corpus = os.path.join(folder, "corpus.txt")
    with open(corpus, "w") as stream:
        words = [word for word in WORDS if word.isprintable() and "▁" not in word]
        for _ in range(3000):
            stream.write("".join(rng.choice(words) + rng.choice(["", " ", " ", "  "]) for _ in range(12)) + "\n")
    rules = os.path.join(folder, "rules.tsv")
    with open(rules, "w") as stream:
        stream.write("41\t61\n65 301\te9\n3000\t20\n200B\t\nFB01\t66 69\nA0\t20 20\n")
    kinds = ({"model_type": "bpe", "byte_fallback": True}, {"model_type": "bpe"}, {"model_type": "unigram"},
             {"model_type": "unigram", "byte_fallback": True}, {"model_type": "char"})
    options = ({}, {"user_defined_symbols": ["<sep>", "ing", "e "]}, {"treat_whitespace_as_suffix": True}, {"remove_extra_whitespaces": False},
               {"add_dummy_prefix": False, "remove_extra_whitespaces": False}, {"normalization_rule_name": "identity"}, {"normalization_rule_tsv": rules},
               {"split_by_whitespace": False, "unk_surface": "?"})
    for number, (kind, more) in enumerate(itertools.product(kinds, options)):
        prefix = os.path.join(folder, str(number))
        sentencepiece.SentencePieceTrainer.train(input=corpus, model_prefix=prefix, vocab_size=900, hard_vocab_limit=False, minloglevel=2,
                                                 character_coverage=0.98, **kind, **more)
        os.rename(prefix + ".model", name := os.path.join(folder, "-".join(map(str, [*kind.values(), *more])) + ".model"))
        yield name


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llmasos")
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_intermixed_args()
    with tempfile.TemporaryDirectory() as folder:
        models = options.models or small_models(folder, random.Random(options.seed))
        return 1 if sum(compare(options.llmasos, model, options.texts, options.seed) for model in models) else 0


if __name__ == "__main__":
    sys.exit(main())
