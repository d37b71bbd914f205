"""uniqued: the layer alone, computed once for each kind of row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from combinet.chain import chain
from combinet.combinators import uniqued, with_array
from combinet.errors import BackpropError, DTypeError, ShapeError
from combinet.layers import Embed, HashEmbed, Linear, Maxout

from .values import floats, function

X = np.array([[7, 3], [8, 1], [7, 3], [9, 3], [7, 1]], dtype="uint64")


def layer_of(column: int) -> Any:
    embed: Any = HashEmbed(4, 50, column=column, seed=1)
    return chain(embed, Maxout(3, 4)).initialize(seed=0)


@settings(max_examples=30, deadline=None)
@given(
    ids=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12),
    column=st.sampled_from([0, 1, -1]),
)
def test_it_equals_the_layer_alone(ids: list[tuple[int, int]], column: int) -> None:
    rows = np.array(ids, dtype="uint64").reshape((len(ids), 2))
    plain = layer_of(column)
    model = uniqued(plain.copy(), column=column)
    dY = floats(len(ids), 3)
    (Y, backprop), (wanted, backprop_plain) = model.begin_update(rows), plain.begin_update(rows)
    np.testing.assert_allclose(Y, wanted, rtol=1e-5, atol=1e-6)
    dX = backprop(dY)
    assert dX.shape == rows.shape
    assert not dX.any()
    backprop_plain(dY)
    for ours, theirs in zip(model.parameters(), plain.parameters(), strict=True):
        np.testing.assert_allclose(ours.gradient, theirs.gradient, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("column", "rows"), [(0, 3), (1, 2)])
def test_the_layer_sees_one_row_of_each_kind(column: int, rows: int) -> None:
    seen: list[Any] = []
    uniqued(function(lambda X: seen.append(X) or X), column=column).predict(X)
    assert seen[0].shape == (rows, 2)


def test_no_rows_work_both_ways() -> None:
    Y, backprop = uniqued(layer_of(0)).begin_update(X[:0])
    assert Y.shape == (0, 3)
    assert backprop(Y).shape == (0, 2)
    nothing: Any = np.zeros((0, 0), dtype="float32")  # what an empty list is laid out as
    assert uniqued(layer_of(0)).predict(nothing).shape == (0, 3)


def test_its_dims_are_those_of_the_layer() -> None:
    embed: Any = Embed(nV=10, column=0)
    model = chain(uniqued(embed), Linear(2, 6)).initialize()
    assert model.layers[0].get_dim("nO") == 6
    assert model.layers[0].name == "uniqued(ints-getitem>>embed)"


def test_the_column_lives_in_the_attributes() -> None:
    assert uniqued(layer_of(1), column=1).attrs == {"column": 1}


def test_floats_are_refused() -> None:
    with pytest.raises(DTypeError, match="takes rows of ids"):
        uniqued(function(lambda X: X)).predict(np.ones((2, 2)))


@pytest.mark.parametrize("wrong", [X[:, 0], X[:, :1]])
def test_rows_without_that_column_are_refused(wrong: Any) -> None:
    with pytest.raises(ShapeError, match="with a column 1"):
        uniqued(function(lambda X: X), column=1).predict(wrong)


def test_a_gradient_of_another_shape_is_refused() -> None:
    _, backprop = uniqued(layer_of(0)).begin_update(X)
    with pytest.raises(BackpropError, match="does not fit"):
        backprop(floats(3, 3))


def test_it_runs_over_lists() -> None:
    items: Any = [X[:2], X[2:2], X[2:]]
    Y = with_array(uniqued(layer_of(0))).predict(items)
    np.testing.assert_allclose(np.concatenate(Y), layer_of(0).predict(X), rtol=1e-5)
