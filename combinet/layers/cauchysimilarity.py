"""CauchySimilarity: how alike two rows are, by their weighted distance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._guards import is_list, is_tuple
from ..errors import DTypeError, ShapeError
from ..infer import Spec, fit, rows
from ..initializers import one_init
from ..model import NO_DX, Model, Weight
from ..registry import registry
from ..types import Floats1d, Floats2d
from ._inputs import as_gradient, as_rows


@registry.layers("CauchySimilarity.v1")
def CauchySimilarity(nI: int | None = None) -> Model[tuple[Floats2d, Floats2d], Floats1d]:
    """Compare rows two by two: ``y = 1 / (1 + sum over j of W_j (x1_j - x2_j)^2)``.

    Args:
        nI: Width of a row; read from ``X`` at initialize() when omitted.

    Shapes:
        X1 (batch, nI), X2 (batch, nI) -> y (batch,), 1 for equal rows; W (nI,).

    Raises:
        DTypeError: The input is no pair of arrays of floats.
        ShapeError: One of them is not ``nI`` wide, or they differ in the number of rows.

    Source:
        Chen, 2013, as Thinc's layer of this name gives it.
    """
    return Model(
        "cauchy_similarity",
        _forward,
        dims={"nI": nI, "nO": 1},
        params={"W": Weight(one_init, "nI")},
        infer=_infer,
    )


def _forward(
    model: Model[tuple[Floats2d, Floats2d], Floats1d], X: tuple[Floats2d, Floats2d], is_train: bool
) -> tuple[Floats1d, Callable[[Floats1d], tuple[Floats2d, Floats2d]]]:
    ops, W = model.ops, model.get_param("W")
    X1, X2 = _pair(model, X, W)
    difference: Any = X1 - X2
    squares = difference * difference
    Y = 1.0 / (1.0 + squares @ W)

    def backprop(dY: Floats1d, *, need_dX: bool = True) -> tuple[Floats2d, Floats2d]:
        d_total = -as_gradient(model, dY, Y) * (Y * Y)
        ops.add_sum_rows(model.accumulator("W"), squares * d_total[:, None])
        if not need_dX:
            return NO_DX  # type: ignore[no-any-return]
        d_difference = 2.0 * d_total[:, None] * (difference * W)
        return d_difference, -d_difference

    return Y, backprop


def _pair(model: Model[Any, Any], X: Any, W: Floats1d) -> tuple[Floats2d, Floats2d]:
    if not (is_tuple(X) or is_list(X)) or len(X) != 2:
        raise DTypeError(
            f"{model.name} takes a pair of arrays, (X1, X2), got {type(X).__name__}",
            fix="siamese(layer, CauchySimilarity()) makes both of one layer",
        )
    X1, X2 = as_rows(model, X[0], W), as_rows(model, X[1], W)
    if X1.shape != X2.shape:
        raise ShapeError(
            f"{model.name} compares rows two by two", X1=X1.shape, X2=X2.shape, fix="pair them up"
        )
    return X1, X2


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    pair = fit(model, x or Spec(), Spec("tuple"))
    first, second = pair.items if len(pair.items) == 2 else (None, None)
    found = rows(model, "nI", rows(model, "nI", second) if first is None else first)
    pair = pair.but(items=(found, rows(model, "nI", second)))
    # The width of a target says nothing of numbers without one.
    known = Spec() if y is None else y.but(width=None, origin=None)
    return pair, fit(model, known, Spec("array", 1, dtype="f"))
