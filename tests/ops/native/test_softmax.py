from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.errors import RangeError
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
WIDTHS = [size for size in SIZES if size]


@pytest.mark.parametrize("rows", [0, 1, 9])
def test_it_agrees_with_the_reference_at_every_width(rows: int) -> None:
    for width in WIDTHS:
        X, dY = floats(rows, width, scale=5.0), floats(rows, width, seed=1)
        assert_agrees("softmax", X, atol=1e-6)
        assert_agrees("softmax", X, temperature=0.3, atol=1e-6)
        assert_agrees("backprop_softmax", ops.softmax(X), dY, atol=1e-6)
        assert_agrees("backprop_softmax", ops.softmax(X), dY, temperature=3, atol=1e-6)


def test_it_agrees_down_sequences() -> None:
    for seed, rows in enumerate(SIZES):
        for width in (1, 3, 16, 33):
            X, lengths = floats(rows, width, scale=5.0), lengths_of(rows, seed)
            dY = floats(rows, width, seed=1)
            assert_agrees("softmax_sequences", X, lengths, atol=1e-6)
            Y = ops.softmax_sequences(X, lengths)
            assert_agrees("backprop_softmax_sequences", dY, Y, lengths, atol=1e-6)


@pytest.mark.parametrize("width", [3, 16, 50])
@pytest.mark.parametrize("place", [0, 1, -1])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_count_as_in_the_reference(
    value: float, place: int, width: int
) -> None:
    X = floats(4, width)
    X[1, place] = value
    X[2] = -np.inf
    assert_agrees("softmax", X)
    assert_agrees("softmax_sequences", X.T.copy(), np.array([width], dtype="int32"))


def test_large_numbers_do_not_overflow() -> None:
    X = np.array([[1e38, -1e38, 1e38], [-3e38, -3e38, 3e38]], dtype="float32")
    assert_agrees("softmax", X)


def test_in_place_it_writes_over_what_it_was_given() -> None:
    X, lengths = floats(12, 5), np.array([7, 5], dtype="int32")
    wanted, down = ops.softmax(X), ops.softmax_sequences(X, lengths)
    one, other = X.copy(), X.copy()
    assert ops.softmax(one, inplace=True) is one
    assert ops.softmax_sequences(other, lengths, inplace=True) is other
    np.testing.assert_array_equal(one, wanted)
    np.testing.assert_array_equal(other, down)


@pytest.mark.parametrize("shape", [(5,), (2, 3, 5), (2, 3, 2, 5)])
def test_leading_axes_are_rows(shape: tuple[int, ...]) -> None:
    assert_agrees("softmax", floats(*shape), axis=len(shape) - 1)
    assert_agrees("backprop_softmax", floats(*shape), floats(*shape, seed=1))


def test_what_the_kernels_do_not_take_goes_to_the_reference() -> None:
    X = floats(6, 8)
    for other in (X.astype("float64"), X[:, ::2], X.T):
        assert_declines("softmax", other)
    assert_declines("softmax", X, axis=0)
    assert_declines("backprop_softmax", X, X, axis=0)
    assert_declines("softmax_sequences", X, [2, 4])


def test_lengths_that_do_not_fit_are_refused() -> None:
    with pytest.raises(RangeError):
        ops.softmax_sequences(floats(5, 2), np.array([2, 2], dtype="int32"))


def test_the_threads_make_no_difference() -> None:
    X, dY = floats(2000, 40), floats(2000, 40, seed=1)
    lengths = lengths_of(2000)

    def run() -> Any:
        Y, down = ops.softmax(X), ops.softmax_sequences(X, lengths)
        dX = ops.backprop_softmax(Y, dY)
        return [Y, down, dX, ops.backprop_softmax_sequences(dY, down, lengths)]

    assert_the_same_on_any_number_of_threads(run)
