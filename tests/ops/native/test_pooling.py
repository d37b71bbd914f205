from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.errors import RangeError
from combinet.ops import Ops
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


def _rows(items: int, count: int, limit: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, limit, (items, count)).astype("int32")


@pytest.mark.parametrize("count", [0, 1, 3, 4])
@pytest.mark.parametrize("mean", [True, False])
def test_it_agrees_with_the_reference_at_every_size(mean: bool, count: int) -> None:
    for seed, items in enumerate(SIZES):
        table, rows, lengths = floats(13, 5), _rows(items, count, 13), lengths_of(items, seed)
        assert_agrees("pool_rows", table, rows, lengths, mean=mean)
        dY = floats(len(lengths), 5, seed=1)
        assert_agrees("backprop_pool_rows", dY, rows, lengths, table, mean=mean)


def test_it_agrees_at_every_width() -> None:
    for width in SIZES:
        table, rows, lengths = floats(13, width), _rows(40, 2, 13), lengths_of(40)
        assert_agrees("pool_rows", table, rows, lengths, mean=True)
        dY = floats(len(lengths), width, seed=1)
        assert_agrees("backprop_pool_rows", dY, rows, lengths, table, mean=True)


def test_long_sequences_of_a_large_table_agree() -> None:
    table, rows = floats(5000, 33), _rows(9000, 1, 5000)
    lengths = np.array([8000, 0, 1000], dtype="int32")
    assert_agrees("pool_rows", table, rows, lengths)
    assert_agrees("backprop_pool_rows", floats(3, 33), rows, lengths, table)


def test_rows_may_be_int64() -> None:
    table, rows, lengths = floats(13, 5), _rows(30, 4, 13).astype("int64"), lengths_of(30)
    assert_agrees("pool_rows", table, rows, lengths)


def test_a_row_that_there_is_not_is_refused() -> None:
    table, lengths = floats(13, 5), np.array([3], dtype="int32")
    for wrong in (13, -1, 2**33):
        rows = np.array([[0], [wrong], [1]])
        with pytest.raises(RangeError):
            ops.pool_rows(table, rows, lengths)
    before = table.copy()
    with pytest.raises(RangeError):
        ops.backprop_pool_rows(floats(1, 5), np.array([[0], [13], [1]]), lengths, table)
    np.testing.assert_array_equal(table, before)


def test_lengths_that_do_not_fit_are_refused() -> None:
    for lengths in ([2, 2], [5, -2], [2]):
        with pytest.raises((RangeError, ValueError)):
            ops.pool_rows(floats(13, 5), _rows(3, 1, 13), np.array(lengths, dtype="int32"))


def test_what_the_kernels_do_not_take_goes_to_the_reference() -> None:
    table, rows, lengths = floats(13, 6), _rows(8, 1, 13), np.array([3, 5], dtype="int32")
    assert_declines("pool_rows", table.astype("float64"), rows, lengths)
    assert_declines("hash_rows", np.arange(5, dtype="int32"), 3, 7)


@pytest.mark.parametrize("limit", [1, 2, 1000, 2**31 - 1])
def test_hashed_rows_are_those_of_the_reference(limit: int) -> None:
    for size in SIZES:
        ids = np.random.default_rng(size).integers(0, 2**64, size, dtype="uint64")
        assert_agrees("hash_rows", ids, 2**32 - 1, limit)
    wide = np.random.default_rng(0).integers(0, 2**64, (9, 3), dtype="uint64")
    np.testing.assert_array_equal(
        ops.hash_rows(wide[:, 1], 5, limit), Ops().hash_rows(wide[:, 1], 5, limit)
    )


def test_the_threads_make_no_difference() -> None:
    table, rows, lengths = floats(500, 70), _rows(4000, 2, 500), lengths_of(4000)
    dY = floats(len(lengths), 70)

    def run() -> Any:
        gradient = np.zeros_like(table)
        ops.backprop_pool_rows(dY, rows, lengths, gradient, mean=True)
        return ops.pool_rows(table, rows, lengths), gradient

    assert_the_same_on_any_number_of_threads(run)
