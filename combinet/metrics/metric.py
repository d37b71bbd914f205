"""Metric: the interface that a trainer reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class Accumulator(ABC):
    """Gathers over batches; ``get_metric(reset=True)`` reads and starts anew."""

    @abstractmethod
    def get_metric(self, reset: bool = False) -> float | dict[str, float]:
        """The value over all batches since the last reset."""

    @abstractmethod
    def reset(self) -> None:
        """Forget every batch."""


class Metric(Accumulator):
    """Compares predictions with truths, batch by batch.

    Example:
        >>> from combinet import Metric, registry
        >>> @registry.metrics("doctest.Mistakes.v1")
        ... class Mistakes(Metric):
        ...     def __init__(self):
        ...         self.reset()
        ...     def __call__(self, predictions, truths):
        ...         self.mistakes += int((predictions.argmax(axis=1) != truths).sum())
        ...     def get_metric(self, reset=False):
        ...         found = float(self.mistakes)
        ...         if reset:
        ...             self.reset()
        ...         return found
        ...     def reset(self):
        ...         self.mistakes = 0
        >>> built = registry.resolve({"metric": {"@metrics": "doctest.Mistakes.v1"}})
        >>> built["metric"].get_metric()
        0.0
    """

    @abstractmethod
    def __call__(self, predictions: Any, truths: Any) -> None:
        """Count one batch."""
