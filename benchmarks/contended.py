"""A training step beside two neighbours that burn the CPU, against the same step alone.

Wall time, two threads. With as many neighbours as cores, a step on all cores has half of the
machine left: twice its time is its fair share. The bar: at most 1.5 times that.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from . import mlp, tok2vec
from .contest import Notes, Options, greet, measure_row, prepare, result
from .contestants import entered
from .crew import crew
from .workload import Case, Workload

NEIGHBOURS = 2
FAIR, BAR = 2.0, 1.5


def run(options: Options) -> dict[str, Any]:
    notes, rows = Notes(), list[dict[str, Any]]()
    studied = [
        (mlp.WORKLOAD, Case("mlp, batch 128", mlp.mlp_settings(batch=128))),
        (tok2vec.WORKLOAD, Case("tok2vec, 64 docs", tok2vec.tok2vec_settings())),
    ]
    contestants = entered(_plain(mlp.WORKLOAD), options.libraries)
    with crew(contestants, 2, options.pythons) as workers:
        present = greet(workers, notes)
        for whole, case in studied[: 1 if options.quick else None]:
            workload = _plain(whole)
            ready = [worker for worker, _ in prepare(workload, case, present, notes)]
            alone = measure_row(workload, case, "train", ready, options)
            with neighbours(NEIGHBOURS):
                beside = measure_row(
                    workload,
                    replace(case, label=f"{case.label}, contended"),
                    "train",
                    ready,
                    options,
                )
            beside["slower"] = slower(alone, beside)
            rows += [alone, beside]
            print(f"  slower by (fair is {FAIR}, the bar {BAR * FAIR}): {beside['slower']}")
    return result("contended", rows, notes, options)


def _plain(workload: Workload) -> Workload:
    return replace(workload, bars={}, roof=None, variants=("eager", "no BLIS", "fused"))


def slower(alone: Mapping[str, Any], beside: Mapping[str, Any]) -> dict[str, float]:
    """How many times longer the median step takes beside the neighbours."""
    return {
        name: round(one["median"] / alone["results"][name]["median"], 2)
        for name, one in beside["results"].items()
    }


@contextmanager
def neighbours(number: int) -> Generator[None]:
    """Processes that do nothing but use the CPU, ended with the block."""
    burn = [sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(burn) for _ in range(number)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()
