"""Interleaved measuring: every contestant once a round, so that a busy minute hits all alike.

A contestant is a function that does the work once and returns what it cost in milliseconds;
`cpu_ms` and `wall_ms` make one of a function that only does the work. That the contestants compute
the same is for the workload to check, before it measures them.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

Contestant = Callable[[], float]
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Summary:
    """What one contestant cost over all rounds, in milliseconds."""

    minimum: float
    median: float
    iqr: float

    @classmethod
    def of(cls, costs: Sequence[float]) -> Summary:
        low, median, high = statistics.quantiles(costs, n=4, method="inclusive")
        return cls(round(min(costs), 6), round(median, 6), round(high - low, 6))


def measure(
    contestants: Mapping[str, Contestant], *, rounds: int, warmup: int = 1
) -> dict[str, list[float]]:
    """Run the contestants in turn and collect their costs by name.

    Args:
        rounds: How often each runs; at least two. The order turns by one place every round.
        warmup: Rounds before the first that counts.
    """
    if rounds < 2:
        raise ValueError(f"a spread needs at least two rounds, got {rounds}")
    costs: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for turn in range(-warmup, rounds):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            cost = contestants[name]()
            if turn >= 0:
                costs[name].append(cost)
    return costs


def cpu_ms(work: Callable[[], object]) -> Contestant:
    """The CPU time of this process, all its threads together."""
    return _timed(work, time.process_time)


def wall_ms(work: Callable[[], object]) -> Contestant:
    return _timed(work, time.perf_counter)


def _timed(work: Callable[[], object], clock: Callable[[], float]) -> Contestant:
    def contestant() -> float:
        start = clock()
        work()
        return (clock() - start) * 1000

    return contestant


def report(
    name: str,
    costs: Mapping[str, Sequence[float]],
    *,
    packages: Sequence[str],
    bars: Mapping[str, float] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, Any]:
    """The costs summed up, with what they were measured on, ready for JSON.

    Args:
        packages: Installed distributions whose versions the figures depend on.
        bars: The most that the median of a contestant should be, in milliseconds.
        environment: The variables that the measured processes saw.
    """
    return {
        "benchmark": name,
        "unit": "ms",
        "rounds": {who: len(values) for who, values in costs.items()},
        "results": {who: asdict(Summary.of(values)) for who, values in costs.items()},
        "bars": dict(bars or {}),
        "machine": machine()
        | {"threads": {key: environment[key] for key in THREAD_VARIABLES if key in environment}},
        "versions": versions(packages),
    }


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")  # platform.processor() is empty on Linux
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def versions(packages: Sequence[str]) -> dict[str, str | None]:
    """Of Python and of these distributions; None where one is not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def table(result: Mapping[str, Any]) -> str:
    """One line a contestant, for people."""
    lines = [f"{result['benchmark']:<32}{'min':>10}{'median':>10}{'IQR':>10}  {result['unit']}"]
    for who, row in result["results"].items():
        line = f"  {who:<30}{row['minimum']:>10.3f}{row['median']:>10.3f}{row['iqr']:>10.3f}"
        if (bar := result["bars"].get(who)) is not None:
            line += f"  bar {bar}: {'held' if row['median'] <= bar else 'MISSED'}"
        lines.append(line)
    return "\n".join(lines)
