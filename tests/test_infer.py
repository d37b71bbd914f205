"""Solving sizes: forward from X, backward from Y, between neighbours; and what it says."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from combinet.chain import chain
from combinet.combinators.add import add
from combinet.combinators.with_array import with_array
from combinet.errors import DimError, DTypeError
from combinet.infer import Spec, fit, solve
from combinet.initialize import check
from combinet.layers.dropout import Dropout
from combinet.layers.layernorm import LayerNorm
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.layers.softmax import Softmax
from combinet.model import Model
from combinet.types import Padded, Ragged

from .thinc_style import thinc_layer

X = np.zeros((4, 5), dtype="float32")
Y = np.zeros((4, 3), dtype="float32")


def dims(model: Model[Any, Any]) -> dict[str, tuple[int | None, int | None]]:
    """(nO, nI) by path, of the layers with weights."""
    sizes = model.check().sizes
    return {path: (size.get("nO"), size.get("nI")) for path, size in sizes.items()}


# --- Spec -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "text"),
    [
        (X, "an array of floats (n, 5)"),
        (X[0], "an array of floats (n,)"),
        (X[None], "an array of floats (n, n, 5)"),
        (np.zeros(3, dtype="int32"), "an array of ints (n,)"),
        (np.zeros((3, 2), dtype="uint64"), "an array of ints (n, 2)"),
        ([X, X[:0]], "a list of floats (n, 5)"),
        (Ragged(X, [3, 1]), "a Ragged of floats (n, 5)"),
        ((X, [X]), "a tuple of (an array of floats (n, 5), a list of floats (n, 5))"),
    ],
)
def test_a_spec_is_read_off_a_sample_and_says_what_it_is(sample: Any, text: str) -> None:
    assert str(Spec.of(sample)) == text


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (Spec("list"), "a list"),  # of documents, for one
        (Spec("array"), "an array"),
        (Spec(), "anything"),
        (Spec("list", width=4), "a list of numbers (..., 4)"),
        (Spec("Ragged", 2), "a Ragged of numbers (n, ?)"),
        (Spec(dtype="i"), "ints"),
        (Spec("tuple", items=[Spec("list"), None]), "a tuple of (a list, anything)"),
    ],
)
def test_a_spec_says_no_more_than_is_known(spec: Spec, text: str) -> None:
    assert str(spec) == text


def test_a_spec_of_padded_is_of_its_width() -> None:
    counts = np.ones(1, dtype="int32")
    spec = Spec.of(Padded(np.zeros((1, 1, 7), dtype="float32"), counts, counts, counts * 0))
    assert spec is not None
    assert (spec.container, spec.width) == ("Padded", 7)


@pytest.mark.parametrize("sample", [None, 3, "words", []])
def test_there_is_no_spec_of_what_is_unknown(sample: Any) -> None:
    assert Spec.of(sample) is None


@pytest.mark.parametrize(
    ("target", "width"),
    [
        (Y, 3),
        (np.array([0, 4, 1]), 5),
        ([0, 4, 1], 5),
        ([np.array([0, 1]), np.array([6])], 7),
        ([Y, Y[:0]], 3),
        (Ragged(Y, [4]), 3),
        (np.zeros(3, dtype="float32"), None),
        (np.zeros(0, dtype="int32"), None),
        (["a", "b"], None),
        ([], None),
        (None, None),
    ],
)
def test_a_target_says_the_width_of_the_output(target: Any, width: int | None) -> None:
    spec = Spec.of_target(target)
    assert (None if spec is None else spec.width) == width


# --- solving ----------------------------------------------------------------------------------


def test_sizes_are_found_between_neighbours_without_data() -> None:
    model = chain(Relu(8, 10), Relu(None, None), LayerNorm(), Linear(2, 6))
    model.initialize()
    assert model.layers[1].get_dim("nI") == 8
    assert model.layers[1].get_dim("nO") == 6
    assert model.layers[2].get_dim("nI") == 6


def test_x_sizes_the_first_layer_and_y_the_last() -> None:
    model = chain(Relu(4), Dropout(0.1), Softmax()).initialize(X=X, Y=Y)
    assert model.layers[0].get_dim("nI") == 5
    assert model.layers[2].get_dim("nO") == 3


def test_y_goes_back_through_layers_that_keep_the_width() -> None:
    model = chain(Linear(4), Linear(), LayerNorm(), Dropout(0.1)).initialize(X=X, Y=Y)
    assert model.layers[1].get_dim("nO") == 3


def test_class_numbers_size_the_head_by_the_highest_of_all() -> None:
    model = chain(Relu(4), Softmax()).initialize(X=X, Y=np.array([0, 1, 6, 2]))
    assert model.get_dim("nO") == 7


@pytest.mark.parametrize("kind", ["list", "ragged", "array"])
def test_with_array_passes_sizes_in_and_out(kind: str) -> None:
    sample: Any = {"list": [X], "ragged": Ragged(X, [4]), "array": X}[kind]
    model = chain(with_array(Relu(4)), with_array(chain(Dropout(0.1), Linear())))
    model.initialize(X=sample, Y=Y)
    assert model.layers[0].layers[0].get_dim("nI") == 5
    assert model.layers[1].get_dim("nO") == 3
    assert model.layers[1].layers[0].layers[1].get_dim("nI") == 4


# --- what it says -----------------------------------------------------------------------------


def test_a_conflict_shows_both_paths_both_sizes_who_set_each_and_the_fix() -> None:
    with pytest.raises(DimError) as caught:
        chain(Relu(8, 10), Relu(6, 9), Softmax()).check()
    text = str(caught.value)
    assert "relu takes rows of 9 numbers, and gets rows of 8" in text
    assert "where: relu>>relu>>softmax > relu (path 1)" in text
    assert "0/nO (relu): 8, given to its constructor" in text
    assert "1/nI (relu): 9, given to its constructor" in text
    assert "fix:" in text


def test_a_conflict_with_an_inferred_size_says_what_it_was_inferred_from() -> None:
    model = chain(Relu(8), Dropout(0.1), LayerNorm())
    model.layers[2].set_dim("nI", 8)
    with pytest.raises(DimError, match=r"0/nO \(relu\): 8, given to its constructor"):
        chain(model, Linear(2, 7)).check()


def test_a_conflict_behind_branches_names_the_branch_that_was_given_its_size() -> None:
    with pytest.raises(DimError, match=r"0\.0/nO \(relu\): 8, given to its constructor"):
        chain(add(Relu(8), Linear()), Linear(2, 7)).check()


def test_a_conflict_inside_containers_has_the_whole_path() -> None:
    model = chain(with_array(chain(Relu(4), Linear(3))), with_array(Linear(2, 6)))
    with pytest.raises(DimError) as caught:
        model.initialize(X=[X])
    assert "0.1/nO (linear): 3, given" in str(caught.value)
    assert "1.0/nI (linear): 6, given" in str(caught.value)


def test_a_sample_that_does_not_fit_is_named_with_who_set_the_size() -> None:
    with pytest.raises(DimError) as caught:
        Relu(4, 7).initialize(X=X)
    text = str(caught.value)
    assert "relu takes rows of 7 numbers, and gets rows of 5" in text
    assert "nI (relu): 7, given to its constructor" in text


def test_a_target_that_does_not_fit_is_named() -> None:
    with pytest.raises(DimError) as caught:
        chain(Relu(4), Linear(2)).initialize(X=X, Y=Y)
    text = str(caught.value)
    assert "linear gives rows of 2 numbers, and is to give rows of 3" in text
    assert "1/nO (linear): 2, given to its constructor" in text


def test_hidden_widths_that_nothing_says_are_listed_by_path() -> None:
    with pytest.raises(DimError) as caught:
        chain(Relu(), Relu(), Softmax()).initialize(X=X, Y=Y)
    assert caught.value.facts["open"] == ("0/nO (relu), 1/nO (relu), 1/nI (relu), 2/nI (softmax)")


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ([X], "takes an array of floats .* met by a list of floats"),
        (X.astype("int32"), "takes an array of floats .* met by an array of ints"),
        (X[None], "met by an array of floats .n, n, 5."),
        (Ragged(X, [4]), "met by a Ragged"),
    ],
)
def test_a_sample_of_another_form_shows_both_forms(sample: Any, message: str) -> None:
    with pytest.raises(DTypeError, match=message):
        Linear(2).check(X=sample)


def test_containers_that_do_not_fit_are_found_without_data() -> None:
    takes_lists = with_array(Linear(3, 5))
    takes_lists.infer = lambda model, x, y: (Spec("list", 2, 5), Spec("list", 2, 3))
    with pytest.raises(DTypeError, match=r"linear takes an array .* met by a list"):
        chain(takes_lists, Linear(2)).check()


# --- any tree ---------------------------------------------------------------------------------


def nested(layers: list[Model[Any, Any]], cuts: list[int], wraps: list[bool]) -> Model[Any, Any]:
    """The layers in order, nested in chains and with_array as the numbers say."""
    if len(layers) == 1:
        return with_array(layers[0]) if wraps and wraps[0] else layers[0]
    at = 1 + (cuts[0] if cuts else 0) % (len(layers) - 1)
    left = nested(layers[:at], cuts[1::2], wraps[1::2])
    right = nested(layers[at:], cuts[2::2], wraps[2::2])
    model = chain(left, right)
    return with_array(model) if wraps and wraps[0] else model


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_tree_is_solved_from_either_side_of_each_boundary(data: st.DataObject) -> None:
    widths = data.draw(st.lists(st.integers(1, 9), min_size=2, max_size=7))
    boundaries = len(widths)
    said_left = data.draw(st.lists(st.booleans(), min_size=boundaries, max_size=boundaries))
    layers: list[Model[Any, Any]] = []
    for i, (nI, nO) in enumerate(pairwise(widths)):
        is_last = i == len(widths) - 2
        say_nO = said_left[i + 1] and not is_last  # Y says the last
        say_nI = i > 0 and not said_left[i]  # X says the first
        kind = data.draw(st.sampled_from([Linear, Relu]))
        layers.append(kind(nO if say_nO else None, nI if say_nI else None))
        if data.draw(st.booleans()):
            layers.append(data.draw(st.sampled_from([LayerNorm, Dropout]))())
    cuts = data.draw(st.lists(st.integers(0, 9), max_size=20))
    wraps = data.draw(st.lists(st.booleans(), max_size=20))
    model = nested(layers, cuts, wraps)
    sample = np.zeros((3, widths[0]), dtype="float32")
    target = np.zeros((3, widths[-1]), dtype="float32")
    said = model.check(X=sample, Y=target)
    assert said
    assert all(node.has_param("W") is not True for node in model.walk())
    model.initialize(X=sample, Y=target)
    made = [node.get_param("W").shape for node in layers if node.has_param("W")]
    assert made == [(nO, nI) for nI, nO in pairwise(widths)]
    assert model.predict(sample).shape == target.shape


def test_a_layer_may_have_more_classes_than_the_labels_of_the_sample() -> None:
    X, labels = np.zeros((3, 4), dtype="float32"), np.array([0, 2, 1])
    model = (Linear(5) >> Dropout(0.1) >> Linear(7)).initialize(X=X, Y=labels)
    assert model.get_dim("nO") == 7
    with pytest.raises(
        ValueError, match="linear gives rows of 2 numbers, and is to give rows of 3"
    ):
        Linear(2).initialize(X=X, Y=labels)


# --- layers without a rule ----------------------------------------------------------------------


def test_a_layer_without_a_rule_says_its_width_where_the_form_alone_is_known() -> None:
    model = thinc_layer([], nO=3)
    _, y = solve(model, None, Spec("list", 2, dtype="f"))
    assert y == Spec("list", 2, 3, dtype="f", origin=(model, "nO"))


def test_a_layer_without_a_rule_and_of_no_width_takes_none_from_its_neighbour() -> None:
    model = thinc_layer([])
    assert solve(model, None, Spec(width=4))[1] == Spec(width=4)
    assert model.has_dim("nO") is None


def test_a_width_that_is_not_that_of_a_layer_without_a_rule_is_refused() -> None:
    with pytest.raises(DimError):
        solve(thinc_layer([], nO=3), None, Spec(width=4))


def test_a_spec_that_says_all_of_a_form_is_given_back_as_it_is() -> None:
    """A network of ten thousands of layers is solved without as many copies."""
    model, spec = Linear(2, 3), Spec("array", 2, 4, dtype="f")
    assert fit(model, spec, Spec("array", 2)) is spec
    assert fit(model, spec, Spec()) is spec
    assert fit(model, Spec("list", width=4), Spec(rank=2)) == Spec("list", 2, 4)


def test_the_sizes_of_a_check_stay_where_they_are_to_be_kept() -> None:
    model = Linear(2) >> Linear(3, 4)
    with pytest.raises(DimError):
        check(model, None, None, keep=True)
    model = Linear() >> Linear(3, 4)
    assert model.check().sizes["0"]["nO"] == 4
    assert model.layers[0].maybe_get_dim("nO") is None
    check(model, None, None, keep=True)
    assert model.layers[0].maybe_get_dim("nO") == 4
