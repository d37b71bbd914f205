"""ClippedLinear: a dense layer whose units are a line between two limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import DataError
from ..initializers import Initializer, glorot_uniform_init, zero_init
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._dense import affine, dense, with_extras
from ._inputs import as_gradient


@registry.layers("ClippedLinear.v1")
def ClippedLinear(
    nO: int | None = None,
    nI: int | None = None,
    *,
    init_W: Initializer | None = glorot_uniform_init,
    init_b: Initializer | None = zero_init,
    dropout: float | None = None,
    normalize: bool = False,
    slope: float = 1.0,
    offset: float = 0.0,
    min_val: float = 0.0,
    max_val: float = 1.0,
) -> Model[Floats2d, Floats2d]:
    """A dense layer with clipped lines: ``Y = clip(slope (X W' + b) + offset, min, max)``.

    Args:
        nO: Width of the output; read from ``Y`` at initialize() when omitted.
        nI: Width of the input; read from ``X`` at initialize() when omitted.
        init_W, init_b: Initializers of the two parameters.
        dropout: Rate of a Dropout put behind; none when omitted.
        normalize: Put a LayerNorm behind, before the dropout.
        slope, offset: Of the line. All four numbers live in ``attrs``.
        min_val, max_val: Its limits; where it is clipped the gradient is zero.

    Shapes:
        X (batch, nI) -> Y (batch, nO); W (nO, nI); b (nO,).

    Raises:
        ShapeError: ``X`` is not ``nI`` wide.
        DataError: ``min_val`` is not below ``max_val``.
    """
    if not min_val < max_val:
        raise DataError(
            "the lower limit of a clipped line is below the upper one",
            min_val=min_val,
            max_val=max_val,
        )
    attrs = {"slope": slope, "offset": offset, "min_val": min_val, "max_val": max_val}
    layer = dense(
        "clipped_linear",
        _forward,
        nO,
        nI,
        init_W or glorot_uniform_init,
        init_b or zero_init,
        attrs=attrs,
    )
    return with_extras(layer, normalize, dropout)


def _forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    line: dict[str, Any] = {n: model.attrs[n] for n in ("slope", "offset", "min_val", "max_val")}
    Z, backprop_affine = affine(model, X)
    Y = model.ops.clipped_linear(Z, **line)

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Floats2d:
        dZ = model.ops.backprop_clipped_linear(as_gradient(model, dY, Y), Z, **line)
        return backprop_affine(dZ, need_dX)

    return Y, backprop
