"""with_array, with_list, with_ragged, with_padded: one layer in every container."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import noop, residual, with_array, with_list, with_padded, with_ragged
from combinet.errors import DTypeError, RangeError, ShapeError
from combinet.layers import (
    LSTM,
    Linear,
    ParametricAttention,
    Relu,
    expand_window,
    list2ragged,
    reduce_mean,
)
from combinet.types import Padded, Ragged

from .values import ITEMS, LENGTHS, ROWS, VALUES, floats, function, in_container, rows_of

SEQUENCES = ["list", "Ragged", "Padded"]
INSIDE: dict[Any, type] = {with_list: list, with_ragged: Ragged, with_padded: Padded}
every_sequence = pytest.mark.parametrize("kind", SEQUENCES)
every_wrapper = pytest.mark.parametrize("wrapper", INSIDE)


# --- with_array -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", VALUES)
def test_with_array_runs_a_layer_of_rows_in_every_container(kind: str) -> None:
    layer = Linear(3, 4).initialize(seed=0)
    Y, backprop = with_array(layer).begin_update(VALUES[kind])
    np.testing.assert_allclose(rows_of(Y), layer.predict(ROWS), rtol=1e-5)
    dY = floats(6, 3, seed=1)
    dX = backprop(in_container(kind, dY))
    np.testing.assert_allclose(rows_of(dX), layer.begin_update(ROWS)[1](dY), rtol=1e-4)
    assert type(Y) is type(dX) is type(VALUES[kind])


def test_with_array_calls_its_layer_once_for_all_sequences() -> None:
    calls: list[Any] = []
    with_array(function(lambda X: calls.append(X.shape) or X)).predict(ITEMS)
    assert calls == [(6, 4)]


def test_zeros_between_the_items_keep_windows_apart() -> None:
    apart = with_array(expand_window(1), pad=1).predict(ITEMS)
    wanted = [expand_window(1).predict(item) for item in ITEMS]
    for one, other in zip(apart, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_gradient_of_the_padding_is_cut_away() -> None:
    Y, backprop = with_array(expand_window(1), pad=1).begin_update(ITEMS)
    alone = [expand_window(1).begin_update(item) for item in ITEMS]
    for dX, (y, backprop_one) in zip(backprop(Y), alone, strict=True):
        np.testing.assert_allclose(dX, backprop_one(y))


def test_an_empty_list_stays_one() -> None:
    model = with_array(Linear(3, 4)).initialize()
    Y, backprop = model.begin_update([])
    assert Y == []
    assert backprop([]) == []


def test_a_layer_that_changes_the_number_of_rows_is_refused() -> None:
    with pytest.raises(RangeError, match="lengths must sum up"):
        with_array(function(lambda X: X[1:])).predict(ITEMS)


def test_items_of_different_widths_are_refused() -> None:
    with pytest.raises(ShapeError, match="trailing shape"):
        with_array(Linear(3, 4)).initialize().predict([floats(2, 4), floats(2, 3)])


@pytest.mark.parametrize("wrong", ["text", None, 3])
def test_what_is_no_container_is_refused(wrong: Any) -> None:
    with pytest.raises(DTypeError, match="sequences come as"):
        with_array(Linear(3, 4)).initialize().predict(wrong)


def test_it_names_the_item_that_is_no_array() -> None:
    with pytest.raises(DTypeError, match="item 1 of the list is no array but str"):
        with_array(Linear(3, 4)).initialize().predict([floats(2, 4), "b"])


# --- the other containers -------------------------------------------------------------------


@every_wrapper
@every_sequence
def test_the_layer_sees_its_container_and_the_caller_gets_back_what_came_in(
    wrapper: Any, kind: str
) -> None:
    seen: list[Any] = []
    layer = function(lambda X: seen.append(X) or X)
    Y, backprop = wrapper(layer).begin_update(VALUES[kind])
    assert type(seen[0]) is INSIDE[wrapper]
    assert type(Y) is type(VALUES[kind])
    np.testing.assert_array_equal(rows_of(Y), ROWS)
    dX = backprop(VALUES[kind])
    assert type(layer.attrs["dY"]) is INSIDE[wrapper]
    assert type(dX) is type(VALUES[kind])
    np.testing.assert_array_equal(rows_of(dX), ROWS)


@every_wrapper
def test_one_array_does_not_say_where_sequences_end(wrapper: Any) -> None:
    with pytest.raises(DTypeError, match="does not say where its sequences end"):
        wrapper(noop()).predict(ROWS)


@every_wrapper
def test_a_layer_that_gives_another_container_is_refused(wrapper: Any) -> None:
    with pytest.raises(DTypeError, match="cannot put back what its layer gives"):
        wrapper(function(lambda X: ROWS)).predict(VALUES["list"])


@every_wrapper
def test_no_sequences_work_both_ways(wrapper: Any) -> None:
    for nothing in ([], Ragged(ROWS[:0], LENGTHS[:0])):
        Y, backprop = wrapper(noop()).begin_update(nothing)
        assert type(backprop(Y)) is type(nothing)


def test_a_pair_of_data_and_lengths_is_a_ragged() -> None:
    Y, backprop = with_ragged(noop()).begin_update((ROWS, LENGTHS))
    for pair in (Y, backprop(Y)):
        np.testing.assert_array_equal(pair[0], ROWS)
        np.testing.assert_array_equal(pair[1], LENGTHS)


def test_a_tuple_of_two_sequences_is_no_pair() -> None:
    Y = with_ragged(noop()).predict((ROWS, ROWS[:2]))
    assert [y.shape for y in Y] == [(6, 4), (2, 4)]


def test_the_four_parts_of_a_padded_are_a_padded() -> None:
    Xp = VALUES["Padded"]
    parts = (Xp.data, Xp.size_at_t, Xp.lengths, Xp.indices)
    Y, backprop = with_padded(noop()).begin_update(parts)
    for four in (Y, backprop(Y)):
        for one, other in zip(four, parts, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_3d_array_is_a_padded_of_equal_lengths() -> None:
    X = floats(3, 2, 4)
    model = with_padded(LSTM(2), of="array").initialize(X=X, seed=0)
    assert str(model.check(X=X).y) == "an array of floats (n, n, 2)"
    Y, backprop = model.begin_update(X)
    assert Y.shape == (3, 2, 2)
    assert backprop(Y).shape == X.shape
    items = with_padded(model.layers[0]).predict([X[:, 0], X[:, 1]])
    np.testing.assert_allclose(Y[:, 1], items[1], rtol=1e-5)


def test_a_padded_comes_back_in_its_own_order() -> None:
    Xp = Padded(floats(1, 3, 2), np.array([3]), np.array([1, 1, 1]), np.array([2, 0, 1]))
    Y = with_list(noop(of="list"), of="padded").predict(Xp)
    np.testing.assert_array_equal(Y.data, Xp.data)
    assert Y.indices.tolist() == [2, 0, 1]


@pytest.mark.parametrize("nothing", [Ragged(ROWS[:0], LENGTHS[:0]), VALUES["Padded"][:0]], ids=str)
def test_no_sequences_pass_through_several_containers(nothing: Any) -> None:
    for wrapper in (with_list, with_ragged, with_padded):
        model: Any = wrapper(with_array(Linear(3, 4))).initialize()
        Y, backprop = model.begin_update(nothing)
        dX = backprop(Y)
        assert type(dX) is type(nothing)
        assert dX.data.shape == nothing.data.shape


# --- sizes ----------------------------------------------------------------------------------


@every_sequence
@pytest.mark.parametrize("wrapper", [with_list, with_padded, with_ragged])
def test_widths_and_containers_flow_through(wrapper: Any, kind: str) -> None:
    model: Any = wrapper(with_array(Linear(3)))
    assert str(model.check(X=VALUES[kind]).y).startswith(f"a {kind} of floats")
    model.initialize(X=VALUES[kind])
    assert model.layers[0].layers[0].get_dim("nI") == 4


@every_sequence
def test_a_width_flows_back_from_the_next_layer(kind: str) -> None:
    model: Any = chain(with_array(Linear()), with_array(Linear(2, 7)))
    model.initialize(X=VALUES[kind])
    assert model.layers[0].get_dim("nO") == 7


def test_the_layer_is_asked_for_its_sizes_in_its_own_container() -> None:
    for wrapper, layer in ((with_ragged, ParametricAttention()), (with_padded, LSTM(2))):
        wrapper(layer).initialize(X=ITEMS)
        assert layer.has_param("Q") or layer.get_dim("nI") == 4


def test_a_width_that_is_known_inside_alone_comes_out() -> None:
    model: Any = chain(with_array(residual(Linear())), with_array(Linear(2, 5))).initialize()
    assert model.get_dim("nI") == model.layers[0].get_dim("nI") == 5


@pytest.mark.parametrize("wrapper", [with_array, with_list, with_padded])
def test_the_dims_of_the_layer_are_its_own_too(wrapper: Any) -> None:
    model = wrapper(Linear(3, 4))
    assert (model.get_dim("nO"), model.get_dim("nI")) == (3, 4)
    assert wrapper(reduce_mean()).dim_names == ()


def test_with_ragged_has_no_dims() -> None:
    assert with_ragged(Linear(3, 4)).dim_names == ()


def test_a_misfit_inside_names_its_path() -> None:
    inside: Any = chain(Linear(3), list2ragged())
    with pytest.raises(DTypeError, match=r"list2ragged \(path 0.1\)"):
        with_array(inside).initialize(X=ITEMS)


def test_no_gradient_is_computed_that_is_not_needed() -> None:
    model = with_array(Relu(3, 4)).initialize()
    Y, backprop = model.begin_update(ITEMS, need_dX=False)
    assert backprop(Y) is None
    assert model.layers[0].has_grad("W")
