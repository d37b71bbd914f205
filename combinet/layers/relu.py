"""Relu: a dense layer with rectified linear units."""

from __future__ import annotations

from collections.abc import Callable

from ..fusion import fused_as
from ..initializers import Initializer, glorot_uniform_init, zero_init
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._dense import affine, dense, with_extras
from ._inputs import as_gradient


@registry.layers("Relu.v1")
def Relu(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with rectified linear units: ``Y = max(X W' + b, 0)``.

    Args:
        nO: Width of the output; read from ``Y`` at initialize() when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        init_W, init_b: Initializers of the two parameters.
        dropout: Rate of a Dropout put behind; none when omitted.
        normalize: Put a LayerNorm behind, before the dropout.

    Shapes:
        X (batch, nI) -> Y (batch, nO); W (nO, nI); b (nO,).

    Source:
        Nair and Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, 2010.
    """
    return with_extras(
        dense("relu", _forward, nO, nI, init_W or glorot_uniform_init, init_b or zero_init),
        normalize,
        dropout,
    )


@fused_as("relu")
def _forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    Z, backprop_affine = affine(model, X)
    Y = model.ops.relu(Z)

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Floats2d:
        dZ = model.ops.backprop_relu(as_gradient(model, dY, Y), Y)
        return backprop_affine(dZ, need_dX)

    return Y, backprop
