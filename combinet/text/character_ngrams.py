"""character_ngrams: the n-grams of a text's characters as 64-bit keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import CombinetError
from ..infer import Spec
from ..model import Model
from ..ops import Ops
from ..registry import registry
from ..types import Ints1d, Ragged
from ._texts import as_texts

#: Code points around a text, so that n-grams know where it begins and ends.
_START, _END = 2, 3


@registry.layers("character_ngrams.v1")
def character_ngrams(sizes: Sequence[int] = (1, 2, 3)) -> Model[list[str], Ragged]:
    """Every run of n characters as a key, for each n in ``sizes``.

    A text is taken in lower case between a mark for its start and one for its end. The key of
    a run is its 64-bit hash, ``ops.ngrams``; so it needs no table of n-grams and no training.

    Args:
        sizes: The lengths of the runs, 1 or more.

    Shapes:
        texts (batch) -> Ragged of keys (n-grams of all texts, 1), uint64.

    Raises:
        DTypeError: An item of the batch is no text.
    """
    sizes = [int(n) for n in sizes]
    if not sizes or min(sizes) < 1:
        raise CombinetError(f"n-grams have at least one character, got sizes {sizes}")
    attrs = {"sizes": tuple(sizes)}
    return Model("character_ngrams", _forward, attrs=attrs, infer=_infer, gradient="none")


def _forward(
    model: Model[list[str], Ragged], texts: list[str], is_train: bool
) -> tuple[Ragged, Callable[[Ragged], list[str]]]:
    lowered = [text.lower() for text in as_texts(model, texts)]
    keys, lengths = runs_of_characters(model.ops, lowered, model.attrs["sizes"])
    Y = Ragged(model.ops.asarray(keys[:, None]), model.ops.asarray1i(lengths))
    return Y, lambda dY: []


def runs_of_characters(
    ops: Ops, texts: Sequence[str], sizes: Sequence[int]
) -> tuple[Ints1d, Ints1d]:
    """The keys of all runs of these lengths, text after text, and how many each text has.

    A text stands between its marks, so its first and last characters have runs of their own.
    """
    points, ends = _code_points(texts)
    owner = np.repeat(np.arange(len(texts)), np.diff(ends, prepend=0))
    found: list[tuple[Any, Any]] = []
    for n in sizes:
        keys: Any = ops.to_numpy(ops.ngrams(n, points))
        inside = owner[: len(keys)] == owner[n - 1 :][: len(keys)]
        found.append((keys[inside], owner[: len(keys)][inside]))
    keys = np.concatenate([keys for keys, _ in found])
    owners = np.concatenate([owners for _, owners in found])
    order = np.argsort(owners, kind="stable")
    return keys[order], np.bincount(owners, minlength=len(texts))


def _code_points(texts: Sequence[str]) -> tuple[Any, Any]:
    """The characters of all texts as numbers, each text between its marks; where each ends."""
    joined = "".join(f"{chr(_START)}{text}{chr(_END)}" for text in texts)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return points.astype("uint64"), np.cumsum([len(text) + 2 for text in texts], dtype="int64")


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    return x, Spec("Ragged", 2, 1, dtype="i")
