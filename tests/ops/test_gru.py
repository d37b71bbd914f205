"""What the op of the GRU refuses; its numbers are compared with torch's in tests/layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.errors import BackpropError, RangeError, ShapeError
from combinet.ops import Ops

SHAPES = [(1, 3, 2, 4), (1, 3, 2), (1, 3, 2, 2), (1, 3, 2), (1, 2), (5, 4)]


def arguments(sizes: list[int]) -> list[Any]:
    arrays: list[Any] = [np.ones(shape) for shape in SHAPES]
    return [*arrays, np.array(sizes, dtype="int32")]


@pytest.mark.parametrize("which", range(4))
def test_parameters_of_another_shape_are_refused(which: int) -> None:
    args = arguments([3, 2])
    args[which] = args[which][..., :1]
    with pytest.raises(ShapeError, match="parameters of a GRU"):
        Ops().gru(*args)


def test_a_sequence_cannot_start_late() -> None:
    with pytest.raises(ShapeError, match="may not grow"):
        Ops().gru(*arguments([2, 3]))


def test_sizes_must_add_up_to_the_rows() -> None:
    with pytest.raises(RangeError):
        Ops().gru(*arguments([3, 1]))


def test_a_gradient_of_another_shape_is_refused() -> None:
    Wx, bx, Wh, bh, H0, X, sizes = arguments([3, 2])
    _, state = Ops().gru(Wx, bx, Wh, bh, H0, X, sizes)
    with pytest.raises(BackpropError):
        Ops().backprop_gru(np.ones((5, 3)), Wx, Wh, H0, X, sizes, state)
