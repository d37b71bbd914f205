"""Auc: how surely a true row is scored above a false one."""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np

from ..errors import ConfigError, ShapeError
from ..registry import registry
from ._batch import kept, on_host, sequences
from .metric import Metric


@registry.metrics("Auc.v1")
class Auc(Metric):
    """The area under the ROC curve: the part of pairs of a true and a false row in the right order.

    Pairs with equal scores count half. NaN as long as there are no true or no false rows.
    Every score is kept until ``reset``.

    Args:
        positive_label: The class that is true; all others are false.

    Source:
        Hanley & McNeil 1982, The meaning and use of the area under a ROC curve.
    """

    def __init__(self, positive_label: int = 1) -> None:
        if positive_label < 0:
            raise ConfigError("positive_label is a class number", got=positive_label)
        self.positive_label = positive_label
        self.reset()

    def __call__(self, predictions: Any, truths: Any, mask: Any = None) -> None:
        """Count a batch.

        Args:
            predictions: Scores of the class (rows,), or of all classes (rows, classes).
            truths: Class numbers, (rows,).
            mask: (rows,), false where a row does not count.

        Raises:
            ShapeError, DTypeError: They do not fit each other.
        """
        parts = sequences(predictions)
        scores = (
            self._column(on_host(predictions)) if parts is None else list(map(self._column, parts))
        )
        given, labels = kept(scores, truths, mask)
        self._scores.append(given.astype("float64"))
        self._true.append(labels == self.positive_label)

    def get_metric(self, reset: bool = False) -> float:
        """The area between 0 and 1, or NaN."""
        value = _area(np.concatenate(self._scores), np.concatenate(self._true))
        if reset:
            self.reset()
        return value

    def reset(self) -> None:
        """Forget every batch."""
        self._scores: list[Any] = [np.zeros(0)]
        self._true: list[Any] = [np.zeros(0, dtype="bool")]

    def _column(self, scores: Any) -> Any:
        if scores.ndim == 1:
            return scores
        if scores.ndim != 2 or scores.shape[1] <= self.positive_label:
            raise ShapeError(
                f"scores are (rows,), or (rows, classes) with a class {self.positive_label}",
                predictions=scores.shape,
            )
        return scores[:, self.positive_label]


def _area(scores: Any, true: Any) -> float:
    n_true = int(true.sum())
    n_false = len(true) - n_true
    if not n_true or not n_false:
        return nan
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]  # equal scores share their mean rank
    return float((ranks[true].sum() - n_true * (n_true + 1) / 2) / (n_true * n_false))
