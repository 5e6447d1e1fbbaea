"""Measures `llmasos tokenize` beside Hugging Face's `tokenizers`, OpenAI's `tiktoken` and `sentencepiece` on the same text and vocabulary.

    python tests/bench/compare_tokenizers.py build/release/bin/llmasos DATA [--runs N] [--tokenizers gpt2 llama3 t5-small t5-small/spiece.model]
    python tests/bench/compare_tokenizers.py build/release/bin/llmasos DATA --train

DATA holds corpora/ and tokenizers/, of which folders and SentencePiece models may be named. Text of 10 MB, English and Chinese, in pieces of about 4 KB, with one thread and with
two; programs take turns, and the best of N runs counts. Of llmasos it is the time of encoding, as its --timing says; of the
others, that of encode_batch_fast, encode_ordinary_batch and encode. All must give the same ids. --train measures training byte-level BPE,
WordPiece and Unigram on 20 MB; it needs the target tokenizer_train. Needs the packages `tokenizers`, `tiktoken` and `sentencepiece`.
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import time

THREADS = (1, 2)


def read(path):
    with open(path, encoding="utf-8", errors="ignore") as stream:
        return stream.read()


def corpora(data):
    def of(*names):
        text = "\n".join(read(os.path.join(data, "corpora", name)) for name in names)
        while len(text.encode()) < 10_000_000:
            text += text
        return text.encode()[:10_000_000].decode(errors="ignore")

    english = of("war-and-peace/war-and-peace.txt", "wikitext-2/valid.txt", "wikitext-2/test.txt", "text/wiki_demo.txt", "text/c4_demo.jsonl",
                 "tinyshakespeare/" + os.path.basename(glob.glob(os.path.join(data, "corpora/tinyshakespeare/*.txt"))[0]))
    return {"English": english, "Chinese": of("text/luxun.txt", "text/zhuziqing.txt")}


def pieces(text, size=4000):
    parts, part = [], ""
    for line in text.splitlines(keepends=True):
        part += line
        if len(part.encode()) >= size:
            parts.append(part)
            part = ""
    return parts + ([part] if part else [])


class Llmasos:
    def __init__(self, program, file, texts, folder):
        self.command = [program, "tokenize", "--tokenizer", file, "--timing"]
        self.input = os.path.join(folder, "texts.jsonl")
        with open(self.input, "w") as stream:
            stream.writelines(json.dumps({"text": text}) + "\n" for text in texts)

    def run(self, threads):
        with open(self.input) as stream:
            done = subprocess.run([*self.command, "--threads", str(threads)], stdin=stream, capture_output=True, check=True)
        self.output = done.stdout
        return float(re.search(r"([\d.]+) seconds", done.stderr.decode()).group(1))

    def ids(self):
        return [json.loads(line)["ids"] for line in self.output.decode().splitlines()]


PEER = """
import json, sys, time
kind, file, texts, threads = sys.argv[1:5]
texts = [json.loads(line)["text"] for line in open(texts)]
if kind == "tokenizers":
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(file)
    encode = lambda: tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    ids = lambda encodings: [encoding.ids for encoding in encodings]
elif kind == "sentencepiece":
    import sentencepiece
    model = sentencepiece.SentencePieceProcessor(model_file=file)
    encode = lambda: model.encode(texts, num_threads=int(threads))
    ids = lambda lists: lists
else:
    import tiktoken
    document = json.load(open(file))
    table = {}
    for byte in range(256):
        table[chr(byte) if 33 <= byte <= 126 or 161 <= byte <= 172 or byte >= 174 else chr(256 + len([b for b in range(byte) if not (33 <= b <= 126 or 161 <= b <= 172 or b >= 174)]))] = byte
    ranks = {}
    for token, id in document["model"]["vocab"].items():
        if all(character in table for character in token):
            ranks[bytes(table[character] for character in token)] = id
    splits = document["pre_tokenizer"].get("pretokenizers", [{}])[0].get("pattern", {}).get("Regex")
    pattern = splits or r"'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"
    encoding = tiktoken.Encoding("peer", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    encode = lambda: encoding.encode_ordinary_batch(texts, num_threads=int(threads))
    ids = lambda lists: lists
encode()
begin = time.perf_counter()
result = encode()
print(time.perf_counter() - begin)
json.dump(ids(result), open(sys.argv[5], "w"))
"""


def run_peer(kind, file, texts, threads, folder):
    result = os.path.join(folder, kind)
    environment = dict(os.environ, RAYON_NUM_THREADS=str(threads), TOKENIZERS_PARALLELISM=str(threads > 1).lower())
    done = subprocess.run([sys.executable, "-c", PEER, kind, file, texts, str(threads), result], env=environment, capture_output=True)
    if done.returncode:
        sys.exit(done.stderr.decode())
    with open(result) as stream:
        return float(done.stdout), json.load(stream)


def peers_of(name):
    if name.endswith((".model", ".spm")):
        return ("sentencepiece",)
    return ("tokenizers", "tiktoken") if name in ("gpt2", "llama3") else ("tokenizers",)


def compare_encoding(options):
    print("| vocabulary | text | threads | llmasos MB/s | peer | peer's MB/s | times the peer |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for language, text in corpora(options.data).items():
        texts = pieces(text)
        for name in options.tokenizers:
            file = os.path.join(options.data, "tokenizers", name)
            file = os.path.join(file, "tokenizer.json") if os.path.isdir(file) else file
            with tempfile.TemporaryDirectory() as folder:
                own = Llmasos(options.llmasos, file, texts, folder)
                for threads in THREADS:
                    best = {}
                    for _ in range(options.runs):
                        seconds = {"llmasos": own.run(threads)}
                        expected = own.ids()
                        for kind in peers_of(name):
                            seconds[kind], ids = run_peer(kind, file, own.input, threads, folder)
                            if ids != expected:
                                print(f"{kind} gives other ids ({name}, {language})", file=sys.stderr)
                        best = {kind: min(value, best.get(kind, value)) for kind, value in seconds.items()}
                    speeds = {kind: len(text.encode()) / 1e6 / value for kind, value in best.items()}
                    for kind in peers_of(name):
                        shown = [f"{speeds['llmasos']:.1f}", kind, f"{speeds[kind]:.1f}", f"{best[kind] / best['llmasos']:.2f}"]
                        print("| " + " | ".join([name, language, str(threads), *shown]) + " |", flush=True)


TRAIN_PEER = """
import json, sys, time
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
kind, size, file, out = sys.argv[1:5]
size = int(size)
if kind == "bpe":
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=2, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
elif kind == "unigram":
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=size, unk_token="<unk>", special_tokens=["<unk>", "<s>", "</s>"], show_progress=False)
else:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=size, min_frequency=2, limit_alphabet=1000, show_progress=False,
                                        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
begin = time.perf_counter()
tokenizer.train([file], trainer)
print(time.perf_counter() - begin)
tokenizer.save(out)
"""


def compare_training(options):
    program = os.path.join(os.path.dirname(options.llmasos), "tokenizer_train")
    print("| model | tokens | llmasos s | tokenizers s | times tokenizers | tokens of both |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "text")
        with open(file, "w") as stream:
            stream.writelines(corpora(options.data).values())
        for kind, size in (("bpe", 16000), ("wordpiece", 30000), ("unigram", 16000)):
            best, vocabularies = {}, {}
            for _ in range(options.runs):
                for name, command in (("llmasos", [program]), ("tokenizers", [sys.executable, "-c", TRAIN_PEER])):
                    out = os.path.join(folder, name)
                    done = subprocess.run([*command, kind, str(size), file, out], capture_output=True, check=True)
                    best[name] = min(best.get(name, 1e9), float(done.stdout))
                    with open(out) as stream:
                        vocabulary = json.load(stream)["model"]["vocab"]
                        vocabularies[name] = {token if isinstance(token, str) else token[0] for token in vocabulary}
            shared = len(vocabularies["llmasos"] & vocabularies["tokenizers"])
            print(f"| {kind} | {size} | {best['llmasos']:.2f} | {best['tokenizers']:.2f} | {best['tokenizers'] / best['llmasos']:.2f} | "
                  f"{shared} of {len(vocabularies['tokenizers'])} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llmasos")
    parser.add_argument("data")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tokenizers", nargs="+", default=["gpt2", "llama3"])
    parser.add_argument("--train", action="store_true")
    options = parser.parse_args()
    if options.train:
        return compare_training(options)
    compare_encoding(options)


if __name__ == "__main__":
    main()
