"""Average: the mean of numbers."""

from __future__ import annotations

from math import nan

from ..registry import registry
from .metric import Accumulator


@registry.metrics("Average.v1")
class Average(Accumulator):
    """The mean of what it is called with, such as losses. NaN before the first number."""

    def __init__(self) -> None:
        self.reset()

    def __call__(self, value: float, weight: float = 1.0) -> None:
        """Count a number.

        Args:
            value: The number.
            weight: How often it counts: the number of rows where it is itself a mean over rows.
        """
        self._sum += float(value) * weight
        self._weight += weight

    def get_metric(self, reset: bool = False) -> float:
        """The mean."""
        value = self._sum / self._weight if self._weight else nan
        if reset:
            self.reset()
        return value

    def reset(self) -> None:
        """Forget every number."""
        self._sum = self._weight = 0.0
