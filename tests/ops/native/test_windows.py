from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.errors import RangeError, ShapeError
from combinet.ops.native import NativeOps
from tests.ops.native.agreement import (
    SIZES,
    assert_agrees,
    assert_declines,
    assert_the_same_on_any_number_of_threads,
    floats,
    lengths_of,
)

ops: Any = NativeOps()


@pytest.mark.parametrize("window", [0, 1, 2, 5])
def test_it_agrees_with_the_reference_at_every_size(window: int) -> None:
    for rows in SIZES:
        X, dV = floats(rows, 5), floats(rows, 5 * (2 * window + 1), seed=1)
        assert_agrees("seq2col", X, window)
        assert_agrees("backprop_seq2col", dV, window)
        lengths = lengths_of(rows, seed=rows)
        assert_agrees("seq2col", X, window, lengths=lengths)
        assert_agrees("backprop_seq2col", dV, window, lengths=lengths)


def test_it_agrees_at_every_width() -> None:
    for width in SIZES:
        X, dV, lengths = floats(9, width), floats(9, 3 * width), lengths_of(9)
        assert_agrees("seq2col", X, 1, lengths=lengths)
        assert_agrees("backprop_seq2col", dV, 1, lengths=lengths)


def test_a_window_may_be_wider_than_the_sequence() -> None:
    assert_agrees("seq2col", floats(3, 2), 7)
    assert_agrees("backprop_seq2col", floats(3, 30), 7)


def test_what_the_kernels_do_not_take_goes_to_the_reference() -> None:
    X = floats(8, 6)
    for other in (X.astype("float64"), X[::2], np.arange(12).reshape(4, 3)):
        assert_declines("seq2col", other, 1)
    assert_declines("backprop_seq2col", X[:, ::2], 1)
    assert_declines("seq2col", X, 1, lengths=[3, 5])


def test_what_does_not_fit_is_refused() -> None:
    X = floats(8, 6)
    with pytest.raises(RangeError):
        ops.seq2col(X, 1, lengths=np.array([3, 4], dtype="int32"))
    with pytest.raises(ShapeError):
        ops.seq2col(X, -1)
    with pytest.raises(ShapeError):
        ops.backprop_seq2col(X, 2)


def test_the_threads_make_no_difference() -> None:
    X, dV, lengths = floats(1000, 33), floats(1000, 99), lengths_of(1000)
    assert_the_same_on_any_number_of_threads(
        lambda: (ops.seq2col(X, 1, lengths=lengths), ops.backprop_seq2col(dV, 1, lengths=lengths))
    )
