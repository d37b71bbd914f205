"""What recurrent layers share: between a Padded and its rows packed by time."""

from __future__ import annotations

from typing import Any

from ..combinators._gradient import check_like
from ..errors import DimError, DTypeError
from ..model import Model
from ..types import Floats2d, Padded
from ._inputs import as_gradient, as_rows


def packed(model: Model[Any, Any], Xp: Any, dtype: Any) -> tuple[Floats2d, Any]:
    """The rows inside the sequences, by time, and which places of the Padded they have.

    Raises:
        DTypeError: ``Xp`` is no Padded, or not of floats.
        ShapeError: Its rows are not ``nI`` wide.
    """
    if not isinstance(Xp, Padded):
        raise DTypeError(
            f"{model.name} takes a Padded, got {type(Xp).__name__}",
            fix=f"with_padded({model.name}(...)) takes any container of sequences",
        )
    xp, nI = model.ops.xp, model.get_dim("nI")
    columns = xp.arange(Xp.data.shape[1])
    is_row = columns[None] < xp.asarray(Xp.size_at_t)[:, None]  # (steps, sequences)
    like = xp.empty((0, nI), dtype=dtype)
    return as_rows(model, Xp.data[is_row], like), is_row


def unpacked(model: Model[Any, Any], like: Padded, is_row: Any, rows: Floats2d) -> Padded:
    """Rows in the places that ``packed`` took them from, zeros elsewhere."""
    data: Any = model.ops.alloc((*is_row.shape, rows.shape[1]), dtype=rows.dtype)
    data[is_row] = rows
    return Padded(data, like.size_at_t, like.lengths, like.indices)


def rows_of_gradient(
    model: Model[Any, Any], dYp: Any, like: Padded, is_row: Any, Y: Floats2d
) -> Floats2d:
    """The rows of ``dYp``, the gradient of what ``unpacked`` made of ``Y``.

    Raises:
        BackpropError: It is no Padded of that form.
    """
    check_like(model, dYp, like)
    rows: Floats2d = as_gradient(model, dYp.data[is_row], Y)
    return rows


def hidden_width(model: Model[Any, Any]) -> int:
    """nO / dirs.

    Raises:
        DimError: It is no whole number.
    """
    nO, dirs = model.get_dim("nO"), model.get_dim("dirs")
    if nO % dirs:
        raise DimError(
            f"{model.name} has {dirs} directions of one width, and is to give rows of {nO}",
            fix="choose an even width",
        )
    return nO // dirs
