"""list2ragged: a list of arrays as a Ragged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..combinators._pack import to_ragged
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ints2d, Ragged
from ._converters import convert, converter


@overload
def list2ragged(*, of: Literal["floats"] = "floats") -> Model[list[Floats2d], Ragged]: ...
@overload
def list2ragged(*, of: Literal["ints"]) -> Model[list[Ints2d], Ragged]: ...
@registry.layers("list2ragged.v1")
def list2ragged(*, of: str = "floats") -> Model[Any, Any]:
    """Lay the items end to end and keep their lengths.

    Args:
        of: What the arrays hold, for type checkers; both work at run time.

    Shapes:
        A list of (n, nI) -> Ragged of as many sequences.
    """
    return converter("list2ragged", _forward, "list", "Ragged")


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return convert(model, X, "list", to_ragged)
