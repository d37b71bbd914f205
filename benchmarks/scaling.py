"""How time grows with the batch, the width, the depth, the vocabulary: exponents.

An exponent is the slope of log time against log size over the upper half of the sizes: 0 where
overhead rules, 1 where time is proportional. One thread, CPU time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from . import mlp, tok2vec
from .contest import Notes, Options, greet, measure_row, prepare, result
from .contestants import entered
from .crew import crew
from .workload import Case, Workload

SIZES: dict[str, tuple[int, ...]] = {
    "batch": (1, 8, 32, 128, 512, 1024),
    "width": (16, 64, 128, 256, 512, 1024),
    "depth": (1, 2, 4, 8, 16, 32),
    "vocabulary": (500, 2000, 8000, 32_000),
}


def series(what: str, quick: bool = False) -> tuple[Workload, list[tuple[int, Case]]]:
    """A workload, and its cases by size."""
    sizes = SIZES[what][:2] if quick else SIZES[what]
    if what == "vocabulary":
        cases = [tok2vec.tok2vec_settings(docs=8, rows=(size,) * 4) for size in sizes]
        workload = tok2vec.WORKLOAD
    else:
        cases = [_mlp(what, size) for size in sizes]
        workload = mlp.WORKLOAD
    plain = replace(workload, bars={}, roof=None, variants=("eager",))
    return plain, [
        (size, Case(f"{what} {size}", case)) for size, case in zip(sizes, cases, strict=True)
    ]


def _mlp(what: str, size: int) -> dict[str, Any]:
    width = size if what == "width" else 256
    hidden = size if what == "depth" else 2
    return mlp.mlp_settings((256, *[width] * hidden, 10), size if what == "batch" else 64)


def run(options: Options) -> dict[str, Any]:
    notes, rows, slopes = Notes(), list[dict[str, Any]](), dict[str, dict[str, float]]()
    libraries = [library for library in options.libraries if library in ("combinet", "torch")]
    contestants = entered(series("batch")[0], libraries)
    with crew(contestants, 1, options.pythons) as workers:
        present = greet(workers, notes)
        for what in SIZES:
            workload, cases = series(what, options.quick)
            found: dict[str, list[tuple[int, float]]] = {}
            for size, case in cases:
                ready = [worker for worker, _ in prepare(workload, case, present, notes)]
                row = measure_row(workload, case, "train", ready, options)
                rows.append(row)
                for name, one in row["results"].items():
                    found.setdefault(name, []).append((size, one["minimum"]))
            slopes[what] = {name: exponent(points) for name, points in found.items()}
    print(slope_table(slopes), flush=True)
    return {**result("scaling", rows, notes, options), "exponents": slopes}


def exponent(points: Sequence[tuple[int, float]]) -> float:
    """The slope of log time against log size, over the upper half of the sizes."""
    upper = sorted(points)[-max(2, len(points) // 2) :]
    sizes, costs = (np.log(column) for column in zip(*upper, strict=True))
    return round(float(np.polyfit(sizes, costs, 1)[0]), 2)


def slope_table(slopes: Mapping[str, Mapping[str, float]]) -> str:
    lines = ["time grows with the"]
    for what, by_name in slopes.items():
        lines.append(f"  {what:<12}" + "  ".join(f"{n}: ^{s:.2f}" for n, s in by_name.items()))
    return "\n".join(lines)
