"""FoundItems: precision, recall and F1 of what was found among what is true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from typing import Any

from ..metrics import Metric
from ..registry import registry


@registry.metrics("combinet.FoundItems.v1")
class FoundItems(Metric):
    """Counts items, (..., label) each, that are found and true: overall, and for each label.

    The names are those of ``SpanBasedF1Measure``. Overall figures are of all labels together.
    """

    def __init__(self) -> None:
        self.reset()

    def __call__(
        self, predictions: Sequence[Set[tuple[Any, ...]]], truths: Sequence[Set[tuple[Any, ...]]]
    ) -> None:
        """Count a batch: for each document what was found, and what is true."""
        for found, true in zip(predictions, truths, strict=True):
            self._found.update(item[-1] for item in found)
            self._true.update(item[-1] for item in true)
            self._both.update(item[-1] for item in found & true)

    def get_metric(self, reset: bool = False) -> dict[str, float]:
        """``precision-overall``, ``recall-overall``, ``f1-measure-overall``; the same by label."""
        scores: dict[str, float] = {}
        for label in sorted(self._found.keys() | self._true.keys()):
            counts = self._both[label], self._found[label], self._true[label]
            scores |= _scores(label, *counts)
        totals = (counter.total() for counter in (self._both, self._found, self._true))
        scores |= _scores("overall", *totals)
        if reset:
            self.reset()
        return scores

    def reset(self) -> None:
        """Forget every batch."""
        self._both, self._found, self._true = Counter[str](), Counter[str](), Counter[str]()


def _scores(name: str, both: int, found: int, true: int) -> dict[str, float]:
    return {
        f"precision-{name}": both / found if found else 0.0,
        f"recall-{name}": both / true if true else 0.0,
        f"f1-measure-{name}": 2 * both / (found + true) if found + true else 0.0,
    }
