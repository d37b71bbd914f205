"""The forget gate of an LSTM starts open."""

from __future__ import annotations

import numpy as np
import pytest

from combinet.errors import ShapeError
from combinet.initializers import configure_lstm_hidden_bias_init, lstm_hidden_bias_init
from combinet.ops import NumpyOps

OPS = NumpyOps()


def cells_after_one_step(bias: np.ndarray, cell: float) -> np.ndarray:
    """The cells of our LSTM with all weights 0, this bias, and cells that start at ``cell``."""
    nH = bias.size // 4
    flat = bias.reshape(-1)
    params = np.concatenate([np.zeros(4 * nH), flat, np.zeros(4 * nH * nH), np.zeros(4 * nH)])
    H0, C0 = np.zeros((1, 1, nH), "f"), np.full((1, 1, nH), cell, "f")
    X, size_at_t = np.zeros((1, 1), "f"), np.ones(1, "int32")
    state = OPS.lstm_forward_training(params.astype("f"), H0, C0, X, size_at_t)[1]
    return np.asarray(state[2]).reshape(-1)


@pytest.mark.parametrize("shape", [(12,), (4, 3)])
def test_an_lstm_with_this_bias_keeps_what_it_remembers(shape: tuple[int, ...]) -> None:
    bias = np.asarray(lstm_hidden_bias_init(OPS, shape))
    assert bias.shape == shape
    assert bias.sum() == 3
    sigmoid_of_1 = 1 / (1 + np.exp(-1))
    np.testing.assert_allclose(cells_after_one_step(bias, 10.0), 10 * sigmoid_of_1, rtol=1e-6)


@pytest.mark.parametrize("shape", [(10,), (3, 4), (4, 3, 2), ()])
def test_a_shape_that_is_not_four_gates_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"\(4 \* nH,\)"):
        configure_lstm_hidden_bias_init()(OPS, shape)
