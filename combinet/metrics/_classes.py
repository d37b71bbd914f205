"""Precision, recall and F of classes that are counted batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from ..errors import ConfigError, ShapeError
from .metric import Metric

Average: TypeAlias = Literal["micro", "macro", "weighted"]


class CountedClasses(Metric):
    """Base of the metrics that count, for each class, what is found, what is true, and both.

    Args:
        beta: Recall weighs ``beta`` times as much as precision.
        average: "micro" counts all classes together, "macro" is the mean over the classes,
            "weighted" the mean weighted by how often each is true. None: each by itself.
        labels: The classes that count; all where omitted.
        names: What the classes are called in the result; their numbers where omitted.

    Raises:
        ConfigError: ``beta`` is not above 0, or ``average`` or ``labels`` mean nothing.
    """

    def __init__(
        self,
        beta: float = 1.0,
        average: Average | None = None,
        labels: Sequence[int] | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        if not beta > 0:
            raise ConfigError("beta is above 0", got=beta)
        if average not in (None, "micro", "macro", "weighted"):
            raise ConfigError("average is micro, macro, weighted or none", got=repr(average))
        if labels is not None and (not labels or min(labels) < 0):
            raise ConfigError("labels are class numbers, at least one", got=labels)
        self.beta, self.average, self.labels, self.names = beta, average, labels, names
        self.reset()

    def get_metric(self, reset: bool = False) -> dict[str, float]:
        """``precision``, ``recall`` and ``fscore``; without average ``precision-NAME`` and so on.

        Where there is nothing to divide by, they are 0.
        """
        labels = self._chosen()
        both, found, true = (counts[labels] for counts in self._counts)
        if self.average == "micro":
            both, found, true = (counts.sum(keepdims=True) for counts in (both, found, true))
        scores = {
            "precision": _ratio(both, found),
            "recall": _ratio(both, true),
            "fscore": _ratio((1 + self.beta**2) * both, self.beta**2 * true + found),
        }
        if reset:
            self.reset()
        if self.average is None:
            return {
                f"{score}-{self._name(label)}": float(value)
                for score, values in scores.items()
                for label, value in zip(labels, values, strict=True)
            }
        weights = true if self.average == "weighted" else np.ones(len(true))
        return {score: _mean(values, weights) for score, values in scores.items()}

    def reset(self) -> None:
        """Forget every batch."""
        self._counts: Any = np.zeros((3, 0))

    def _add(self, both: Any, found: Any, true: Any) -> None:
        counts = np.stack([both, found, true]).astype("float64")
        n = counts.shape[1]
        if self._counts.shape[1] not in (0, n):
            raise ShapeError(
                f"a batch of {n} classes after batches of {self._counts.shape[1]}",
                fix="call reset() before another kind of data",
            )
        if self.labels is not None and max(self.labels) >= n:
            raise ShapeError(
                f"label {max(self.labels)} is to be counted, and there are {n} classes"
            )
        if self.names is not None and len(self.names) != n:
            raise ShapeError(f"{len(self.names)} names for {n} classes")
        self._counts = counts if self._counts.shape[1] == 0 else self._counts + counts

    def _chosen(self) -> list[int]:
        n = self._counts.shape[1]
        if self.labels is None:
            return list(range(n))
        return list(self.labels) if n else []

    def _name(self, label: int) -> str:
        return str(label) if self.names is None else self.names[label]


def _ratio(part: Any, whole: Any) -> Any:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _mean(values: Any, weights: Any) -> float:
    total = float(weights.sum())
    return float((values * weights).sum()) / total if total else 0.0
