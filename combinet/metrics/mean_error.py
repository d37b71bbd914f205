"""MeanSquaredError and MeanAbsoluteError: how far predicted numbers are off."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from ..registry import registry
from ._batch import kept
from .average import Average
from .metric import Metric


class _MeanError(Metric):
    """The mean of an error over all numbers."""

    def __init__(self) -> None:
        self._mean = Average()

    def __call__(self, predictions: Any, truths: Any, mask: Any = None) -> None:
        """Count a batch.

        Args:
            predictions: Numbers of any shape.
            truths: Of the same shape.
            mask: Of the same shape, or that without the last axis; false where a number does
                not count.

        Raises:
            ShapeError, DTypeError: They do not fit each other.
        """
        given, wanted = kept(predictions, truths, mask)
        if given.size:
            errors = self._error(given.astype("float64") - wanted.astype("float64"))
            self._mean(float(errors.mean()), weight=given.size)

    def get_metric(self, reset: bool = False) -> float:
        """The mean error."""
        return self._mean.get_metric(reset)

    def reset(self) -> None:
        """Forget every batch."""
        self._mean.reset()

    @staticmethod
    @abstractmethod
    def _error(difference: Any) -> Any:
        """What a difference counts."""


@registry.metrics("MeanSquaredError.v1")
class MeanSquaredError(_MeanError):
    """``mean (prediction - truth)^2``. NaN before the first number."""

    @staticmethod
    def _error(difference: Any) -> Any:
        return difference * difference


@registry.metrics("MeanAbsoluteError.v1")
class MeanAbsoluteError(_MeanError):
    """``mean |prediction - truth|``. NaN before the first number."""

    @staticmethod
    def _error(difference: Any) -> Any:
        return abs(difference)
