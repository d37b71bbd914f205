"""extract_ngrams: which runs of words a document holds, and how often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import CombinetError
from ..infer import Spec, fit
from ..model import Model
from ..ops import Ops
from ..registry import registry
from ..types import Floats1d, Ints1d
from .doc import Doc
from .feature_extractor import joined_words, no_gradient
from .lexicon import attributes, columns_of

Features = tuple[Ints1d, Floats1d, Ints1d]


@registry.architectures("combinet.extract_ngrams.v1")
def extract_ngrams(ngram_size: int, attr: str = "LOWER") -> Model[list[Doc], Features]:
    """Every run of up to ``ngram_size`` words as a key, with how often the document has it.

    The key of one word is its attribute, that of several ``ops.ngrams`` of theirs; runs never
    cross the end of a document. It is what ``SparseLinear`` takes.

    Args:
        ngram_size: The longest run, 1 or more. Lives in ``attrs["ngram_size"]``.
        attr: Which attribute of the words, such as ORTH. Lives in ``attrs["attr"]``.

    Shapes:
        A list of documents -> keys (n,) uint64, counts (n,) float32, lengths (documents,).
    """
    if ngram_size < 1:
        raise CombinetError(f"a run has one word or more, got ngram_size={ngram_size}")
    columns_of([attr])
    attrs = {"ngram_size": ngram_size, "attr": attr}
    return Model("extract_ngrams", _forward, attrs=attrs, infer=_infer, gradient="none")


def _forward(
    model: Model[list[Doc], Features], docs: Sequence[Doc], is_train: bool
) -> tuple[Features, Callable[[Features], list[Doc]]]:
    ops = model.ops
    joined, sizes = joined_words(model, docs)
    unigrams: Any = attributes(joined, [model.attrs["attr"]])[:, 0]
    owners: Any = np.repeat(np.arange(len(sizes)), sizes)
    keys, owners = runs_of_words(ops, unigrams, owners, model.attrs["ngram_size"])
    keys, counts, lengths = _counted(keys, owners, len(sizes))
    values = ops.asarray1f(counts.astype("float32"))
    features = ops.asarray1i(keys, dtype="uint64"), values, ops.asarray1i(lengths)
    return features, no_gradient


def runs_of_words(ops: Ops, unigrams: Any, owners: Any, ngram_size: int) -> tuple[Any, Any]:
    """The keys of all runs inside one document, and which document each is of."""
    keys, owners_of_keys = [unigrams], [owners]
    for n in range(2, min(ngram_size, len(unigrams)) + 1):
        found: Any = ops.to_numpy(ops.ngrams(n, ops.asarray1i(unigrams, dtype="uint64")))
        first, last = owners[: len(found)], owners[n - 1 :]
        keys.append(found[first == last])
        owners_of_keys.append(first[first == last])
    return np.concatenate(keys), np.concatenate(owners_of_keys)


def _counted(keys: Any, owners: Any, documents: int) -> tuple[Any, Any, Any]:
    """Each document's different keys in order, how often each occurs, how many there are."""
    order: Any = np.lexsort((keys, owners))
    keys, owners = keys[order], owners[order]
    is_first: Any = np.ones(len(keys), dtype=bool)
    is_first[1:] = (keys[1:] != keys[:-1]) | (owners[1:] != owners[:-1])
    starts: Any = np.flatnonzero(is_first)
    counts: Any = np.diff(starts, append=len(keys))
    return keys[starts], counts, np.bincount(owners[starts], minlength=documents)


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    ids, floats = Spec("array", 1, dtype="i"), Spec("array", 1, dtype="f")
    return fit(model, x or Spec(), Spec("list")), Spec("tuple", items=[ids, floats, ids])
