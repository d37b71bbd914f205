"""A process that runs one contestant: ``python -m benchmarks.worker LIBRARY VARIANT``.

It reads requests from stdin and answers on stdout, a line of JSON each:

    {"do": "hello"}                         -> {"versions": {...}}
    {"do": "prepare", "workload", "settings", "given", "answers"} -> {"works": [...]}
    {"do": "turn", "work", "times", "clock"}  -> {"ms": cost of one run}
    {"do": "limits"}                        -> {"flops": per second, "bytes": per second}
    {"do": "memory"}                        -> {"now": MB, "peak": MB}

What fails is answered by ``{"error": ...}``. A library may print: that goes to stderr.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .contestants import DISTRIBUTIONS
from .harness import versions
from .workload import Entrant, Work, Workload, nothing

CLOCKS: dict[str, Callable[[], float]] = {"cpu": time.process_time, "wall": time.perf_counter}


class Worker:
    """What the requests act on."""

    def __init__(self, library: str, variant: str) -> None:
        self.library, self.variant = library, variant
        self.works: Mapping[str, Work] = {}

    def hello(self) -> dict[str, Any]:
        import_module(self.library)
        return {"versions": versions(DISTRIBUTIONS[self.library])}

    def prepare(
        self, workload: str, settings: Mapping[str, Any], given: str, answers: str
    ) -> dict[str, Any]:
        """Write the answers of an entrant without dropout, then get one ready to be measured."""
        self.works = {}
        made: Workload = import_module(f"benchmarks.{workload}").WORKLOAD
        build = made.builders[self.library]
        with np.load(given) as file:
            arrays = dict(file)
        entrant: Entrant = build({**settings, "dropout": 0.0}, arrays, self.variant)
        np.savez(answers, **entrant.answers())
        if settings.get("dropout"):
            entrant = build(settings, arrays, self.variant)
        self.works = entrant.works
        gc.collect()
        return {"works": list(self.works)}

    def turn(self, work: str, times: int, clock: str) -> dict[str, Any]:
        return {"ms": cost(self.works[work], times, CLOCKS[clock]) * 1000 / times}

    def limits(self) -> dict[str, Any]:
        return {"flops": _flops_per_second(), "bytes": _bytes_per_second()}

    def memory(self) -> dict[str, Any]:
        status = dict(
            line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines()
        )
        now, peak = (int(status[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))
        return {"now": now, "peak": peak}


def cost(work: Work, times: int, clock: Callable[[], float]) -> float:
    """Seconds that so many runs took, what comes before each left out."""
    if work.before is nothing:
        start = clock()
        for _ in range(times):
            work.run()
        return clock() - start
    total = 0.0
    for _ in range(times):
        work.before()
        start = clock()
        work.run()
        total += clock() - start
    return total


def _flops_per_second(n: int = 1024) -> float:
    x, out = np.ones((n, n), dtype="f"), np.empty((n, n), dtype="f")
    return 2 * n**3 / _best(lambda: np.matmul(x, x, out=out))


def _bytes_per_second(n: int = 5_000_000) -> float:
    """Two arrays read and one written, all warm and larger than the caches near the core."""
    x, out = np.ones(n, dtype="f"), np.ones(n, dtype="f")
    return 12 * n / _best(lambda: np.add(x, out, out=out))


def _best(run: Callable[[], object]) -> float:
    """In CPU time on one thread, which a busy machine does not stretch."""
    clock = CLOCKS["cpu" if os.environ.get("OMP_NUM_THREADS") == "1" else "wall"]
    return min(cost(Work(run), 1, clock) for _ in range(20))


def main() -> None:
    warnings.simplefilter("ignore")
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    worker = Worker(*sys.argv[1:])
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        try:
            reply = getattr(worker, request.pop("do"))(**request)
        except Exception as error:  # noqa: BLE001  # any that a library raises
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=channel, flush=True)


if __name__ == "__main__":
    main()
