"""The figures that the README may quote rest on these."""

from __future__ import annotations

from itertools import count

import pytest

from benchmarks.harness import Summary, cpu_ms, measure, report, table


def test_every_contestant_runs_once_a_round_and_the_first_place_turns() -> None:
    ran: list[str] = []
    contestants = {name: lambda name=name: float(len(ran.append(name) or "")) for name in "abc"}
    measure(contestants, rounds=3, warmup=0)
    assert "".join(ran) == "abcbcacab"


def test_warm_up_rounds_are_run_and_not_counted() -> None:
    clock = count()
    costs = measure({"a": lambda: float(next(clock))}, rounds=2, warmup=3)
    assert costs == {"a": [3.0, 4.0]}


def test_a_summary_holds_the_minimum_the_median_and_the_middle_half() -> None:
    assert Summary.of([5, 1, 2, 4, 3]) == Summary(minimum=1, median=3, iqr=2)


def test_one_round_is_refused() -> None:
    with pytest.raises(ValueError, match="two rounds"):
        measure({"a": lambda: 0.0}, rounds=1)


def test_cpu_time_is_measured_in_milliseconds() -> None:
    assert 0 < cpu_ms(lambda: sum(range(1000)))() < 1000


def test_a_missed_bar_shows_in_the_table() -> None:
    result = report("speed", {"slow": [9, 9], "fast": [1, 1]}, packages=[], bars={"slow": 5})
    (missed,) = (line for line in table(result).splitlines() if "MISSED" in line)
    assert missed.startswith("  slow")
    assert "held" not in table(result)
