"""utf8_bytes: the first and last bytes of every word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import CombinetError
from ..infer import Spec, fit
from ..model import Model
from ..registry import registry
from ..types import Ints2d
from .doc import Doc
from .feature_extractor import joined_words, no_gradient
from .lexicon import check_words

#: Where a word has no byte left; UTF-8 never has it.
PADDING = 255


@registry.architectures("combinet.utf8_bytes.v1")
def utf8_bytes(nC: int) -> Model[list[Doc], list[Ints2d]]:
    """Bytes of every word's UTF-8: the first, the last, the second, the last but one, ...

    So the last byte stands in the same column however long the word is. The columns that a
    short word leaves over hold 255.

    Args:
        nC: How many bytes are taken. Lives in ``attrs["nC"]``.

    Shapes:
        A list of documents of n words -> a list of (n, nC) uint64.

    Raises:
        DTypeError: A document is no list of words.
    """
    if nC < 1:
        raise CombinetError(f"one byte or more is taken of a word, got nC={nC}")
    return Model("utf8_bytes", _forward, attrs={"nC": nC}, infer=_infer, gradient="none")


def _forward(
    model: Model[list[Doc], list[Ints2d]], docs: Sequence[Doc], is_train: bool
) -> tuple[list[Ints2d], Callable[[list[Ints2d]], list[Doc]]]:
    joined, sizes = joined_words(model, docs)
    check_words(joined)
    rows = model.ops.asarray(_outer_bytes(joined, model.attrs["nC"]))
    found: Any = model.ops.unflatten(rows, sizes)
    return list(found), no_gradient


def _outer_bytes(words: Sequence[str], nC: int) -> Any:
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    lengths: Any = np.array([len(piece) for piece in encoded], dtype="int64")
    ends: Any = np.cumsum(lengths)
    joined: Any = np.frombuffer(b"".join(encoded) + b"\0", dtype="uint8")
    rows: Any = np.full((len(encoded), nC), PADDING, dtype="uint64")
    for column in range(nC):
        has = lengths > column
        place = ends - 1 - column // 2 if column % 2 else ends - lengths + column // 2
        rows[has, column] = joined[place[has]]
    return rows


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    docs = fit(model, x or Spec(), Spec("list"))
    return docs, fit(model, y or Spec(width=model.attrs["nC"]), Spec("list", 2, dtype="i"))
