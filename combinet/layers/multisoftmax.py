"""MultiSoftmax: a dense layer that gives the probabilities of several kinds of classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from ..errors import DimError
from ..initializers import zero_init
from ..model import Model
from ..registry import registry
from ..types import Floats2d
from ._dense import affine, dense
from ._inputs import as_gradient


@registry.layers("MultiSoftmax.v1")
def MultiSoftmax(nOs: Sequence[int], nI: int | None = None) -> Model[Floats2d, Floats2d]:
    """Several softmaxes side by side: ``Y_k = softmax(Z_k)``, where ``Z_1, Z_2, ...`` are the
    columns of ``Z = X W' + b``, ``nOs[k]`` of them for each k.

    Its backprop takes the gradient with respect to ``Z``, the logits, as that of ``Softmax``.

    Args:
        nOs: Number of classes of each kind. Lives in ``attrs["nOs"]``.
        nI: Width of the input; read from ``X`` at initialize() when omitted.

    Shapes:
        X (batch, nI) -> Y (batch, nO) with nO = sum(nOs); W (nO, nI); b (nO,).

    Raises:
        DimError: There are no kinds, or one of them has no classes.
        ShapeError: ``X`` is not ``nI`` wide.
    """
    sizes = tuple(nOs)
    if not sizes or min(sizes) < 1:
        raise DimError(
            "each softmax in a MultiSoftmax has one class or more",
            nOs=sizes,
            fix="pass the number of classes of each kind, such as (6, 5)",
        )
    attrs = {"nOs": sizes}
    return dense(
        "multisoftmax",
        _forward,
        sum(sizes),
        nI,
        zero_init,
        zero_init,
        attrs=attrs,
        gradient="of logits",
    )


def _forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    ops = model.ops
    sizes: tuple[int, ...] = model.attrs["nOs"]
    Z, backprop_affine = affine(model, X)
    parts: list[Any] = [
        ops.softmax(Z[:, end - size : end])
        for size, end in zip(sizes, accumulate(sizes), strict=True)
    ]
    Y = ops.xp.concatenate(parts, axis=1)

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Floats2d:
        return backprop_affine(as_gradient(model, dY, Y), need_dX)

    return Y, backprop
