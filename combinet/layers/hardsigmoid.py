"""HardSigmoid: a dense layer with sigmoids made of straight lines."""

from __future__ import annotations

from ..initializers import Initializer, glorot_uniform_init, zero_init
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from .clippedlinear import ClippedLinear


@registry.layers("HardSigmoid.v1")
def HardSigmoid(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with hard sigmoids: ``Y = clip(0.2 (X W' + b) + 0.5, 0, 1)``.

    Args:
        nO: Width of the output; read from ``Y`` at initialize() when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        init_W, init_b: Initializers of the two parameters.
        dropout: Rate of a Dropout put behind; none when omitted.
        normalize: Put a LayerNorm behind, before the dropout.

    Shapes:
        X (batch, nI) -> Y (batch, nO); W (nO, nI); b (nO,).

    Raises:
        ShapeError: ``X`` is not ``nI`` wide.

    Source:
        Courbariaux et al., BinaryConnect, 2015, with the slope that Keras gives it.
    """
    return ClippedLinear(
        nO,
        nI,
        init_W=init_W,
        init_b=init_b,
        dropout=dropout,
        normalize=normalize,
        slope=0.2,
        offset=0.5,
    )
