#!/usr/bin/env python3
"""What config/fine-tuning-data promises: records of these very forms, and errors of one line that leave earlier files as they were.

    python tests/end_to_end/fine_tuning_data.py
"""
import gzip
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "config" / "fine-tuning-data"


class FineTuningData(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.here = pathlib.Path(temporary.name)
        self.folder = self.here / "data"

    def write(self, name, content):
        path = self.here / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_script(self, *words, **how):
        return subprocess.run([sys.executable, SCRIPT, *words, "--folder", self.folder], capture_output=True, text=True, **how)

    def records(self, *words):
        done = self.run_script(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([path.name for path in self.folder.glob("*.partial")], [])
        return [[json.loads(line) for line in (self.folder / name).read_text().split("\n")[:-1]] for name in ("train.jsonl", "test.jsonl")]

    def refused(self, message, *words, **how):
        done = self.run_script(*words, **how)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(message, done.stderr)

    def test_translation_pairs_lines(self):
        source = self.write("de.gz", gzip.compress("Ein Hund.\n\nEine\u2028Katze.\nEnde.\n".encode()))
        target = self.write("en", "A dog.\nnothing\nA cat.\nEnd.\n")
        train, test = self.records("translation", "--source", source, "--target", target, "--test", "1")
        prompt, completion = "Source: Ein Hund.\nTranslation:", " A dog."
        self.assertEqual(train[0], {"prompt": prompt, "completion": completion, "text": prompt + completion})
        self.assertEqual((train[1]["prompt"], train[1]["completion"]), ("Source: Eine\u2028Katze.\nTranslation:", " A cat."))
        self.assertEqual(test, [{"prompt": "Source: Ende.\nTranslation:", "references": ["End."]}])

    def test_summaries_are_first_sentences(self):
        rest = " ".join(f"word{i}" for i in range(30))
        text = self.write("text", f" = Title = \n The dog ran home quickly . {rest}\n" * 3)
        train, test = self.records("summarisation", "--text", text, "--test", "1", "--words", "20")
        self.assertEqual(train[0]["completion"], " The dog ran home quickly .")
        self.assertEqual(train[0]["prompt"], "Article: " + " ".join(rest.split()[:20]) + "\nSummary:")
        self.assertEqual(test[0]["references"], ["The dog ran home quickly ."])

    def test_dialogues_are_for_the_template(self):
        alpaca = self.write("alpaca.json", json.dumps([{"instruction": "Name one.", "input": "Colours", "output": "Red."}] * 2))
        train, test = self.records("dialogue", "--alpaca", alpaca, "--test", "1")
        messages = [{"role": "user", "content": "Name one.\nColours"}, {"role": "assistant", "content": "Red."}]
        self.assertEqual(train, [{"messages": messages, "text": "User:\nName one.\nColours\nAssistant:\nRed."}])
        self.assertEqual(test, [{"messages": messages}])
        self.assertIn("add_generation_prompt", (self.folder / "chat_template.jinja").read_text())

    def test_bad_files_are_named(self):
        good = self.write("good", "a\nb\n")
        missing = self.here / "missing"
        whole = gzip.compress(b"a\nb\n" * 100)
        pair = lambda path: ("translation", "--source", path, "--target", good)
        self.refused(f"{missing}: No such file", *pair(missing))
        self.refused("cut.gz: Compressed file ended", *pair(self.write("cut.gz", whole[:-10])))
        self.refused("no.gz: Not a gzipped file", *pair(self.write("no.gz", b"text")))
        self.refused("latin: 'utf-8' codec", *pair(self.write("latin", b"\xff\n")))
        self.refused("has 1 lines", *pair(self.write("short", "a\n")))
        self.refused("2 records do not leave any", *pair(good))
        alpaca = lambda text: ("dialogue", "--alpaca", self.write("a.json", text))
        self.refused("a.json:1:6: ", *alpaca('{"a":'))
        self.refused("a.json: it is nested too deeply", *alpaca("[" * 100000))
        self.refused("a.json: it must be a list", *alpaca("{}"))
        for record in ("1", '{"output": "a"}', '{"instruction": 1, "output": "a"}', '{"instruction": "a", "output": null}'):
            self.refused("a.json: record 1: ", *alpaca(f"[{record}]"))

    def test_a_full_disk_leaves_earlier_files(self):
        source = self.write("de", "a\nb\n" * 2000)
        words = ("translation", "--source", source, "--target", source)
        self.records(*words)
        before = {path: path.read_bytes() for path in self.folder.iterdir()}
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        self.refused("File too large", *words, "--test", "7", preexec_fn=limit)
        self.assertEqual(before, {path: path.read_bytes() for path in self.folder.iterdir()})
        self.folder = source
        self.refused("File exists", *words)


if __name__ == "__main__":
    unittest.main()
