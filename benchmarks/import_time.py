"""What ``import combinet`` costs over ``import numpy``, in CPU time of fresh processes.

The bar: at most 40 ms, with one BLAS thread.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from .harness import Contestant, measure, report

ROOT = Path(__file__).resolve().parents[1]
# What is installed has its bytecode: the first round writes it where it is not there yet.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
} | {"OPENBLAS_NUM_THREADS": "1"}
OVER = "combinet over numpy"


def run(rounds: int) -> dict[str, Any]:
    contestants = {"numpy": importing("numpy"), "combinet": importing("numpy, combinet")}
    costs = measure(contestants, rounds=rounds)
    pairs = zip(costs["combinet"], costs["numpy"], strict=True)
    costs[OVER] = [combinet - numpy for combinet, numpy in pairs]
    return report(
        "import_time",
        costs,
        packages=["combinet", "numpy"],
        bars={OVER: 40},
        environment=ENVIRONMENT,
    )


def importing(modules: str) -> Contestant:
    """A contestant that imports the modules in a fresh process."""
    program = f"import {modules}, time; print(time.process_time() * 1000)"

    def contestant() -> float:
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env=ENVIRONMENT,
            text=True,
        )
        return float(done.stdout)

    return contestant
