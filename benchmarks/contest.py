"""A workload on every contestant: the same answers first, then interleaved rounds."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from .contestants import entered
from .crew import TURN_S, Worker, WorkerError, crew
from .harness import Summary, machine, measure
from .tables import table
from .workload import Arrays, Case, Workload

REFERENCE = "combinet"


@dataclass(frozen=True)
class Options:
    """What the command line says.

    Args:
        rounds: How often each contestant has its turn.
        quick: Only the first cases, on one thread, with short turns.
        libraries: Take part where they are installed.
        pythons: The interpreter of a library that is installed elsewhere.
        note: About the state of the machine; kept with the figures.
    """

    rounds: int = 20
    quick: bool = False
    libraries: tuple[str, ...] = ("combinet", "thinc", "torch", "jax", "safetensors")
    pythons: Mapping[str, str] = field(default_factory=dict[str, str])
    note: str = ""

    @property
    def turn_s(self) -> float:
        return TURN_S / 10 if self.quick else TURN_S


@dataclass
class Notes:
    """What is kept beside the figures."""

    versions: dict[str, dict[str, str | None]] = field(
        default_factory=dict[str, dict[str, str | None]]
    )
    left_out: dict[str, str] = field(default_factory=dict[str, str])
    disagree: dict[str, str] = field(default_factory=dict[str, str])


def run(workload: Workload, options: Options) -> dict[str, Any]:
    """Measure all cases of a workload; the result is ready for JSON."""
    notes, rows = Notes(), list[dict[str, Any]]()
    contestants = entered(workload, options.libraries)
    cases = [case for case in workload.cases if case.in_quick or not options.quick]
    for threads in workload.threads[: 1 if options.quick else None]:
        with crew(contestants, threads, options.pythons) as workers:
            present = greet(workers, notes)
            for case in cases:
                rows += _run_case(workload, case, present, options, notes)
    return result(workload.name, rows, notes, options)


def result(
    name: str, rows: list[dict[str, Any]], notes: Notes, options: Options, unit: str = "ms"
) -> dict[str, Any]:
    """Rows with what they were measured on, ready for JSON."""
    return {
        "benchmark": name,
        "unit": unit,
        "rounds": options.rounds,
        "note": options.note,
        "rows": rows,
        "left_out": notes.left_out,
        "disagree": notes.disagree,
        "machine": machine(),
        "versions": notes.versions,
    }


def greet(workers: Sequence[Worker], notes: Notes) -> list[Worker]:
    """The workers whose library is installed; the others are left out with a word."""
    present: list[Worker] = []
    for worker in workers:
        try:
            notes.versions[worker.contestant.library] = worker.ask("hello")["versions"]
        except WorkerError as error:
            notes.left_out[worker.contestant.name] = str(error)
            print(f"{worker.contestant.name} is left out: {error}", flush=True)
        else:
            present.append(worker)
    return present


def _run_case(
    workload: Workload, case: Case, workers: Sequence[Worker], options: Options, notes: Notes
) -> list[dict[str, Any]]:
    ready = prepare(workload, case, workers, notes)
    works = list(dict.fromkeys(work for _, known in ready for work in known))
    return [
        measure_row(workload, case, work, [w for w, known in ready if work in known], options)
        for work in works
    ]


def prepare(
    workload: Workload, case: Case, workers: Sequence[Worker], notes: Notes
) -> list[tuple[Worker, list[str]]]:
    """The workers that built the case and agree on its answers, each with its works.

    One that could not, or gave other answers than the first, is left out with a word.
    """
    ready: list[tuple[Worker, list[str]]] = []
    known: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "given.npz")
        np.savez(given, **workload.given(case.settings))
        for number, worker in enumerate(workers):
            path = Path(folder, f"answers{number}.npz")
            try:
                works = worker.ask(
                    "prepare",
                    workload=workload.name,
                    settings=dict(case.settings),
                    given=str(given),
                    answers=str(path),
                )["works"]
                with np.load(path) as file:
                    known = agreed(known, dict(file), workload.tolerance)
            except (WorkerError, Disagreement) as error:
                kept = notes.left_out if isinstance(error, WorkerError) else notes.disagree
                kept[f"{worker.contestant.name}: {case.label}"] = str(error)
                print(f"{worker.contestant.name} is left out of {case.label}: {error}", flush=True)
            else:
                ready.append((worker, works))
    return ready


class Disagreement(ValueError):
    """A contestant computed something else than the others."""


def agreed(known: Arrays, answers: Arrays, tolerance: float) -> dict[str, Any]:
    """All answers so far, those that are new among them.

    Raises:
        Disagreement: One differs by more than this part of the largest number in it.
    """
    for name in known.keys() & answers.keys():
        expected, got = known[name].ravel(), answers[name].ravel()
        if expected.shape != got.shape:
            raise Disagreement(f"{name} has {got.size} numbers, not {expected.size}")
        off = float(np.abs(got - expected).max()) / max(float(np.abs(expected).max()), 1e-30)
        if not off <= tolerance:
            raise Disagreement(f"{name} is off by {off:.1e} of its largest number")
    return {**answers, **known}


def measure_row(
    workload: Workload, case: Case, work: str, workers: Sequence[Worker], options: Options
) -> dict[str, Any]:
    """One work of one case, on the workers that are ready for it, printed and for JSON."""
    threads = workers[0].threads
    clock = workload.clock or ("cpu" if threads == 1 else "wall")
    turns = {
        worker.contestant.name: partial(
            worker.turn, work, worker.times_for_a_turn(work, clock, options.turn_s), clock
        )
        for worker in workers
    }
    costs = measure(turns, rounds=options.rounds)
    row: dict[str, Any] = {
        "case": f"{work}, {case.label}",
        "threads": threads,
        "clock": clock,
        "results": {name: asdict(Summary.of(values)) for name, values in costs.items()},
        "ratios": ratios(costs),
        "bars": dict(workload.bars.get(work.split(",")[0], {})),
    }
    if workload.roof and REFERENCE in costs:
        row["roof"] = _roof_ms(*workload.roof(case.settings, work), workers[0])
        row["ratios"]["roof"] = round(median(costs[REFERENCE]) / row["roof"], 3)
    print(table(row), flush=True)
    return row


def _roof_ms(flops: float, moved: float, worker: Worker) -> float:
    """How long the machine at its fastest so far needs for so many FLOPs and bytes."""
    for limit, found in worker.ask("limits").items():
        worker.limits[limit] = max(found, worker.limits.get(limit, 0.0))
    return round((flops / worker.limits["flops"] + moved / worker.limits["bytes"]) * 1000, 4)


def ratios(costs: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """How many times longer than combinet each took, the median over the rounds."""
    if REFERENCE not in costs:
        return {}
    return {
        name: round(median(a / b for a, b in zip(values, costs[REFERENCE], strict=True)), 3)
        for name, values in costs.items()
        if name != REFERENCE
    }
