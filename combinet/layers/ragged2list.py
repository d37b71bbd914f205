"""ragged2list: a Ragged as a list of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..combinators._pack import to_list
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Ints2d, Ragged
from ._converters import convert, converter


@overload
def ragged2list(*, of: Literal["floats"] = "floats") -> Model[Ragged, list[Floats2d]]: ...
@overload
def ragged2list(*, of: Literal["ints"]) -> Model[Ragged, list[Ints2d]]: ...
@registry.layers("ragged2list.v1")
def ragged2list(*, of: str = "floats") -> Model[Any, Any]:
    """Give one array for each sequence.

    Args:
        of: What the arrays hold, for type checkers; both work at run time.

    Shapes:
        Ragged of B sequences -> a list of B arrays (n, nI).
    """
    return converter("ragged2list", _forward, "Ragged", "list")


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return convert(model, X, "Ragged", to_list)
