"""LearnedPositions and RotaryPositions: formulas against torch, sizes, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.chain import chain
from combinet.combinators import with_ragged
from combinet.errors import DimError, DTypeError, ShapeError
from combinet.layers import LearnedPositions, Linear, RotaryPositions, list2padded, list2ragged

from .against_torch import assert_like_torch, floats, ragged

XS = [floats(3, 4), floats(0, 4), floats(2, 4)]


def test_learned_positions_add_the_row_of_each_place() -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        return x + w["E"][torch.tensor([0, 1, 2, 0, 1])]

    assert_like_torch(LearnedPositions(5, 4).initialize(), ragged(3, 0, 2), formula)


def test_rotary_positions_turn_pairs_as_complex_numbers() -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        heads = x.reshape(5, 2, 2, 2)  # (rows, heads, half, pair)
        places = torch.tensor([0.0, 1.0, 2.0, 0.0, 1.0], dtype=torch.float64)
        angles = places[:, None] / torch.tensor([1.0, 9.0**0.5], dtype=torch.float64)
        turn = torch.polar(torch.ones_like(angles), angles)[:, None]
        turned = torch.complex(heads[:, :, 0].contiguous(), heads[:, :, 1].contiguous()) * turn
        return torch.stack([turned.real, turned.imag], dim=2).reshape(5, 8)

    Xr = ragged(3, 0, 2, width=8)
    assert_like_torch(RotaryPositions(2, period=9.0).initialize(), Xr, formula)


@pytest.mark.parametrize("make", [lambda: LearnedPositions(5), lambda: RotaryPositions(2)])
def test_every_container_gives_the_same_rows(make: Any) -> None:
    model = make().initialize(X=XS, seed=0)
    wanted = np.concatenate(model.predict(XS))
    np.testing.assert_array_equal(model.predict(list2ragged().predict(XS)).data, wanted)
    Yp = model.predict(list2padded().predict(XS))
    np.testing.assert_array_equal(np.concatenate(model.ops.padded2list(Yp)), wanted)
    dXs = model.begin_update(XS)[1](XS)
    assert [dX.shape for dX in dXs] == [X.shape for X in XS]


@pytest.mark.parametrize("make", [lambda: LearnedPositions(5), lambda: RotaryPositions(2)])
def test_one_array_is_refused_at_check_and_when_run(make: Any) -> None:
    with pytest.raises(DTypeError, match="takes a Ragged"):
        make().check(X=XS[0])
    with pytest.raises(DTypeError, match="does not say where its sequences end"):
        make().initialize(X=XS).predict(XS[0])


def test_a_sequence_longer_than_the_table_is_refused() -> None:
    model = LearnedPositions(2).initialize(X=XS)
    with pytest.raises(ShapeError, match="knows 2 places, got a sequence of 3 rows"):
        model.predict(XS)


def test_the_width_of_the_table_is_read_off_the_sample() -> None:
    assert LearnedPositions(5).initialize(X=XS).get_param("E").shape == (5, 4)


def test_positions_pass_sizes_on_to_their_neighbours() -> None:
    model = chain(LearnedPositions(5), RotaryPositions(1), with_ragged(LearnedPositions(5, 6)))
    model.initialize()
    assert model.layers[0].get_param("E").shape == (5, 6)


def test_rotations_need_an_even_width_in_each_head() -> None:
    with pytest.raises(DimError, match="pairs of columns in 3 heads, and rows are 4 wide"):
        RotaryPositions(3).initialize(X=XS)
    with pytest.raises(ShapeError, match="pairs of columns in 3 heads, and rows are 4 wide"):
        RotaryPositions(3).predict(list2ragged().predict(XS))


def test_a_neighbour_of_rows_is_refused() -> None:
    wrong: Any = Linear(4)
    with pytest.raises(DTypeError, match="takes a Ragged"):
        (wrong >> LearnedPositions(5)).check(X=XS[0])
