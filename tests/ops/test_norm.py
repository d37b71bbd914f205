from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.errors import BackpropError
from combinet.ops import Ops
from tests.ops.cupy_proxy import CupyStandIn

ops = Ops()
both_types = pytest.mark.parametrize(
    ("dtype", "tol"), [("float64", 1e-10), ("float32", 1e-4)], ids=["float64", "float32"]
)


def _sample(*shape: int, dtype: str = "float64") -> list[Any]:
    """X, dY, G, b."""
    rng = np.random.default_rng(0)
    shapes = [shape, shape, shape[-1:], shape[-1:]]
    return [rng.normal(size=one).astype(dtype) for one in shapes]


def _backprop(X: Any, dY: Any, G: Any, b: Any) -> tuple[Any, Any, Any]:
    _, stats = ops.layer_norm(X, G, b)
    dG, db = np.ones_like(G), np.ones_like(b)
    return ops.backprop_layer_norm(dY, X, G, stats, dG, db), dG, db


@both_types
@pytest.mark.parametrize("shape", [(6, 5), (2, 3, 7), (1, 1), (4,)])
def test_layer_norm_agrees_with_torch(dtype: str, tol: float, shape: tuple[int, ...]) -> None:
    X, dY, G, b = _sample(*shape)
    x, g, beta = (torch.from_numpy(array).requires_grad_() for array in (X, G, b))
    y = torch.nn.functional.layer_norm(x, shape[-1:], g, beta, eps=1e-8)
    y.backward(torch.from_numpy(dY))

    X, dY, G, b = (array.astype(dtype) for array in (X, dY, G, b))
    Y, _ = ops.layer_norm(X, G, b)
    dX, dG, db = _backprop(X, dY, G, b)
    assert {array.dtype.name for array in (Y, dX, dG, db)} == {dtype}
    for got, wanted in [(Y, y), (dX, x.grad), (dG - 1, g.grad), (db - 1, beta.grad)]:
        assert wanted is not None
        np.testing.assert_allclose(got, wanted.detach().numpy(), rtol=tol, atol=tol)


def test_the_gradients_of_gain_and_bias_are_added_in_place() -> None:
    X, dY, G, b = _sample(4, 3)
    _, stats = ops.layer_norm(X, G, b)
    dG, db = np.zeros(3), np.zeros(3)
    ops.backprop_layer_norm(dY, X, G, stats, dG, db)
    once = dG.copy(), db.copy()
    ops.backprop_layer_norm(dY, X, G, stats, dG, db)
    np.testing.assert_allclose((dG, db), 2 * np.array(once))


def test_large_numbers_far_from_zero_are_normalized() -> None:
    X = np.array([[1e38, 3e38, 2e38]], dtype="float32")
    Y, _ = ops.layer_norm(X, np.ones(3, dtype="float32"), np.zeros(3, dtype="float32"))
    np.testing.assert_allclose(Y, [[-(1.5**0.5), 1.5**0.5, 0]], atol=1e-6)
    X = np.array([[1e4, 1e4 + 2, 1e4 + 1]], dtype="float32")
    Y, _ = ops.layer_norm(X, np.ones(3, dtype="float32"), np.zeros(3, dtype="float32"))
    np.testing.assert_allclose(Y, [[-(1.5**0.5), 1.5**0.5, 0]], atol=1e-6)


def test_eps_is_added_to_the_variance() -> None:
    X, _, G, b = _sample(2, 3)
    Y, _ = ops.layer_norm(X, G, b, eps=0.5)
    wanted = torch.nn.functional.layer_norm(*map(torch.from_numpy, (X,)), (3,), eps=0.5).numpy()
    np.testing.assert_allclose(Y, wanted * G + b)


@pytest.mark.parametrize("shape", [(0, 4), (3, 0)])
def test_empty_arrays_keep_their_shape(shape: tuple[int, int]) -> None:
    X, dY, G, b = _sample(*shape, dtype="float32")
    assert ops.layer_norm(X, G, b)[0].shape == shape
    dX, dG, db = _backprop(X, dY, G, b)
    assert dX.shape == shape
    np.testing.assert_array_equal((dG, db), 1)


def test_views_give_what_their_copies_give_and_are_only_read() -> None:
    X, dY, G, b = _sample(8, 6)
    for array in (X, dY, G, b):
        array.flags.writeable = False
    views = [X[::-2, ::-1], dY[1::2], G[::-1], b[::-1]]
    copies = [view.copy() for view in views]
    np.testing.assert_array_equal(
        ops.layer_norm(views[0], *views[2:])[0], ops.layer_norm(copies[0], *copies[2:])[0]
    )
    for got, wanted in zip(_backprop(*views), _backprop(*copies), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-13)


def test_a_row_with_a_nan_leaves_the_others_alone() -> None:
    X, _, G, b = _sample(2, 3)
    X[0, 1] = np.nan
    Y, _ = ops.layer_norm(X, G, b)
    assert np.isnan(Y).all(axis=1).tolist() == [True, False]


def test_a_gradient_of_another_shape_is_refused() -> None:
    X, dY, G, b = _sample(4, 3)
    _, stats = ops.layer_norm(X, G, b)
    with pytest.raises(BackpropError):
        ops.backprop_layer_norm(dY[:1], X, G, stats, G.copy(), b.copy())


def test_cupy_has_all_the_names_that_are_used() -> None:
    gpu = CupyStandIn()
    X, dY, G, b = _sample(4, 3)
    x, dy, g, beta = (gpu.asarray(array) for array in (X, dY, G, b))
    y, stats = gpu.layer_norm(x, g, beta)
    np.testing.assert_allclose(y.get(), ops.layer_norm(X, G, b)[0])
    dG, db = gpu.asarray(np.ones(3)), gpu.asarray(np.ones(3))
    got = gpu.backprop_layer_norm(dy, x, g, stats, dG, db), dG, db
    for one, wanted in zip(got, _backprop(X, dY, G, b), strict=True):
        np.testing.assert_allclose(one.get(), wanted)
