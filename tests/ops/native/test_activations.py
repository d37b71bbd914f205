from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from combinet.ops.native import NativeOps
from tests.ops.native.agreement import (
    SIZES,
    assert_agrees,
    assert_declines,
    assert_the_same_on_any_number_of_threads,
    floats,
)

ops: Any = NativeOps()
TAKES = {
    "relu": "Y",
    "clipped_linear": "X",
    "relu_k": "X",
    "hard_sigmoid": "X",
    "hard_tanh": "X",
    "hard_swish": "X",
    "hard_swish_mobilenet": "X",
    "sigmoid": "Y",
    "swish": "XY",
    "dish": "X",
    "gelu": "X",
    "gelu_approx": "X",
    "mish": "X",
}
each = pytest.mark.parametrize("name", TAKES)
FAR = [-np.inf, -1e38, -100.0, -88.5, -41.0, -9.0, -0.0, 0.0, 9.0, 41.0, 88.5, 100.0, 1e38]


def _seen(name: str, X: Any) -> list[Any]:
    """What the gradient of an activation takes besides dY."""
    Y = getattr(ops, name)(X)
    return [{"X": X, "Y": Y}[letter] for letter in TAKES[name]]


@each
def test_it_agrees_with_the_reference_at_every_size(name: str) -> None:
    for size in SIZES:
        X, dY = floats(size, scale=4.0), floats(size, seed=1)
        assert_agrees(name, X, atol=1e-6)
        assert_agrees(f"backprop_{name}", dY, *_seen(name, X), atol=1e-6)


@each
def test_it_agrees_far_out(name: str) -> None:
    X = np.array(FAR, dtype="float32")
    assert_agrees(name, X, atol=1e-30)
    assert_agrees(f"backprop_{name}", np.ones_like(X), *_seen(name, X), atol=1e-30)


@each
def test_a_nan_stays_one_and_stays_alone(name: str) -> None:
    X = floats(40)
    X[7] = np.nan
    assert np.flatnonzero(np.isnan(getattr(ops, name)(X))).tolist() == [7]
    assert_agrees(f"backprop_{name}", np.ones_like(X), *_seen(name, X))


@each
@pytest.mark.parametrize("shape", [(5, 7), (2, 3, 4), (2, 2, 2, 2)])
def test_shapes_stay(name: str, shape: tuple[int, ...]) -> None:
    X = floats(*shape)
    assert_agrees(name, X)
    assert_agrees(f"backprop_{name}", floats(*shape, seed=1), *_seen(name, X))


@each
def test_in_place_it_writes_over_what_it_was_given(name: str) -> None:
    X, dY = floats(37), floats(37, seed=1)
    Y, seen = getattr(ops, name)(X), _seen(name, X)
    dX = getattr(ops, f"backprop_{name}")(dY, *seen)
    given = X.copy()
    assert getattr(ops, name)(given, inplace=True) is given
    np.testing.assert_array_equal(given, Y)
    assert getattr(ops, f"backprop_{name}")(dY, *seen, inplace=True) is dY
    np.testing.assert_array_equal(dY, dX)


@each
def test_what_the_kernel_does_not_take_goes_to_the_reference(name: str) -> None:
    X = floats(6, 8)
    for other in (X.astype("float64"), X[:, ::2], X.T, X.reshape(1, 1, 2, 3, 8)):
        assert_declines(name, other)


def test_an_overlapping_output_is_left_to_the_reference() -> None:
    room = floats(11)
    dY, Y = room[1:], room[:-1]
    wanted = np.where(Y <= 0, 0, dY)
    np.testing.assert_array_equal(ops.backprop_relu(dY, Y, inplace=True), wanted)


def test_zero_is_zero_over_infinite_gradients() -> None:
    X = np.array([-1.0, 0.0, 2.0], dtype="float32")
    dY = np.array([np.inf, np.nan, 3.0], dtype="float32")
    assert ops.backprop_relu(dY, X).tolist() == [0.0, 0.0, 3.0]
    assert ops.backprop_clipped_linear(dY, X, max_val=5.0).tolist() == [0.0, 0.0, 3.0]


def test_gelu_is_exact_to_a_millionth() -> None:
    X = np.linspace(-12, 12, 100_001, dtype="float32")
    exact = np.array([0.5 * x * math.erfc(-x * math.sqrt(0.5)) for x in X.tolist()])
    np.testing.assert_allclose(ops.gelu(X), exact, rtol=0, atol=1e-6)
    inside = np.abs(X) < 5
    np.testing.assert_allclose(ops.gelu(X)[inside], exact[inside], rtol=3e-6, atol=1e-12)


def test_the_threshold_of_mish_is_taken() -> None:
    X = floats(50, scale=3.0)
    for threshold in (1.0, 5, 20.0):
        assert_agrees("mish", X, threshold)
        assert_agrees("backprop_mish", floats(50, seed=1), X, threshold)


@each
def test_the_threads_make_no_difference(name: str) -> None:
    X, dY = floats(100_003), floats(100_003, seed=1)
    seen = _seen(name, X)
    assert_the_same_on_any_number_of_threads(
        lambda: (getattr(ops, name)(X), getattr(ops, f"backprop_{name}")(dY, *seen))
    )
