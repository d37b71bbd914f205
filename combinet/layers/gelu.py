"""Gelu: a dense layer with Gaussian error linear units."""

from __future__ import annotations

from collections.abc import Callable

from ..fusion import fused_as
from ..initializers import Initializer, he_normal_init, zero_init
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._dense import affine, dense, with_extras
from ._inputs import as_gradient


@registry.layers("Gelu.v1")
def Gelu(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = he_normal_init,
    init_b: Initializer | None = zero_init,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with Gaussian error linear units: ``Y = Z Phi(Z)``,
    ``Z = X W' + b``, with Phi the distribution function of the standard normal.

    Args:
        nO: Width of the output; read from ``Y`` at initialize() when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        init_W, init_b: Initializers of the two parameters.
        dropout: Rate of a Dropout put behind; none when omitted.
        normalize: Put a LayerNorm behind, before the dropout.

    Shapes:
        X (batch, nI) -> Y (batch, nO); W (nO, nI); b (nO,).

    Source:
        Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.
    """
    return with_extras(
        dense("gelu", _forward, nO, nI, init_W or he_normal_init, init_b or zero_init),
        normalize,
        dropout,
    )


@fused_as("gelu")
def _forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    Z, backprop_affine = affine(model, X)
    Y = model.ops.gelu(Z)

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Floats2d:
        dZ = model.ops.backprop_gelu(as_gradient(model, dY, Y), Z)
        return backprop_affine(dZ, need_dX)

    return Y, backprop
