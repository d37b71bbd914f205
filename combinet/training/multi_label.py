"""MultiLabelTask: any number of labels for each row."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..metrics import F1MultiLabelMeasure, Metric
from ..registry import registry
from .supervised import SupervisedTask
from .task import Output
from .threshold import ThresholdTask, checked_threshold


class MultiLabelTask(ThresholdTask):
    """Labels that do not exclude each other: a row has several of them, one, or none.

    The network gives each label a probability of its own, as text classifiers do with
    ``exclusive_classes = false``. The label field is a list of names; a name alone is one of them.

    Args:
        threshold: A label is given where its probability is above it.
        network, vocab, input, label: As ``SupervisedTask`` says.
        loss: Of probabilities and zeros and ones; binary cross-entropy when omitted.
        metrics: Get the same two; ``precision``, ``recall`` and ``f1`` of all labels together
            when omitted.
    """

    def usual_metrics(self) -> Mapping[str, Metric]:
        """F1 of all labels together."""
        return {"f1": F1MultiLabelMeasure(threshold=self.threshold)}

    def index(self, instances: Iterable[Mapping[str, Any]]) -> None:
        """Give every label among the instances a number, in sorted order."""
        rows = (_names(each[self.label]) for each in instances if self.label in each)
        for name in sorted({name for names in rows for name in names}):
            self.vocab.add_token_to_namespace(name, "labels")

    def make_output_human_readable(self, output: Output) -> Output:
        """Add the labels of each row whose probability is above the threshold, and these."""
        rows: Any = self.network.ops.to_numpy(output["probs"])
        names = self.vocab.get_tokens("labels")
        found = [np.flatnonzero(row > self.threshold).tolist() for row in rows]
        return {
            "label": [[names[i] for i in each] for each in found],
            "probability": [row[each].tolist() for row, each in zip(rows, found, strict=True)],
            **output,
        }

    def _numbers(self, labels: Sequence[Any]) -> Any:
        """Ones where a row has a label."""
        Y: Any = np.zeros((len(labels), self.count_labels()), dtype="float32")
        for row, each in zip(Y, labels, strict=True):
            row[self.vocab.indices(_names(each), "labels")] = 1
        return Y


@registry.misc("combinet.MultiLabelTask.v1")
def configure_MultiLabelTask(threshold: float = 0.5) -> Callable[..., SupervisedTask]:
    """``MultiLabelTask`` for the section ``[task]`` of a config.

    Args:
        threshold: A label is given where its probability is above it.
    """
    return functools.partial(MultiLabelTask, threshold=checked_threshold(threshold))


def _names(labels: Any) -> list[str]:
    return [labels] if isinstance(labels, str) else [str(label) for label in labels]
