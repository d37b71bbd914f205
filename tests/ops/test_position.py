"""Positions as waves."""

from __future__ import annotations

import math

import numpy as np
import pytest

from combinet.errors import ShapeError
from combinet.ops import Ops

ops = Ops()


@pytest.mark.parametrize("D", [0, 1, 4, 5])
def test_columns_are_sines_and_cosines_in_turn(D: int) -> None:
    got = ops.position_encode(6, D, period=50)
    assert (got.shape, got.dtype) == ((6, D), np.float32)
    for p in range(6):
        for j in range(D):
            even = j - j % 2
            wave = math.cos if j % 2 else math.sin
            assert got[p, j] == pytest.approx(wave(p / 50 ** (2 * even / D)), abs=1e-6)


def test_out_is_written_and_returned() -> None:
    out = np.ones((2, 4))
    assert ops.position_encode(2, 4, out=out) is out
    assert out[0].tolist() == [0, 1, 0, 1]


def test_an_out_of_another_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"must be \(2, 4\)"):
        ops.position_encode(2, 4, out=np.ones((2, 3)))
