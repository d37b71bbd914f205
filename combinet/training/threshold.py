"""ThresholdTask: labels whose probability is above a threshold, any number of them at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from ..errors import ConfigError
from ..losses import BinaryCrossentropy, Loss
from ..metrics import Metric
from ..model import Model
from ..text.vocabulary import Vocabulary
from .supervised import SupervisedTask


class ThresholdTask(SupervisedTask):
    """The base of tasks whose labels do not exclude each other.

    Args:
        threshold: A label is given where its probability is above it.
        network, vocab, input, label: As ``SupervisedTask`` says.
        loss: Of probabilities and zeros and ones; binary cross-entropy when omitted.
        metrics: ``usual_metrics`` when omitted.
    """

    def __init__(
        self,
        network: Model[Any, Any],
        vocab: Vocabulary | None = None,
        *,
        threshold: float = 0.5,
        loss: Loss[Any, Any] | None = None,
        metrics: Mapping[str, Metric] | None = None,
        input: str = "text",
        label: str = "label",
    ) -> None:
        self.threshold = checked_threshold(threshold)
        super().__init__(network, vocab, loss=loss, metrics=metrics, input=input, label=label)

    def set_scoring(
        self, loss: Loss[Any, Any] | None, metrics: Mapping[str, Metric] | None
    ) -> None:
        """Take this loss and these metrics; the usual ones for None."""
        self.loss = BinaryCrossentropy() if loss is None else loss
        self.metrics = dict(self.usual_metrics() if metrics is None else metrics)

    @abstractmethod
    def usual_metrics(self) -> Mapping[str, Metric]:
        """What tells how good it is, where nothing else is asked for."""


def checked_threshold(threshold: float) -> float:
    """``threshold``, found to be a probability.

    Raises:
        ConfigError: It is not between 0 and 1.
    """
    if not 0 < threshold < 1:
        raise ConfigError(f"threshold = {threshold} is no probability between 0 and 1")
    return threshold
