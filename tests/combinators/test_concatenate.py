"""concatenate: outputs side by side, gradients cut apart and summed, widths solved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import (
    concatenate,
    noop,
    with_array,
    with_list,
    with_padded,
    with_ragged,
)
from combinet.errors import BackpropError, DimError, ShapeError
from combinet.infer import Mismatch
from combinet.layers import (
    Dropout,
    HashEmbed,
    Linear,
    Relu,
    list2array,
    list2ragged,
    reduce_max,
    reduce_mean,
    strings2arrays,
)
from combinet.types import Ragged

from .values import VALUES, floats, function, in_container, rows_of

X = VALUES["array"]
every_kind = pytest.mark.parametrize("kind", VALUES)


def _three() -> Any:
    layers = [with_array(layer) for layer in (Linear(3), Relu(2), Linear(5))]
    return concatenate(*layers)


@every_kind
def test_outputs_stand_side_by_side_in_the_container_of_the_input(kind: str) -> None:
    model = _three().initialize(X=VALUES[kind], seed=0)
    Y = model.predict(VALUES[kind])
    assert type(Y) is type(VALUES[kind])
    wanted = np.concatenate([layer.predict(X) for layer in model.layers], axis=1)
    np.testing.assert_allclose(rows_of(Y), wanted, rtol=1e-5)


@every_kind
def test_each_layer_gets_its_columns_of_the_gradient_and_what_they_return_is_summed(
    kind: str,
) -> None:
    model = _three().initialize(X=VALUES[kind], seed=0)
    dY = floats(6, 10, seed=1)
    dX = model.begin_update(VALUES[kind])[1](in_container(kind, dY))
    parts = np.split(dY, [3, 5], axis=1)
    wanted = [
        layer.begin_update(X)[1](np.ascontiguousarray(part))
        for layer, part in zip(model.layers, parts, strict=True)
    ]
    np.testing.assert_allclose(rows_of(dX), sum(wanted), rtol=1e-4, atol=1e-6)
    assert type(dX) is type(VALUES[kind])


def test_the_gradient_of_a_list_has_as_many_items_as_the_list() -> None:
    model = _three().initialize(X=VALUES["list"])
    Y, backprop = model.begin_update(VALUES["list"])
    assert [dX.shape for dX in backprop(Y)] == [(2, 4), (0, 4), (4, 4)]


def test_a_ragged_keeps_its_lengths() -> None:
    Y, backprop = _three().initialize(X=VALUES["Ragged"]).begin_update(VALUES["Ragged"])
    assert Y.lengths.tolist() == backprop(Y).lengths.tolist() == [2, 0, 4]


def test_the_operator_is_a_bar() -> None:
    model = Linear(2, 4) | Linear(3, 4)
    assert model.name == "linear|linear"
    assert model.initialize().predict(X).shape == (6, 5)


def test_arguments_are_left_as_they_are() -> None:
    first = Linear(2, 4) | Linear(3, 4)
    both = first | Linear(1, 4)
    assert len(first.layers) == 2
    assert both.layers[0] is first
    assert both.initialize().predict(X).shape == (6, 6)


def test_none_is_noop_and_one_is_itself() -> None:
    layer = Linear(2, 4)
    assert concatenate().name == "noop"
    assert concatenate(layer) is layer


# --- sizes --------------------------------------------------------------------------------


def test_the_width_is_the_sum_of_the_layers_before_any_data() -> None:
    model = Linear(2, 4) | Linear(3, 4)
    assert (model.get_dim("nO"), model.get_dim("nI")) == (5, 4)


def test_the_width_stays_open_while_one_layer_is_open() -> None:
    assert (Linear(2) | Linear()).has_dim("nO") is None


def test_nI_is_a_dim_only_where_every_layer_has_it() -> None:
    assert (Linear(2) | function(abs)).has_dim("nI") is False


def test_one_given_input_width_sizes_all_layers() -> None:
    model = concatenate(Linear(2), Linear(3, 4), Linear(1)).initialize()
    assert [layer.get_dim("nI") for layer in model.layers] == [4, 4, 4]


def test_the_one_open_width_is_what_the_others_leave() -> None:
    model = concatenate(Linear(2), Linear(), Linear(1)).initialize(X=X, Y=floats(6, 9))
    assert model.layers[1].get_dim("nO") == 6


def test_the_open_width_follows_from_the_next_layer_too() -> None:
    model = ((Linear(2) | Linear()) >> Linear(3, 10)).initialize(X=X)
    assert model.layers[0].layers[1].get_dim("nO") == 8


def test_two_open_widths_are_never_guessed() -> None:
    with pytest.raises(DimError, match="sizes stay open"):
        (Linear() | Linear()).initialize(X=X, Y=floats(6, 8))


def test_layers_that_leave_nothing_for_the_open_one_are_refused() -> None:
    with pytest.raises(DimError, match="is to give rows of 3, and its other layers give 5"):
        (Linear(5) | Linear()).initialize(X=X, Y=floats(6, 3))


def test_a_sum_that_is_not_wanted_is_refused_with_both_sides() -> None:
    with pytest.raises(DimError) as caught:
        (Linear(3) | Linear(4)).initialize(X=X, Y=floats(6, 10))
    assert "gives rows of 7 numbers, and is to give rows of 10" in str(caught.value)
    assert "7, read off the sum of its layers" in str(caught.value)


def test_a_sum_that_is_known_only_later_is_checked_too() -> None:
    model = Linear() | Linear(4)
    model.check(Y=floats(6, 10))
    model.set_dim("nO", 10)
    model.layers[0].set_dim("nO", 3)
    with pytest.raises(DimError, match="gives rows of"):
        model.initialize(X=X)


def test_different_input_widths_are_refused() -> None:
    with pytest.raises(DimError, match="takes rows of 5 numbers, and gets rows of 4"):
        (Linear(2, 4) | Linear(2, 5)).initialize()


def test_nested_concatenations_solve_their_widths() -> None:
    model = ((Linear(1) | Linear()) | Linear(2)).initialize(X=X, Y=floats(6, 8))
    assert model.layers[0].layers[1].get_dim("nO") == 5


def test_check_says_the_container_and_width() -> None:
    assert str(_three().check(X=VALUES["Ragged"]).y) == "a Ragged of floats (n, 10)"


# --- words, nothing, misfits -----------------------------------------------------------------


def test_branches_over_words_have_no_gradient_to_sum() -> None:
    def branch() -> Any:
        return chain(strings2arrays(), with_array(HashEmbed(3, 20, column=0)))

    model = concatenate(branch(), branch()).initialize(X=[["a"]])
    Ys, backprop = model.begin_update([["a", "b"], []])
    assert [Y.shape for Y in Ys] == [(2, 6), (0, 6)]
    assert backprop(Ys) == []


def test_a_branch_without_a_gradient_adds_nothing() -> None:
    model = function(lambda X: X, lambda dY: None) | function(lambda X: X)
    Y, backprop = model.begin_update(X)
    np.testing.assert_array_equal(backprop(Y), X)


def test_no_branch_computes_a_gradient_that_is_not_needed() -> None:
    model = (Linear(2, 4) | Linear(3, 4)).initialize()
    Y, backprop = model.begin_update(X, need_dX=False)
    assert backprop(Y) is None
    assert model.layers[1].has_grad("W")


@pytest.mark.parametrize("nothing", [[], floats(0, 4), Ragged(floats(0, 4), [0, 0])], ids=str)
def test_no_rows_work_both_ways(nothing: Any) -> None:
    Y, backprop = _three().initialize(X=X).begin_update(nothing)
    assert type(backprop(Y)) is type(nothing)


def test_outputs_with_different_numbers_of_rows_are_refused() -> None:
    with pytest.raises(ShapeError, match="do not lie side by side"):
        (function(lambda X: X) | function(lambda X: X[:2])).predict(X)


def test_outputs_in_different_containers_are_refused() -> None:
    model: Any = concatenate(list2array(), list2ragged())
    with pytest.raises(ShapeError, match="do not lie side by side"):
        model.predict(VALUES["list"])


def test_raggeds_of_different_lengths_are_refused() -> None:
    model = function(lambda X: X) | function(lambda X: Ragged(X.data, [6]))
    with pytest.raises(ShapeError, match="do not lie side by side"):
        model.predict(VALUES["Ragged"])


def test_a_gradient_of_another_width_or_container_is_refused() -> None:
    _, backprop = (Linear(2, 4) | Linear(3, 4)).initialize().begin_update(X)
    for wrong in (floats(6, 4), floats(5, 5), [floats(6, 5)]):
        with pytest.raises(BackpropError, match="does not fit its output"):
            backprop(wrong)


def test_the_internal_error_of_the_solver_never_reaches_the_user() -> None:
    with pytest.raises(DimError) as caught:
        (Linear(3) | Linear(4)).initialize(X=X, Y=floats(6, 10))
    assert not isinstance(caught.value, Mismatch)


def test_an_empty_batch_whose_width_is_unknown_takes_a_gradient_of_any_width() -> None:
    model = list2ragged() >> (reduce_mean() | reduce_max())
    Y, backprop = model.begin_update([])
    assert Y.shape[0] == 0
    assert backprop(np.zeros((0, 6), dtype="float32")) == []


@pytest.mark.parametrize("around", [with_list, with_padded, with_ragged])
def test_a_batch_of_nothing_goes_through_what_lays_it_out_otherwise(around: Any) -> None:
    inside = chain(concatenate(with_array(Relu(3)), Dropout(0.1)), with_array(Linear(2)))
    model = chain(concatenate(around(inside), noop()), with_array(Linear(3)))
    model.initialize(X=VALUES["Ragged"])
    Y, backprop = model.begin_update(Ragged(VALUES["array"][:0], []))
    assert len(Y) == len(backprop(Y)) == 0
