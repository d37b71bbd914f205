"""WordLabels: what is learned from, and read off, the scores that a network gives each word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .._guards import is_tuple
from ..errors import ConfigError, DataError
from ..losses import CategoricalCrossentropy, Loss
from ..metrics import CategoricalAccuracy, Metric
from ..text.linear_chain import LinearChainCrossentropy, marginals
from ..text.viterbi import viterbi
from ..text.vocabulary import Vocabulary


class Learned(NamedTuple):
    """What a batch teaches: the gradient of the scores, the mean loss, and of how many words."""

    gradient: Any
    loss: float
    words: int


class WordLabels:
    """One label for each word.

    The scores are probabilities, a list of (n, labels), as a ``Tagger`` gives them; or those of a
    ``SequenceTagger``, with transitions, whose labels are found and learned for whole documents.

    Args:
        vocab: Knows the labels.
        namespace: Under which name it knows them.
    """

    def __init__(self, vocab: Vocabulary, namespace: str = "labels") -> None:
        self.vocab, self.namespace = vocab, namespace
        self.loss: Loss[Any, Any] | None = None
        self.metrics: dict[str, Metric] = {}
        self.set_scoring(None, None)
        self._loss_sum, self._words = 0.0, 0

    def set_scoring(
        self, loss: Loss[Any, Any] | None, metrics: Mapping[str, Metric] | None
    ) -> None:
        """Take this loss, for scores without transitions, and these metrics.

        None stands for cross-entropy and for ``default_metrics``.
        """
        self.loss = loss
        self.metrics = self.default_metrics() if metrics is None else dict(metrics)

    def default_metrics(self) -> dict[str, Metric]:
        """Accuracy."""
        return {"accuracy": CategoricalAccuracy()}

    def index(self, labels: Iterable[Sequence[Any]]) -> None:
        """Give every label of these documents a number, in sorted order; None is no label."""
        names = {str(label) for each in labels for label in each if label is not None}
        for name in sorted(names):
            self.vocab.add_token_to_namespace(name, self.namespace)

    @property
    def names(self) -> tuple[str, ...]:
        """All labels in the order of their numbers."""
        return self.vocab.get_tokens(self.namespace)

    def learn(self, scores: Any, labels: Sequence[Any], *, of_logits: bool) -> Learned:
        """Gradient and loss of a batch, which the metrics count.

        Args:
            scores: What the network gave.
            labels: Of each word of each document; None for a word of which nothing is known.
            of_logits: Whether the network takes the gradient of its logits.

        Raises:
            DataError: A document has not one label for each word.
            LabelError: A label is unknown.
        """
        if is_tuple(scores):
            found = self._learn_chain(scores, labels)
        else:
            found = self._learn_words(scores, labels, of_logits)
        self._loss_sum += found.loss * found.words
        self._words += found.words
        return found

    def best(self, scores: Any) -> list[Any]:
        """The numbers of the best labels of each document."""
        if is_tuple(scores):
            return list(viterbi(scores, self.legal()))
        return [_host(each).argmax(axis=1) if len(each) else np.zeros(0, "i8") for each in scores]

    def legal(self) -> Any:
        """Which label may follow which, see ``legal_transitions``; None where all may."""
        return None

    def readable(self, scores: Any) -> dict[str, list[Any]]:
        """The best label of each word, and its probability."""
        names, best = self.names, self.best(scores)
        probs = marginals(scores, self.legal()) if is_tuple(scores) else scores
        pairs = [(_host(rows), labels) for rows, labels in zip(probs, best, strict=True)]
        return {
            "label": [[names[i] for i in labels] for labels in best],
            "probability": [rows[np.arange(len(rows)), labels].tolist() for rows, labels in pairs],
        }

    def get_metrics(self, reset: bool = False) -> dict[str, float]:
        """The mean loss over all words, and every metric."""
        values = {"loss": self._loss_sum / self._words if self._words else 0.0}
        for name, metric in self.metrics.items():
            value = metric.get_metric(reset)
            values.update(value if isinstance(value, dict) else {name: value})
        if reset:
            self._loss_sum, self._words = 0.0, 0
        return values

    def count(self, scores: Any, numbers: Sequence[Any]) -> None:
        """Let the metrics see a batch whose labels are all known."""
        rows = _joined(scores[0] if is_tuple(scores) else scores)
        if is_tuple(scores):  # what is best for a document has the highest score
            rows = np.eye(len(self.names), dtype=rows.dtype)[_joined_labels(self.best(scores))]
        for metric in self.metrics.values():
            metric(rows, _joined_labels(numbers))

    def _learn_chain(self, scores: Any, labels: Sequence[Any]) -> Learned:
        if self.loss is not None:
            raise ConfigError(
                f"scores with transitions have a loss of their own, not {type(self.loss).__name__}",
                fix="leave out [training.loss]",
            )
        numbers, known = self.numbers(labels, [len(each) for each in scores[0]])
        if known is not None:
            raise DataError(
                "scores with transitions are learned from documents whose labels are all known",
                fix="leave out documents with gaps, or use combinet.Tagger.v1",
            )
        gradient, value = LinearChainCrossentropy(self.legal())(scores, numbers)
        self.count(scores, numbers)
        return Learned(gradient, value, sum(map(len, numbers)))

    def _learn_words(self, scores: Any, labels: Sequence[Any], of_logits: bool) -> Learned:
        sizes = [len(each) for each in scores]
        numbers, known = self.numbers(labels, sizes)
        rows, flat = _joined(scores), _joined_labels(numbers)
        guesses = rows if known is None else rows[known]
        loss = CategoricalCrossentropy() if self.loss is None else self.loss
        get_grad = loss.get_grad if of_logits else loss.get_output_grad
        gradient: Any = get_grad(guesses, flat)
        if known is None:
            self.count(scores, numbers)
        else:
            for metric in self.metrics.values():
                metric(guesses, flat)
            whole: Any = np.zeros_like(rows)
            whole[known] = gradient
            gradient = whole
        split = np.split(gradient, np.cumsum(sizes)[:-1]) if sizes else []
        return Learned(list(split), float(loss.value(guesses, flat)), len(flat))

    def numbers(self, labels: Sequence[Any], sizes: Sequence[int]) -> tuple[list[Any], Any]:
        """The known labels of each document as numbers, and which words have one; None for all.

        Raises:
            DataError: A document has not one label for each word.
            LabelError: A label is not in the vocabulary.
        """
        for i, (each, size) in enumerate(zip(labels, sizes, strict=True)):
            if len(each) != size:
                raise DataError(
                    f"document {i} of a batch has {size} words and {len(each)} labels",
                    fix="give one label for each word, None where nothing is known",
                )
        index = {name: i for i, name in enumerate(self.names)}
        found = [[index.get(str(label)) for label in each if label is not None] for each in labels]
        if any(None in each for each in found):
            for label in (label for each in labels for label in each if label is not None):
                self.vocab.get_token_index(str(label), self.namespace)
        known = [label is not None for each in labels for label in each]
        numbers = [np.array(each, dtype="int64") for each in found]
        return numbers, None if all(known) else np.array(known)


def _joined(parts: Sequence[Any]) -> Any:
    """Documents end to end."""
    return np.concatenate(parts) if len(parts) else np.zeros((0, 1), "float32")


def _joined_labels(parts: Sequence[Any]) -> Any:
    return np.concatenate([np.zeros(0, "int64"), *parts])


def _host(array: Any) -> Any:
    """An array of any backend as NumPy's."""
    return array.get() if hasattr(array, "get") else array
