from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from combinet.errors import ShapeError
from combinet.ops import Ops
from combinet.ops._philox import philox4x32
from tests.ops.cupy_proxy import CupyStandIn

ops = Ops()
both_types = pytest.mark.parametrize("dtype", ["float64", "float32"])
KEY, DRAW = 0xFEDCBA9876543210, 0x0123456789ABCDEF


def _sample(*shape: int, dtype: str = "float64", seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def _kept_by_definition(size: int, rate: float, key: int, draw: int) -> Any:
    blocks = range(-(-size // 4))
    counters = [[b, 0, draw & 0xFFFFFFFF, draw >> 32] for b in blocks]
    array = np.array(counters, dtype="uint32").reshape(-1, 4)
    words = philox4x32(array, (key & 0xFFFFFFFF, key >> 32)).reshape(-1)[:size]
    return np.array([word >= math.floor(rate * 2**32) for word in words.tolist()], dtype=bool)


# Dropout


@both_types
@pytest.mark.parametrize("rate", [0.0, 1e-12, 0.2, 0.5, 0.999])
def test_dropout_keeps_the_elements_that_the_definition_names(dtype: str, rate: float) -> None:
    X = _sample(7, 9, dtype=dtype)
    kept = _kept_by_definition(63, rate, KEY, DRAW).reshape(7, 9)
    scale = np.dtype(dtype).type(1 / (1 - rate))
    Y = ops.dropout(X, rate, KEY, DRAW)
    assert Y.dtype == dtype
    np.testing.assert_array_equal(Y, np.where(kept, X * scale, 0))
    np.testing.assert_array_equal(ops.backprop_dropout(X, rate, KEY, DRAW), Y)
    mask = ops.dropout_mask((7, 9), rate, KEY, DRAW, dtype)
    assert np.asarray(mask).dtype == dtype
    np.testing.assert_array_equal(mask, np.where(kept, scale, 0))


@given(st.floats(0, 0.95), st.integers(0, 2**64 - 1))
def test_dropout_drops_its_rate_and_keeps_the_mean(rate: float, key: int) -> None:
    mask = np.asarray(ops.dropout_mask((200, 200), rate, key, 0))
    assert abs((mask == 0).mean() - rate) < 0.02
    assert abs(mask.mean() - 1) < 0.25


def test_a_word_that_equals_the_bound_is_kept() -> None:
    blocks = np.array([[b, 0, DRAW & 0xFFFFFFFF, DRAW >> 32] for b in range(5)], dtype="uint32")
    words = philox4x32(blocks, (KEY & 0xFFFFFFFF, KEY >> 32)).reshape(-1)
    for i, word in enumerate(words.tolist()):
        kept = [
            np.asarray(ops.dropout_mask((20,), (word + x) / 2**32, KEY, DRAW))[i] != 0
            for x in (0, 0.5, 1)
        ]
        assert kept == [True, True, False]


def test_another_key_or_draw_gives_another_mask() -> None:
    masks = [ops.dropout_mask((64,), 0.5, key, draw) for key, draw in [(1, 1), (1, 2), (2, 1)]]
    masks += [
        ops.dropout_mask((64,), 0.5, 1 + (1 << 32), 1),
        ops.dropout_mask((64,), 0.5, 1, 1 << 32),
    ]
    assert len({np.asarray(mask).tobytes() for mask in masks}) == 5


@pytest.mark.parametrize("view", [np.s_[::-1, ::2], np.s_[:, 3:], np.s_[0:0], np.s_[:, 0:0]])
def test_dropout_counts_elements_in_c_order_whatever_the_strides(view: Any) -> None:
    for X in (_sample(8, 6)[view], np.asfortranarray(_sample(8, 6))[view]):
        wanted = ops.dropout(X.copy(order="C"), 0.4, KEY, DRAW)
        np.testing.assert_array_equal(ops.dropout(X, 0.4, KEY, DRAW), wanted)


def test_dropout_of_everything_and_of_nothing() -> None:
    X = _sample(5, 4)
    np.testing.assert_array_equal(ops.dropout(X, 1.0, KEY, DRAW), 0)
    np.testing.assert_array_equal(ops.dropout_mask((5, 4), 1.0, KEY, DRAW), 0)
    Y = ops.dropout(X, 0.0, KEY, DRAW)
    np.testing.assert_array_equal(Y, X)
    assert not np.shares_memory(X, Y)


def test_what_is_dropped_is_a_positive_zero_and_a_kept_nan_stays() -> None:
    X = np.array([np.nan, np.inf, -np.inf, -1.0] * 10)
    kept = _kept_by_definition(40, 0.5, KEY, DRAW)
    Y = ops.dropout(X, 0.5, KEY, DRAW)
    np.testing.assert_array_equal(Y[~kept], 0)
    assert not np.signbit(Y[~kept]).any()
    np.testing.assert_array_equal(Y[kept], X[kept] * 2)


def test_dropout_only_reads_its_input() -> None:
    X = _sample(5, 4)
    X.flags.writeable = False
    assert not np.shares_memory(ops.dropout(X, 0.5, KEY, DRAW), X)


def test_thincs_dropout_mask_follows_the_global_seed() -> None:
    np.random.seed(3)  # noqa: NPY002 - what it follows
    first = np.asarray(ops.get_dropout_mask((50, 40), 0.25))
    second = np.asarray(ops.get_dropout_mask((50, 40), 0.25))
    np.random.seed(3)  # noqa: NPY002 - what it follows
    np.testing.assert_array_equal(ops.get_dropout_mask((50, 40), 0.25), first)
    assert (first != second).any()
    assert set(np.unique(first).tolist()) == {0.0, float(np.float32(4 / 3))}
    assert first.dtype == np.float32
    np.testing.assert_array_equal(ops.get_dropout_mask((5,), None), np.ones(5))
    np.testing.assert_array_equal(ops.get_dropout_mask((5,), -1.0), np.ones(5))
    np.testing.assert_array_equal(ops.get_dropout_mask((5,), 1.0), np.zeros(5))


# Steps of optimizers


def test_adam_with_the_corrections_in_its_rate_takes_the_steps_of_torch() -> None:
    # torch corrects sqrt(m2) before it adds eps, so ours is eps / sqrt(1 - beta2^t) there.
    beta1, beta2, eps, rate = 0.9, 0.99, 1e-3, 0.05
    weights, mom1, mom2 = _sample(20), np.zeros(20), np.zeros(20)
    theirs = torch.nn.Parameter(torch.from_numpy(weights.copy()))
    optimizer = torch.optim.Adam([theirs], lr=rate, betas=(beta1, beta2), eps=eps)
    for t in range(1, 6):
        gradient = _sample(20, seed=t)
        theirs.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
        root = math.sqrt(1 - beta2**t)
        result = ops.adam(
            weights, gradient, mom1, mom2, beta1, beta2, eps * root, rate * root / (1 - beta1**t)
        )
        assert all(
            got is given for got, given in zip(result, (weights, gradient, mom1, mom2), strict=True)
        )
        np.testing.assert_array_equal(gradient, 0)
    np.testing.assert_allclose(weights, theirs.detach().numpy(), rtol=1e-12)


def test_adam_adds_eps_to_the_root_of_the_second_moment_as_it_stands() -> None:
    weights, gradient, mom1, mom2 = (np.array([number]) for number in (1.0, 2.0, 0.5, 0.25))
    ops.adam(weights, gradient, mom1, mom2, 0.9, 0.5, 0.1, 0.01, mod_rate=3.0)
    assert mom1[0] == pytest.approx(0.9 * 0.5 + 0.1 * 2)
    assert mom2[0] == pytest.approx(0.5 * 0.25 + 0.5 * 4)
    assert weights[0] == pytest.approx(1 - 0.03 * mom1[0] / (math.sqrt(mom2[0]) + 0.1))


@both_types
def test_steps_keep_the_type_and_work_on_views_of_any_shape(dtype: str) -> None:
    arrays = [abs(_sample(6, 8, dtype=dtype, seed=seed)) for seed in range(4)]
    copies = [array[::2, ::-1].copy() for array in arrays]
    views = [array[::2, ::-1] for array in arrays]
    untouched = [array[1::2].copy() for array in arrays]
    ops.adam(*views, 0.9, 0.999, 1e-8, 0.001)
    ops.adam(*copies, 0.9, 0.999, 1e-8, 0.001)
    for view, copy, array, rest in zip(views, copies, arrays, untouched, strict=True):
        assert view.dtype == copy.dtype == dtype
        np.testing.assert_array_equal(view, copy)
        np.testing.assert_array_equal(array[1::2], rest)


def test_sgd_steps_down_the_gradient_and_zeroes_it() -> None:
    weights, gradient = np.array([1.0, 2.0]), np.array([10.0, -10.0])
    assert ops.sgd(weights, gradient, 0.1)[0] is weights
    np.testing.assert_allclose(weights, [0, 3])
    np.testing.assert_array_equal(gradient, 0)


def test_averages_move_fast_at_first_and_slowly_later() -> None:
    ema, weights = np.zeros(3), np.array([1.0, 2.0, 3.0])
    ops.update_averages(ema, weights, 1)
    np.testing.assert_allclose(ema, weights * (1 - 2 / 11))
    ema[:] = 0
    ops.update_averages(ema, weights, 10**7)
    np.testing.assert_allclose(ema, weights * 1e-4)
    np.testing.assert_array_equal(weights, [1, 2, 3])
    ema[:] = 0
    ops.update_averages(ema, weights, 10**7, max_decay=0.5)
    np.testing.assert_allclose(ema, weights * 0.5)


@pytest.mark.parametrize("threshold", [0.5, 5.0, 50.0])
@both_types
def test_clipping_agrees_with_torch(threshold: float, dtype: str) -> None:
    gradient = _sample(6, 5, dtype=dtype)
    theirs = torch.nn.Parameter(torch.zeros(6, 5, dtype=getattr(torch, dtype)))
    theirs.grad = torch.from_numpy(gradient.copy())
    torch.nn.utils.clip_grad_norm_([theirs], threshold)
    assert ops.clip_gradient(gradient, threshold) is gradient
    np.testing.assert_allclose(gradient, theirs.grad.numpy(), rtol=1e-5)


def test_a_huge_gradient_is_clipped_and_one_beyond_repair_is_left() -> None:
    huge = np.array([3e30, 4e30], dtype="float32")
    np.testing.assert_allclose(ops.clip_gradient(huge, 1.0), [0.6, 0.8], rtol=1e-6)
    lost = np.array([1.0, np.inf, np.nan])
    np.testing.assert_array_equal(ops.clip_gradient(lost, 1.0), [1, np.inf, np.nan])
    np.testing.assert_array_equal(ops.clip_gradient(np.zeros(3), 1.0), 0)
    assert ops.clip_gradient(np.zeros(0), 1.0).shape == (0,)


def test_sum_of_squares_is_taken_over_all_arrays_in_float64() -> None:
    arrays = [np.full((2, 3), 1e25, dtype="float32")[:, ::-1], np.zeros(0), np.array([1e25])]
    total = ops.sum_squares(arrays)
    assert total.dtype == np.float64
    assert float(total) == pytest.approx(7e50, rel=1e-6)
    assert float(ops.sum_squares([])) == 0


def test_logloss_agrees_with_torch_and_stays_finite() -> None:
    truth, chance = np.array([0.0, 1.0, 0.3]), np.array([0.1, 0.7, 0.2])
    wanted = torch.nn.functional.binary_cross_entropy(
        torch.from_numpy(chance), torch.from_numpy(truth), reduction="none"
    )
    np.testing.assert_allclose(ops.logloss(truth, chance), wanted, rtol=1e-6)
    worst = ops.logloss(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    np.testing.assert_allclose(worst, -math.log(1e-8))


@pytest.mark.parametrize("odd_one_out", range(4))
def test_arrays_of_different_shapes_are_refused(odd_one_out: int) -> None:
    arrays = [np.zeros(3) for _ in range(4)]
    arrays[odd_one_out] = np.zeros(1)
    with pytest.raises(ShapeError, match="one shape"):
        ops.adam(*arrays, 0.9, 0.999, 1e-8, 0.001)
    if odd_one_out < 2:
        for step in (ops.logloss, lambda x, y: ops.sgd(x, y, 0.1)):
            with pytest.raises(ValueError, match="one shape"):
                step(*arrays[:2])
        with pytest.raises(ShapeError):
            ops.update_averages(arrays[0], arrays[1], 1)


def test_cupy_has_all_the_names_that_are_used() -> None:
    gpu, X = CupyStandIn(), _sample(6, 5)
    x = gpu.asarray(X)
    np.testing.assert_array_equal(
        gpu.dropout(x, 0.3, KEY, DRAW).get(), ops.dropout(X, 0.3, KEY, DRAW)
    )
    np.testing.assert_array_equal(gpu.dropout(x, 1.0, KEY, DRAW).get(), 0)
    np.testing.assert_array_equal(
        gpu.dropout_mask((6, 5), 0.3, KEY, DRAW).get(),  # type: ignore[attr-defined]
        ops.dropout_mask((6, 5), 0.3, KEY, DRAW),
    )
    np.testing.assert_allclose(gpu.clip_gradient(x, 0.5).get(), ops.clip_gradient(X, 0.5))
    arrays = [abs(_sample(4, seed=seed)) for seed in range(4)]
    on_gpu = [gpu.asarray(array.copy()) for array in arrays]
    gpu.update_averages(on_gpu[0], on_gpu[1], 3)
    gpu.adam(*on_gpu, 0.9, 0.999, 1e-8, 0.001)
    ops.update_averages(arrays[0], arrays[1], 3)
    ops.adam(*arrays, 0.9, 0.999, 1e-8, 0.001)
    np.testing.assert_allclose(on_gpu[0].get(), arrays[0])
    chance = np.array([0.2, 0.9])
    np.testing.assert_allclose(
        gpu.logloss(gpu.asarray(chance), gpu.asarray(chance)).get(), ops.logloss(chance, chance)
    )
