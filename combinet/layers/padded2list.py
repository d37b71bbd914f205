"""padded2list: a Padded as a list of arrays."""

from __future__ import annotations

from collections.abc import Callable

from ..combinators._pack import to_list
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Padded
from ._converters import convert, converter


@registry.layers("padded2list.v1")
def padded2list() -> Model[Padded, list[Floats2d]]:
    """Give one array for each sequence, in the order that they had before the padding.

    Shapes:
        Padded of B sequences -> a list of B arrays (n, nI).
    """
    return converter("padded2list", _forward, "Padded", "list")


def _forward(
    model: Model[Padded, list[Floats2d]], X: Padded, is_train: bool
) -> tuple[list[Floats2d], Callable[[list[Floats2d]], Padded]]:
    return convert(model, X, "Padded", to_list)
