"""Suggesters: which spans of a document a SpanCategorizer looks at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from ..errors import CombinetError, DataError
from ..ops import Ops
from ..registry import registry
from ..types import Ragged
from .doc import Doc

#: ``suggester(docs)``: for each document its spans, (start, end) with the end not included.
Suggester: TypeAlias = Callable[..., Ragged]


@registry.misc("combinet.ngram_suggester.v1")
def ngram_suggester(sizes: Sequence[int]) -> Suggester:
    """Every run of words of the given lengths.

    Args:
        sizes: How many words a span has.

    Raises:
        CombinetError: There is no size, or one below 1.

    Example:
        >>> ngram_suggester([1, 2])([["Ada", "Lovelace"]]).data.tolist()
        [[0, 1], [1, 2], [0, 2]]
    """
    if not sizes or min(sizes) < 1:
        raise CombinetError(f"a span has one word or more, got sizes={list(sizes)}")
    return partial(_ngrams, sizes=tuple(sizes))


@registry.misc("combinet.ngram_range_suggester.v1")
def ngram_range_suggester(min_size: int, max_size: int) -> Suggester:
    """Every run of ``min_size`` words up to ``max_size``.

    Raises:
        CombinetError: There is no such size.
    """
    if not 1 <= min_size <= max_size:
        what = f"no span has {min_size} words or more, and {max_size} or fewer"
        raise CombinetError(what, fix="1 <= min_size <= max_size")
    return ngram_suggester(range(min_size, max_size + 1))


@registry.misc("combinet.preset_spans_suggester.v1")
def preset_spans_suggester(spans_key: str) -> Suggester:
    """The spans that documents come with.

    Args:
        spans_key: Of ``doc.spans``, which ``Document`` and spaCy's documents have.
    """
    return partial(_preset, spans_key=spans_key)


def _ngrams(docs: Sequence[Doc], *, ops: Ops | None = None, sizes: Sequence[int]) -> Ragged:
    spans = [_runs(len(doc), sizes) for doc in docs]
    return _ragged(spans, ops)


def _runs(length: int, sizes: Sequence[int]) -> Any:
    starts = [np.arange(max(0, length - size + 1)) for size in sizes]
    runs = [
        np.stack([start, start + size], axis=1) for start, size in zip(starts, sizes, strict=True)
    ]
    return np.concatenate(runs)


def _preset(docs: Sequence[Any], *, ops: Ops | None = None, spans_key: str) -> Ragged:
    found: list[Any] = []
    for i, doc in enumerate(docs):
        groups = getattr(doc, "spans", None)
        if groups is None:
            raise DataError(
                f"document {i} has no spans to preset",
                fix="pass combinet.text.Document(words, spans={...}), or spaCy's documents",
            )
        group = groups.get(spans_key, ())
        found.append(np.array([(span.start, span.end) for span in group]).reshape((-1, 2)))
    return _ragged(found, ops)


def _ragged(spans: list[Any], ops: Ops | None) -> Ragged:
    data: Any = np.concatenate([np.zeros((0, 2)), *spans]).astype("int32")
    lengths: Any = np.array([len(each) for each in spans], dtype="int32")
    if ops is not None:
        data, lengths = ops.asarray(data), ops.asarray(lengths)
    return Ragged(data, lengths)
