"""list2array: a list of arrays laid end to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..combinators._pack import pack
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ints2d
from ._converters import convert, converter


@overload
def list2array(*, of: Literal["floats"] = "floats") -> Model[list[Floats2d], Floats2d]: ...
@overload
def list2array(*, of: Literal["ints"]) -> Model[list[Ints2d], Ints2d]: ...
@registry.layers("list2array.v1")
def list2array(*, of: str = "floats") -> Model[Any, Any]:
    """Lay the items end to end.

    Args:
        of: What the arrays hold, for type checkers; both work at run time.

    Shapes:
        A list of (n, nI) -> (sum of n, nI).
    """
    return converter("list2array", _forward, "list", "array")


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return convert(model, X, "list", pack)
