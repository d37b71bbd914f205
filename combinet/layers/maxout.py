"""Maxout: a dense layer each unit of which is the largest of several pieces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..fusion import fused_as
from ..infer import Spec, rows
from ..initializers import Initializer, glorot_uniform_init, zero_init
from ..model import NO_DX, Model, Weight
from ..registry import registry
from ..types import Floats2d
from ._dense import with_extras
from ._inputs import as_gradient, as_rows


@registry.layers("Maxout.v1")
def Maxout(
    nO: int | None = None,
    nI: int | None = None,
    nP: int | None = 3,
    *,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """A dense layer of piecewise linear units: ``Y[o] = max over p of (X W[o, p]' + b[o, p])``.

    Args:
        nO: Width of the output; read from ``Y`` at initialize() when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        nP: Number of pieces; 3 when omitted or None.
        init_W, init_b: Initializers of the two parameters.
        dropout: Rate of a Dropout put behind; none when omitted.
        normalize: Put a LayerNorm behind, before the dropout.

    Shapes:
        X (batch, nI) -> Y (batch, nO); W (nO, nP, nI); b (nO, nP).

    Source:
        Goodfellow et al., Maxout Networks, 2013.
    """
    layer: Model[Floats2d, Floats2d] = Model(
        "maxout",
        _forward,
        dims={"nO": nO, "nI": nI, "nP": 3 if nP is None else nP},
        params={
            "W": Weight(init_W or glorot_uniform_init, "nO", "nP", "nI"),
            "b": Weight(init_b or zero_init, "nO", "nP"),
        },
        infer=_infer,
    )
    return with_extras(layer, normalize, dropout)


@fused_as("maxout")
def _forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    ops, W, b = model.ops, model.get_param("W"), model.get_param("b")
    rows_of_X = as_rows(model, X, W)
    n, (nO, nP, nI) = len(rows_of_X), W.shape
    pieces = W.reshape((nO * nP, nI))
    Z = ops.affine(rows_of_X, pieces, b.reshape((nO * nP,)))
    Y, which = ops.maxout(Z.reshape((n, nO, nP)))

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Floats2d:
        by_piece = ops.backprop_maxout(as_gradient(model, dY, Y), which, nP)
        dZ = by_piece.reshape((n, nO * nP))
        dW = model.accumulator("W")
        dW += ops.gemm(dZ, rows_of_X, trans1=True).reshape(W.shape)  # a reshaped dW may be a copy
        ops.add_sum_rows(model.accumulator("b"), by_piece)
        return ops.gemm(dZ, pieces) if need_dX else NO_DX

    return Y, backprop


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    return rows(model, "nI", x), rows(model, "nO", y)
