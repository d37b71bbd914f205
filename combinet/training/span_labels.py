"""SpanLabels: spans, learned and found as tags of words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .._guards import is_tuple
from ..errors import DataError
from ..metrics import Metric, SpanBasedF1Measure
from ..text.tag_schemes import (
    Scheme,
    check_tags,
    legal_transitions,
    spans_of_tags,
    tags_of_kinds,
    tags_of_spans,
)
from ..text.viterbi import viterbi
from ..text.vocabulary import Vocabulary
from .words import WordLabels


class SpanLabels(WordLabels):
    """Spans that do not overlap, each with a kind, as one tag for each word.

    The best tags of a document are the best among those that make spans: a network cannot say
    what the scheme does not allow. Metrics get the tags of each document as texts.

    Args:
        vocab: Knows the tags of ``scheme``.
        namespace: Under which name it knows them.
        scheme: The tags that the network learns.
        source: The tags that the data have.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        namespace: str = "labels",
        *,
        scheme: Scheme = "BILUO",
        source: Scheme = "BIO",
    ) -> None:
        self.scheme: Scheme = scheme
        self.source: Scheme = source
        self._legal: tuple[tuple[str, ...], Any] = ((), None)
        check_tags([], scheme)
        super().__init__(vocab, namespace)

    def default_metrics(self) -> dict[str, Metric]:
        """Precision, recall and F1 of whole spans: ``f1-measure-overall`` and by kind."""
        return {"spans": SpanBasedF1Measure()}

    def index(self, labels: Iterable[Sequence[Any]]) -> None:
        """Give every tag that the kinds of spans need a number, whether it occurs or not.

        Raises:
            DataError: Tags of a document are not well-formed; the message says of which.
        """
        kinds: set[str] = set()
        for i, tags in enumerate(labels):
            try:
                kinds.update(span.label for span in spans_of_tags(tags, self.source))
            except DataError as error:
                raise DataError(f"document {i}: {error.what}", fix=error.fix) from error
        for tag in tags_of_kinds(sorted(kinds), self.scheme):
            self.vocab.add_token_to_namespace(tag, self.namespace)

    def legal(self) -> Any:
        """Which tag may follow which, by the scheme."""
        names = self.names
        if self._legal[0] != names:
            self._legal = names, legal_transitions(names, self.scheme)
        return self._legal[1]

    def best(self, scores: Any) -> list[Any]:
        """The numbers of the best tags that make spans."""
        if is_tuple(scores):
            return super().best(scores)
        size = len(self.names) + 1
        logs = [_logarithms(_host(each)) for each in scores]
        return list(viterbi((logs, np.zeros((size, size))), self.legal()))

    def numbers(self, labels: Sequence[Any], sizes: Sequence[int]) -> tuple[list[Any], Any]:
        """As ``WordLabels`` says, after a change to the scheme that is learned.

        Raises:
            DataError: The tags of a document are not well-formed.
        """
        return super().numbers([self._converted(tags) for tags in labels], sizes)

    def count(self, scores: Any, numbers: Sequence[Any]) -> None:
        """Let the metrics see the tags of a batch."""
        found, wanted = (
            [self._tags(tags) for tags in each] for each in (self.best(scores), numbers)
        )
        for metric in self.metrics.values():
            metric(found, wanted)

    def readable(self, scores: Any) -> dict[str, list[Any]]:
        """The tags of each document in the scheme of the data, and its spans.

        A span is {"start", "end", "label"}, words from 0 and the end not included.
        """
        spans = [spans_of_tags(self._tags(tags), self.scheme) for tags in self.best(scores)]
        sizes = [len(each) for each in (scores[0] if is_tuple(scores) else scores)]
        pairs = zip(spans, sizes, strict=True)
        return {
            "label": [tags_of_spans(each, size, self.source) for each, size in pairs],
            "spans": [[span._asdict() for span in each] for each in spans],
        }

    def _tags(self, numbers: Any) -> list[str]:
        names = self.names
        return [names[i] for i in numbers]

    def _converted(self, tags: Sequence[str]) -> Sequence[str]:
        if self.scheme == self.source:
            check_tags(tags, self.source)
            return tags
        return tags_of_spans(spans_of_tags(tags, self.source), len(tags), self.scheme)


def _logarithms(rows: Any) -> Any:
    """Of probabilities; logits, which a Tagger may give in place of them, are as good."""
    if not (rows >= 0).all() or not np.allclose(rows.sum(axis=1), 1, atol=1e-3):
        return rows
    return np.log(np.maximum(rows, np.finfo(rows.dtype).tiny))


def _host(array: Any) -> Any:
    """An array of any backend as NumPy's."""
    return array.get() if hasattr(array, "get") else array
