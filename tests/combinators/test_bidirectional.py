"""bidirectional: sequences reversed within their own length, gradients split, sizes shared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from combinet.chain import chain
from combinet.combinators import bidirectional, with_array, with_padded
from combinet.errors import BackpropError, DimError, DTypeError
from combinet.layers import LSTM, Linear
from combinet.ops import get_ops
from combinet.testing import assert_is_gradient
from combinet.testing.strategies import batches
from combinet.types import Padded

from .values import ITEMS, VALUES, floats, function

OPS = get_ops("cpu")
X: Padded = VALUES["Padded"]


def by_hand(model: Any, items: list[Any]) -> list[Any]:
    """Each sequence and its reverse through the two layers, one sequence at a time."""
    l2r, r2l = (with_padded(layer) for layer in model.layers)
    forward = [l2r.predict([item])[0] for item in items]
    backward = [r2l.predict([item[::-1].copy()])[0][::-1] for item in items]
    return [np.concatenate(pair, axis=1) for pair in zip(forward, backward, strict=True)]


@settings(max_examples=25, deadline=None)
@given(items=batches(Padded, width=4))
def test_it_equals_running_the_reversed_sequences_by_hand(items: Padded) -> None:
    model: Any = bidirectional(LSTM(3, 4), LSTM(2, 4)).initialize(seed=0)
    parts = OPS.padded2list(items) if len(items) else []
    wanted = by_hand(model, [part for part in parts if len(part)])
    found = OPS.padded2list(model.predict(items)) if len(items) else []
    for ours, theirs in zip([y for y in found if len(y)], wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_gradients_are_those_of_the_reversed_sequences_by_hand() -> None:
    model = bidirectional(LSTM(3, 4), LSTM(2, 4)).initialize(seed=0)
    twin = model.copy()
    dYs = [floats(len(item), 5, seed=i) for i, item in enumerate(ITEMS)]
    _, backprop = model.begin_update(X)
    dX = OPS.padded2list(backprop(OPS.list2padded(dYs)))
    l2r, r2l = (with_padded(layer) for layer in twin.layers)
    _, back_l2r = l2r.begin_update(ITEMS)
    _, back_r2l = r2l.begin_update([item[::-1].copy() for item in ITEMS])
    forward = back_l2r([dY[:, :3] for dY in dYs])
    backward = back_r2l([dY[::-1, 3:].copy() for dY in dYs])
    for ours, one, two in zip(dX, forward, backward, strict=True):
        np.testing.assert_allclose(ours, one + two[::-1], rtol=1e-4, atol=1e-6)
    for ours, theirs in zip(model.parameters(), twin.parameters(), strict=True):
        if theirs.gradient is not None:
            np.testing.assert_allclose(ours.gradient, theirs.gradient, rtol=1e-4, atol=1e-6)


def test_the_second_layer_sees_sequences_reversed_within_their_length() -> None:
    seen: list[Any] = []
    model = bidirectional(function(lambda Xp: Xp), function(lambda Xp: seen.append(Xp) or Xp))
    Y = model.predict(X)
    for ours, item in zip(OPS.padded2list(seen[0]), ITEMS, strict=True):
        np.testing.assert_array_equal(ours, item[::-1])
    np.testing.assert_array_equal(Y.data[..., :4], Y.data[..., 4:])


def test_a_recurrent_layer_both_ways_is_what_torch_calls_bidirectional() -> None:
    def running_sum(model: Any, Xp: Any, is_train: bool) -> Any:
        return Padded(np.cumsum(Xp.data, axis=0), Xp.size_at_t, Xp.lengths, Xp.indices), None

    summing: Any = function(lambda Xp: Xp)
    summing.replace_callbacks(running_sum)
    X3 = Padded(floats(3, 2, 4), np.array([2, 2, 2]), np.array([3, 3]), np.array([0, 1]))
    rnn = torch.nn.RNN(4, 4, nonlinearity="relu", bidirectional=True, bias=False)
    for weight in rnn.parameters():
        weight.data = torch.eye(4)
    data = np.abs(X3.data)  # the rectifier leaves sums of these as they are
    wanted = rnn(torch.tensor(data))[0].detach().numpy()
    Y = bidirectional(summing).predict(Padded(data, X3.size_at_t, X3.lengths, X3.indices))
    np.testing.assert_allclose(Y.data, wanted, rtol=1e-5)


def test_backprop_is_the_gradient() -> None:
    assert_is_gradient(bidirectional(LSTM(3)), X)


def test_the_second_layer_is_a_copy_unless_it_is_given() -> None:
    layer = with_array(Linear(3, 4)).initialize(seed=0)
    model: Any = bidirectional(layer)
    assert model.name == f"bi{layer.name}"
    assert model.layers[1] is not layer
    np.testing.assert_array_equal(
        model.layers[1].layers[0].get_param("W"), layer.layers[0].get_param("W")
    )
    model.initialize()
    assert not np.array_equal(
        model.layers[1].layers[0].get_param("W"), model.layers[0].layers[0].get_param("W")
    )


def test_both_directions_share_the_width_of_the_whole() -> None:
    model = chain(bidirectional(LSTM()), with_array(Linear(2, 6), of="padded")).initialize(X=X)
    assert [layer.get_dim("nO") for layer in model.layers[0].layers] == [3, 3]
    assert model.layers[0].get_dim("nO") == 6


def test_one_direction_gets_what_the_other_leaves() -> None:
    model = chain(bidirectional(LSTM(2), LSTM()), with_array(Linear(2, 6), of="padded"))
    assert model.initialize(X=X).layers[0].layers[1].get_dim("nO") == 4


def test_its_width_is_the_sum_and_flows_on() -> None:
    model: Any = chain(bidirectional(LSTM(3)), with_array(Linear(2), of="padded"))
    model.initialize(X=X)
    assert model.layers[1].get_dim("nI") == 6


@pytest.mark.parametrize("width", [5, 1])
def test_a_width_that_cannot_be_shared_is_refused(width: int) -> None:
    model = chain(bidirectional(LSTM()), with_array(Linear(2, width), of="padded"))
    with pytest.raises(DimError, match="two directions cannot share"):
        model.initialize(X=X)


def test_a_whole_that_is_no_sum_is_refused() -> None:
    with pytest.raises(DimError):
        chain(bidirectional(LSTM(3)), with_array(Linear(2, 7), of="padded")).initialize(X=X)
    with pytest.raises(DimError, match="gives as many"):
        chain(bidirectional(LSTM(7), LSTM()), with_array(Linear(2, 7), of="padded")).initialize(X=X)


@pytest.mark.parametrize("kind", ["array", "list", "Ragged"])
def test_only_a_padded_is_taken(kind: str) -> None:
    with pytest.raises(DTypeError, match="takes a Padded"):
        bidirectional(function(lambda Xp: Xp)).predict(VALUES[kind])


def test_layers_give_a_padded() -> None:
    with pytest.raises(DTypeError, match="needs layers that give a Padded"):
        bidirectional(function(lambda Xp: Xp.data), function(lambda Xp: Xp)).predict(X)


def test_a_gradient_of_another_shape_is_refused() -> None:
    _, backprop = bidirectional(function(lambda Xp: Xp)).begin_update(X)
    with pytest.raises(BackpropError, match="does not fit its output"):
        backprop(X)


def test_no_gradient_is_computed_that_is_not_needed() -> None:
    model = bidirectional(with_array(Linear(3, 4), of="padded")).initialize()
    Y, backprop = model.begin_update(X, need_dX=False)
    assert backprop(Y) is None
    assert all(layer.layers[0].has_grad("W") for layer in model.layers)
