"""RMSNorm: every row to the size 1, then a trained scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..infer import Spec, rows, same
from ..initializers import one_init
from ..model import Model, Weight
from ..registry import registry
from ..types import Floats2d
from ._inputs import as_gradient, as_rows


@registry.layers("RMSNorm.v1")
def RMSNorm(nI: int | None = None, *, eps: float = 1e-6) -> Model[Floats2d, Floats2d]:
    """``Y = G X / sqrt(mean(X^2) + eps)``, the mean over each row.

    Args:
        nI: Width of a row; read from ``X`` at initialize() when omitted.
        eps: Keeps rows of zeros finite. Lives in ``attrs["eps"]``.

    Shapes:
        X (batch, nI) -> Y (batch, nI); G (nI,).

    Raises:
        ShapeError: ``X`` is not ``nI`` wide.

    Source:
        Zhang and Sennrich, Root Mean Square Layer Normalization, 2019.
    """
    return Model(
        "rmsnorm",
        _forward,
        dims={"nI": nI, "nO": nI},
        params={"G": Weight(one_init, "nI")},
        attrs={"eps": eps},
        infer=_infer,
    )


def _forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    ops, G = model.ops, model.get_param("G")
    rows_of_X = as_rows(model, X, G)
    Y, scale = ops.rms_norm(rows_of_X, G, eps=model.attrs["eps"])

    def backprop(dY: Floats2d) -> Floats2d:
        dY = as_gradient(model, dY, Y)
        return ops.backprop_rms_norm(dY, rows_of_X, G, scale, model.accumulator("G"))

    return Y, backprop


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    known_x, known_y = same(model, rows(model, "nI", x), rows(model, "nO", y))
    return rows(model, "nI", known_x), rows(model, "nO", known_y)
