"""with_array: run a layer of rows over sequences."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeVar, overload

from ..fusion import known_as
from ..model import Model
from ..registry import registry
from ..types import Padded, Ragged
from ._inside import apply_inside
from ._pack import pack
from ._specs import adopt, dims_like, through

In = TypeVar("In")
Out = TypeVar("Out")


@overload
def with_array(
    layer: Model[In, Out], pad: int = 0, *, of: Literal["list"] = "list"
) -> Model[list[In], list[Out]]: ...
@overload
def with_array(
    layer: Model[Any, Any], pad: int = 0, *, of: Literal["ragged"]
) -> Model[Ragged, Ragged]: ...
@overload
def with_array(
    layer: Model[Any, Any], pad: int = 0, *, of: Literal["padded"]
) -> Model[Padded, Padded]: ...
@overload
def with_array(layer: Model[In, Out], pad: int = 0, *, of: Literal["array"]) -> Model[In, Out]: ...
@registry.layers("with_array.v1")
def with_array(layer: Model[Any, Any], pad: int = 0, *, of: str = "list") -> Model[Any, Any]:
    """Lay the sequences end to end, apply ``layer`` once, and cut the result up again.

    Args:
        layer: Acts on rows; must return one row for each row it gets.
        pad: Rows of zeros between the items of a list, for layers that look at neighbours.
        of: The container, for type checkers; any container works at run time.

    Shapes:
        A list of (n, nI), Ragged, Padded or an array -> the same kind, nO wide.
    """
    model = Model[Any, Any](
        f"with_array({layer.name})",
        _forward,
        dims=dims_like(layer),
        layers=[layer],
        attrs={"pad": pad},
        infer=through("array"),
    )
    return adopt(model, "nO", "nI")


@known_as("with_array")
def _forward(model: Model[Any, Any], Xs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return apply_inside(model, Xs, is_train, partial(pack, pad=model.attrs["pad"]))
