"""An LSTM in a with_padded, run without making a Padded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import combinet
from combinet import LSTM, Ragged, Softmax, chain, with_array, with_padded
from combinet.errors import BackpropError, DimError, ShapeError
from combinet.layers import FusedLSTM
from tests.fused import AnyNet, assert_same_as_one_by_one, fused_steps, rows

LENGTHS = [3, 0, 5, 1, 5]


def _tagger(**settings: Any) -> AnyNet:
    lstm = with_padded(LSTM(6, 4, **settings), of="ragged")
    model = chain(lstm, with_array(Softmax(2, 6), of="ragged"))
    return model.initialize(X=Ragged(rows(14), LENGTHS), seed=0)


@pytest.mark.parametrize(
    "settings", [{}, {"bi": True}, {"bi": True, "depth": 2}, {"dropout": 0.3}], ids=str
)
def test_a_ragged_goes_through_as_ever(settings: dict[str, Any]) -> None:
    model = _tagger(**settings)
    for lengths in (LENGTHS, [14], [1] * 14):
        for need_dX in (True, False):
            assert_same_as_one_by_one(model, Ragged(rows(14), lengths), need_dX=need_dX)
    assert fused_steps(model)[0] is FusedLSTM


def test_so_does_a_list_and_where_it_stands_alone() -> None:
    model: AnyNet = with_padded(LSTM(6, 4, bi=True)).initialize(X=[rows(3)], seed=0)
    assert_same_as_one_by_one(model, [rows(3), rows(0), rows(5), rows(1)])
    assert fused_steps(model) == [FusedLSTM]


def test_predictions_are_the_same() -> None:
    model, X = _tagger(bi=True), Ragged(rows(14), LENGTHS)
    fused = model.predict(X)
    with combinet.fusion(False):
        np.testing.assert_allclose(fused.data, model.predict(X).data, 1e-6)


def test_a_prediction_has_no_backprop() -> None:
    model: AnyNet = with_padded(LSTM(6, 4)).initialize(X=[rows(3)], seed=0)
    Y, backprop = model([rows(3)], is_train=False)
    with pytest.raises(BackpropError):
        backprop(Y)


@pytest.mark.parametrize("lengths", [[], [0, 0]])
def test_nothing_is_left_to_the_layers(lengths: list[int]) -> None:
    assert_same_as_one_by_one(_tagger(), Ragged(rows(0), lengths))


def test_a_padded_and_another_float_type_are_left_to_the_layers() -> None:
    model: AnyNet = with_padded(LSTM(6, 4), of="ragged").initialize(X=Ragged(rows(3), [3]), seed=0)
    assert_same_as_one_by_one(model, Ragged(rows(14, dtype="float64"), LENGTHS))
    X = model.ops.list2padded([rows(3), rows(5)])
    assert model.predict(X).data.shape == (5, 2, 6)


def test_in_double_precision_they_agree() -> None:
    model = _tagger(bi=True).to_dtype("float64")
    assert_same_as_one_by_one(model, Ragged(rows(14, dtype="float64"), LENGTHS))


def test_the_reference_backend_runs_the_plan_as_well() -> None:
    with combinet.use_ops("reference"):
        model = _tagger(bi=True)
    assert_same_as_one_by_one(model, Ragged(rows(14), LENGTHS))


def test_rows_of_another_width_are_an_error_as_ever() -> None:
    with pytest.raises((ShapeError, DimError)):
        _tagger().predict(Ragged(rows(14, 3), LENGTHS))


def test_a_gradient_that_does_not_fit_is_an_error() -> None:
    model: AnyNet = with_padded(LSTM(6, 4), of="ragged").initialize(X=Ragged(rows(3), [3]), seed=0)
    Y, backprop = model.begin_update(Ragged(rows(14), LENGTHS))
    with pytest.raises(BackpropError):
        backprop(Ragged(Y.data[:, 1:], Y.lengths))


@pytest.mark.parametrize("enabled", [True, False])
def test_so_is_one_of_sequences_of_other_lengths(enabled: bool) -> None:
    model: AnyNet = with_padded(LSTM(6, 4)).initialize(X=[rows(3)], seed=0)
    with combinet.fusion(enabled):
        _, backprop = model.begin_update([rows(3), rows(5)])
        for lengths in ((5, 3), (4, 4), (8,)):
            with pytest.raises(BackpropError):
                backprop([rows(n, 6) for n in lengths])
