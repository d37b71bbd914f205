"""Peak memory of a fresh process that trains thirty steps, over what importing the library took."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from . import mlp, tok2vec
from .contest import Notes, Options, greet, prepare, ratios, result
from .contestants import entered
from .crew import crew
from .harness import Summary
from .tables import table
from .workload import Case, Workload

STEPS, PROCESSES = 30, 3
UNIT = "MB"


def run(options: Options) -> dict[str, Any]:
    notes = Notes()
    studied = [
        (tok2vec.WORKLOAD, Case("tok2vec, 64 docs", tok2vec.tok2vec_settings())),
        (mlp.WORKLOAD, Case("mlp, batch 1024", mlp.mlp_settings(batch=1024))),
    ]
    rows = [_row(*each, options, notes) for each in studied[: 1 if options.quick else None]]
    return result("memory", rows, notes, options, unit=UNIT)


def _row(workload: Workload, case: Case, options: Options, notes: Notes) -> dict[str, Any]:
    workload = replace(workload, variants=("eager", "no BLIS", "jit"))
    contestants = entered(workload, options.libraries)
    found: dict[str, list[float]] = {}
    for _ in range(PROCESSES):
        with crew(contestants, 1, options.pythons) as workers:
            present = greet(workers, notes)
            imported = {worker.contestant.name: worker.ask("memory")["now"] for worker in present}
            for worker, _works in prepare(workload, case, present, notes):
                worker.turn("train", STEPS, "cpu")
                over = worker.ask("memory")["peak"] - imported[worker.contestant.name]
                found.setdefault(worker.contestant.name, []).append(over)
    row = {
        "case": f"train, {case.label}",
        "threads": 1,
        "clock": "no",
        "results": {name: asdict(Summary.of(values)) for name, values in found.items()},
        "ratios": ratios(found),
        "bars": {},
    }
    print(table(row, UNIT), flush=True)
    return row
