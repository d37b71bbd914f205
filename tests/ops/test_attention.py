"""Attention and rotations against torch, and where torch has no number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from combinet.errors import BackpropError, ShapeError
from combinet.ops import Ops

ops = Ops()


def floats(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


QUERIES, KEYS, VALUES = floats(2, 3, 4, 5), floats(2, 3, 6, 5, seed=1), floats(2, 3, 6, 7, seed=2)
MASKS = {
    "none": None,
    "causal": np.tri(4, 6, dtype=bool)[None, None],
    "padding": (np.arange(6) < np.array([[6], [2]]))[:, None, None],
}


@pytest.mark.parametrize("name", MASKS)
def test_output_and_gradients_agree_with_torch(name: str) -> None:
    mask = MASKS[name]
    q, k, v = (torch.tensor(x, requires_grad=True) for x in (QUERIES, KEYS, VALUES))
    wanted = functional.scaled_dot_product_attention(
        q, k, v, None if mask is None else torch.tensor(mask)
    )
    Y, P = ops.attention(QUERIES, KEYS, VALUES, mask)
    np.testing.assert_allclose(Y, wanted.detach().numpy(), rtol=1e-10, atol=1e-12)
    dY = floats(*Y.shape, seed=3)
    wanted.backward(torch.tensor(dY))
    gradients = ops.backprop_attention(dY, QUERIES, KEYS, VALUES, P)
    for ours, theirs in zip(gradients, (q, k, v), strict=True):
        np.testing.assert_allclose(ours, theirs.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_a_query_that_may_see_no_key_gets_zeros_and_gives_no_gradient() -> None:
    mask = np.ones((4, 6), dtype=bool)
    mask[2] = False
    Y, P = ops.attention(QUERIES, KEYS, VALUES, mask)
    assert not Y[:, :, 2].any()
    dQ = ops.backprop_attention(np.ones_like(Y), QUERIES, KEYS, VALUES, P)[0]
    assert not dQ[:, :, 2].any()
    assert dQ[:, :, 1].any()


def test_a_nan_in_a_query_shows_in_its_output() -> None:
    bad = QUERIES.copy()
    bad[0, 0, 0, 0] = np.nan
    Y, _ = ops.attention(bad, KEYS, VALUES)
    assert np.isnan(Y[0, 0, 0]).all()
    assert np.isfinite(Y[0, 0, 1:]).all()


def test_large_scores_do_not_overflow() -> None:
    Y, _ = ops.attention(QUERIES * 1e4, KEYS * 1e4, VALUES)
    assert np.isfinite(Y).all()


@pytest.mark.parametrize(
    ("K", "V"), [(floats(2, 3, 6, 4), VALUES), (KEYS, floats(2, 3, 5, 7)), (KEYS[:1], VALUES)]
)
def test_what_does_not_fit_is_refused(K: Any, V: Any) -> None:
    with pytest.raises(ShapeError, match="must agree in batch and heads"):
        ops.attention(QUERIES, K, V)


def test_a_gradient_of_another_shape_is_refused() -> None:
    _, P = ops.attention(QUERIES, KEYS, VALUES)
    with pytest.raises(BackpropError):
        ops.backprop_attention(floats(2, 3, 4, 6), QUERIES, KEYS, VALUES, P)


def test_products_of_rotated_rows_depend_on_their_distance_alone() -> None:
    one, other = floats(1, 1, 8), floats(1, 1, 8, seed=1)

    def product(p: int, q: int) -> Any:
        at = [np.array([place]) for place in (p, q)]
        return (ops.rotary(one, at[0]) * ops.rotary(other, at[1])).sum()

    np.testing.assert_allclose(product(3, 1), product(12, 10))
    assert abs(product(3, 1) - product(3, 2)) > 1e-3


def test_a_rotation_turns_each_pair_by_its_angle() -> None:
    X = floats(1, 1, 4)
    Y = ops.rotary(X, np.array([3]), period=100.0)
    for j, angle in enumerate([3.0, 3.0 / 10.0]):
        pair = complex(X[0, 0, j], X[0, 0, j + 2]) * np.exp(1j * angle)
        np.testing.assert_allclose([Y[0, 0, j], Y[0, 0, j + 2]], [pair.real, pair.imag])


def test_a_row_at_place_zero_stays() -> None:
    X = floats(2, 3, 4)
    np.testing.assert_array_equal(ops.rotary(X, np.zeros(2, dtype="int64")), X)


@pytest.mark.parametrize(("shape", "count"), [((2, 1, 3), 2), ((2, 1, 4), 3)])
def test_rotations_refuse_odd_widths_and_too_many_places(shape: Any, count: int) -> None:
    with pytest.raises(ShapeError, match="even width"):
        ops.rotary(floats(*shape), np.arange(count))
