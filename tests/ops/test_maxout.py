"""Maxout against torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.errors import DTypeError, RangeError, ShapeError
from combinet.ops import Ops

ops = Ops()


def floats(*shape: int) -> Any:
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


def test_maxout_and_its_gradient_are_torchs() -> None:
    X, dY = floats(5, 4, 3), floats(5, 4)
    there = torch.tensor(X, requires_grad=True)
    there.max(dim=2).values.backward(torch.tensor(dY))
    best, which = ops.maxout(X)
    np.testing.assert_array_equal(best, X.max(axis=2))
    assert there.grad is not None
    np.testing.assert_array_equal(ops.backprop_maxout(dY, which, 3), there.grad.numpy())


def test_the_first_piece_wins_a_tie() -> None:
    _, which = ops.maxout(np.asarray([[[1.0, 2.0, 2.0], [3.0, 3.0, 3.0]]]))
    assert (which.tolist(), which.dtype) == ([[1, 0]], np.int32)


def test_a_nan_piece_makes_its_unit_nan_alone() -> None:
    X = floats(1, 2, 3)
    X[0, 0, 1] = np.nan
    best, which = ops.maxout(X)
    assert np.isnan(best).tolist() == [[True, False]]
    assert 0 <= which[0, 0] < 3


def test_what_is_no_stack_of_pieces_is_refused() -> None:
    with pytest.raises(ShapeError, match="pieces >= 1"):
        ops.maxout(floats(2, 3, 0))
    with pytest.raises(ShapeError, match="pieces >= 1"):
        ops.maxout(floats(2, 3))
    with pytest.raises(DTypeError, match="pieces >= 1"):
        ops.maxout([[[1.0]]])  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [3, -1])
def test_a_piece_that_is_not_there_is_refused(wrong: int) -> None:
    with pytest.raises(RangeError, match=f"from 0 to 2, got {wrong}"):
        ops.backprop_maxout(floats(1, 1), np.asarray([[wrong]]), 3)


def test_a_gradient_of_another_shape_or_kind_is_refused() -> None:
    with pytest.raises(ShapeError, match="shape of dY"):
        ops.backprop_maxout(floats(2, 1), np.asarray([[0]]), 3)
    with pytest.raises(DTypeError, match="gradient is of floats"):
        ops.backprop_maxout(np.ones((1, 1), dtype="int32"), np.asarray([[0]]), 3)
    with pytest.raises(DTypeError, match="which are whole numbers"):
        ops.backprop_maxout(floats(1, 1), floats(1, 1), 3)
