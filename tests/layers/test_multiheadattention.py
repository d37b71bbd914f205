"""Self-attention against torch.nn.MultiheadAttention in float64, in every container."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.errors import BackpropError, DimError, DTypeError, ShapeError
from combinet.layers import MultiHeadAttention, list2padded, list2ragged
from combinet.model import Model
from combinet.ops import get_ops

from .against_torch import assert_close, floats, in_float64

WIDTH, HEADS = 6, 3
LENGTHS = [(4,), (3, 5, 1), (2, 2, 2), (3, 0, 1)]
CONTAINERS = {"list": list, "ragged": list2ragged().predict, "padded": list2padded().predict}


def _sequences(lengths: tuple[int, ...]) -> list[Any]:
    return [floats(n, WIDTH, seed=i) for i, n in enumerate(lengths)]


def _items(value: Any) -> list[Any]:
    """The sequences in any container."""
    if isinstance(value, list):
        return value
    if hasattr(value, "indices"):
        return list(get_ops("cpu").padded2list(value))
    return [item.data for item in value]


def _torch(model: Model[Any, Any]) -> torch.nn.MultiheadAttention:
    """torch's attention with our parameters."""
    theirs = torch.nn.MultiheadAttention(WIDTH, HEADS).double()
    q, k, v, out = model.layers
    theirs.in_proj_weight.data = torch.tensor(
        np.concatenate([layer.get_param("W") for layer in (q, k, v)])
    )
    theirs.in_proj_bias.data = torch.tensor(
        np.concatenate([layer.get_param("b") for layer in (q, k, v)])
    )
    theirs.out_proj.weight.data = torch.tensor(out.get_param("W"))
    theirs.out_proj.bias.data = torch.tensor(out.get_param("b"))
    return theirs


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", CONTAINERS)
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_outputs_and_all_gradients_agree_with_torch(
    lengths: tuple[int, ...], kind: str, causal: bool
) -> None:
    model = in_float64(MultiHeadAttention(HEADS, WIDTH, WIDTH, causal=causal).initialize())
    theirs, Xs = _torch(model), _sequences(lengths)
    xs = [torch.tensor(X, requires_grad=True) for X in Xs]
    Y, backprop = model.begin_update(CONTAINERS[kind](Xs))
    dYs = [floats(n, WIDTH, seed=7 + i) for i, n in enumerate(lengths)]
    for x, ours, dY in zip(xs, _items(Y), dYs, strict=True):
        if len(x):
            mask = torch.ones(len(x), len(x)).triu(1).bool() if causal else None
            y, _ = theirs(x, x, x, need_weights=False, attn_mask=mask)
            assert_close(ours, y)
            y.backward(torch.tensor(dY))
    for x, dX in zip(xs, _items(backprop(CONTAINERS[kind](dYs))), strict=True):
        assert_close(dX, x.grad)
    q, k, v, out = model.layers
    ours_W = np.concatenate([layer.get_grad("W") for layer in (q, k, v)])
    ours_b = np.concatenate([layer.get_grad("b") for layer in (q, k, v)])
    assert_close(ours_W, theirs.in_proj_weight.grad)
    assert_close(ours_b, theirs.in_proj_bias.grad)
    assert_close(out.get_grad("W"), theirs.out_proj.weight.grad)
    assert_close(out.get_grad("b"), theirs.out_proj.bias.grad)


def test_a_sequence_is_as_if_it_were_alone() -> None:
    model, Xs = MultiHeadAttention(2, 6, WIDTH).initialize(seed=0), _sequences((3, 5, 1))
    together = model.predict(list2ragged().predict([X.astype("f") for X in Xs]))
    for i, X in enumerate(Xs):
        alone = model.predict(list2ragged().predict([X.astype("f")]))
        np.testing.assert_allclose(together[i].data, alone.data, rtol=1e-5, atol=1e-6)


def test_causal_rows_do_not_change_with_what_comes_after() -> None:
    model = MultiHeadAttention(1, 6, WIDTH, causal=True, rotary_period=10.0).initialize(seed=0)
    X = floats(5, WIDTH, dtype="float32")
    changed = X.copy()
    changed[3:] += 1
    wrap = list2ragged().predict
    before, after = (model.predict(wrap([each])).data for each in (X, changed))
    np.testing.assert_allclose(before[:3], after[:3], rtol=1e-6)
    assert (before[3:] != after[3:]).any()


def test_without_positions_order_does_not_matter_and_with_them_it_does() -> None:
    X = floats(4, WIDTH, dtype="float32")
    wrap = list2ragged().predict
    for period, matters in ((None, False), (10.0, True)):
        model = MultiHeadAttention(1, 6, WIDTH, rotary_period=period).initialize(seed=0)
        Y, reversed_Y = (model.predict(wrap([each])).data for each in (X, X[::-1].copy()))
        assert np.allclose(Y, reversed_Y[::-1], atol=1e-6) is not matters


def test_dropout_acts_on_the_means_in_training_only() -> None:
    model, Xr = MultiHeadAttention(2, 6, WIDTH, dropout=0.5).initialize(seed=0), floats(4, WIDTH)
    batch = list2ragged().predict([Xr.astype("f")])
    plain = model.predict(batch).data
    np.testing.assert_array_equal(plain, model.predict(batch).data)
    first, second = (model.begin_update(batch)[0].data for _ in range(2))
    assert (first != plain).any()
    assert (first != second).any()


def test_sizes_are_read_off_the_samples() -> None:
    Xr = list2ragged().predict([floats(2, 5)])
    model = MultiHeadAttention(2).initialize(X=Xr, Y=floats(2, 4))
    assert (model.get_dim("nI"), model.get_dim("nO")) == (5, 4)
    shapes = [layer.get_param("W").shape for layer in model.layers]
    assert shapes == [(4, 5), (4, 5), (4, 5), (4, 4)]


@pytest.mark.parametrize(("heads", "width", "period"), [(4, 6, None), (3, 9, 10.0)])
def test_heads_that_do_not_divide_the_width_are_refused(
    heads: int, width: int, period: float | None
) -> None:
    with pytest.raises(DimError, match=f"divides rows of {width} among {heads} heads"):
        MultiHeadAttention(heads, width, rotary_period=period)
    with pytest.raises(DimError, match=f"divides rows of {width} among {heads} heads"):
        MultiHeadAttention(heads, rotary_period=period).initialize(
            X=list2ragged().predict([floats(2, 5)]), Y=floats(2, width)
        )


def test_no_heads_are_refused() -> None:
    with pytest.raises(DimError, match="at least one head"):
        MultiHeadAttention(0)


def test_one_array_is_refused_at_check_and_when_run() -> None:
    wrong: Any = floats(3, WIDTH)
    with pytest.raises(DTypeError, match="takes a Ragged"):
        MultiHeadAttention(2, 6).check(X=wrong)
    with pytest.raises(DTypeError, match="does not say where its sequences end"):
        MultiHeadAttention(2, 6, WIDTH).initialize().predict(wrong)


def test_another_width_is_refused() -> None:
    with pytest.raises(ShapeError, match="takes rows of 6 numbers, got rows of 5"):
        MultiHeadAttention(2, 6, WIDTH).initialize().predict(list2ragged().predict([floats(3, 5)]))


def test_a_gradient_that_does_not_fit_is_refused() -> None:
    Xr = list2ragged().predict([floats(3, WIDTH)])
    _, backprop = MultiHeadAttention(2, 6, WIDTH).initialize().begin_update(Xr)
    with pytest.raises(BackpropError, match="does not fit its output"):
        backprop(list2ragged().predict([floats(3, 5)]))
