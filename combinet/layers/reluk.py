"""ReluK: a dense layer with rectified linear units that stop at k."""

from __future__ import annotations

from ..initializers import Initializer, glorot_uniform_init, zero_init
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from .clippedlinear import ClippedLinear


@registry.layers("ReluK.v1")
def ReluK(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
    dropout: float | None = None,
    normalize: bool = False,
    k: float = 6.0,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with units between 0 and k: ``Y = clip(X W' + b, 0, k)``.

    Args:
        nO: Width of the output; read from ``Y`` at initialize() when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        init_W, init_b: Initializers of the two parameters.
        dropout: Rate of a Dropout put behind; none when omitted.
        normalize: Put a LayerNorm behind, before the dropout.
        k: The highest value of a unit, above zero. Lives in ``attrs["max_val"]``.

    Shapes:
        X (batch, nI) -> Y (batch, nO); W (nO, nI); b (nO,).

    Raises:
        ShapeError: ``X`` is not ``nI`` wide.
        DataError: ``k`` is not above zero.

    Source:
        Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10, 2010, where k is 6.
    """
    return ClippedLinear(
        nO,
        nI,
        init_W=init_W,
        init_b=init_b,
        dropout=dropout,
        normalize=normalize,
        min_val=0.0,
        max_val=k,
    )
