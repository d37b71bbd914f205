"""Conv1d against torch.nn.functional.conv1d in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from combinet.chain import chain
from combinet.combinators import with_array
from combinet.errors import DTypeError, ShapeError
from combinet.layers import Conv1d, Linear, expand_window, list2padded, list2ragged
from combinet.types import Ragged

from .against_torch import assert_like_torch, floats, ragged

LENGTHS = (3, 0, 5, 1)


@pytest.mark.parametrize("window", [0, 1, 2])
def test_it_agrees_with_torch(window: int) -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        kernel = w["W"].reshape(3, 2 * window + 1, 4).transpose(1, 2)
        parts = [
            functional.conv1d(part.T[None], kernel, w["b"], padding=window)[0].T
            for part in x.split(LENGTHS)
            if len(part)
        ]
        return torch.cat(parts)

    assert_like_torch(Conv1d(3, 4, window_size=window).initialize(), ragged(*LENGTHS), formula)


def test_it_is_a_window_and_a_linear_layer() -> None:
    conv = Conv1d(3, 4).initialize(seed=0)
    by_hand = chain(expand_window(1, of="ragged"), with_array(Linear(3, 12), of="ragged"))
    by_hand.initialize()
    linear = by_hand.layers[1].layers[0]
    linear.set_param("W", conv.get_param("W"))
    Xr = ragged(3, 2, dtype="float32")
    np.testing.assert_allclose(conv.predict(Xr).data, by_hand.predict(Xr).data, rtol=1e-6)


def test_every_container_gives_the_same_rows() -> None:
    Xs = [floats(n, 4, seed=n, dtype="float32") for n in LENGTHS]
    model: Any = Conv1d(3).initialize(X=Xs, seed=0)
    wanted = np.concatenate(model.predict(Xs))
    np.testing.assert_array_equal(model.predict(list2ragged().predict(Xs)).data, wanted)
    Yp = model.predict(list2padded().predict(Xs))
    np.testing.assert_array_equal(np.concatenate(model.ops.padded2list(Yp)), wanted)


def test_sizes_are_read_off_the_samples() -> None:
    model = Conv1d(window_size=2).initialize(X=ragged(3), Y=floats(3, 7))
    assert model.get_param("W").shape == (7, 20)


def test_the_gradient_of_the_input_is_left_out_when_nobody_needs_it() -> None:
    Yr, backprop = Conv1d(3, 4).initialize().begin_update(ragged(3, 2), need_dX=False)
    assert backprop(Yr) is None


def test_a_negative_window_is_refused() -> None:
    with pytest.raises(ShapeError, match="0 rows or more on each side, got -1"):
        Conv1d(window_size=-1)


def test_one_array_is_refused() -> None:
    wrong: Any = floats(3, 4)
    with pytest.raises(DTypeError, match="does not say where its sequences end"):
        Conv1d(3, 4).initialize().predict(wrong)


def test_another_width_is_refused() -> None:
    with pytest.raises(ShapeError, match="takes rows of 4 numbers, got rows of 5"):
        Conv1d(3, 4).initialize().predict(Ragged(floats(2, 5), [2]))
