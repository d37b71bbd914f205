"""Sigmoid: a dense layer whose outputs lie between 0 and 1."""

from __future__ import annotations

from collections.abc import Callable

from ..fusion import fused_as
from ..initializers import Initializer, zero_init
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._dense import affine, dense
from ._inputs import as_gradient


@registry.layers("Sigmoid.v1")
def Sigmoid(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = zero_init,
    init_b: Initializer | None = zero_init,
) -> Model[Floats2d, Floats2d]:
    """A dense layer whose outputs lie between 0 and 1: ``Y = sigmoid(X W' + b)``.

    Args:
        nO: Width of the output; read from ``Y`` at initialize() when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        init_W, init_b: Initializers of the two parameters.

    Shapes:
        X (batch, nI) -> Y (batch, nO); W (nO, nI); b (nO,).
    """
    return dense("sigmoid", _forward, nO, nI, init_W or zero_init, init_b or zero_init)


@fused_as("sigmoid")
def _forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    Z, backprop_affine = affine(model, X)
    Y = model.ops.sigmoid(Z)

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Floats2d:
        dZ = model.ops.backprop_sigmoid(as_gradient(model, dY, Y), Y)
        return backprop_affine(dZ, need_dX)

    return Y, backprop
