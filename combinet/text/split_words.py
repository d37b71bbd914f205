"""split_words: texts to lists of words."""

from __future__ import annotations

from collections.abc import Callable

from ..infer import Spec
from ..model import Model
from ..registry import registry
from ._texts import as_texts


@registry.layers("split_words.v1")
def split_words() -> Model[list[str], list[list[str]]]:
    """Cut every text at its white space, in lower case; a text of none is one empty word.

    Raises:
        DTypeError: An item of the batch is no text.
    """
    return Model("split_words", _forward, infer=_infer, gradient="none")


def _forward(
    model: Model[list[str], list[list[str]]], texts: list[str], is_train: bool
) -> tuple[list[list[str]], Callable[[list[list[str]]], list[str]]]:
    words = [text.lower().split() or [""] for text in as_texts(model, texts)]
    return words, lambda dY: []


def _infer(
    model: Model[list[str], list[list[str]]], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    return x, None
