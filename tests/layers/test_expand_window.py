"""expand_window against torch, over arrays and Ragged, and the sizes around it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from combinet.chain import chain
from combinet.combinators import with_array, with_ragged
from combinet.errors import DimError, DTypeError, ShapeError
from combinet.layers import Linear, Maxout, expand_window

from .against_torch import assert_like_torch, floats, ragged


def _windows(x: torch.Tensor, w: int) -> torch.Tensor:
    padded = torch.nn.functional.pad(x, (0, 0, w, w))
    return torch.cat([padded[i : i + len(x)] for i in range(2 * w + 1)], dim=1)


@pytest.mark.parametrize("w", [0, 1, 2, 5])
@pytest.mark.parametrize("rows", [0, 1, 4])
def test_an_array_is_one_sequence(w: int, rows: int) -> None:
    assert_like_torch(expand_window(w), floats(rows, 3), lambda x, _: _windows(x, w))


@pytest.mark.parametrize("w", [0, 1, 3])
@pytest.mark.parametrize("lengths", [(3, 1, 4), (0, 2, 0), (0,), ()], ids=str)
def test_windows_do_not_reach_into_the_next_sequence(w: int, lengths: tuple[int, ...]) -> None:
    def formula(x: torch.Tensor, _: Any) -> torch.Tensor:
        parts = [_windows(part, w) for part in x.split(lengths)]
        return torch.cat(parts) if parts else _windows(x, w)

    assert_like_torch(expand_window(w), ragged(*lengths), formula)


def test_a_ragged_keeps_its_lengths_both_ways() -> None:
    Y, backprop = expand_window(1, of="ragged").begin_update(ragged(2, 3))
    assert Y.lengths.tolist() == backprop(Y).lengths.tolist() == [2, 3]


def test_a_gradient_that_is_no_ragged_is_refused() -> None:
    wrong: Any = floats(5, 12)
    with pytest.raises(ValueError, match="does not fit its output"):
        expand_window(1, of="ragged").begin_update(ragged(2, 3))[1](wrong)


@pytest.mark.parametrize("X", [floats(2, 4), ragged(2, 0, 1)])
def test_the_width_is_multiplied_on_the_way_forward(X: Any) -> None:
    behind = with_array(Maxout(3), of="ragged")
    chain(expand_window(2, of="ragged"), behind).initialize(X=X)
    assert behind.get_dim("nI") == 20


def test_the_width_is_divided_on_the_way_back() -> None:
    model = chain(Linear(), expand_window(1), Linear(2, 12)).initialize(X=floats(3, 5))
    assert model.layers[0].get_dim("nO") == 4


def test_a_width_that_cannot_be_divided_is_refused() -> None:
    with pytest.raises(DimError, match="3 rows side by side, and is to give 14 numbers"):
        chain(Linear(), expand_window(1), Linear(2, 14)).initialize(X=floats(3, 5))


def test_a_neighbour_of_another_width_is_refused() -> None:
    with pytest.raises(DimError, match="takes rows of 14 numbers, and gets rows of 15"):
        chain(expand_window(1), Linear(2, 14)).initialize(X=floats(3, 5))


def test_a_negative_window_is_refused() -> None:
    with pytest.raises(ShapeError, match="got -1"):
        expand_window(-1)


def test_a_list_is_refused_with_a_hint() -> None:
    wrong: Any = [floats(2, 3)]
    with pytest.raises(DTypeError, match=r"with_ragged\(expand_window\(...\)\) keeps windows"):
        expand_window(1).predict(wrong)
    made: Any = with_ragged(expand_window(1)).predict([floats(2, 3), floats(1, 3)])
    assert not made[1][:, :3].any()  # the window of its only row sees no neighbour
