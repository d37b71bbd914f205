"""A number that depends on the step, such as a learning rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from ..errors import ConfigError


class Schedule:
    """``schedule(step)`` is the number at that step; ``next(schedule)`` the one after the last.

    Calling depends on the step alone (``plateau`` aside, which watches the scores). Iterating
    starts at step 0 and keeps its own position, so a schedule is also what Thinc 8 calls one:
    an iterator of numbers.

    Args:
        name: Shown, and compared when a saved state is loaded.
        schedule_fn: ``schedule_fn(schedule, step, **extra) -> number``.
        attrs: What ``schedule_fn`` needs, among it other schedules.
    """

    __slots__ = ("attrs", "name", "position", "schedule_fn", "state")

    def __init__(
        self,
        name: str,
        schedule_fn: Callable[..., float],
        *,
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.schedule_fn = name, schedule_fn
        self.attrs: dict[str, Any] = dict(attrs or {})
        self.state: dict[str, Any] = {}
        self.position = 0

    def __call__(self, step: int, **extra: Any) -> float:
        """The number at ``step``.

        Args:
            step: How many steps were taken before.
            extra: For schedules that ask for it: ``last_score=(step, score)``.

        Raises:
            ConfigError: The step is negative.
        """
        if step < 0:
            raise ConfigError(f"a schedule starts at step 0, and was asked for step {step}")
        return self.schedule_fn(self, step, **extra)

    def __iter__(self) -> Iterator[float]:
        return self

    def __next__(self) -> float:
        value = self(self.position)
        self.position += 1
        return value

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.attrs.items())
        return f"{self.name}({given})"

    def to_generator(self, start: int = 0, step_size: int = 1, **extra: Any) -> Iterator[float]:
        """The numbers at ``start``, ``start + step_size``, ..., without end."""
        step = start
        while True:
            yield self(step, **extra)
            step += step_size

    def get_state(self) -> dict[str, Any]:
        """What has to be saved to go on from here, as JSON takes it."""
        children = {name: child.get_state() for name, child in self._children()}
        return {
            "name": self.name,
            "position": self.position,
            "state": dict(self.state),
            "schedules": children,
        }

    def differences(self, saved: Mapping[str, Any], owner: str) -> list[str]:
        """What keeps ``saved`` from being the state of a schedule like this one, in words."""
        children = dict(self._children())
        if saved["name"] != self.name or saved["schedules"].keys() != children.keys():
            return [f"{owner}: saved as {saved['name']}, now {self.name}"]
        return [
            line
            for name, child in children.items()
            for line in child.differences(saved["schedules"][name], f"{owner}.{name}")
        ]

    def set_state(self, saved: Mapping[str, Any]) -> None:
        """Go on from a state in which ``differences`` found none."""
        self.position, self.state = saved["position"], dict(saved["state"])
        for name, child in self._children():
            child.set_state(saved["schedules"][name])

    def _children(self) -> list[tuple[str, Schedule]]:
        return [(name, value) for name, value in self.attrs.items() if isinstance(value, Schedule)]


Rate: TypeAlias = float | Schedule | Iterable[float]


def as_schedule(rate: Rate) -> Schedule:
    """``rate`` as a schedule.

    A number is constant; a list ends in its last number; any other iterable is drawn from as
    the steps go on, keeps its last number when it ends, and cannot go back.

    Raises:
        ConfigError: It is none of these, or is empty.
    """
    if isinstance(rate, Schedule):
        return rate
    if isinstance(rate, (int, float, np.number)):
        return Schedule("constant", _constant, attrs={"rate": float(rate)})
    if isinstance(rate, (list, tuple)) and rate:
        return Schedule("listed", _listed, attrs={"rates": [float(value) for value in rate]})
    if hasattr(rate, "__iter__") and not isinstance(rate, (str, bytes, list, tuple)):
        schedule = Schedule("drawn", _drawn, attrs={"rates": iter(rate), "step": -1})
        schedule(0)
        return schedule
    raise ConfigError(
        "a rate is a number, a list of numbers, an iterator of numbers or a schedule",
        got=repr(rate),
    )


def _constant(schedule: Schedule, step: int, **extra: Any) -> float:
    rate: float = schedule.attrs["rate"]
    return rate


def _listed(schedule: Schedule, step: int, **extra: Any) -> float:
    rates: list[float] = schedule.attrs["rates"]
    return rates[min(step, len(rates) - 1)]


def _drawn(schedule: Schedule, step: int, **extra: Any) -> float:
    attrs = schedule.attrs
    if step < attrs["step"]:
        raise ConfigError(
            f"an iterator of rates stands at step {attrs['step']} and cannot go back to {step}",
            fix="pass a list, or one of the schedules, which are functions of the step",
        )
    while attrs["step"] < step:
        attrs["step"] += 1
        found = next(attrs["rates"], None)
        if found is not None:
            attrs["rate"] = float(found)
        elif "rate" not in attrs:
            raise ConfigError("an iterator of rates gave none")
    rate: float = attrs["rate"]
    return rate
