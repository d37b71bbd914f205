"""strings2arrays: words as the numbers that they hash to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import DTypeError
from ..infer import Spec, fit
from ..model import Model
from ..registry import registry
from ..types import Ints2d


@registry.layers("strings2arrays.v1")
def strings2arrays() -> Model[list[list[str]], list[Ints2d]]:
    """Hash every word: MurmurHash3 x86-32 of its UTF-8 bytes, seed 0, sign-extended to 64 bits.

    There is no gradient for words: backprop returns an empty list.

    Shapes:
        A list of lists of n words -> a list of (n, 1) uint64.

    Raises:
        DTypeError: An item of the list is no list of words.
    """
    return Model("strings2arrays", _forward, infer=_infer, gradient="none")


def _forward(
    model: Model[list[list[str]], list[Ints2d]], texts: Sequence[Sequence[str]], is_train: bool
) -> tuple[list[Ints2d], Callable[[list[Ints2d]], list[list[str]]]]:
    ops = model.ops
    if isinstance(texts, str) or not hasattr(texts, "__len__"):
        raise DTypeError(
            f"{model.name} takes a list of lists of words, got {type(texts).__name__}",
            fix="split each text into words first: [text.split() for text in texts]",
        )
    words = [word for text in texts for word in _checked(model, text)]
    hashes: Any = ops.hash_strings(words)
    ids = hashes.view("int32").astype("int64").view("uint64")
    rows = ids.reshape((len(words), 1))
    arrays: Any = ops.unflatten(rows, [len(text) for text in texts])
    return arrays, _no_gradient


def _no_gradient(d_arrays: list[Ints2d]) -> list[list[str]]:
    return []


def _checked(model: Model[Any, Any], text: Any) -> Sequence[str]:
    is_words = hasattr(text, "__len__") and all(isinstance(word, str) for word in text)
    if isinstance(text, str) or not is_words:
        raise DTypeError(
            f"{model.name} takes a list of lists of words, got an item {text!r:.60}",
            fix="split each text into words first: [text.split() for text in texts]",
        )
    words: Sequence[str] = text
    return words


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    words = fit(model, x or Spec(), Spec("list"))
    return words, fit(model, y or Spec(width=1), Spec("list", 2, dtype="i"))
