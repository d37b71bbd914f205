"""SpanBasedF1Measure: precision, recall and F1 of the spans that tags stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Any

from ..errors import DTypeError, LabelError, ShapeError
from ..registry import registry
from ._batch import as_list, on_host, sequences
from ._spans import spans_of
from .metric import Metric


@registry.metrics("SpanBasedF1Measure.v1")
class SpanBasedF1Measure(Metric):
    """A span is right where one of the same type has the same first and last word.

    The tags may be BIO, IOB1, BILUO (also called BIOUL, BIOES, IOBES) or BMES: one rule, that of
    CoNLL's evaluation script, reads them all, also where they are not well-formed.

    Args:
        names: The tags by number, where predictions or truths are numbers or scores.
        ignore_classes: Types of spans that do not count.

    Source:
        Tjong Kim Sang & Buchholz 2000, Introduction to the CoNLL-2000 shared task: chunking.
    """

    def __init__(
        self, names: Sequence[str] | None = None, ignore_classes: Sequence[str] = ()
    ) -> None:
        self.names, self.ignore_classes = names, frozenset(ignore_classes)
        self.reset()

    def __call__(self, predictions: Any, truths: Any, mask: Any = None) -> None:
        """Count a batch.

        Args:
            predictions: For each sequence its tags, as texts or numbers, or scores (words, tags).
            truths: For each sequence its tags, as texts or numbers.
            mask: For each sequence, false for words that are not there.

        Raises:
            ShapeError: Sequences or words do not match.
            DataError: A tag has no prefix, or an unknown one.
            DTypeError, LabelError: There are numbers without names for them.
        """
        given, wanted = list(self._tags(predictions)), list(self._tags(truths))
        masks = [None] * len(wanted) if mask is None else [on_host(part) for part in _each(mask)]
        if not len(given) == len(wanted) == len(masks):
            raise ShapeError(
                f"{len(given)} sequences of predictions and {len(wanted)} of truths",
                masks=len(masks),
            )
        for guess, truth, counted in zip(given, wanted, masks, strict=True):
            counted = [True] * len(truth) if counted is None else counted
            if not len(guess) == len(truth) == len(counted):
                raise ShapeError(f"{len(guess)} predicted tags for {len(truth)} words")
            self._count(list(compress(guess, counted)), list(compress(truth, counted)))

    def get_metric(self, reset: bool = False) -> dict[str, float]:
        """``precision-overall``, ``recall-overall``, ``f1-measure-overall``; the same by type."""
        scores: dict[str, float] = {}
        for kind in sorted(self._found.keys() | self._true.keys()):
            scores |= _scores(kind, self._both[kind], self._found[kind], self._true[kind])
        totals = (sum(counter.values()) for counter in (self._both, self._found, self._true))
        scores |= _scores("overall", *totals)
        if reset:
            self.reset()
        return scores

    def reset(self) -> None:
        """Forget every batch."""
        self._both, self._found, self._true = Counter[str](), Counter[str](), Counter[str]()

    def _count(self, guess: Sequence[str], truth: Sequence[str]) -> None:
        found, true = (
            {span for span in spans_of(tags) if span.kind not in self.ignore_classes}
            for tags in (guess, truth)
        )
        for counter, spans in (
            (self._both, found & true),
            (self._found, found),
            (self._true, true),
        ):
            counter.update(span.kind for span in spans)

    def _tags(self, batch: Any) -> Iterator[list[str]]:
        for sequence in _each(batch):
            if _is_texts(sequence):
                yield list(sequence)
                continue
            numbers = on_host(sequence)
            numbers = numbers.argmax(axis=-1) if numbers.ndim == 2 else numbers
            if numbers.ndim != 1:
                raise ShapeError("a sequence of tags has one dimension", got=numbers.shape)
            yield [self._name(int(number)) for number in numbers]

    def _name(self, number: int) -> str:
        if self.names is None:
            raise DTypeError(
                "tags are numbers, and the metric has no names for them",
                fix="pass names=[...] in the order of the numbers",
            )
        if not 0 <= number < len(self.names):
            raise LabelError(f"tag {number} is none of the {len(self.names)} names")
        return self.names[number]


def _each(batch: Any) -> list[Any]:
    """The sequences of a batch: a list, an array of rows, or a Ragged."""
    parts = sequences(batch)
    parts = as_list(batch) if parts is None else parts
    parts = list(on_host(batch)) if parts is None else parts
    if any(isinstance(part, str) for part in parts):
        raise DTypeError("a batch is a list of sequences", fix="pass [tags] for a single one")
    return parts


def _is_texts(sequence: Any) -> bool:
    items = as_list(sequence)
    return items is not None and all(isinstance(item, str) for item in items)


def _scores(name: str, both: int, found: int, true: int) -> dict[str, float]:
    return {
        f"precision-{name}": both / found if found else 0.0,
        f"recall-{name}": both / true if true else 0.0,
        f"f1-measure-{name}": 2 * both / (found + true) if found + true else 0.0,
    }
