#!/usr/bin/env python3
"""Checks chat templates against Python's jinja2 as transformers sets it up.

    python tests/peers/chat_template_jinja2.py --render build/release/bin/chat_template_render [--rounds N] [TEMPLATE.jinja ...]

Needs transformers. Renders tests/chat_template/cases.json, and each TEMPLATE (a .jinja file, or a
tokenizer_config.json) with random conversations, with both programs; prints each difference and exits 1 if there is one.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys

from transformers.utils.chat_template_utils import _compile_jinja_template

HERE = pathlib.Path(__file__).resolve().parent
WORDS = ["Hello", " there", "\n", "你好", "  x ", "<tag>", "\"quoted\"", "it's", "1.5", "", "É", "\\n", "{{ x }}"]


def read_template(path):
    text = pathlib.Path(path).read_text()
    if not path.endswith(".json"):
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
        call = {"name": "find", "arguments": {"query": text(), "limit": rng.randrange(9), "exact": rng.random() < 0.5}}
        messages.append({"role": "assistant", "content": "", "tool_calls": [{"type": "function", "id": "call12345", "function": call}]})
        messages.append({"role": "tool", "name": "find", "tool_call_id": "call12345", "content": text()})
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
    written = json.loads((HERE.parent / "chat_template" / "cases.json").read_text())
    jobs = [(case["template"], written["variables"], case["expected"]) for case in written["cases"]]
    rng = random.Random(1)
    for path in a.templates:
        text = read_template(path)
        jobs += [(text, conversation(rng), None) for _ in range(a.rounds)]

    lines = "".join(json.dumps({"template": t, "variables": v}) + "\n" for t, v, _ in jobs)
    done = subprocess.run([a.render], input=lines, capture_output=True, text=True, check=True)
    differences = 0
    for (text, variables, expected), line in zip(jobs, done.stdout.splitlines(), strict=True):
        ours = json.loads(line)
        try:
            theirs = _compile_jinja_template(text).render(**variables)
        except Exception as error:  # the template's own refusals, and jinja2's
            theirs, reason = None, str(error)
        same = ours.get("text") == theirs and (expected is None or theirs == expected)
        if not same:
            differences += 1
            print(f"--- {text[:300]!r}\n    variables {json.dumps(variables, ensure_ascii=False)[:300]}\n    jinja2 {theirs!r}"
                  f"{'' if theirs is not None else ' (' + reason + ')'}\n    ours   {ours}")
    print(f"{len(jobs)} renderings, {differences} differences")
    sys.exit(differences > 0)


if __name__ == "__main__":
    main()
