"""CategoricalAccuracy: the part of rows whose highest score is that of the right class."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ConfigError
from ..registry import registry
from ._batch import scores_and_labels
from .metric import Metric


@registry.metrics("CategoricalAccuracy.v1")
class CategoricalAccuracy(Metric):
    """Right rows over all rows. Before the first row it is 0.

    Among equal scores the first class comes first, as ``argmax`` has it. A score that is NaN
    is above all others, and never right.

    Args:
        top_k: A row is right where its class is among the ``top_k`` highest scores.
        tie_break: Where several classes share the highest score, count a right one among them
            as 1 / (how many they are).

    Raises:
        ConfigError: ``top_k`` is below 1, or not 1 together with ``tie_break``.
    """

    def __init__(self, top_k: int = 1, tie_break: bool = False) -> None:
        if top_k < 1 or (tie_break and top_k > 1):
            raise ConfigError(
                "top_k is 1 or more, and 1 where ties are broken", top_k=top_k, tie_break=tie_break
            )
        self.top_k, self.tie_break = top_k, tie_break
        self.reset()

    def __call__(self, predictions: Any, truths: Any, mask: Any = None) -> None:
        """Count a batch.

        Args:
            predictions: Scores, (..., classes); or a list of such arrays; or a Ragged.
            truths: Class numbers (...), or one row of scores for each, as for one-hot labels.
            mask: (...), false where a row does not count.

        Raises:
            ShapeError, DTypeError, LabelError: They do not fit each other.
        """
        scores, labels = scores_and_labels(predictions, truths, mask)
        own = scores[_numbers(len(labels)), labels][:, None]
        if self.top_k == 1 and not self.tie_break:  # a score that is no number is never the best
            self._right += int(((scores.argmax(axis=1) == labels) & (own == own)[:, 0]).sum())
        elif self.tie_break:
            tied = (scores == own).sum(axis=1)
            best = (scores <= own).all(axis=1)
            self._right += float((best / np.maximum(tied, 1)).sum())
        else:
            earlier = (scores == own) & (labels[:, None] > _numbers(scores.shape[1]))
            above = (~(scores <= own) | earlier).sum(axis=1)
            self._right += int((above < self.top_k).sum())
        self._rows += len(labels)

    def get_metric(self, reset: bool = False) -> float:
        """Accuracy between 0 and 1."""
        value = self._right / self._rows if self._rows else 0.0
        if reset:
            self.reset()
        return value

    def reset(self) -> None:
        """Forget every batch."""
        self._right: float = 0
        self._rows = 0


def _numbers(n: int) -> Any:
    return np.arange(n)
