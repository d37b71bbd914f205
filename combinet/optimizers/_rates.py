"""The numbers of an optimizer, each of which may follow a schedule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, Protocol, Self, overload

from ..errors import ConfigError
from ..schedules import Rate, Schedule, as_schedule


class Rates:
    """Numbers by name. Those that follow a schedule change in ``advance``, and only there.

    Attributes:
        version: Another number whenever one of the numbers has changed.
    """

    __slots__ = ("schedules", "values", "version")

    def __init__(self, given: Mapping[str, Rate | None]) -> None:
        self.version = 0
        self.values: dict[str, float] = {}
        self.schedules: dict[str, Schedule] = {}
        for name, rate in given.items():
            self.assign(name, rate, 0, None)

    def assign(
        self, name: str, rate: Rate | None, step: int, last_score: tuple[int, float] | None
    ) -> None:
        """Set a number until its schedule changes it, or give it another schedule.

        ``None`` means 0, which is off where that makes sense. The schedule's number at the
        step where the optimizer stands is taken at once.
        """
        if rate is None:
            rate = 0.0
        schedule = as_schedule(rate)
        if isinstance(rate, Iterable):  # a Schedule is one too
            self.schedules[name] = schedule
        self._set(name, schedule(step, last_score=last_score))

    def advance(self, step: int, last_score: tuple[int, float] | None) -> None:
        """Take every schedule's number at ``step``."""
        for name, schedule in self.schedules.items():
            self._set(name, schedule(step, last_score=last_score))

    def _set(self, name: str, value: float) -> None:
        value = _checked(name, value)
        if self.values.get(name) != value:
            self.values[name] = value
            self.version += 1

    def get_state(self) -> dict[str, Any]:
        """Numbers and schedules as JSON takes them."""
        schedules = {name: schedule.get_state() for name, schedule in self.schedules.items()}
        return {"values": dict(self.values), "schedules": schedules}

    def differences(self, saved: Mapping[str, Any], owner: str) -> list[str]:
        """What keeps a saved state from being that of these rates, in words."""
        found = [
            f"{owner}: {name} is saved {'with' if name in saved[part] else 'without'} {what}"
            for part, mine, what in (
                ("values", self.values, "a number"),
                ("schedules", self.schedules, "a schedule"),
            )
            for name in sorted(mine.keys() ^ saved[part].keys())
        ]
        for name in self.schedules.keys() & saved["schedules"].keys():
            found += self.schedules[name].differences(saved["schedules"][name], f"{owner}: {name}")
        return found

    def set_state(self, saved: Mapping[str, Any]) -> None:
        """Go on from a state in which ``differences`` found none."""
        self.values = dict(saved["values"])
        self.version += 1
        for name, schedule in self.schedules.items():
            schedule.set_state(saved["schedules"][name])


def _checked(name: str, value: float) -> float:
    value = float(value)
    if not isfinite(value):
        raise ConfigError(f"{name} of an optimizer is {value}", fix="rates are finite numbers")
    return value


class Owner(Protocol):
    """What has numbers as attributes."""

    rates: Rates
    step: int

    @property
    def last_score(self) -> tuple[int, float] | None: ...


class Number:
    """An attribute of an optimizer that reads as a number and takes a number or a schedule."""

    __slots__ = ("name",)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, optimizer: None, owner: type) -> Self: ...
    @overload
    def __get__(self, optimizer: Owner, owner: type) -> float: ...
    def __get__(self, optimizer: Owner | None, owner: type) -> Self | float:
        return self if optimizer is None else optimizer.rates.values[self.name]

    def __set__(self, optimizer: Owner, rate: Rate | None) -> None:
        optimizer.rates.assign(self.name, rate, optimizer.step, optimizer.last_score)
