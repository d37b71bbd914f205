from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.errors import ShapeError
from combinet.ops import Ops
from combinet.ops.native import NativeOps
from tests.ops.native.agreement import (
    SIZES,
    assert_agrees,
    assert_declines,
    assert_the_same_on_any_number_of_threads,
    floats,
)

ops: Any = NativeOps()
DROP = {"rate": 0.3, "key": 2**63 + 5, "draw": 7}


def _heads(batch: int, heads: int, rows: int, width: int, seed: int = 0) -> Any:
    """As layers have them: a view of (batch, rows, heads, width)."""
    return floats(batch, rows, heads, width, seed=seed).swapaxes(1, 2)


def _some(
    queries: int, keys: int, width: int = 4, values: int = 3, batch: int = 2
) -> tuple[Any, ...]:
    """Q, K, V and dY of three heads."""
    Q, K = _heads(batch, 3, queries, width), _heads(batch, 3, keys, width, 1)
    return Q, K, _heads(batch, 3, keys, values, 2), _heads(batch, 3, queries, values, 3)


def _agrees_both_ways(arrays: tuple[Any, ...], mask: Any = None, **drop: Any) -> None:
    Q, K, V, dY = arrays
    assert_agrees("attention", Q, K, V, mask, **drop)
    P = np.array(Ops().attention(Q, K, V, mask)[1])
    assert_agrees("backprop_attention", dY, Q, K, V, P, **drop)


def test_it_agrees_with_the_reference_at_every_size() -> None:
    for size in SIZES[1:-3]:
        _agrees_both_ways(_some(size, 5))
        _agrees_both_ways(_some(5, size))
        _agrees_both_ways(_some(6, 7, width=size, values=size), **DROP)


@pytest.mark.parametrize(("queries", "keys"), [(0, 5), (5, 0), (300, 200)])
def test_it_agrees_with_none_and_with_many(queries: int, keys: int) -> None:
    _agrees_both_ways(_some(queries, keys, width=33, values=17), **DROP)


@pytest.mark.parametrize(
    "shape", [(2, 1, 1, 9), (1, 1, 6, 9), (2, 3, 6, 9), (2, 1, 6, 1), (6, 9), (9,), (6, 1), (1,)]
)
def test_any_mask_that_broadcasts_is_taken(shape: tuple[int, ...]) -> None:
    mask = np.random.default_rng(0).random(shape) < 0.6
    _agrees_both_ways(_some(6, 9), mask)
    _agrees_both_ways(_some(6, 9), mask, **DROP)


def test_a_query_that_sees_no_key_gets_zeros() -> None:
    Q, K, V, _ = _some(6, 9)
    mask = np.ones((6, 9), dtype=bool)
    mask[2] = False
    Y, P = ops.attention(Q, K, V, mask)
    assert not Y[:, :, 2].any()
    assert not P[:, :, 2].any()
    assert Y[:, :, 3].all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_scores_that_are_no_numbers_stay_in_their_row(value: float) -> None:
    Q, K, V, _ = _some(6, 40)
    Q[0, 1, 2, 0] = value
    Y, _ = ops.attention(Q, abs(K), V)
    rows = np.isnan(Y).all(axis=3)
    assert rows[0, 1, 2]
    assert rows.sum() == 1


def test_plain_and_strided_views_agree() -> None:
    views = _some(20, 30)
    for array in views:
        array.flags.writeable = False
    wanted = ops.attention(*(view.copy() for view in views[:3]))
    for one, other in zip(ops.attention(*views[:3]), wanted, strict=True):
        np.testing.assert_array_equal(one, other)
    wide = [np.repeat(view, 2, axis=2)[:, ::-1, ::-2] for view in views[:3]]
    same = ops.attention(*(np.ascontiguousarray(view) for view in wide))
    for one, other in zip(ops.attention(*wide), same, strict=True):
        np.testing.assert_array_equal(one, other)


def test_rows_of_all_heads_come_back_in_order() -> None:
    Q, K, V, dY = _some(6, 9)
    Y, P = ops.attention(Q, K, V)
    for array in (Y, *ops.backprop_attention(dY, Q, K, V, P)):
        assert array.swapaxes(1, 2).flags.c_contiguous


def test_what_the_kernels_do_not_take_goes_to_the_reference() -> None:
    Q, K, V, dY = _some(6, 9)
    assert_declines("attention", *(array.astype("float64") for array in (Q, K, V)))
    assert_declines("attention", Q[..., ::2], K[..., ::2], V)
    assert_declines("attention", Q, K, V, np.ones((6, 9), dtype="int8"))
    assert_declines("attention", Q, K, V, np.ones((6, 18), dtype=bool)[:, ::2])
    P = ops.attention(Q, K, V)[1]
    assert_declines("backprop_attention", dY, Q, K, V, P.astype("float64"))


def test_what_does_not_fit_is_refused() -> None:
    Q, K, V, _ = _some(6, 9)
    with pytest.raises(ShapeError):
        ops.attention(Q, K[:, :, 1:], V)
    with pytest.raises(ValueError, match="broadcast"):
        ops.attention(Q, K, V, np.ones((6, 8), dtype=bool))


def test_rotations_agree_with_the_reference_at_every_size() -> None:
    for half in SIZES:
        X, places = floats(30, 2, 2 * half), np.arange(30, dtype="int32")[::-1].copy()
        for op in ("rotary", "backprop_rotary"):
            assert_agrees(op, X, places)
            assert_agrees(op, X, places, period=500.0)


def test_positions_of_any_ints_are_taken() -> None:
    X = floats(6, 2, 8)
    assert_agrees("rotary", X, np.array([5, 0, 0, 3, 24, 1]))
    assert_declines("rotary", X, np.array([5, 0, -1, 3, 2, 1], dtype="int32"))
    assert_declines("rotary", X, np.array([5, 0, 10**6, 3, 2, 1], dtype="int32"))
    with pytest.raises(ShapeError):
        ops.rotary(X, np.array([5, 0], dtype="int32"))


def test_the_threads_make_no_difference() -> None:
    Q, K, V, dY = _some(40, 50, width=24, values=24, batch=6)
    P = ops.attention(Q, K, V)[1]
    X, places = floats(2000, 4, 24), np.arange(2000, dtype="int32")
    assert_the_same_on_any_number_of_threads(
        lambda: (
            *ops.attention(Q, K, V, **DROP),
            *ops.backprop_attention(dY, Q, K, V, P, **DROP),
            ops.rotary(X, places),
        )
    )
