from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from combinet.errors import BackpropError, DataError, RangeError
from combinet.ops import Ops
from tests.ops.cupy_proxy import CupyStandIn

ops = Ops()
both_types = pytest.mark.parametrize(
    ("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-5)], ids=["float64", "float32"]
)
LENGTHS = [3, 0, 1, 7, 2, 0]


def _sample(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape) * 3


@both_types
@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("temperature", [1.0, 0.3, 5.0])
def test_softmax_and_its_gradient_agree_with_torch(
    dtype: str, rtol: float, axis: int, temperature: float
) -> None:
    X, dY = _sample(6, 5, 4), _sample(6, 5, 4, seed=1)
    x = torch.from_numpy(X).requires_grad_()
    y = torch.softmax(x / temperature, dim=axis)
    y.backward(torch.from_numpy(dY))
    assert x.grad is not None

    Y = ops.softmax(X.astype(dtype), axis=axis, temperature=temperature)
    dX = ops.backprop_softmax(Y, dY.astype(dtype), axis=axis, temperature=temperature)
    assert Y.dtype == dX.dtype == dtype
    np.testing.assert_allclose(Y, y.detach().numpy(), rtol=rtol, atol=rtol / 10)
    np.testing.assert_allclose(dX, x.grad.numpy(), rtol=rtol, atol=rtol)


@both_types
@pytest.mark.parametrize("axis", [-1, 0])
def test_log_softmax_and_logsumexp_agree_with_torch(dtype: str, rtol: float, axis: int) -> None:
    X = _sample(6, 5).astype(dtype) * 100
    x = torch.from_numpy(X.astype("float64"))
    logs, total = ops.log_softmax(X, axis=axis), ops.logsumexp(X, axis=axis)
    assert logs.dtype == total.dtype == dtype
    np.testing.assert_allclose(logs, torch.log_softmax(x, dim=axis), rtol=rtol, atol=rtol * 100)
    np.testing.assert_allclose(total, torch.logsumexp(x, dim=axis), rtol=rtol)


def test_logsumexp_of_infinities_and_of_nothing_agrees_with_torch() -> None:
    inf = np.inf
    X = np.array([[-inf, -inf], [inf, 1e300], [-inf, 2.0], [inf, -inf], [np.nan, 0.0]])
    wanted = torch.logsumexp(torch.from_numpy(X), dim=-1).numpy()
    np.testing.assert_array_equal(ops.logsumexp(X), wanted)
    np.testing.assert_array_equal(ops.logsumexp(np.zeros((2, 0))), [-inf, -inf])


@pytest.mark.parametrize("function", [ops.softmax, ops.log_softmax])
def test_only_the_row_with_a_nan_or_without_a_finite_number_is_lost(
    function: Callable[[Any], Any],
) -> None:
    inf = np.inf
    X = np.array([[np.nan, 0.0], [-inf, -inf], [inf, 0.0], [-inf, 1.0], [1e30, -1e30]])
    Y = np.exp(function(X)) if function == ops.log_softmax else function(X)
    assert np.isnan(Y[:3]).all()
    np.testing.assert_array_equal(Y[3:], [[0, 1], [1, 0]])


def test_softmax_in_place_returns_its_argument_overwritten() -> None:
    X = _sample(4, 5)
    wanted = ops.softmax(X)
    np.testing.assert_array_equal(X, _sample(4, 5))
    assert ops.softmax(X, inplace=True) is X
    np.testing.assert_array_equal(X, wanted)


@pytest.mark.parametrize("shape", [(0, 4), (3, 0), (0, 0)])
def test_empty_arrays_keep_their_shape(shape: tuple[int, int]) -> None:
    X = np.zeros(shape, dtype="float32")
    for Y in (ops.softmax(X), ops.log_softmax(X), ops.backprop_softmax(X, X)):
        assert (Y.shape, Y.dtype) == (shape, np.float32)
    lengths = np.array([shape[0]], dtype="int32")
    for Y in (
        ops.softmax_sequences(X, lengths),
        ops.backprop_softmax_sequences(X, X, lengths),
    ):
        assert (Y.shape, Y.dtype) == (shape, np.float32)


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.nan])
def test_a_temperature_that_is_not_above_zero_is_refused(temperature: float) -> None:
    X = _sample(2, 2)
    with pytest.raises(DataError, match="temperature"):
        ops.softmax(X, temperature=temperature)
    with pytest.raises(ValueError, match="temperature"):
        ops.backprop_softmax(X, X, temperature=temperature)


@both_types
def test_softmax_of_sequences_is_softmax_down_each(dtype: str, rtol: float) -> None:
    X = _sample(13, 4).astype(dtype) * 20
    Y = ops.softmax_sequences(X, np.array(LENGTHS, dtype="int32"))
    wanted = [torch.softmax(x, dim=0) for x in torch.split(torch.from_numpy(X), LENGTHS)]
    assert Y.dtype == dtype
    np.testing.assert_allclose(Y, torch.cat(wanted), rtol=rtol, atol=rtol / 10)


@both_types
def test_gradient_of_softmax_of_sequences_agrees_with_torch(dtype: str, rtol: float) -> None:
    X, dY = _sample(13, 4), _sample(13, 4, seed=1)
    x = torch.from_numpy(X).requires_grad_()
    torch.cat([torch.softmax(part, dim=0) for part in torch.split(x, LENGTHS)]).backward(
        torch.from_numpy(dY)
    )
    assert x.grad is not None
    lengths = np.array(LENGTHS, dtype="int64")
    Y = ops.softmax_sequences(X.astype(dtype), lengths)
    dX = ops.backprop_softmax_sequences(dY.astype(dtype), Y, lengths)
    assert dX.dtype == dtype
    np.testing.assert_allclose(dX, x.grad.numpy(), rtol=rtol, atol=rtol)


@given(st.lists(st.integers(0, 20), max_size=8))
def test_softmax_of_any_sequences_adds_up_to_one_in_each(lengths: list[int]) -> None:
    Y = ops.softmax_sequences(_sample(sum(lengths), 2), np.array(lengths, dtype="int32"))
    for part in np.split(Y, np.cumsum(lengths)[:-1]) if lengths else []:
        np.testing.assert_allclose(part.sum(axis=0), 1.0 if len(part) else 0.0)


@pytest.mark.parametrize("place", range(13))
def test_softmax_of_sequences_finds_a_huge_row_wherever_it_is(place: int) -> None:
    X = np.zeros((15, 1))
    X[place + 1] = 1e5
    Y = ops.softmax_sequences(X, np.array([1, 13, 1]))
    np.testing.assert_array_equal(Y[1:14, 0], np.arange(13) == place)


def test_softmax_of_sequences_keeps_a_huge_row_and_a_nan_to_their_own_sequence() -> None:
    X = np.array([[1e30], [-1e30], [np.nan], [0.0], [5.0], [5.0]])
    Y = ops.softmax_sequences(X, np.array([2, 2, 2]))
    np.testing.assert_array_equal(Y[:, 0], [1, 0, np.nan, np.nan, 0.5, 0.5])


def test_softmax_of_sequences_works_on_views_and_in_place() -> None:
    wide = _sample(26, 8)
    view = wide[::-2, 1::2]
    lengths = np.array(LENGTHS)
    wanted = ops.softmax_sequences(view.copy(), lengths)
    np.testing.assert_array_equal(ops.softmax_sequences(view, lengths), wanted)
    np.testing.assert_array_equal(wide, _sample(26, 8))
    assert ops.softmax_sequences(view, lengths, inplace=True) is view
    np.testing.assert_array_equal(view, wanted)


def test_arguments_are_only_read() -> None:
    X = _sample(13, 4)
    X.flags.writeable = False
    lengths = np.array(LENGTHS)
    results = [
        ops.softmax(X),
        ops.log_softmax(X),
        ops.backprop_softmax(X, X),
        ops.softmax_sequences(X, lengths),
        ops.backprop_softmax_sequences(X, X, lengths),
    ]
    assert not any(np.shares_memory(Y, X) for Y in results)


def test_lengths_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(RangeError, match="sum up"):
        ops.softmax_sequences(_sample(5, 2), np.array([2, 2]))
    with pytest.raises(RangeError, match="sum up"):
        ops.backprop_softmax_sequences(_sample(5, 2), _sample(5, 2), np.array([2, 4]))


def test_a_gradient_of_another_shape_is_refused() -> None:
    with pytest.raises(BackpropError):
        ops.backprop_softmax(_sample(5, 2), _sample(1, 2))
    with pytest.raises(BackpropError):
        ops.backprop_softmax_sequences(_sample(1, 2), _sample(5, 2), np.array([5]))


def test_cupy_has_all_the_names_that_are_used() -> None:
    gpu, X = CupyStandIn(), _sample(13, 4)
    x, lengths = gpu.asarray(X), gpu.asarray(np.array(LENGTHS))
    y = gpu.softmax(x)
    np.testing.assert_allclose(y.get(), ops.softmax(X))
    np.testing.assert_allclose(gpu.backprop_softmax(y, x).get(), ops.backprop_softmax(y.get(), X))
    np.testing.assert_allclose(gpu.log_softmax(x).get(), ops.log_softmax(X))
    np.testing.assert_allclose(gpu.logsumexp(x).get(), ops.logsumexp(X))
    y = gpu.softmax_sequences(x, lengths)
    np.testing.assert_allclose(y.get(), ops.softmax_sequences(X, np.array(LENGTHS)))
    np.testing.assert_allclose(
        gpu.backprop_softmax_sequences(x, y, lengths).get(),
        ops.backprop_softmax_sequences(X, y.get(), np.array(LENGTHS)),
    )
