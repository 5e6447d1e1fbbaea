"""How fast is a large model described, and what does loading it keep in memory?

    python tests/bench/measure_loading.py LLMASOS MODEL [--runs 20]

MODEL: a folder such as make_random_model.py writes. Prints the seconds and the peak of resident memory of `llmasos info`,
and, while `llmasos generate` runs from the model, its resident memory in two parts: pages of mapped files, which the
system can drop and read again, and the rest, which is the program's own.
"""

import argparse
import os
import pathlib
import subprocess
import time

SECONDS = 45  # of watching a running program


def run_and_measure(words):
    begin = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(words)} failed")
    return time.perf_counter() - begin, usage.ru_maxrss * 1024


def memory_of(pid):
    fields = {}
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("RssAnon", "RssFile"):
            fields[name] = int(value.split()[0]) * 1024
    return fields


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("model")
    parser.add_argument("--runs", type=int, default=20)
    a = parser.parse_args()

    runs = [run_and_measure([a.program, "info", a.model]) for _ in range(a.runs)]
    print(f"info: best {1000 * min(s for s, _ in runs):.1f} ms, worst {1000 * max(s for s, _ in runs):.1f} ms of "
          f"{a.runs}; resident {max(b for _, b in runs) / 1e6:.1f} MB")

    process = subprocess.Popen([a.program, "generate", "--model", a.model, "--compute", "bfloat16", "--prompt", "a",
                                "--max-tokens", "1000", "--temperature", "0"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = {"RssFile": 0, "RssAnon": 0}
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        now = memory_of(process.pid)
        if sum(now.values()) > sum(most.values()):
            most = now
        time.sleep(0.05)
    process.kill()
    process.wait()
    print(f"generate: mapped {most['RssFile'] / 1e6:.0f} MB, own {most['RssAnon'] / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
