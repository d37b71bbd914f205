"""Linear: the affine map."""

from __future__ import annotations

from collections.abc import Callable

from ..fusion import fused_as
from ..initializers import Initializer, glorot_uniform_init, zero_init
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._dense import affine, dense


@registry.layers("Linear.v1")
def Linear(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
) -> Model[Floats2d, Floats2d]:
    """Multiply by a matrix and add a bias: ``Y = X W' + b``.

    Args:
        nO: Width of the output; read from ``Y`` at initialize() when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        init_W, init_b: Initializers of the two parameters.

    Shapes:
        X (batch, nI) -> Y (batch, nO); W (nO, nI); b (nO,).

    Raises:
        ShapeError: ``X`` is not ``nI`` wide.
    """
    return dense("linear", _forward, nO, nI, init_W or glorot_uniform_init, init_b or zero_init)


@fused_as("linear")
def _forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    Y, backprop_affine = affine(model, X)

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Floats2d:
        return backprop_affine(dY, need_dX)

    return Y, backprop
