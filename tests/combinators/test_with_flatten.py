"""with_flatten and with_flatten_v2: lists of lists as one list, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import with_array, with_flatten, with_flatten_v2
from combinet.errors import BackpropError, DTypeError
from combinet.layers import Embed, Linear, list2array, remap_ids
from combinet.testing import assert_is_gradient

from .values import floats, function

WORDS = [["a", "b"], [], ["b"]]
ROWS = [[floats(1, 4, seed=i) for i in range(n)] for n in (2, 0, 3)]
both = pytest.mark.parametrize("wrapper", [with_flatten, with_flatten_v2])


def test_the_array_is_cut_up_as_the_lists_were() -> None:
    Y, backprop = with_flatten(remap_ids({"a": 1, "b": 2})).begin_update(WORDS)
    assert [y.tolist() for y in Y] == [[[1], [2]], [], [[2]]]
    assert Y[1].shape == (0, 1)
    assert backprop(Y) == []  # words have no gradient


def test_gradients_of_items_come_back_as_lists_of_lists() -> None:
    layer: Any = chain(list2array(), Linear(3, 4)).initialize(seed=0)
    Y, backprop = with_flatten(layer).begin_update(ROWS)
    assert [y.shape for y in Y] == [(2, 3), (0, 3), (3, 3)]
    dX = backprop(Y)
    assert [[item.shape for item in part] for part in dX] == [[(1, 4)] * 2, [], [(1, 4)] * 3]
    flat = [item for part in ROWS for item in part]
    wanted = layer.begin_update(flat)[1](np.concatenate(Y))
    for ours, theirs in zip([item for part in dX for item in part], wanted, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_list_is_cut_up_as_the_lists_were() -> None:
    layer = with_array(Linear(3, 4)).initialize(seed=0)
    Y, backprop = with_flatten_v2(layer).begin_update(ROWS)
    for part, given in zip(Y, ROWS, strict=True):
        for ours, item in zip(part, given, strict=True):
            np.testing.assert_allclose(ours, layer.predict([item])[0], rtol=1e-5)
    dX = backprop(Y)
    assert [[item.shape for item in part] for part in dX] == [[(1, 4)] * 2, [], [(1, 4)] * 3]


def test_backprop_is_the_gradient() -> None:
    assert_is_gradient(with_flatten(chain(list2array(), Linear(3, 4))), ROWS)
    assert_is_gradient(with_flatten_v2(with_array(Linear(3, 4))), ROWS)


@both
def test_the_layer_is_called_once(wrapper: Any) -> None:
    calls: list[Any] = []
    wrapper(function(lambda X: calls.append(len(X)) or X)).predict(WORDS)
    assert calls == [3]


@both
def test_nothing_at_all_works_both_ways(wrapper: Any) -> None:
    layer = function(lambda X: np.zeros((len(X), 2)) if wrapper is with_flatten else X, list)
    for nothing in ([], [[], []]):
        Y, backprop = wrapper(layer).begin_update(nothing)
        assert len(Y) == len(nothing)
        assert backprop(Y) == nothing


@both
@pytest.mark.parametrize("wrong", [["ab", "c"], [1, 2], [b"ab"]])
def test_what_is_no_list_of_lists_is_refused(wrapper: Any, wrong: Any) -> None:
    with pytest.raises(DTypeError, match="takes a list of lists"):
        wrapper(function(lambda X: X)).predict(wrong)


@both
def test_a_layer_that_loses_items_is_refused(wrapper: Any) -> None:
    with pytest.raises(DTypeError, match="one item for each"):
        wrapper(function(lambda X: X[1:])).predict(WORDS)


@both
def test_a_gradient_of_another_form_is_refused(wrapper: Any) -> None:
    _, backprop = wrapper(function(lambda X: X)).begin_update(WORDS)
    with pytest.raises(BackpropError, match="does not fit its output"):
        backprop([[1], [2]])


def test_widths_flow_out_of_the_layer() -> None:
    embed: Any = Embed(6, 10, column=0)
    model = chain(with_flatten(chain(remap_ids({"a": 1}), embed)), with_array(Linear(2)))
    model.initialize(X=WORDS)
    assert model.layers[1].get_dim("nI") == 6
    assert [y.shape for y in model.predict(WORDS)] == [(2, 2), (0, 2), (1, 2)]


@both
def test_both_have_one_name(wrapper: Any) -> None:
    assert wrapper(Linear()).name == "with_flatten(linear)"


@both
def test_no_gradient_is_computed_that_is_not_needed(wrapper: Any) -> None:
    layer = function(lambda X: np.zeros((len(X), 2)) if wrapper is with_flatten else X)
    Y, backprop = wrapper(layer).begin_update(WORDS, need_dX=False)
    assert backprop(Y) is None
