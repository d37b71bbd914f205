"""ParametricAttention against torch, and its sizes."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from combinet.chain import chain
from combinet.errors import DTypeError, ShapeError
from combinet.layers import ParametricAttention, list2ragged, reduce_sum

from .against_torch import assert_like_torch, floats, ragged


@pytest.mark.parametrize("lengths", [(3, 1, 4), (0, 2, 0), (0,), ()], ids=str)
def test_rows_are_weighed_by_a_softmax_over_their_sequence(lengths: tuple[int, ...]) -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        parts = [part * torch.softmax(part @ w["Q"], dim=0)[:, None] for part in x.split(lengths)]
        return torch.cat(parts) if parts else x

    assert_like_torch(ParametricAttention(4).initialize(), ragged(*lengths), formula)


def test_summing_the_rows_gives_a_weighted_average() -> None:
    model = chain(ParametricAttention(1).initialize(), reduce_sum())
    assert 0 < model.predict(ragged(3, width=1, dtype="float32"))[0, 0] < 1.1


def test_the_width_is_read_off_the_sample() -> None:
    assert ParametricAttention().initialize(X=ragged(2, 1)).get_dim("nO") == 4


def test_the_width_flows_through_without_data() -> None:
    model = chain(list2ragged(), ParametricAttention(), ParametricAttention(4)).initialize()
    assert model.layers[1].get_dim("nO") == 4


def test_another_width_is_refused() -> None:
    with pytest.raises(ShapeError, match="takes rows of 4 numbers, got rows of 3"):
        ParametricAttention(4).initialize().predict(ragged(2, width=3))


def test_a_list_is_refused() -> None:
    wrong: Any = [floats(2, 4)]
    with pytest.raises(DTypeError, match="takes a Ragged"):
        ParametricAttention(4).initialize().predict(wrong)
