"""FBetaMeasure and F1Measure: precision, recall and F where each row has one class."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ConfigError
from ..registry import registry
from ._batch import scores_and_labels
from ._classes import CountedClasses


@registry.metrics("FBetaMeasure.v1")
class FBetaMeasure(CountedClasses):
    """``(1 + beta^2) P R / (beta^2 P + R)``, by class or averaged.

    The class of a row is that of its highest score. A trainer reads numbers by name, so that
    without an average the classes are in the names, ``fscore-2``; AllenNLP gives lists there.

    Args:
        beta: Recall weighs ``beta`` times as much as precision.
        average: "micro" counts all classes together, "macro" is the mean over the classes,
            "weighted" the mean weighted by how often each is true. None: each by itself.
        labels: The classes that count; all where omitted.
        names: What the classes are called in the result; their numbers where omitted.

    Source:
        van Rijsbergen 1979, Information retrieval, chapter 7.
    """

    def __call__(self, predictions: Any, truths: Any, mask: Any = None) -> None:
        """Count a batch.

        Args:
            predictions: Scores, (..., classes); or a list of such arrays; or a Ragged.
            truths: Class numbers (...), or one row of scores for each, as for one-hot labels.
            mask: (...), false where a row does not count.

        Raises:
            ShapeError, DTypeError, LabelError: They do not fit each other or what came before.
        """
        scores, labels = scores_and_labels(predictions, truths, mask)
        if not len(labels):
            return
        guesses, n = scores.argmax(axis=1), scores.shape[1]
        right = labels[guesses == labels]
        self._add(*(np.bincount(numbers, minlength=n) for numbers in (right, guesses, labels)))


@registry.metrics("F1Measure.v1")
class F1Measure(FBetaMeasure):
    """Precision, recall and F1 of one class against all others.

    Args:
        positive_label: The number of the class.
    """

    def __init__(self, positive_label: int = 1) -> None:
        if positive_label < 0:
            raise ConfigError("positive_label is a class number", got=positive_label)
        super().__init__(average="micro", labels=[positive_label])

    def get_metric(self, reset: bool = False) -> dict[str, float]:
        """``precision``, ``recall`` and ``f1``."""
        scores = super().get_metric(reset)
        return {
            "precision": scores["precision"],
            "recall": scores["recall"],
            "f1": scores["fscore"],
        }
