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
)

ops: Any = NativeOps()


@pytest.mark.parametrize("pieces", [1, 2, 3, 4, 5, 17])
def test_it_agrees_with_the_reference_at_every_size(pieces: int) -> None:
    for units in SIZES:
        X = floats(3, units, pieces)
        assert_agrees("maxout", X)
        assert_agrees("backprop_maxout", floats(3, units), ops.maxout(X)[1], pieces)


@pytest.mark.parametrize("pieces", [2, 3, 4, 5])
def test_the_first_of_equals_wins(pieces: int) -> None:
    X = np.random.default_rng(0).integers(0, 2, (9, 40, pieces)).astype("float32")
    assert_agrees("maxout", X)


@pytest.mark.parametrize("pieces", [2, 3, 4, 5])
def test_a_nan_makes_its_maximum_one(pieces: int) -> None:
    for place in range(pieces):
        X = floats(1, 20, pieces)
        X[0, 3, place] = np.nan
        best, which = ops.maxout(X)
        assert np.flatnonzero(np.isnan(best)).tolist() == [3]
        assert 0 <= which[0, 3] < pieces


def test_a_piece_that_there_is_not_is_refused() -> None:
    dY = floats(2, 1100)
    for wrong in (3, -1):
        which = np.zeros(dY.shape, dtype="int32")
        which[-1, -1] = wrong
        with pytest.raises(RangeError):
            ops.backprop_maxout(dY, which, 3)


def test_what_the_kernels_do_not_take_goes_to_the_reference() -> None:
    X = floats(4, 6, 3)
    assert_declines("maxout", X.astype("float64"))
    assert_declines("maxout", X[:, ::2])
    assert_declines("backprop_maxout", X[:, :, 0], ops.maxout(X)[1], 3)
    assert_declines("backprop_maxout", floats(4, 6), ops.maxout(X)[1].astype("int64"), 3)


def test_the_threads_make_no_difference() -> None:
    X, dY = floats(300, 96, 3), floats(300, 96)
    which = ops.maxout(X)[1]
    assert_the_same_on_any_number_of_threads(
        lambda: (*ops.maxout(X), ops.backprop_maxout(dY, which, 3))
    )
