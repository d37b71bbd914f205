"""MultiTask: several kinds of labels of the same words, learned by one network with many heads."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Self, TypeAlias

import numpy as np

from .._guards import is_tuple
from ..errors import ConfigError
from ..losses import Loss
from ..metrics import Metric
from ..model import Model
from ..registry import registry
from ..text.vocabulary import Vocabulary
from .span_labels import SpanLabels
from .supervised import SupervisedTask, gives_gradient_of_logits
from .task import Output
from .words import Learned, WordLabels

#: What a head learns: labels of words, or spans that data have as BIO or BILUO tags.
HeadKind: TypeAlias = Literal["words", "BIO", "BILUO"]


class MultiTask(SupervisedTask):
    """Labels in several fields, each learned by one head of a network.

    The loss is the sum of the heads'. Metrics are called by the field, ``upos_accuracy``. A field
    that a batch does not have teaches nothing, so data with some of the labels are of use.

    Args:
        network: As the architecture ``combinet.MultiTask.v1`` makes it.
        vocab: Knows the labels of each field, under "FIELD_labels".
        kinds: What is in a field; a label for each word, "words", when omitted.
        weights: How much the loss of a field counts; 1 when omitted.
        loss: Of the heads without transitions; cross-entropy when omitted.
        metrics: Must be omitted: each head has its own.
        input: The field of the documents.
        label: Not used; there are several.

    Raises:
        ConfigError: The network has no such heads, or metrics are given.
    """

    def __init__(
        self,
        network: Model[Any, Any],
        vocab: Vocabulary | None = None,
        *,
        kinds: Mapping[str, HeadKind] = {},
        weights: Mapping[str, float] = {},
        loss: Loss[Any, Any] | None = None,
        metrics: Mapping[str, Metric] | None = None,
        input: str = "text",
        label: str = "label",
    ) -> None:
        vocab = Vocabulary() if vocab is None else vocab
        names: list[str] = network.attrs.get("heads", [])
        strange = sorted({*kinds, *weights} - set(names))
        if not names or strange:
            raise ConfigError(
                f"the network has no head {strange[0]!r}" if names else "the network has no heads",
                heads=", ".join(names),
                fix="[model] of combinet.MultiTask.v1, with [model.heads.FIELD]",
            )
        self.weights = {name: float(weights.get(name, 1.0)) for name in names}
        self.heads = {name: _labels(vocab, name, kinds.get(name, "words")) for name in names}
        self.of_logits = {name: gives_gradient_of_logits(network.get_ref(name)) for name in names}
        super().__init__(network, vocab, loss=loss, metrics=metrics, input=input, label=label)

    def set_scoring(
        self, loss: Loss[Any, Any] | None, metrics: Mapping[str, Metric] | None
    ) -> None:
        """Take this loss for every head without transitions."""
        if metrics is not None:
            raise ConfigError("the heads have metrics of their own", fix="leave out the metrics")
        for name, head in self.heads.items():
            head.set_scoring(loss if self.of_logits[name] else None, None)

    def index(self, instances: Iterable[Mapping[str, Any]]) -> None:
        """Give every label of every field a number."""
        every = list(instances)
        for name, head in self.heads.items():
            head.index(instance[name] for instance in every if name in instance)

    def count_labels(self) -> int:
        """How many labels all fields have together; 0 if one has none."""
        counts = [len(head.names) for head in self.heads.values()]
        return sum(counts) if all(counts) else 0

    def unlabelled(self) -> list[str]:
        """The fields that ought to hold labels, and of which none is known."""
        return [name for name, head in self.heads.items() if not head.names]

    def initialize(self, *, seed: int | None = None, **fields: Any) -> Self:
        """The documents size the first layer, the numbers of labels the heads."""
        sizes = [len(head.names) for head in self.heads.values()]
        Y = tuple(np.zeros((1, size), "float32") for size in sizes) if all(sizes) else None
        self.network.initialize(self._inputs(fields), Y, seed=seed)
        return self

    def forward(self, **fields: Any) -> tuple[Output, Callable[[], Any] | None]:
        """What each head gives; with labels the loss too, and its backprop."""
        scores, backprop = self.network.begin_update(self._inputs(fields), need_dX=False)
        outputs = dict(zip(self.heads, scores, strict=True))
        output: Output = {"scores": outputs}
        if not any(name in fields for name in self.heads):
            return output, None
        output["loss"], gradients = 0.0, list[Any]()
        for name, head in self.heads.items():
            if name not in fields:
                gradients.append(_scaled(outputs[name], 0.0))
                continue
            of_logits = self.of_logits[name]
            found: Learned = head.learn(outputs[name], fields[name], of_logits=of_logits)
            output["loss"] += self.weights[name] * found.loss
            gradients.append(_scaled(found.gradient, self.weights[name]))
        return output, lambda: backprop(tuple(gradients))

    def get_metrics(self, reset: bool = False) -> dict[str, float]:
        """The loss, and the metrics of each head."""
        values = {"loss": 0.0}
        for name, head in self.heads.items():
            found = head.get_metrics(reset)
            values["loss"] += self.weights[name] * found["loss"]
            values.update({f"{name}_{metric}": value for metric, value in found.items()})
        return values

    def make_output_human_readable(self, output: Output) -> Output:
        """What each head says of each document."""
        readable = {
            name: head.readable(output["scores"][name]) for name, head in self.heads.items()
        }
        return {
            **{
                name if key == "label" else f"{name}_{key}": values
                for name, found in readable.items()
                for key, values in found.items()
            },
            **output,
        }


@registry.misc("combinet.MultiTask.v1")
def configure_MultiTask(
    kinds: dict[str, HeadKind] | None = None, weights: dict[str, float] | None = None
) -> Callable[..., SupervisedTask]:
    """``MultiTask`` for the section ``[task]`` of a config.

    Args:
        kinds: What is in a field: "words", as when omitted, or tags of spans, "BIO" or "BILUO".
        weights: How much the loss of a field counts; 1 when omitted.
    """
    return functools.partial(MultiTask, kinds=kinds or {}, weights=weights or {})


def _labels(vocab: Vocabulary, field: str, kind: HeadKind) -> WordLabels:
    namespace = f"{field}_labels"
    return (
        WordLabels(vocab, namespace)
        if kind == "words"
        else SpanLabels(vocab, namespace, source=kind)
    )


def _scaled(scores: Any, weight: float) -> Any:
    """Scores, or their gradient, times a weight, in new arrays."""
    if is_tuple(scores):
        return tuple(_scaled(part, weight) for part in scores)
    if isinstance(scores, list):
        return [_scaled(part, weight) for part in scores]  # pyright: ignore[reportUnknownVariableType]
    return scores * np.asarray(weight, dtype=scores.dtype, like=scores)
