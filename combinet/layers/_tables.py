"""What the embeddings share: picking a column of ids, and dropping columns of the output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..chain import chain
from ..model import Model
from ..types import Floats2d
from .array_getitem import ints_getitem


def of_column(layer: Model[Any, Floats2d], column: int | None) -> Model[Any, Floats2d]:
    """``layer`` applied to that column of its input; to the input itself for None."""
    if column is None:
        return layer
    whole: Model[Any, Floats2d] = chain(ints_getitem((slice(0, None), column)), layer)
    whole.attrs["column"] = column
    return whole


def drop_columns(
    model: Model[Any, Any], Y: Floats2d, is_train: bool
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    """In training, zero a part ``dropout_rate`` of the columns, the same in every row."""
    rate = model.attrs.get("dropout_rate")
    if not (is_train and rate):
        return Y, _unchanged
    ops, (key, draw) = model.ops, model.next_draw()
    mask = ops.dropout_mask((Y.shape[1],), rate, key, draw, Y.dtype)  # one row: kept, not redrawn

    def times_mask(dY: Floats2d) -> Floats2d:
        dropped: Floats2d = dY * mask
        return dropped

    return times_mask(Y), times_mask


def _unchanged(dY: Floats2d) -> Floats2d:
    return dY
