"""FBetaMeasureMultiLabel: precision, recall and F where a row may have several classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..registry import registry
from ._batch import matched
from ._classes import Average, CountedClasses


@registry.metrics("FBetaMeasureMultiLabel.v1")
class FBetaMeasureMultiLabel(CountedClasses):
    """As ``FBetaMeasure``; a row has every class whose score reaches ``threshold``.

    Args:
        beta, average, labels: As of ``FBetaMeasure``.
        threshold: The lowest score that counts as yes.
        names: What the classes are called in the result; their numbers where omitted.
    """

    def __init__(
        self,
        beta: float = 1.0,
        average: Average | None = None,
        labels: Sequence[int] | None = None,
        threshold: float = 0.5,
        names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(beta, average, labels, names)
        self.threshold = threshold

    def __call__(self, predictions: Any, truths: Any, mask: Any = None) -> None:
        """Count a batch.

        Args:
            predictions: Scores, (..., classes).
            truths: Of the same shape; yes is 1 and no is 0.
            mask: Of the same shape or (...), false where an entry or a row does not count.

        Raises:
            ShapeError, DTypeError: They do not fit each other or what came before.
        """
        for scores, wanted, counted in matched(predictions, truths, mask):
            if scores.ndim < 2:
                raise ShapeError("scores are rows, one number for each class", got=scores.shape)
            found = (scores >= self.threshold) & counted
            true = (wanted > 0) & counted
            axes = tuple(range(scores.ndim - 1))
            self._add(*(np.sum(yes, axis=axes) for yes in (found & true, found, true)))


@registry.metrics("F1MultiLabelMeasure.v1")
class F1MultiLabelMeasure(FBetaMeasureMultiLabel):
    """Precision, recall and F1 of rows that may have several classes.

    Args:
        average: "micro", "macro" or "weighted", as of ``FBetaMeasure``.
        threshold: The lowest score that counts as yes.
    """

    def __init__(self, average: Average = "micro", threshold: float = 0.5) -> None:
        super().__init__(1.0, average, threshold=threshold)

    def get_metric(self, reset: bool = False) -> dict[str, float]:
        """``precision``, ``recall`` and ``f1``."""
        scores = super().get_metric(reset)
        return {
            "precision": scores["precision"],
            "recall": scores["recall"],
            "f1": scores["fscore"],
        }
