from __future__ import annotations

from typing import Any

import numpy as np
import pytest

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
WIDTHS = [size for size in SIZES if size]


def _layer_norm_back(*shape: int) -> tuple[Any, ...]:
    """dY, X, G, stats, dG, db."""
    X, G = floats(*shape, scale=3.0), floats(shape[-1], seed=2)
    _, stats = Ops().layer_norm(X, G, G)
    sums = floats(shape[-1], seed=3), floats(shape[-1], seed=4)
    return floats(*shape, seed=1), X, G, tuple(map(np.ascontiguousarray, stats)), *sums


def _rms_norm_back(*shape: int) -> tuple[Any, ...]:
    """dY, X, G, scale, dG."""
    dY, X, G, _, dG, _ = _layer_norm_back(*shape)
    return dY, X, G, Ops().rms_norm(X, G)[1], dG


@pytest.mark.parametrize("rows", [0, 1, 5, 130])
def test_it_agrees_with_the_reference_at_every_width(rows: int) -> None:
    for width in WIDTHS:
        X, G, b = floats(rows, width, scale=3.0), floats(width, seed=2), floats(width, seed=3)
        if width > 1:  # of one number nothing is left but its rounding
            assert_agrees("layer_norm", X, G, b, eps=1e-3)
            assert_agrees("backprop_layer_norm", *_layer_norm_back(rows, width))
        assert_agrees("rms_norm", X, G)
        assert_agrees("backprop_rms_norm", *_rms_norm_back(rows, width))


@pytest.mark.parametrize("shape", [(7,), (2, 3, 7), (2, 3, 2, 7)])
def test_leading_axes_are_rows(shape: tuple[int, ...]) -> None:
    X, G, b = floats(*shape), floats(7, seed=2), floats(7, seed=3)
    assert_agrees("layer_norm", X, G, b)
    assert_agrees("rms_norm", X, G)
    assert_agrees("backprop_layer_norm", *_layer_norm_back(*shape))
    assert_agrees("backprop_rms_norm", *_rms_norm_back(*shape))


def test_a_row_of_equal_numbers_becomes_the_bias() -> None:
    X = np.full((3, 96), 1000.1, dtype="float32")
    G, b = floats(96), floats(96, seed=1)
    Y, (mean, _) = ops.layer_norm(X, G, b)
    np.testing.assert_array_equal(Y, np.broadcast_to(b, Y.shape))
    np.testing.assert_array_equal(mean, X[:, :1])


@pytest.mark.parametrize("size", [1e-20, 1e4, 1e18, 1e25, 1e38])
def test_numbers_of_any_size_are_normalized(size: float) -> None:
    X = (np.array([[1, 3, 2, 1.5]]) * size).astype("float32")
    one = np.ones(4, dtype="float32")
    assert_agrees("layer_norm", X, one, one)
    assert_agrees("rms_norm", X, one)


def test_a_large_mean_costs_no_more_digits_than_in_the_reference() -> None:
    X, G = floats(20, 96) + np.float32(1e4), floats(96, seed=1)
    wanted, stats = Ops().layer_norm(X, G, G)
    Y, (mean, _) = ops.layer_norm(X, G, G)
    np.testing.assert_array_equal(mean, stats[0])
    np.testing.assert_allclose(Y, wanted, rtol=1e-5, atol=1e-5)


def test_a_row_with_a_nan_leaves_the_others_alone() -> None:
    X = floats(3, 20)
    X[1, 4] = np.nan
    one = np.ones(20, dtype="float32")
    for Y in (ops.layer_norm(X, one, one)[0], ops.rms_norm(X, one)[0]):
        assert np.isnan(Y).all(axis=1).tolist() == [False, True, False]


def test_what_the_kernels_do_not_take_goes_to_the_reference() -> None:
    X, G = floats(6, 8), floats(8, seed=1)
    for other in (X.astype("float64"), X[::2], X[:, ::-1], floats(3, 0)):
        wide = np.resize(G, other.shape[1]).astype(other.dtype)
        assert_declines("layer_norm", other, wide, wide)
        assert_declines("rms_norm", other, wide)


def test_the_threads_make_no_difference() -> None:
    dY, X, G, stats, _, _ = _layer_norm_back(1000, 65)
    scale = Ops().rms_norm(X, G)[1]

    def run() -> Any:
        dG, db, dG_of_rms = np.zeros_like(G), np.zeros_like(G), np.zeros_like(G)
        dX = ops.backprop_layer_norm(dY, X, G, stats, dG, db)
        dX_of_rms = ops.backprop_rms_norm(dY, X, G, scale, dG_of_rms)
        Ys = ops.layer_norm(X, G, G), ops.rms_norm(X, G)
        return dX, dG, db, dX_of_rms, dG_of_rms, *Ys

    assert_the_same_on_any_number_of_threads(run)
