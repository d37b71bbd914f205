"""with_reshape: run a layer of rows over a 3-d array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import ShapeError
from ..infer import Spec, fit, mirror, solve
from ..model import Model
from ..ops import Ops
from ..registry import registry
from ..types import Floats2d, Floats3d
from ._flat import to_rows
from ._inside import apply_inside
from ._pack import Restore
from ._specs import adopt


@registry.layers("with_reshape.v1")
def with_reshape(layer: Model[Floats2d, Floats2d]) -> Model[Floats3d, Floats3d]:
    """Apply a layer of rows to the last axis: ``Y[i, j] = f(X[i, j])``.

    Args:
        layer: Acts on rows; must return one row for each row it gets.

    Shapes:
        X (batch, n, nI) -> Y (batch, n, nO).

    Raises:
        ShapeError: ``X`` is no array of three dimensions.
    """
    model = Model[Floats3d, Floats3d](
        f"with_reshape({layer.name})",
        _forward,
        dims={"nO": None, "nI": None},
        layers=[layer],
        infer=_infer,
    )
    return adopt(model, "nO", "nI")


def _forward(
    model: Model[Floats3d, Floats3d], X: Floats3d, is_train: bool
) -> tuple[Floats3d, Callable[[Floats3d], Floats3d]]:
    return apply_inside(model, X, is_train, _flatten)


def _flatten(ops: Ops, X: Any) -> tuple[Any, Restore]:
    if getattr(X, "ndim", None) != 3:
        raise ShapeError(
            "with_reshape takes arrays of three dimensions, (batch, n, width)",
            X=getattr(X, "shape", type(X).__name__),
            fix="with_array2d() takes arrays of any rank, and containers",
        )
    return to_rows(X)


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    form = Spec("array", 3)
    x, y = fit(model, x or Spec(), form), fit(model, y or Spec(), form)
    x, y = solve(
        model.layers[0], mirror(model, "nI", x.but(rank=2)), mirror(model, "nO", y.but(rank=2))
    )
    x, y = mirror(model, "nI", x), mirror(model, "nO", y)
    return x and x.but(rank=3), y and y.but(rank=3)
