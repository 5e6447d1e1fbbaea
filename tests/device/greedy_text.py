"""Checks that a backend continues prompts greedily as transformers does.

    python tests/device/greedy_text.py LLMASOS FOLDER [--backend cuda]

FOLDER holds a model and expected.json: a list of {"prompt", "greedy_ids"}, prompt included in the ids. Exits with 1 at the first difference.
"""

import argparse
import json
import pathlib
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llmasos", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--backend", default="cuda")
    options = parser.parse_args()
    for case in json.loads((options.folder / "expected.json").read_text()):
        prompt = len(case["prompt_ids"])
        wanted = case["greedy_ids"][prompt:]
        command = [options.llmasos, "generate", "--model", options.folder, "--backend", options.backend, "--prompt", case["prompt"]]
        command += ["--max-tokens", str(len(wanted)), "--temperature", "0", "--json"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        ids = json.loads(done.stdout)["ids"]
        if ids != wanted:
            place = next((i for i, (a, b) in enumerate(zip(ids, wanted)) if a != b), min(len(ids), len(wanted)))
            sys.exit(f"{case['prompt']!r}: token {place} of the continuation differs: {ids[place:place + 5]}, not {wanted[place:place + 5]}")
        print(f"{case['prompt']!r}: {len(ids)} tokens as expected")


if __name__ == "__main__":
    main()
