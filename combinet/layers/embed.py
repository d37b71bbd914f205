"""Embed: a trained row for each id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

from ..errors import RangeError, ShapeError
from ..fusion import known_as
from ..infer import Spec, rows
from ..initializers import Initializer, uniform_init
from ..model import NO_DX, Model, Weight
from ..registry import registry
from ..types import Floats2d, Ints1d, Ints2d
from ._inputs import as_gradient, as_ids
from ._tables import drop_columns, of_column


@overload
def Embed(
    nO: int | None = None,
    nV: int | None = None,
    *,
    column: None = None,
    initializer: Initializer | None = uniform_init,
    dropout: float | None = None,
) -> Model[Ints1d, Floats2d]: ...
@overload
def Embed(
    nO: int | None = None,
    nV: int | None = None,
    *,
    column: int,
    initializer: Initializer | None = uniform_init,
    dropout: float | None = None,
) -> Model[Ints2d, Floats2d]: ...
@registry.layers("Embed.v1")
def Embed(
    nO: int | None = None,
    nV: int | None = None,
    *,
    column: int | None = None,
    initializer: Initializer | None = uniform_init,
    dropout: float | None = None,
) -> Model[Any, Floats2d]:
    """Look up rows of a table: ``Y[i] = E[X[i]]``.

    Args:
        nO: Width of a row; read from ``Y`` at initialize() when omitted.
        nV: How many rows there are; ids are from 0 to nV - 1.
        column: Where each row of the input holds several ids, the column to take.
        initializer: Of the table.
        dropout: Rate at which columns of the output are zeroed in training, for the whole
            batch at once. Lives in ``attrs["dropout_rate"]``.

    Shapes:
        X (n,) ints, or (n, columns) with ``column`` -> Y (n, nO); E (nV, nO).

    Raises:
        RangeError: An id is not below nV.
    """
    layer: Model[Ints1d, Floats2d] = Model(
        "embed",
        _forward,
        dims={"nO": nO, "nV": nV},
        params={"E": Weight(initializer or uniform_init, "nV", "nO")},
        attrs={} if dropout is None else {"dropout_rate": dropout},
        infer=infer_embed,
        gradient="none",
    )
    return of_column(layer, column)


@known_as("embed")
def _forward(
    model: Model[Ints1d, Floats2d], X: Ints1d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Ints1d]]:
    ops, E, ids = model.ops, model.get_param("E"), as_ids(model, X)
    Y, backprop_drop = drop_columns(model, _look_up(model, E, ids), is_train)

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Ints1d:
        ops.scatter_add(model.accumulator("E"), ids, backprop_drop(as_gradient(model, dY, Y)))
        return ops.alloc1i(len(ids)) if need_dX else NO_DX

    return Y, backprop


def _look_up(model: Model[Any, Any], E: Floats2d, ids: Ints1d) -> Floats2d:
    try:
        return model.ops.gather_add(E, ids.reshape((len(ids), 1)))
    except RangeError as error:
        raise RangeError(
            f"{model.name} has a table of {len(E)} rows: {error.what}",
            fix="give Embed a larger nV; HashEmbed takes any id",
        ) from error


def infer_embed(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    """(n,) ints -> (n, nO).

    Raises:
        ShapeError: The ids come in columns.
    """
    if x is not None and x.container == "array" and x.rank == 2:
        raise ShapeError(
            f"{model.name} takes one id a row, (n,), and is met by {x}",
            fix=f"{model.name} with column=0 takes the first column",
        )
    return rows(model, "", x, rank=1, dtype="i"), rows(model, "nO", y)
