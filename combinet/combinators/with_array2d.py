"""with_array2d: run a layer of rows over sequences of arrays of any rank."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeVar, overload

from ..infer import Spec
from ..model import Model
from ..ops import Ops
from ..registry import registry
from ..types import Floats3d, Padded, Ragged
from ._flat import to_rows
from ._inside import apply_inside
from ._pack import Restore, pack
from ._specs import adopt, dims_like, through

In = TypeVar("In")
Out = TypeVar("Out")


@overload
def with_array2d(
    layer: Model[In, Out], pad: int = 0, *, of: Literal["list"] = "list"
) -> Model[list[In], list[Out]]: ...
@overload
def with_array2d(
    layer: Model[Any, Any], pad: int = 0, *, of: Literal["ragged"]
) -> Model[Ragged, Ragged]: ...
@overload
def with_array2d(
    layer: Model[Any, Any], pad: int = 0, *, of: Literal["padded"]
) -> Model[Padded, Padded]: ...
@overload
def with_array2d(
    layer: Model[Any, Any], pad: int = 0, *, of: Literal["array"]
) -> Model[Floats3d, Floats3d]: ...
@registry.layers("with_array2d.v1")
def with_array2d(layer: Model[Any, Any], pad: int = 0, *, of: str = "list") -> Model[Any, Any]:
    """Like ``with_array``, and arrays of more than two axes become rows for the layer too.

    Args:
        layer: Acts on rows; must return one row for each row it gets.
        pad: Rows of zeros between the items of a list, for layers that look at neighbours.
        of: The container, for type checkers; any container works at run time.

    Shapes:
        A list of (n, ..., nI), Ragged, Padded or an array -> the same kind and rank, nO wide.
    """
    model = Model[Any, Any](
        f"with_array({layer.name})",
        _forward,
        dims=dims_like(layer),
        layers=[layer],
        attrs={"pad": pad},
        infer=_infer,
    )
    return adopt(model, "nO", "nI")


def _forward(model: Model[Any, Any], Xs: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return apply_inside(model, Xs, is_train, partial(_pack_rows, pad=model.attrs["pad"]))


def _pack_rows(ops: Ops, seqs: Any, pad: int) -> tuple[Any, Restore]:
    X, restore = pack(ops, seqs, pad=pad)
    if X.ndim <= 2:
        return X, restore
    rows, restore_axes = to_rows(X)
    return rows, lambda Y: restore(restore_axes(Y))


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    rank = next((spec.rank for spec in (x, y) if spec is not None and spec.rank is not None), None)
    found = through("array")(model, _as_rows(x), _as_rows(y))
    if rank is None or rank <= 2:
        return found
    flat_x, flat_y = found
    return flat_x and flat_x.but(rank=rank), flat_y and flat_y.but(rank=rank)


def _as_rows(spec: Spec | None) -> Spec | None:
    """The rank that rows have in this container, where it is higher."""
    if spec is None or spec.rank is None:
        return spec
    return spec.but(rank=min(spec.rank, 3 if spec.container == "Padded" else 2))
