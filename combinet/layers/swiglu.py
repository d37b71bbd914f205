"""SwiGLU: a dense layer whose output is gated by swish."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..initializers import Initializer, glorot_uniform_init, zero_init
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._dense import with_extras
from ._gated import gated, run_gated


@registry.layers("SwiGLU.v1")
def SwiGLU(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
    dropout: float | None = None,
    normalize: bool = False,
) -> Model[Floats2d, Floats2d]:
    """``Y = swish(X W1' + b1) (X W2' + b2)``: the gate's curve is swish, ``z sigmoid(z)``.

    Args:
        nO: Width of the output; read from ``Y`` at initialize() when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        init_W, init_b: Initializers of each half of the two parameters.
        dropout: Rate of a Dropout put behind; none when omitted.
        normalize: Put a LayerNorm behind, before the dropout.

    Shapes:
        X (batch, nI) -> Y (batch, nO); W (2 nO, nI) is W1 above W2, b (2 nO,) likewise.

    Raises:
        ShapeError: ``X`` is not ``nI`` wide.

    Source:
        Shazeer, GLU Variants Improve Transformer, 2020, equation 5.
    """
    return with_extras(
        gated("swiglu", _forward, nO, nI, init_W or glorot_uniform_init, init_b or zero_init),
        normalize,
        dropout,
    )


def _forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    return run_gated(model, X, _activate)


def _activate(
    model: Model[Any, Any], gate: Floats2d
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    ops = model.ops
    opened = ops.swish(gate)

    def backprop(d_opened: Floats2d) -> Floats2d:
        return ops.backprop_swish(d_opened, gate, opened)

    return opened, backprop
