"""LSTM against torch.nn.LSTM in float64, over Padded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.combinators import with_padded
from combinet.errors import BackpropError, DimError, DTypeError, ShapeError, StructureError
from combinet.layers import LSTM, list2padded
from combinet.types import Padded

from .against_torch import assert_close, floats, in_float64

nI, nH = 3, 2
SIZES = [(1, False), (1, True), (2, False), (2, True)]
LENGTHS = [(4,), (3, 5, 1), (2, 2, 2), (3, 0, 1)]
GATES = [1, 0, 3, 2]  # ours are f, i, o, g; torch's i, f, g, o


def _sequences(lengths: tuple[int, ...]) -> list[Any]:
    return [floats(n, nI, seed=i) for i, n in enumerate(lengths)]


def _model(depth: int, bi: bool) -> Any:
    model = in_float64(LSTM(nH * (1 + bi), nI, depth=depth, bi=bi).initialize())
    model.set_param("HC0", model.get_param("HC0") * 0)  # torch starts from zeros
    return model


def _torch(model: Any, depth: int, bi: bool) -> torch.nn.LSTM:
    """torch's LSTM with our parameters."""
    theirs = torch.nn.LSTM(nI, nH, depth, bidirectional=bi).double()
    flat, at = torch.tensor(model.get_param("LSTM")), 0
    for name in _torch_names(depth, bi):
        parameter = getattr(theirs, name)
        piece = flat[at : at + parameter.numel()].reshape(4, nH, -1)[GATES]
        parameter.data = piece.reshape(parameter.shape).clone()
        at += parameter.numel()
    assert at == len(flat)
    return theirs


def _torch_names(depth: int, bi: bool) -> list[str]:
    ends = [f"l{i}{side}" for i in range(depth) for side in ("", "_reverse")[: 1 + bi]]
    return [
        f"{kind}_{end}" for end in ends for kind in ("weight_ih", "bias_ih", "weight_hh", "bias_hh")
    ]


@pytest.mark.parametrize(("depth", "bi"), SIZES)
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_it_agrees_with_torch(depth: int, bi: bool, lengths: tuple[int, ...]) -> None:
    model, Xs = _model(depth, bi), _sequences(lengths)
    theirs = _torch(model, depth, bi)
    xs = [torch.tensor(X, requires_grad=True) for X in Xs]
    Ys, backprop = with_padded(model).begin_update(Xs)
    dYs = [floats(*Y.shape, seed=5 + i) for i, Y in enumerate(Ys)]
    for x, Y, dY in zip(xs, Ys, dYs, strict=True):
        if len(x):
            y = theirs(x[:, None])[0][:, 0]
            assert_close(Y, y)
            y.backward(torch.tensor(dY))
    dXs = backprop(dYs)
    for x, dX in zip(xs, dXs, strict=True):
        assert_close(dX, x.grad)
    gradients = [getattr(theirs, name).grad for name in _torch_names(depth, bi)]
    ours = [grad.reshape(4, nH, -1)[GATES].reshape(-1) for grad in gradients]
    assert_close(model.get_grad("LSTM"), torch.cat(ours))


@pytest.mark.parametrize(("depth", "bi"), SIZES)
def test_predict_gives_the_output_of_training(depth: int, bi: bool) -> None:
    model, Xp = _model(depth, bi), list2padded().predict(_sequences((3, 5, 1)))
    np.testing.assert_allclose(model.predict(Xp).data, model.begin_update(Xp)[0].data)


def test_places_past_the_end_of_a_sequence_stay_zero_both_ways() -> None:
    model, Xp = _model(1, True), list2padded().predict(_sequences((3, 1))).copy()
    Xp.data[1:, 1] = 7
    Yp, backprop = model.begin_update(Xp)
    assert not Yp.data[1:, 1].any()
    dYp = Padded(np.ones_like(Yp.data), Yp.size_at_t, Yp.lengths, Yp.indices)
    assert not backprop(dYp).data[1:, 1].any()


def test_the_initial_states_start_at_zero() -> None:
    assert not LSTM(4, 3).initialize().get_param("HC0").any()


def test_biases_start_at_zero_and_every_matrix_has_a_scale_of_its_own() -> None:
    flat = LSTM(20, 500).initialize(seed=0).get_param("LSTM")
    Wx, bx, Wh, bh = np.split(flat, np.cumsum([80 * 500, 80, 80 * 20]))
    assert not bx.any()
    assert not bh.any()
    assert abs(Wx).max() == pytest.approx(np.sqrt(6 / 520), rel=0.01)
    assert abs(Wh).max() == pytest.approx(np.sqrt(6 / 40), rel=0.01)


@pytest.mark.parametrize(("nO", "bi"), [(4, True), (3, False)])
def test_sizes_are_read_off_the_samples(nO: int, bi: bool) -> None:
    Xs, Ys = _sequences((2, 1)), [floats(2, nO), floats(1, nO)]
    model = with_padded(LSTM(bi=bi)).initialize(X=Xs, Y=Ys)
    assert [model.get_dim(name) for name in ("nI", "nO")] == [nI, nO]


@pytest.mark.parametrize("given", [True, False])
def test_two_directions_cannot_share_an_odd_width(given: bool) -> None:
    layer = LSTM(5 if given else None, bi=True)
    with pytest.raises(DimError, match="2 directions of one width, and is to give rows of 5"):
        with_padded(layer).initialize(X=_sequences((2,)), Y=[floats(2, 5)])


def test_an_lstm_without_layers_is_refused() -> None:
    with pytest.raises(StructureError, match="depth=0"):
        LSTM(depth=0)


def test_backprop_after_predict_is_refused() -> None:
    model, Xp = _model(1, False), list2padded().predict(_sequences((2,)))
    Y, backprop = model(Xp, False)
    with pytest.raises(BackpropError, match="kept nothing"):
        backprop(Y)


def test_what_is_no_padded_is_refused() -> None:
    wrong: Any = floats(2, 3)
    with pytest.raises(DTypeError, match="takes a Padded"):
        LSTM(4, 3).initialize().predict(wrong)


def test_another_width_is_refused() -> None:
    with pytest.raises(ShapeError, match="takes rows of 3 numbers, got rows of 7"):
        with_padded(LSTM(4, 3)).initialize().predict([floats(2, 7)])


def test_dropout_changes_the_weights_in_training_only() -> None:
    model = LSTM(4, 3, dropout=0.5).initialize(seed=0)
    Xp = list2padded().predict(_sequences((3, 2)))
    plain = model.predict(Xp).data
    assert (model.begin_update(Xp)[0].data != plain).any()
    np.testing.assert_array_equal(model.predict(Xp).data, plain)


def test_weights_that_were_dropped_get_no_gradient() -> None:
    model = LSTM(4, 3, dropout=0.5).initialize(seed=0)
    Yp, backprop = model.begin_update(list2padded().predict(_sequences((3, 2))))
    backprop(Yp)
    assert (model.get_grad("LSTM") == 0).mean() == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("Xs", [[], [floats(0, nI)], [floats(0, nI)] * 2])
def test_no_rows_at_all_work_both_ways(Xs: Any) -> None:
    model = with_padded(_model(2, True))
    Ys, backprop = model.begin_update(Xs)
    assert [Y.shape for Y in Ys] == [(0, 4)] * len(Xs)
    assert [dX.shape for dX in backprop(Ys)] == [(0, 3)] * len(Xs)
