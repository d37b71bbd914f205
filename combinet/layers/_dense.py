"""What the dense layers share: an affine map, sizes, and the extras their constructors take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..chain import chain
from ..infer import Spec, rows
from ..initializers import Initializer
from ..model import NO_DX, Model, Weight
from ..types import Floats2d
from ._inputs import as_gradient, as_rows
from .dropout import Dropout
from .layernorm import LayerNorm


def dense(
    name: str,
    forward: Callable[..., tuple[Floats2d, Callable[[Floats2d], Floats2d]]],
    nO: int | None,
    nI: int | None,
    init_W: Initializer,
    init_b: Initializer,
    *,
    attrs: Mapping[str, Any] = {},
    gradient: Any = "exact",
) -> Model[Floats2d, Floats2d]:
    """A node with W (nO, nI) and b (nO,)."""
    return Model(
        name,
        forward,
        dims={"nO": nO, "nI": nI},
        params={"W": Weight(init_W, "nO", "nI"), "b": Weight(init_b, "nO")},
        attrs=attrs,
        infer=infer_dense,
        gradient=gradient,
    )


def infer_dense(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    """(n, nI) -> (n, nO)."""
    return rows(model, "nI", x), rows(model, "nO", y)


def with_extras(
    layer: Model[Floats2d, Floats2d], normalize: bool, dropout: float | None
) -> Model[Floats2d, Floats2d]:
    """The layer, then LayerNorm, then Dropout, as asked for; a rate of 0.0 counts."""
    if normalize:
        layer = chain(layer, LayerNorm(nI=layer.maybe_get_dim("nO")))
    if dropout is not None:
        layer = chain(layer, Dropout(dropout))
    return layer


def affine(
    model: Model[Any, Any], X: Floats2d
) -> tuple[Floats2d, Callable[[Floats2d, bool], Floats2d]]:
    """``Z = X W' + b``, and ``backprop(dZ, need_dX)``: dW += dZ' X, db += sum dZ, dX = dZ W."""
    ops, W, b = model.ops, model.get_param("W"), model.get_param("b")
    rows_of_X = as_rows(model, X, W)
    Z = ops.affine(rows_of_X, W, b)

    def backprop(dZ: Floats2d, need_dX: bool) -> Floats2d:
        dZ = as_gradient(model, dZ, Z)
        ops.add_gemm(model.accumulator("W"), dZ, rows_of_X, trans1=True)
        ops.add_sum_rows(model.accumulator("b"), dZ)
        return ops.gemm(dZ, W) if need_dX else NO_DX

    return Z, backprop
