"""Schedules that are a formula of the step."""

from __future__ import annotations

from math import floor
from typing import Any

from ..registry import registry
from .schedule import Rate, Schedule, as_schedule


@registry.schedules("constant.v1")
def constant(rate: float) -> Schedule:
    """``rate`` at every step."""
    return as_schedule(float(rate))


@registry.schedules("constant_then.v1")
def constant_then(rate: float, steps: int, schedule: Rate) -> Schedule:
    """``rate`` for so many steps, then ``schedule`` from its own start."""
    attrs = {"rate": rate, "steps": steps, "schedule": as_schedule(schedule)}
    return Schedule("constant_then", _constant_then, attrs=attrs)


def _constant_then(schedule: Schedule, step: int, **extra: Any) -> float:
    attrs = schedule.attrs
    rate: float = attrs["rate"]
    if step >= attrs["steps"]:
        rate = attrs["schedule"](step - attrs["steps"], **extra)
    return rate


@registry.schedules("decaying.v1")
def decaying(base_rate: float, decay: float, *, t: float = 0.0) -> Schedule:
    """``base_rate / (1 + decay * (t + step))``."""
    attrs = {"base_rate": base_rate, "decay": decay, "t": t}
    return Schedule("decaying", _decaying, attrs=attrs)


def _decaying(schedule: Schedule, step: int, **extra: Any) -> float:
    attrs = schedule.attrs
    rate: float = attrs["base_rate"] / (1 + attrs["decay"] * (attrs["t"] + step))
    return rate


@registry.schedules("compounding.v1")
def compounding(start: float, stop: float, compound: float, *, t: float = 0.0) -> Schedule:
    """``start * compound ** (t + step)``, which stays at ``stop`` once it is past it."""
    attrs = {"start": start, "stop": stop, "compound": compound, "t": t}
    return Schedule("compounding", _compounding, attrs=attrs)


def _compounding(schedule: Schedule, step: int, **extra: Any) -> float:
    start, stop = float(schedule.attrs["start"]), float(schedule.attrs["stop"])
    try:
        rate: float = start * schedule.attrs["compound"] ** (schedule.attrs["t"] + step)
    except OverflowError:
        return stop
    return max(rate, stop) if start > stop else min(rate, stop)


@registry.schedules("warmup_linear.v1")
def warmup_linear(initial_rate: float, warmup_steps: int, total_steps: int) -> Schedule:
    """Up in a straight line from 0 to ``initial_rate``, then down to 0 at ``total_steps``."""
    attrs = {
        "initial_rate": initial_rate,
        "warmup_steps": warmup_steps,
        "total_steps": total_steps,
    }
    return Schedule("warmup_linear", _warmup_linear, attrs=attrs)


def _warmup_linear(schedule: Schedule, step: int, **extra: Any) -> float:
    attrs = schedule.attrs
    warmup, total = attrs["warmup_steps"], attrs["total_steps"]
    if step < warmup:
        factor = step / max(1, warmup)
    else:
        factor = max(0.0, (total - step) / max(1, total - warmup))
    rate: float = attrs["initial_rate"] * factor
    return rate


@registry.schedules("slanted_triangular.v1")
def slanted_triangular(
    max_rate: float, num_steps: int, *, cut_frac: float = 0.1, ratio: float = 32, t: float = 0.0
) -> Schedule:
    """A short climb to ``max_rate``, a long way down to ``max_rate / ratio``, which is kept.

    Args:
        cut_frac: The share of ``num_steps`` spent climbing.
        ratio: How many times smaller the lowest rate is.
        t: Steps to skip at the start.

    Source:
        Howard & Ruder 2018, Universal language model fine-tuning, eq. 3. Thinc's goes on below
        the lowest rate, into negative ones, after ``num_steps``.
    """
    attrs = {
        "max_rate": max_rate,
        "num_steps": num_steps,
        "cut_frac": cut_frac,
        "ratio": ratio,
        "t": t,
    }
    return Schedule("slanted_triangular", _slanted_triangular, attrs=attrs)


def _slanted_triangular(schedule: Schedule, step: int, **extra: Any) -> float:
    attrs = schedule.attrs
    cut = int(attrs["num_steps"] * attrs["cut_frac"])
    t = attrs["t"] + step + 1
    if t < cut:
        height = t / cut
    else:
        descent = max(1, cut) * (1 / attrs["cut_frac"] - 1)
        height = max(0.0, 1 - (t - cut) / descent) if descent else 0.0
    rate: float = attrs["max_rate"] * (1 + height * (attrs["ratio"] - 1)) / attrs["ratio"]
    return rate


@registry.schedules("cyclic_triangular.v1")
def cyclic_triangular(min_lr: float, max_lr: float, period: int) -> Schedule:
    """From near ``min_lr`` up to ``max_lr`` in ``period`` steps, down in as many, and again.

    Source:
        Smith 2017, Cyclical learning rates for training neural networks, section 3.2.
    """
    attrs = {"min_lr": min_lr, "max_lr": max_lr, "period": period}
    return Schedule("cyclic_triangular", _cyclic_triangular, attrs=attrs)


def _cyclic_triangular(schedule: Schedule, step: int, **extra: Any) -> float:
    attrs = schedule.attrs
    it, period = step + 1, attrs["period"]
    cycle = floor(1 + it / (2 * period))
    height = max(0.0, 1 - abs(it / period - 2 * cycle + 1))
    rate: float = attrs["min_lr"] + (attrs["max_lr"] - attrs["min_lr"]) * height
    return rate
