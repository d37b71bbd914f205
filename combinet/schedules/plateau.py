"""A schedule that watches the scores."""

from __future__ import annotations

from typing import Any

from ..registry import registry
from .schedule import Schedule


@registry.schedules("plateau.v1")
def plateau(max_patience: int, scale: float, schedule: Schedule) -> Schedule:
    """``schedule``, scaled down each time the score has stopped getting better.

    The number at a step is ``schedule(step) * scale ** plateaus``. A plateau is
    ``max_patience`` evaluations in a row without a new best score.

    Args:
        max_patience: Evaluations to wait.
        scale: The factor at each plateau, below 1 as a rule.
        schedule: What is scaled; it sees the scores too.

    The scores come by ``last_score=(step, score)``: higher is better, and a pair with a step
    that was seen before is not counted again. Without ``last_score`` nothing changes.
    """
    attrs = {"max_patience": max_patience, "scale": scale, "schedule": schedule}
    made = Schedule("plateau", _plateau, attrs=attrs)
    made.state = {"best": None, "seen": -1, "misses": 0, "plateaus": 0}
    return made


def _plateau(
    schedule: Schedule, step: int, *, last_score: tuple[int, float] | None = None, **extra: Any
) -> float:
    if last_score is not None and last_score[0] > schedule.state["seen"]:
        _count(schedule, *last_score)
    attrs = schedule.attrs
    inner: float = attrs["schedule"](step, last_score=last_score, **extra)
    factor: float = attrs["scale"] ** schedule.state["plateaus"]
    return inner * factor


def _count(schedule: Schedule, step: int, score: float) -> None:
    """Take note of one evaluation."""
    state = schedule.state
    state["seen"] = step
    if state["best"] is None or score > state["best"]:
        state["best"], state["misses"] = float(score), 0
        return
    state["misses"] += 1
    if state["misses"] >= schedule.attrs["max_patience"]:
        state["misses"], state["plateaus"] = 0, state["plateaus"] + 1
