"""reduce_*: one row a sequence, against torch; and what they do with empty sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from combinet.chain import chain
from combinet.errors import BackpropError, DTypeError
from combinet.layers import Softmax, reduce_first, reduce_last, reduce_max, reduce_mean, reduce_sum
from combinet.types import Ragged

from .against_torch import assert_like_torch, floats, ragged

REDUCTIONS: dict[Callable[..., Any], Callable[[torch.Tensor], torch.Tensor]] = {
    reduce_first: lambda rows: rows[0],
    reduce_last: lambda rows: rows[-1],
    reduce_max: lambda rows: rows.max(dim=0).values,
    reduce_mean: lambda rows: rows.mean(dim=0),
    reduce_sum: lambda rows: rows.sum(dim=0),
}
every_reduction = pytest.mark.parametrize("reduction", REDUCTIONS)


@every_reduction
@pytest.mark.parametrize("lengths", [(3, 1, 4), (5,), (0, 2, 0, 0, 3, 0), (0, 0), ()], ids=str)
def test_a_reduction_agrees_with_torch_and_gives_zeros_for_empty_sequences(
    reduction: Any, lengths: tuple[int, ...]
) -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        rows = [
            REDUCTIONS[reduction](part) if len(part) else x.sum(0) * 0 for part in x.split(lengths)
        ]
        return torch.stack(rows) if rows else x

    assert_like_torch(reduction(), ragged(*lengths), formula)


@every_reduction
def test_the_gradient_is_a_ragged_of_the_same_lengths(reduction: Any) -> None:
    Xr = ragged(2, 3)
    Y, backprop = reduction().begin_update(Xr)
    dXr = backprop(Y)
    assert isinstance(dXr, Ragged)
    assert dXr.lengths.tolist() == [2, 3]


@every_reduction
def test_rows_of_higher_rank_get_their_rank_back(reduction: Any) -> None:
    Xr = Ragged(floats(3, 2, 4), [1, 2])
    Y, backprop = reduction().begin_update(Xr)
    assert Y.shape == (2, 8)
    assert backprop(Y).dataXd.shape == (3, 2, 4)


@every_reduction
@pytest.mark.parametrize("X", [[floats(2, 3)], floats(2, 3), None])
def test_what_is_no_ragged_is_refused(reduction: Any, X: Any) -> None:
    with pytest.raises(DTypeError, match="takes a Ragged"):
        reduction().predict(X)


@every_reduction
def test_ids_are_refused(reduction: Any) -> None:
    with pytest.raises(DTypeError, match="takes floats, got int64"):
        reduction().predict(Ragged(np.ones((3, 1), dtype="int64"), [3]))


@every_reduction
def test_a_gradient_of_another_shape_is_refused(reduction: Any) -> None:
    with pytest.raises(BackpropError, match="does not fit its output"):
        reduction().begin_update(ragged(2, 3))[1](floats(3, 4))


@every_reduction
def test_the_width_flows_through_without_data(reduction: Any) -> None:
    model = chain(reduction(), Softmax(2)).initialize(X=ragged(2, 3))
    assert model.layers[1].get_dim("nI") == 4


@every_reduction
def test_a_sample_that_is_no_ragged_is_refused_when_sizes_are_solved(reduction: Any) -> None:
    with pytest.raises(DTypeError, match="Ragged"):
        reduction().initialize(X=floats(2, 3))
