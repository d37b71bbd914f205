"""Run what CI and pre-commit run: ``python scripts/check.py [step ...]``, or every step.

All chosen steps run, whatever fails; the exit code is 1 if any did. The tests come last and nothing
is printed after them, so that the last line is their summary.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINT_IMPORTS = Path(sysconfig.get_path("scripts"), "lint-imports")  # it cannot be run with -m

STEPS: dict[str, list[str]] = {
    "format": [sys.executable, "-m", "ruff", "format", "--check"],
    "lint": [sys.executable, "-m", "ruff", "check"],
    "size": [sys.executable, "scripts/size_budget.py"],
    "imports": [str(LINT_IMPORTS), "--no-logo"],
    "mypy": [sys.executable, "-m", "mypy"],
    "pyright": [sys.executable, "-m", "pyright", "--pythonpath", sys.executable],
    "tests": [sys.executable, "-m", "pytest", "-q", "-n", "2"],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("steps", nargs="*", metavar="step", help=", ".join(STEPS))
    chosen: list[str] = parser.parse_args().steps
    if unknown := [name for name in chosen if name not in STEPS]:
        parser.error(f"no step {', '.join(unknown)}; there are {', '.join(STEPS)}")
    failed: list[str] = []
    for name in [name for name in STEPS if name in (chosen or STEPS)]:
        if name == "tests" and failed:
            print(f"\nfailed before the tests: {', '.join(failed)}", flush=True)
        if not passes(name, STEPS[name]):
            failed.append(name)
    return 1 if failed else 0


def passes(name: str, command: list[str]) -> bool:
    """Run one step under a heading and say how long it took."""
    shown = " ".join([Path(command[0]).name, *command[1:]])
    print(f"\n== {name}: {shown}", flush=True)
    # Two test processes with as many BLAS threads each as there are cores get in each other's way.
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **os.environ}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if name != "tests":
        word = "passed" if done.returncode == 0 else "FAILED"
        print(f"{name} {word} in {time.perf_counter() - start:.1f} s", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
