"""uniqued: compute rows that are alike only once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import BackpropError, DTypeError, ShapeError
from ..model import NO_DX, Model, without_dX
from ..registry import registry
from ..types import Ints2d
from ._one import infer_as_layer
from ._specs import adopt

Out = TypeVar("Out")


@registry.layers("uniqued.v1")
def uniqued(layer: Model[Ints2d, Out], *, column: int = 0) -> Model[Ints2d, Out]:
    """Run the layer on one row of each kind and copy the results: a cache for one batch.

    Rows are of one kind where their ids in ``column`` are equal; the first of them is the one
    that is computed. Equal to the layer alone where that column decides what it gives.

    Args:
        layer: Gives one row for each row of ids.
        column: The ids to compare. Lives in ``attrs["column"]``.

    Shapes:
        X (n, columns) ints -> what the layer gives, one row for each; ids have no gradient.

    Raises:
        DTypeError: ``X`` is no array of ints.
        ShapeError: It is not 2-d, or has no such column.
    """
    model = Model[Ints2d, Out](
        f"uniqued({layer.name})",
        _forward,
        dims={"nO": None, "nI": None},
        layers=[layer],
        attrs={"column": column},
        infer=infer_as_layer,
        gradient="none",
    )
    return adopt(model, "nO", "nI")


def _forward(
    model: Model[Any, Any], X: Ints2d, is_train: bool
) -> tuple[Any, Callable[[Any], Ints2d]]:
    ops, layer = model.ops, model.layers[0]
    if getattr(X, "shape", None) == (0, 0):  # what an empty list is laid out as
        return layer(X, is_train)
    ids = _column(model, X)
    _, first, which = ops.xp.unique(ids, return_index=True, return_inverse=True)
    unique, backprop_layer = layer(X[first], is_train)
    Y: Any = unique[which]

    def backprop(dY: Any, *, need_dX: bool = True) -> Ints2d:
        if getattr(dY, "shape", None) != Y.shape:
            raise BackpropError(
                f"the gradient given to {model.name} does not fit its output",
                dY=getattr(dY, "shape", type(dY).__name__),
                Y=Y.shape,
            )
        d_unique = ops.alloc(unique.shape, dtype=Y.dtype)
        without_dX(backprop_layer)(ops.scatter_add(d_unique, which, dY.astype(Y.dtype)))
        return ops.alloc2i(*X.shape, dtype=X.dtype) if need_dX else NO_DX

    return Y, backprop


def _column(model: Model[Any, Any], X: Any) -> Any:
    column = model.attrs["column"]
    if getattr(getattr(X, "dtype", None), "kind", "") not in ("i", "u"):
        raise DTypeError(
            f"{model.name} takes rows of ids, got {getattr(X, 'dtype', type(X).__name__)}",
            fix="with_array(uniqued(layer)) runs it on lists; floats are never the same twice",
        )
    if X.ndim != 2 or not -X.shape[1] <= column < X.shape[1]:
        raise ShapeError(
            f"{model.name} takes rows of ids with a column {column}",
            X=X.shape,
            fix="X.reshape((n, 1)) makes one column of ids",
        )
    return X[:, column]
