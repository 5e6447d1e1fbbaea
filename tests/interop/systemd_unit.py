"""Is config/deploy/llmasosd.service a unit that systemd takes whole, with every privilege given up that it can?

    python tests/interop/systemd_unit.py LLMASOSD

Its filter must allow the system calls in CALLS. `systemd-analyze verify` must say nothing, and the exposure that `systemd-analyze
security` tells must not rise above LIMIT. It is 1.5 with systemd 252, of which PrivateDevices= (GPUs are devices), PrivateNetwork=, IPAddressDeny= and
MemoryDenyWriteExecute= are the price of what the daemon does. Ends with 77 where systemd-analyze is missing.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LIMIT = 2.0
# Those that the daemon, its workers and its jobs need and whose lack goes unseen, or ends them.
CALLS = ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "pidfd_open", "prctl", "socketpair", "setrlimit"]
UNIT = pathlib.Path(__file__).resolve().parents[2] / "config" / "deploy" / "llmasosd.service"


def calls_of(analyze, name):
    """Of a set such as @system-service, with the sets in it."""
    if not name.startswith("@"):
        return {name}
    done = subprocess.run([analyze, "syscall-filter", "--no-pager", name], capture_output=True, text=True, check=True)
    lines = [line.strip() for line in done.stdout.splitlines()[1:]]
    return set().union(*(calls_of(analyze, line) for line in lines if line and not line.startswith("#")))


def check_calls(analyze):
    allowed = calls_of(analyze, "@default")
    for value in re.findall(r"^SystemCallFilter=(.*)", UNIT.read_text(), flags=re.MULTILINE):
        named = set().union(*(calls_of(analyze, name) for name in value.lstrip("~").split()))
        allowed = allowed - named if value.startswith("~") else allowed | named
    lacking = [call for call in CALLS if call not in allowed]
    if lacking:
        raise SystemExit(f"the unit's SystemCallFilter refuses {', '.join(lacking)}")


def main():
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        print("skipped: there is no systemd-analyze")
        sys.exit(77)
    check_calls(analyze)
    with tempfile.TemporaryDirectory() as folder:
        # The program is looked for, too; it lies where it was built.
        unit = pathlib.Path(folder) / UNIT.name
        unit.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={sys.argv[1]}", UNIT.read_text(), flags=re.MULTILINE))
        done = subprocess.run([analyze, "verify", unit], capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        if done.returncode != 0 or UNIT.name in said:
            raise SystemExit(f"systemd-analyze verify ended with {done.returncode}: {said}")
        done = subprocess.run([analyze, "security", "--offline=true", "--no-pager", unit], capture_output=True, text=True, check=False)
        exposure = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
        if not exposure:
            # Systemd before 250 can't look at a file.
            print("verified; its exposure was not told:", done.stderr.strip())
            return
        if float(exposure[1]) > LIMIT:
            raise SystemExit(done.stdout)
        print(f"verified; exposure {exposure[1]}")


if __name__ == "__main__":
    main()
