"""LayerNorm: every row to mean 0 and variance 1, then a trained scale and shift."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..fusion import known_as
from ..infer import Spec, rows, same
from ..initializers import zero_init
from ..model import Model, Weight
from ..ops import Ops
from ..registry import registry
from ..types import Floats2d, FloatsXd
from ._inputs import as_gradient, as_rows


@registry.layers("LayerNorm.v1")
def LayerNorm(nI: int | None = None) -> Model[Floats2d, Floats2d]:
    """``Y = G (X - mean) / sqrt(var + 1e-8) + b``, mean and variance over each row.

    Shapes:
        X (batch, nI) -> Y (batch, nI); G (nI,), b (nI,).

    Source:
        Ba, Kiros and Hinton, Layer Normalization, 2016.
    """
    return Model(
        "layernorm",
        _forward,
        dims={"nI": nI, "nO": nI},
        params={"G": Weight(_ones, "nI"), "b": Weight(zero_init, "nI")},
        infer=_infer,
    )


def _ones(ops: Ops, shape: tuple[int, ...]) -> FloatsXd:
    array = ops.alloc_f(shape)
    array[:] = 1.0
    return array


@known_as("layernorm")
def _forward(
    model: Model[Floats2d, Floats2d], X: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    ops, G, b = model.ops, model.get_param("G"), model.get_param("b")
    rows_of_X = as_rows(model, X, G)
    Y, stats = ops.layer_norm(rows_of_X, G, b)

    def backprop(dY: Floats2d) -> Floats2d:
        dG, db = model.accumulator("G"), model.accumulator("b")
        dY = as_gradient(model, dY, Y)
        return ops.backprop_layer_norm(dY, rows_of_X, G, stats, dG, db)

    return Y, backprop


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    known_x, known_y = same(model, rows(model, "nI", x), rows(model, "nO", y))
    return rows(model, "nI", known_x), rows(model, "nO", known_y)
