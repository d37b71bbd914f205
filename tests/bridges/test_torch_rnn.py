"""Recurrent PyTorch modules over sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from combinet import Softmax, list2ragged, reduce_mean, registry, with_array, with_padded
from combinet.bridges import PyTorchLSTM, PyTorchRNNWrapper
from combinet.errors import DimError, DTypeError, ShapeError
from combinet.testing import assert_is_gradient

RNG = np.random.default_rng(0)
Xs = [RNG.standard_normal((n, 4)).astype("float32") for n in (3, 1, 0, 5)]


def module_of(model: Any) -> Any:
    return model.layers[0].shims[0].module


@pytest.mark.parametrize("bi", [False, True])
def test_each_sequence_is_run_as_if_it_were_alone(bi: bool) -> None:
    model = PyTorchLSTM(6, 4, bi=bi, depth=2)
    Ys = model.predict(Xs)
    for X, Y in zip(Xs, Ys, strict=True):
        assert Y.shape == (len(X), 6)
        if len(X):
            with torch.no_grad():
                expected = module_of(model)(torch.from_numpy(X.copy()))[0].numpy()
            assert np.allclose(Y, expected, atol=1e-6)


@pytest.mark.parametrize("bi", [False, True])
def test_its_gradient_is_right(bi: bool) -> None:
    assert_is_gradient(PyTorchLSTM(6, 4, bi=bi), Xs)


@pytest.mark.parametrize("Xs", [[], [Xs[2]], [Xs[2], Xs[2]]], ids=["none", "one", "two"])
def test_nothing_goes_forward_and_back(Xs: list[Any]) -> None:
    Ys, backprop = PyTorchLSTM(6, 4).begin_update(Xs)
    dXs = backprop(Ys)
    assert [Y.shape for Y in Ys] == [(0, 6)] * len(Xs)
    assert [dX.shape for dX in dXs] == [X.shape for X in Xs]


def test_gru_and_rnn_are_wrapped_too() -> None:
    for kind in (nn.GRU, nn.RNN):
        assert_is_gradient(with_padded(PyTorchRNNWrapper(kind(4, 3))), Xs)


class Cumulative(nn.Module):
    """Takes a state and returns one, as torch's own do."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor, state: Any) -> Any:
        assert state is None
        sums = self.linear(x).cumsum(0)
        return sums, sums[-1]


def test_another_module_gets_the_data_of_the_padded() -> None:
    assert_is_gradient(with_padded(PyTorchRNNWrapper(Cumulative())), Xs)


def test_sizes_are_known_without_a_sample() -> None:
    lstm = PyTorchLSTM(6, 4, bi=True)
    model = (lstm >> list2ragged() >> reduce_mean() >> Softmax(2)).initialize()
    assert model.layers[-1].get_dim("nI") == 6


def test_a_misfit_is_found_before_anything_runs() -> None:
    with pytest.raises(DimError, match="6"):
        (PyTorchLSTM(6, 4) >> with_array(Softmax(2, 5))).check()


def test_depth_0_is_noop() -> None:
    assert PyTorchLSTM(6, 4, depth=0).predict(Xs) is Xs


def test_two_directions_of_an_odd_width_are_refused() -> None:
    with pytest.raises(DimError, match="even nO"):
        PyTorchLSTM(5, 4, bi=True)


def test_it_is_registered() -> None:
    assert registry.layers.get("PyTorchLSTM.v1") is PyTorchLSTM
    assert registry.layers.get("PyTorchRNNWrapper.v1") is PyTorchRNNWrapper


def test_it_trains_without_the_gradient_of_its_input() -> None:
    model = PyTorchLSTM(6, 4)
    Ys, backprop = model.begin_update(Xs, need_dX=False)
    assert backprop(Ys) is None
    assert all(row.gradient is not None and row.gradient.any() for row in model.parameters())


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_rows_of_another_width_are_refused(kind: Any) -> None:
    """torch's LSTM reads past the end of a packed batch that is too narrow."""
    with pytest.raises(ShapeError, match="takes rows of 5 numbers, got rows of 4"):
        with_padded(PyTorchRNNWrapper(kind(5, 3))).predict(Xs)


@pytest.mark.parametrize("module", [nn.LSTM(4, 3), Cumulative()], ids=["LSTM", "other"])
@pytest.mark.parametrize("rows", [Xs, Xs[0]], ids=["list", "array"])
def test_what_is_not_padded_is_told_of_with_padded(module: Any, rows: Any) -> None:
    with pytest.raises(DTypeError, match=r"(?s)takes a Padded, got (list|ndarray).*with_padded"):
        PyTorchRNNWrapper(module).predict(rows)
