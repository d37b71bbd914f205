"""array_getitem and its kin: a part of an array, and the gradient of the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.layers import array_getitem, floats_getitem, ints_getitem
from combinet.testing import assert_is_gradient

from .against_torch import floats

X = floats(5, 4, dtype="float32")
INDICES: list[Any] = [
    2,
    slice(1, 4),
    (slice(0, None), 1),
    (..., slice(0, 2)),
    [0, 3, 0],
    (slice(0, None), [1, 1]),
    (None, 2),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_it_indexes_and_its_gradient_is_zero_elsewhere(index: Any) -> None:
    Y, backprop = array_getitem(index).begin_update(X)
    np.testing.assert_array_equal(Y, X[index])
    wanted = np.zeros_like(X)
    np.add.at(wanted, index, Y)
    np.testing.assert_array_equal(backprop(Y), wanted)


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_backprop_is_the_gradient(index: Any) -> None:
    assert_is_gradient(floats_getitem(index), X)


def test_ints_have_no_gradient() -> None:
    ids = np.arange(6).reshape(3, 2)
    Y, backprop = ints_getitem((slice(0, None), 1)).begin_update(ids)
    assert Y.tolist() == [1, 3, 5]
    dX = backprop(np.ones(3, dtype="float32"))
    assert dX.shape == ids.shape
    assert not dX.any()


def test_names_and_attributes_are_thincs() -> None:
    assert array_getitem(1).name == "array-getitem"
    assert ints_getitem(1).name == "ints-getitem"
    assert array_getitem((1, ...)).attrs["index"] == (1, ...)


def test_no_gradient_is_computed_that_is_not_needed() -> None:
    Y, backprop = array_getitem(1).begin_update(X, need_dX=False)
    assert backprop(Y) is None
