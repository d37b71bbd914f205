"""BooleanAccuracy: the part of rows that are right throughout."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..registry import registry
from ._batch import matched, sequences
from .metric import Metric


@registry.metrics("BooleanAccuracy.v1")
class BooleanAccuracy(Metric):
    """Rows in which every number is the right one, over all rows. Before the first row it is 0.

    With one number in a row this is accuracy; with more, all of them must be right.
    """

    def __init__(self) -> None:
        self.reset()

    def __call__(self, predictions: Any, truths: Any, mask: Any = None) -> None:
        """Count a batch.

        Args:
            predictions: (rows, ...); or one array for each sequence, which is a row then.
            truths: Of the same shape.
            mask: Of the same shape, false where a number does not count; a row in which none
                counts is no row.

        Raises:
            ShapeError, DTypeError: They do not fit each other.
        """
        one_row_each = sequences(predictions) is not None
        for given, wanted, counted in matched(predictions, truths, mask):
            within = tuple(range(0 if one_row_each else 1, given.ndim))
            right = ((given == wanted) | ~counted).all(axis=within)
            there = counted.any(axis=within)
            self._right += int(np.sum(right & there))
            self._rows += int(np.sum(there))

    def get_metric(self, reset: bool = False) -> float:
        """Accuracy between 0 and 1."""
        value = self._right / self._rows if self._rows else 0.0
        if reset:
            self.reset()
        return value

    def reset(self) -> None:
        """Forget every batch."""
        self._right = self._rows = 0
