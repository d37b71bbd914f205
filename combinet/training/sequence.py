"""SequenceTask and SpanTask: networks that map the words of one field to the labels in another."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .._guards import is_tuple
from ..losses import Loss
from ..metrics import Metric
from ..model import Model
from ..registry import registry
from ..text.tag_schemes import Scheme
from ..text.vocabulary import Vocabulary
from .multi_label import MultiLabelTask
from .span_labels import SpanLabels
from .supervised import SupervisedTask, gives_gradient_of_logits
from .task import Output
from .words import WordLabels


class SequenceTask(SupervisedTask):
    """Classification of every word: a network from documents to scores for each word.

    The network is a ``Tagger`` or a ``SequenceTagger``. The arguments are those of
    ``SupervisedTask``; there is one label for each word, and None for a word of which nothing is
    known. Loss and metrics see the words of a batch as its rows, so the loss is divided by the
    number of words.
    """

    def __init__(
        self,
        network: Model[Any, Any],
        vocab: Vocabulary | None = None,
        *,
        loss: Loss[Any, Any] | None = None,
        metrics: Mapping[str, Metric] | None = None,
        input: str = "text",
        label: str = "label",
    ) -> None:
        vocab = Vocabulary() if vocab is None else vocab
        self.labels = self.make_labels(vocab)
        super().__init__(network, vocab, loss=loss, metrics=metrics, input=input, label=label)

    def make_labels(self, vocab: Vocabulary) -> WordLabels:
        """How labels are learned and read."""
        return WordLabels(vocab)

    def set_scoring(
        self, loss: Loss[Any, Any] | None, metrics: Mapping[str, Metric] | None
    ) -> None:
        """Take this loss and these metrics; the usual ones of the labels for None."""
        self.labels.set_scoring(loss, metrics)

    def index(self, instances: Iterable[Mapping[str, Any]]) -> None:
        """Give every label among the instances a number."""
        self.labels.index(each[self.label] for each in instances if self.label in each)

    def forward(self, **fields: Any) -> tuple[Output, Callable[[], Any] | None]:
        """Scores of each word; with labels the loss too, and its backprop."""
        inputs, network = self._inputs(fields), self.network
        scores, backprop = network.begin_update(inputs, need_dX=False)
        output: Output = {"scores": scores} if is_tuple(scores) else {"probs": scores}
        if self.label not in fields:
            return output, None
        of_logits = gives_gradient_of_logits(network)
        found = self.labels.learn(scores, fields[self.label], of_logits=of_logits)
        output["loss"] = found.loss
        return output, lambda: backprop(found.gradient)

    def get_metrics(self, reset: bool = False) -> dict[str, float]:
        """The mean loss over all words, and every metric."""
        return self.labels.get_metrics(reset)

    def make_output_human_readable(self, output: Output) -> Output:
        """Add the best label of each word; see ``readable`` of the labels."""
        kept = {name: values for name, values in output.items() if name != "scores"}
        scores = output["scores"] if "scores" in output else output["probs"]
        return {**self.labels.readable(scores), **kept}


class SpanTask(SequenceTask):
    """Named entities and other spans that do not overlap, as tags of words.

    Args:
        network: A ``SequenceTagger``, or a ``Tagger``.
        scheme: The tags that the network learns.
        source: The tags that the data have.
        vocab, loss, metrics, input, label: As ``SupervisedTask`` says.
    """

    def __init__(
        self,
        network: Model[Any, Any],
        vocab: Vocabulary | None = None,
        *,
        scheme: Scheme = "BILUO",
        source: Scheme = "BIO",
        loss: Loss[Any, Any] | None = None,
        metrics: Mapping[str, Metric] | None = None,
        input: str = "text",
        label: str = "label",
    ) -> None:
        self.scheme: Scheme = scheme
        self.source: Scheme = source
        super().__init__(network, vocab, loss=loss, metrics=metrics, input=input, label=label)

    def make_labels(self, vocab: Vocabulary) -> WordLabels:
        """Tags of the scheme."""
        return SpanLabels(vocab, scheme=self.scheme, source=self.source)


@registry.misc("combinet.SpanTask.v1")
def configure_SpanTask(
    scheme: Scheme = "BILUO", source: Scheme = "BIO"
) -> Callable[..., SupervisedTask]:
    """``SpanTask`` for the section ``[task]`` of a config.

    Args:
        scheme: The tags that the network learns.
        source: The tags that the data have.
    """
    return functools.partial(SpanTask, scheme=scheme, source=source)


#: Tasks by the name that the meta data of a model directory has for them.
KINDS: dict[str, type[SupervisedTask]] = {
    "rows": SupervisedTask,
    "words": SequenceTask,
    "labels": MultiLabelTask,
}


def kind_of(
    instances: Iterable[Mapping[str, Any]], label: str = "label", network: Any = None
) -> str:
    """Which of ``KINDS`` it is.

    "labels" for a network whose ``attrs["multi_label"]`` says so, as those of text classifiers do;
    else "words" where an instance has a list of labels, one for each word.
    """
    if network is not None and network.attrs.get("multi_label"):
        return "labels"
    first = next((instance[label] for instance in instances if label in instance), None)
    return "words" if isinstance(first, (list, tuple)) else "rows"
