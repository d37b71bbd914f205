"""AttentionPool against its formula in torch, in float64."""

from __future__ import annotations

import torch

from combinet.layers import AttentionPool

from .against_torch import assert_like_torch, floats, in_float64, ragged


def test_it_agrees_with_its_formula() -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        weigh = [torch.softmax(part @ w["0/Q"], dim=0) for part in x.split([3, 2])]
        pooled = [a @ part for a, part in zip(weigh, x.split([3, 2]), strict=True)]
        return torch.stack(pooled)

    assert_like_torch(AttentionPool(4).initialize(), ragged(3, 2), formula)


def test_an_empty_sequence_gives_zeros_and_no_gradient() -> None:
    model, Xr = in_float64(AttentionPool(4).initialize()), ragged(2, 0)
    Y, backprop = model.begin_update(Xr)
    assert not Y[1].any()
    assert backprop(floats(2, 4)).lengths.tolist() == [2, 0]
