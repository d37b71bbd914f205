"""What the window encoders share: residual layers over windows inside documents."""

from __future__ import annotations

from ..chain import chain
from ..combinators import clone, residual, with_array, with_ragged
from ..layers import expand_window
from ..model import Model
from ..types import Floats2d, Ragged


def windows(
    layer: Model[Floats2d, Floats2d], window_size: int, depth: int
) -> Model[list[Floats2d], list[Floats2d]]:
    """``layer`` over each row and its neighbours, plus the row; ``depth`` times.

    A Ragged knows where its documents end, so no rows of padding are computed between them.
    """
    over_rows: Model[Ragged, Ragged] = with_array(layer, of="ragged")
    window = chain(expand_window(window_size, of="ragged"), over_rows)
    return with_ragged(clone(residual(window), depth))
