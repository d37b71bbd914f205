"""noop: the identity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from ..infer import same
from ..model import Model
from ..registry import registry
from ..types import Floats2d, Padded, Ragged


@overload
def noop(*layers: Model[Any, Any], of: Literal["array"] = "array") -> Model[Floats2d, Floats2d]: ...
@overload
def noop(
    *layers: Model[Any, Any], of: Literal["list"]
) -> Model[list[Floats2d], list[Floats2d]]: ...
@overload
def noop(*layers: Model[Any, Any], of: Literal["ragged"]) -> Model[Ragged, Ragged]: ...
@overload
def noop(*layers: Model[Any, Any], of: Literal["padded"]) -> Model[Padded, Padded]: ...
@overload
def noop(*layers: Model[Any, Any], of: Literal["anything"]) -> Model[Any, Any]: ...
@registry.layers("noop.v1")
def noop(*layers: Model[Any, Any], of: str = "array") -> Model[Any, Any]:
    """Return the input: ``Y = X``.

    Args:
        layers: Kept as children and not used; they stay as they are, uninitialized.
        of: What comes in, for type checkers; anything works at run time.
    """
    return Model("noop", _forward, layers=layers, infer=same, role="inert")


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return X, _backprop


def _backprop(dY: Any) -> Any:
    return dY
