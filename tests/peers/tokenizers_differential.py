"""Compares `llmasos tokenize` with Hugging Face's `tokenizers` on texts that are meant to be hard.

    python tests/peers/tokenizers_differential.py build/release/bin/llmasos [--texts N] [--seed S] TOKENIZER.json ...
    python tests/peers/tokenizers_differential.py build/release/bin/llmasos --components

Ids, offsets, token types, words and decoded text must be the same, for single texts, for pairs and for cut ones.
--components tries every normalizer, pre-tokenizer, post-processor and decoder on the characters of Unicode 3.2
and on random texts. Exit code 1 if anything differs. Needs the package `tokenizers`.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import unicodedata

from tokenizers import Tokenizer

WORDS = ("the of and to in is it's don't we'll I'm they've HELLO World naïve café Ärger straße İstanbul ǅ ﬁ ² ½ ٣ १२ 12345 3.14 1,000 "
         "你好 世界 日本語 カタカナ ひらがな ー 한국어 مرحبا שלום ไทย हिन्दी க்ஷ 👩‍💻 🇩🇪🇫🇷 👍🏽 e\u0301 a\u0308\u0323 ｆｕｌｌ ㍿ ① \u200b \u200d \ufeff "
         "<s> </s> <unk> <pad> <mask> [MASK] [CLS] [SEP] [UNK] <|endoftext|> <|startoftext|> <extra_id_0> <|eot_id|> <0x41> ▁ ▁▁ ## Ġ Ċ "
         "foo_bar a-b http://x.y/z?q=1&r=2 #include !!! ... -- «» “q” ’s 'S 'LL \u0130 \u1e9e \u0149 \u2126 \u212b \u00a0 \u3000 \u2028 \u0085 "
         "\x00 \x01 \x7f \u00ad \ufffd \U0001f600 \U00020000 \U0010ffff \ue000 <!dummy-prefix!> zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz").split(" ")
SPACES = [" ", " ", " ", "", "", "  ", "\n", "\n\n", "\t", "\r\n", " \n ", "\u00a0", "\u3000", "   "]


def random_character(rng):
    while True:
        code = rng.choice([rng.randrange(0x80), rng.randrange(0x800), rng.randrange(0x10000), rng.randrange(0x20000), rng.randrange(0x110000)])
        if not 0xD800 <= code < 0xE000:
            return chr(code)


def random_text(rng):
    kind = rng.random()
    if kind < 0.2:
        return "".join(random_character(rng) for _ in range(rng.randrange(30)))
    if kind < 0.25:
        return rng.choice(WORDS) * rng.randrange(1, 40)
    parts = []
    for _ in range(rng.randrange(1, 14)):
        word = rng.choice(WORDS)
        if rng.random() < 0.15:
            word = "".join(random_character(rng) for _ in range(rng.randrange(1, 5)))
        parts += [word, rng.choice(SPACES)]
    return "".join(parts)


class Difference(Exception):
    pass


class Peers:
    def __init__(self, program, file):
        self.program, self.file = program, file
        self.peer = Tokenizer.from_file(file)

    def ask(self, requests, *options):
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        done = subprocess.run([self.program, "tokenize", "--tokenizer", self.file, *options], input=lines.encode(), capture_output=True)
        if done.returncode:
            raise Difference(f"{self.file}: llmasos fails: {done.stderr.decode()}")
        return [json.loads(line) for line in done.stdout.decode().split("\n") if line]

    def compare(self, what, request, theirs, ours):
        if theirs != ours:
            raise Difference(f"{self.file}: {what} of {json.dumps(request)}\n  tokenizers: {theirs}\n  llmasos:    {ours}")

    def compare_encoding(self, request, theirs, ours, is_overflow=False):
        self.compare("ids", request, theirs.ids, ours["ids"])
        self.compare("offsets", request, [list(range) for range in theirs.offsets], ours["offsets"])
        if not is_overflow:  # there the peer forgets its templates' types
            self.compare("type ids", request, theirs.type_ids, ours["type_ids"])
        self.compare("words", request, [-1 if word is None else word for word in theirs.word_ids], ours["words"])
        self.compare("special tokens", request, theirs.special_tokens_mask, ours["special"])

    def encode_all(self, requests, special, *options):
        answers = self.ask(requests, "--details", *(["--special"] if special else []), *options)
        for request, answer in zip(requests, answers, strict=True):
            theirs = self.peer.encode(request["text"], request.get("pair"), add_special_tokens=special)
            self.compare_encoding(request, theirs, answer)
            overflow = answer.get("overflow", [])
            self.compare("overflow", request, len(theirs.overflowing), len(overflow))
            for window, ours in zip(theirs.overflowing, overflow):
                self.compare_encoding(request, window, ours, is_overflow=True)
        return answers

    def run(self, texts, rng):
        singles = [{"text": text} for text in texts]
        self.encode_all(singles, True)
        answers = self.encode_all(singles, False)
        plain = self.ask(singles)
        for request, answer, fast in zip(singles, answers, plain, strict=True):
            self.compare("ids without details", request, answer["ids"], fast["ids"])
        pairs = [{"text": a, "pair": b} for a, b in zip(texts[::2], texts[1::2])]
        self.encode_all(pairs, True)
        for length, stride, strategy in ((8, 0, "longest_first"), (11, 2, "longest_first")):
            self.peer.enable_truncation(length, stride=stride, strategy=strategy)
            options = ["--max-length", str(length), "--stride", str(stride), "--truncate", strategy]
            self.encode_all(singles[:200], True, *options)
            self.encode_all(pairs[:200], True, *options)
            self.peer.no_truncation()
        size = self.peer.get_vocab_size()
        known = [id for id in range(size) if self.peer.id_to_token(id) is not None]
        ids = [answer["ids"] for answer in answers] + [[rng.choice(known) for _ in range(rng.randrange(12))] for _ in texts[:300]]
        for skip in (False, True):
            decoded = self.ask([{"ids": one} for one in ids], "--decode", *(["--skip-special"] if skip else []))
            for one, answer in zip(ids, decoded, strict=True):
                self.compare("text", one, self.peer.decode(one, skip_special_tokens=skip), answer["text"])


def component_files():
    """Small tokenizers, each with some components; the vocabulary is of characters, so that pieces show in words."""
    characters = sorted({c for c in "".join(WORDS) + " " if c} | {chr(c) for c in range(33, 127)} | {chr(c) for c in range(0xA1, 0x180)})
    vocab = {"<unk>": 0}
    for character in characters:
        vocab.setdefault(character, len(vocab))
        vocab.setdefault("##" + character, len(vocab))
    for word in ("he", "##lo", "▁the", "th", "##e", "hel", "e\u0301"):
        vocab.setdefault(word, len(vocab))
    wordpiece = {"type": "WordPiece", "unk_token": "<unk>", "continuing_subword_prefix": "##", "max_input_chars_per_word": 20, "vocab": vocab}
    plain = {"<unk>": 0}
    for character in characters:
        plain.setdefault(character, len(plain))
    for pair in ("th", "the", "ll", "▁t", "on"):
        plain[pair] = len(plain)
    bpe = {"type": "BPE", "unk_token": "<unk>", "fuse_unk": False, "vocab": plain, "merges": [["t", "h"], ["th", "e"], ["l", "l"], ["▁", "t"], ["o", "n"]]}
    fused = dict(bpe, fuse_unk=True)
    no_unknown = dict(bpe, unk_token=None)
    base = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
            "post_processor": None, "decoder": None, "model": bpe}

    def added(content, id, **flags):
        token = {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
        return dict(token, **flags)

    bert = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}
    normalizers = [bert, dict(bert, lowercase=False), dict(bert, clean_text=False, strip_accents=True), dict(bert, strip_accents=False)]
    normalizers += [{"type": name} for name in ("NFC", "NFD", "NFKC", "NFKD", "Nmt", "StripAccents", "Lowercase", "ByteLevel")]
    normalizers += [{"type": "Strip", "strip_left": left, "strip_right": right} for left, right in ((True, True), (True, False), (False, True))]
    normalizers += [
        {"type": "Prepend", "prepend": "▁▁"},
        {"type": "Replace", "pattern": {"String": "l"}, "content": "xyz"},
        {"type": "Replace", "pattern": {"Regex": "\\s+|e"}, "content": ""},
        {"type": "Replace", "pattern": {"Regex": "(?<=a)|\\d"}, "content": "-"},
        {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "Prepend", "prepend": "▁"}]},
        {"type": "Sequence", "normalizers": [{"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "NFC"}, bert]},
    ]
    pre_tokenizers = [{"type": name} for name in ("BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts")]
    pre_tokenizers += [{"type": "Digits", "individual_digits": one} for one in (True, False)]
    pre_tokenizers += [{"type": "FixedLength", "length": 3}, {"type": "CharDelimiterSplit", "delimiter": "-"}]
    behaviours = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
    pre_tokenizers += [{"type": "Punctuation", "behavior": behaviour} for behaviour in behaviours]
    for pattern in ({"Regex": "\\s*[a-m]+|\\d{2}"}, {"String": "l"}):
        pre_tokenizers += [{"type": "Split", "pattern": pattern, "behavior": behaviour, "invert": invert}
                           for behaviour in behaviours for invert in (False, True)]
    pre_tokenizers += [{"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}
                       for prefix in (True, False) for regex in (True, False)]
    pre_tokenizers += [{"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}
                       for scheme in ("always", "first", "never") for split in (True, False)]
    pre_tokenizers += [{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True}]},
                       {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}, {"type": "Digits", "individual_digits": True}]}]
    special = {"[CLS]": {"id": "[CLS]", "ids": [1, 2], "tokens": ["a", "b"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["c"]}}

    def part(name, type_id=0):
        kind = "Sequence" if len(name) == 1 else "SpecialToken"
        return {kind: {"id": name, "type_id": type_id}}

    template = {"type": "TemplateProcessing", "single": [part("[CLS]", 2), part("A", 1), part("[SEP]")],
                "pair": [part("[CLS]"), part("B", 1), part("[SEP]"), part("A", 3), part("[SEP]", 1)], "special_tokens": special}
    trim = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    names = {id: token for token, id in plain.items()}
    post_processors = [template, trim, dict(trim, add_prefix_space=False),
                       {"type": "BertProcessing", "sep": [names[5], 5], "cls": [names[6], 6]},
                       {"type": "RobertaProcessing", "sep": [names[5], 5], "cls": [names[6], 6], "trim_offsets": True, "add_prefix_space": True},
                       {"type": "RobertaProcessing", "sep": [names[5], 5], "cls": [names[6], 6], "trim_offsets": False, "add_prefix_space": False},
                       {"type": "Sequence", "processors": [dict(trim, add_prefix_space=False), template]}]
    decoders = [{"type": "WordPiece", "prefix": "##", "cleanup": True}, {"type": "WordPiece", "prefix": "##", "cleanup": False},
                {"type": "CTC", "pad_token": "l", "word_delimiter_token": "o", "cleanup": True},
                {"type": "CTC", "pad_token": "l", "word_delimiter_token": "o", "cleanup": False},
                {"type": "BPEDecoder", "suffix": "e"}, {"type": "Fuse"}, {"type": "ByteFallback"},
                {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
                {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
                {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True},
                {"type": "Replace", "pattern": {"String": "th"}, "content": "T"}, {"type": "Replace", "pattern": {"Regex": "[a-k]+"}, "content": "_"},
                {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "Fuse"},
                                                  {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}]
    bytes_first = len(plain)
    byte_vocab = dict(plain, **{f"<0x{byte:02X}>": bytes_first + byte for byte in range(256)})
    byte_fallback = dict(bpe, byte_fallback=True, fuse_unk=True, vocab=byte_vocab)
    suffix_vocab = {}
    for token in plain:
        suffix_vocab.setdefault(token, len(suffix_vocab))
        suffix_vocab.setdefault(token + "</w>", len(suffix_vocab))
    suffix = dict(bpe, vocab=suffix_vocab, end_of_word_suffix="</w>", merges=[["t", "h"], ["th", "e</w>"], ["l", "l</w>"]])
    tokens = [added("<s>", len(plain), special=True), added("hel", len(plain) + 1, single_word=True, normalized=True),
              added("[MASK]", len(plain) + 2, lstrip=True, special=True), added("<mask>", len(plain) + 3, rstrip=True, lstrip=True, normalized=True),
              added("ÄR", len(plain) + 4, normalized=True), added("lo w", len(plain) + 5, single_word=True), added("<u", len(plain) + 6, special=True)]
    for parts in (
            [{"normalizer": normalizer} for normalizer in normalizers]
            + [{"normalizer": normalizer, "model": wordpiece, "pre_tokenizer": {"type": "BertPreTokenizer"}} for normalizer in normalizers[:4]]
            + [{"pre_tokenizer": pre_tokenizer} for pre_tokenizer in pre_tokenizers]
            + [{"pre_tokenizer": pre_tokenizer, "model": wordpiece} for pre_tokenizer in pre_tokenizers]
            + [{"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": True}, "post_processor": post_processor}
               for post_processor in post_processors for prefix in (False, True)]
            + [{"decoder": decoder} for decoder in decoders] + [{"decoder": decoder, "model": wordpiece} for decoder in decoders]
            + [{"model": model} for model in (fused, no_unknown, byte_fallback, suffix)]
            + [{"model": model, "pre_tokenizer": {"type": "WhitespaceSplit"}} for model in (fused, no_unknown, byte_fallback, suffix)]
            + [{"added_tokens": tokens, "normalizer": normalizer, "pre_tokenizer": pre_tokenizer} for normalizer in (None, bert, {"type": "Lowercase"})
               for pre_tokenizer in (None, {"type": "Whitespace"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True})]
            + [{"normalizer": {"type": "Strip", "strip_left": True, "strip_right": False},
                "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True}}]):
        yield dict(base, **parts), parts


def every_character():
    """Texts that hold the characters of Unicode 3.2, whose properties no table disputes, between others."""
    line = ""
    for code in range(1, 0x110000):
        if 0xD800 <= code < 0xE000 or unicodedata.ucd_3_2_0.category(chr(code)) in ("Cn", "Co"):
            continue
        if (0x3400 <= code < 0xA000 or 0xAC00 <= code < 0xD7A4 or code >= 0x20000) and code % 97:
            continue  # ideographs and syllables are much alike
        line += "a" + chr(code) + "b "
        if len(line) > 1500:
            yield line
            line = ""
    yield line


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llmasos")
    parser.add_argument("files", nargs="*", metavar="TOKENIZER.json")
    parser.add_argument("--components", action="store_true")
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_intermixed_args()
    rng = random.Random(options.seed)
    texts = ["", " ", "\n"] + [random_text(rng) for _ in range(options.texts)]
    failures = 0
    for file in options.files:
        file = os.path.join(file, "tokenizer.json") if os.path.isdir(file) else file
        try:
            Peers(options.llmasos, file).run(texts, rng)
            print(f"the same on {len(texts)} texts: {file}")
        except Difference as difference:
            failures += 1
            print(f"DIFFERENT: {difference}")
    if options.components:
        characters = list(every_character())
        with tempfile.TemporaryDirectory() as folder:
            for document, parts in component_files():
                file = os.path.join(folder, "tokenizer.json")
                with open(file, "w") as stream:
                    json.dump(document, stream)
                shown = json.dumps({key: value.get("type") if key == "model" else value for key, value in parts.items() if key != "added_tokens"})
                try:
                    peers = Peers(options.llmasos, file)
                    if "normalizer" in parts or "pre_tokenizer" in parts:
                        peers.encode_all([{"text": text} for text in characters], False)
                    peers.run(texts[:200], rng)
                    print(f"the same: {shown}")
                except Difference as difference:
                    failures += 1
                    print(f"DIFFERENT: {shown}\n{str(difference)[:2000]}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
