"""FeatureExtractor: documents as arrays of hashes, one column for each attribute of a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from .._guards import is_list, is_tuple
from ..errors import CombinetError, DTypeError
from ..infer import Spec, fit
from ..model import Model
from ..registry import registry
from ..types import Ints2d
from .doc import Doc, words
from .lexicon import columns_of, lexicon


@registry.architectures("combinet.FeatureExtractor.v1")
def FeatureExtractor(columns: Sequence[str]) -> Model[list[Doc], list[Ints2d]]:
    """The attributes of every word, as 64-bit hashes.

    There is no gradient for words: backprop returns an empty list.

    Args:
        columns: Names of attributes: ORTH, NORM, LOWER, PREFIX, SUFFIX, SHAPE. Lives in
            ``attrs["columns"]``.

    Shapes:
        A list of documents of n words -> a list of (n, columns) uint64.

    Raises:
        UnknownName: A word has no such attribute.
        DTypeError: A document is no list of words.
    """
    if not columns:
        raise CombinetError("FeatureExtractor needs one column or more", fix='["NORM"]')
    columns_of(columns)
    attrs = {"columns": list(columns)}
    return Model("extract_features", _forward, attrs=attrs, infer=_infer, gradient="none")


def _forward(
    model: Model[list[Doc], list[Ints2d]], docs: Sequence[Doc], is_train: bool
) -> tuple[list[Ints2d], Callable[[list[Ints2d]], list[Doc]]]:
    joined, sizes = joined_words(model, docs)
    rows: Any = lexicon(joined)[:, columns_of(model.attrs["columns"])]
    features: Any = model.ops.unflatten(model.ops.asarray(rows), sizes)
    return list(features), no_gradient


def joined_words(model: Model[Any, Any], docs: Sequence[Doc]) -> tuple[list[str], list[int]]:
    """The words of all documents end to end, and how many each has.

    Raises:
        DTypeError: ``docs`` is no list of documents.
    """
    if not (is_list(docs) or is_tuple(docs)):
        raise DTypeError(
            f"{model.name} takes a list of documents, got {type(docs).__name__}",
            fix="pass [doc]",
        )
    texts = [words(doc) for doc in docs]
    return list(chain.from_iterable(texts)), [len(text) for text in texts]


def no_gradient(dY: Any) -> list[Any]:
    """What a layer of words returns from backprop."""
    return []


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    width = len(model.attrs["columns"])
    docs = fit(model, x or Spec(), Spec("list"))
    return docs, fit(model, y or Spec(width=width), Spec("list", 2, dtype="i"))
