"""Entropy: how undecided predictions are."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..registry import registry
from ._batch import checked_probabilities, matched
from .average import Average
from .metric import Accumulator


@registry.metrics("Entropy.v1")
class Entropy(Accumulator):
    """``- sum p log p`` over the classes, averaged over rows. NaN before the first row.

    Between 0, where one class has all the probability, and log(classes).
    """

    def __init__(self) -> None:
        self._mean = Average()

    def __call__(self, predictions: Any, mask: Any = None) -> None:
        """Count a batch.

        Args:
            predictions: Probabilities, (..., classes); AllenNLP takes logits here.
            mask: (...), false where a row does not count.

        Raises:
            ShapeError, DTypeError: They do not fit each other.
            DataError: The predictions are no probabilities.
        """
        for rows, _, counted in matched(predictions, predictions, mask):
            if rows.ndim < 2:
                raise ShapeError("probabilities are rows, one for each class", got=rows.shape)
            p = checked_probabilities(rows[counted[..., 0]].astype("float64"))
            logarithms = np.log(p, out=np.zeros_like(p), where=p > 0)
            if len(p):
                self._mean(-float((p * logarithms).sum()) / len(p), weight=len(p))

    def get_metric(self, reset: bool = False) -> float:
        """The mean entropy, in nats."""
        return self._mean.get_metric(reset)

    def reset(self) -> None:
        """Forget every batch."""
        self._mean.reset()
