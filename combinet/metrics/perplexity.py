"""Perplexity: among how many equally likely classes a model is undecided, so to say."""

from __future__ import annotations

from math import exp, inf
from typing import Any

import numpy as np

from ..registry import registry
from ._batch import checked_probabilities, scores_and_labels
from .average import Average
from .metric import Metric


@registry.metrics("Perplexity.v1")
class Perplexity(Metric):
    """``exp(- mean log p)`` of the probabilities of the right classes. NaN before the first row.

    The mean is over rows, whatever batches they come in. AllenNLP's is over batches, and takes
    losses: ``Average`` and ``math.exp`` give that one.
    """

    def __init__(self) -> None:
        self._loss = Average()

    def __call__(self, predictions: Any, truths: Any, mask: Any = None) -> None:
        """Count a batch.

        Args:
            predictions: Probabilities, (..., classes); or a list of such arrays; or a Ragged.
            truths: Class numbers (...), or one row of probabilities for each, as for one-hot.
            mask: (...), false where a row does not count.

        Raises:
            ShapeError, DTypeError, LabelError: They do not fit each other.
            DataError: The predictions are no probabilities.
        """
        rows, labels = scores_and_labels(predictions, truths, mask)
        if not len(labels):
            return
        p = checked_probabilities(rows)[np.arange(len(labels)), labels].astype("float64")
        logarithms = np.log(p, out=np.full_like(p, -inf), where=p > 0)
        self._loss(-float(logarithms.mean()), weight=len(labels))

    def get_metric(self, reset: bool = False) -> float:
        """At least 1; infinite where a right class has no probability at all."""
        loss = self._loss.get_metric(reset)
        return exp(loss) if not loss > 700 else inf

    def reset(self) -> None:
        """Forget every batch."""
        self._loss.reset()
