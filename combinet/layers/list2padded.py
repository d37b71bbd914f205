"""list2padded: a list of arrays as a Padded."""

from __future__ import annotations

from collections.abc import Callable

from ..combinators._pack import to_padded
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Padded
from ._converters import convert, converter


@registry.layers("list2padded.v1")
def list2padded() -> Model[list[Floats2d], Padded]:
    """Put the items side by side, time first, the longest in front.

    Shapes:
        A list of (n, nI) -> Padded.
    """
    return converter("list2padded", _forward, "list", "Padded")


def _forward(
    model: Model[list[Floats2d], Padded], X: list[Floats2d], is_train: bool
) -> tuple[Padded, Callable[[Padded], list[Floats2d]]]:
    return convert(model, X, "list", to_padded)
