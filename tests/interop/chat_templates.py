#!/usr/bin/env python3
"""Checks chat templates against Python's jinja2, set up as transformers does.

    python tests/interop/chat_templates.py --render build/release/bin/chat_template_render [--rounds N] [TEMPLATE ...]

Renders tests/chat_template/cases.json, and each template of tests/chat_template/templates and TEMPLATE (a .jinja file, or a
tokenizer_config.json) with random conversations, with both programs. Texts must be equal, and refusals by raise_exception of the same words.
Prints each difference and exits with 1 if there is one; with 77 where jinja2 is missing.
"""
import argparse
import datetime
import functools
import json
import pathlib
import random
import subprocess
import sys

try:
    import jinja2
    import jinja2.ext
    import jinja2.sandbox
except ImportError:
    print("jinja2 is not installed: skipped")
    sys.exit(77)

TEMPLATES = pathlib.Path(__file__).resolve().parent.parent / "chat_template"
WORDS = ["Hello", " there", "\n", "你好", "  x ", "<tag>", "\"quoted\"", "it's", "1.5", "", "É", "\\n", "{{ x }}", "😀", "e\u0301", "مرحبا", "한국어", "\u3000",
         "\u2028", "\x07", "\t", "</think>\n", "<think>", "<tool_response>", "</tool_response>", "&amp;"]


class Refusal(jinja2.TemplateError):
    pass


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("inside"), [], [], body).set_lineno(line)

    def inside(self, caller):
        return caller()


def environment():
    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise Refusal(message)

    made = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = lambda form: datetime.datetime.now().strftime(form)
    return made


def read_template(path):
    text = pathlib.Path(path).read_text(encoding="utf-8")
    if not str(path).endswith(".json"):
        return text
    found = json.loads(text)["chat_template"]
    return found if isinstance(found, str) else found[0]["template"]


def conversation(rng):
    def text():
        return "".join(rng.choice(WORDS) for _ in range(rng.randrange(6)))

    messages = [{"role": "system", "content": text()}] if rng.random() < 0.5 else []
    for turn in range(rng.randrange(1, 7)):
        messages.append({"role": ("user", "assistant")[turn % 2] if rng.random() < 0.95 else "tool", "content": text()})
    if rng.random() < 0.3:
        calls = []
        for _ in range(rng.choice([1, 1, 1, 2])):
            call = {"name": "find", "arguments": {"query": text(), "limit": rng.randrange(9), "share": rng.random(), "exact": rng.random() < 0.5, "none": None}}
            calls.append({"type": "function", "id": rng.choice(["call12345", "call12345", "c1"]), "function": call})
        messages.append({"role": "assistant", "content": rng.choice(["", text()]), "tool_calls": calls})
        for call in calls:
            messages.append({"role": "tool", "name": "find", "tool_call_id": call["id"], "content": text()})
    if rng.random() < 0.1 and messages[-1]["role"] == "assistant":
        messages[-1]["reasoning_content"] = text()
    variables = {"messages": messages, "add_generation_prompt": rng.random() < 0.5, "bos_token": "<s>", "eos_token": "</s>"}
    if rng.random() < 0.4:
        parameters = {"type": "object", "properties": {"query": {"type": "string", "description": text()}}, "required": ["query"]}
        variables["tools"] = [{"type": "function", "function": {"name": "find", "description": text(), "parameters": parameters}}]
    return variables


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--render", required=True)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("templates", nargs="*")
    a = parser.parse_args()
    written = json.loads((TEMPLATES / "cases.json").read_text())
    jobs = [(case["template"], written["variables"], case["expected"]) for case in written["cases"]]
    rng = random.Random(1)
    for path in sorted((TEMPLATES / "templates").glob("*.jinja")) + a.templates:
        text = read_template(path)
        jobs += [(text, conversation(rng), None) for _ in range(a.rounds)]

    lines = "".join(json.dumps({"template": t, "variables": v}) + "\n" for t, v, _ in jobs)
    done = subprocess.run([a.render], input=lines, capture_output=True, encoding="utf-8", check=True)
    differences, refusals = 0, 0
    jinja = functools.cache(environment().from_string)
    for (text, variables, expected), line in zip(jobs, done.stdout.rstrip("\n").split("\n"), strict=True):
        ours = json.loads(line)
        try:
            theirs, reason = jinja(text).render(**variables), None
        except Refusal as refusal:
            theirs, reason = None, str(refusal)
            refusals += 1
        except Exception:  # jinja2's own, in other words than ours
            theirs, reason = None, ""
        same = ours.get("text") == theirs and (reason is None or reason in ours["error"]) and (expected is None or theirs == expected)
        if not same:
            differences += 1
            print(f"--- {text[:300]!r}\n    variables {json.dumps(variables, ensure_ascii=False)[:300]}\n    jinja2 {theirs!r}"
                  f"{'' if reason is None else ' (' + reason + ')'}\n    ours   {ours}")
    print(f"{len(jobs)} renderings, {refusals} of them refusals by the template, {differences} differences")
    sys.exit(differences > 0 or refusals == 0)


if __name__ == "__main__":
    main()
