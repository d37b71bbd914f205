"""The converters between containers, and back with the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.errors import BackpropError, DTypeError
from combinet.layers import (
    Linear,
    array_getitem,
    ints_getitem,
    list2array,
    list2padded,
    list2ragged,
    padded2list,
    ragged2list,
    strings2arrays,
)
from combinet.types import Padded, Ragged

from .against_torch import floats

Xs = [floats(n, 4, seed=n) for n in (2, 3, 0, 2, 1)]
TO = {list2array: "array", list2ragged: "Ragged", list2padded: "Padded"}
LISTS = {"several": Xs, "one": Xs[:1], "one empty": [Xs[2]], "none": []}
to_another = pytest.mark.parametrize("convert", TO)
every_list = pytest.mark.parametrize("items", LISTS.values(), ids=LISTS)


def assert_equal_lists(ones: Any, others: Any) -> None:
    """The same arrays in the same order."""
    assert len(ones) == len(others)
    for one, other in zip(ones, others, strict=True):
        np.testing.assert_array_equal(one, other)


@to_another
@every_list
def test_the_gradient_comes_back_as_the_list_that_came_in(convert: Any, items: Any) -> None:
    Y, backprop = convert().begin_update(items)
    assert_equal_lists(backprop(Y), items)


def test_list2array_lays_the_items_end_to_end() -> None:
    np.testing.assert_array_equal(list2array().predict(Xs), np.concatenate(Xs))


def test_list2ragged_keeps_the_lengths() -> None:
    Xr = list2ragged().predict(Xs)
    np.testing.assert_array_equal(Xr.data, np.concatenate(Xs))
    assert Xr.lengths.tolist() == [2, 3, 0, 2, 1]


def test_list2padded_puts_the_longest_first_and_ties_in_reverse() -> None:
    Xp = list2padded().predict(Xs)
    assert Xp.indices.tolist() == [1, 3, 0, 4, 2]
    assert Xp.size_at_t.tolist() == [4, 3, 1]
    np.testing.assert_array_equal(Xp.data[:2, 2], Xs[0])


@every_list
def test_there_and_back_is_the_identity(items: Any) -> None:
    assert_equal_lists(chain(list2ragged(), ragged2list()).predict(items), items)
    assert_equal_lists(chain(list2padded(), padded2list()).predict(items), items)


def test_the_gradient_of_ragged2list_is_a_ragged() -> None:
    Xr = list2ragged().predict(Xs)
    Ys, backprop = ragged2list().begin_update(Xr)
    dXr = backprop(Ys)
    np.testing.assert_array_equal(dXr.data, Xr.data)
    assert dXr.lengths.tolist() == Xr.lengths.tolist()


def test_without_sequences_the_gradient_keeps_the_width() -> None:
    nothing = Ragged(floats(0, 4), np.zeros(0, dtype="int32"))
    Ys, backprop = ragged2list().begin_update(nothing)
    assert Ys == []
    assert backprop(Ys).data.shape == (0, 4)


def test_the_gradient_of_padded2list_lies_as_the_padded_did() -> None:
    # Ties in the order in which list2padded() does not put them.
    data = np.zeros((2, 3, 1))
    data[:, :2, 0] = [[1, 2], [3, 4]]
    data[0, 2, 0] = 5
    Xp = Padded(data, np.array([3, 2]), np.array([2, 2, 1]), np.array([0, 1, 2]))
    Ys, backprop = padded2list().begin_update(Xp)
    assert [Y[:, 0].tolist() for Y in Ys] == [[1, 3], [2, 4], [5]]
    dXp = backprop(Ys)
    np.testing.assert_array_equal(dXp.data, data)
    assert dXp.indices.tolist() == [0, 1, 2]


def test_a_gradient_of_other_lengths_is_refused() -> None:
    _, backprop = padded2list().begin_update(list2padded().predict(Xs[:2]))
    with pytest.raises(BackpropError, match=r"does not fit[^$]*\[3, 2\]\n  Y: 2 items: \[2, 3\]"):
        backprop([Xs[1], Xs[0]])


@pytest.mark.parametrize("convert", [*TO, ragged2list, padded2list])
def test_another_container_is_refused(convert: Any) -> None:
    with pytest.raises(DTypeError, match=r"takes a (list|Ragged|Padded), got an array"):
        convert().predict(floats(2, 3))


@to_another
def test_items_that_are_no_arrays_are_refused(convert: Any) -> None:
    with pytest.raises(DTypeError, match="item 1 of the list is no array but list"):
        convert().predict([floats(2, 3), [1, 2, 3]])


@pytest.mark.parametrize(
    ("before", "after"),
    [(list2ragged, ragged2list), (list2padded, padded2list)],
)
def test_widths_and_containers_flow_through_without_data(before: Any, after: Any) -> None:
    found = chain(before(), after()).check(X=Xs)
    assert str(found.y) == "a list of floats (n, 4)"


def test_a_container_that_does_not_fit_is_refused_when_sizes_are_solved() -> None:
    misfit: Any = chain(list2ragged(), Linear(2))
    with pytest.raises(DTypeError, match=r"linear takes an array.*is met by a Ragged"):
        misfit.initialize(X=Xs)


def test_ids_stay_ids() -> None:
    ids = [np.array([[1], [2]], dtype="uint64")]
    assert list2ragged(of="ints").predict(ids).data.dtype == "uint64"


# --- strings2arrays ---------------------------------------------------------------------


def test_words_become_their_murmurhash3_sign_extended() -> None:
    (ids,) = strings2arrays().predict([["a", "b"]])
    assert ids.shape == (2, 1)
    assert ids.dtype == "uint64"
    assert ids[0, 0] == 1009084850


def test_a_hash_above_31_bits_is_sign_extended() -> None:
    (ids,) = strings2arrays().predict([[f"word{i}" for i in range(50)]])
    upper = {int(number) >> 31 for number in ids[:, 0]}
    assert upper == {0, 2**33 - 1}


def test_a_word_has_one_hash_wherever_it_stands() -> None:
    one, two, none = strings2arrays().predict([["x", "y"], ["y"], []])
    assert one[1] == two[0]
    assert none.shape == (0, 1)


def test_words_have_no_gradient() -> None:
    model = strings2arrays()
    Ys, backprop = model.begin_update([["x"]])
    assert backprop(Ys) == []
    assert model.gradient == "none"
    assert model.predict([]) == []


@pytest.mark.parametrize("texts", [["one text"], "text", [["a", 1]], [("a", None)]])
def test_what_is_no_list_of_words_is_refused(texts: Any) -> None:
    with pytest.raises(DTypeError, match="takes a list of lists of words"):
        strings2arrays().predict(texts)


# --- array_getitem ----------------------------------------------------------------------


@pytest.mark.parametrize("index", [0, slice(1, 3), (slice(None), 1), [2, 0, 2], ([0, 0], [1, 1])])
def test_the_gradient_of_a_part_is_zero_elsewhere(index: Any) -> None:
    X = floats(3, 4)
    Y, backprop = array_getitem(index).begin_update(X)
    np.testing.assert_array_equal(Y, X[index])
    wanted = np.zeros_like(X)
    np.add.at(wanted, index, Y)
    np.testing.assert_array_equal(backprop(Y), wanted)


def test_the_gradient_of_ids_is_zeros_of_their_type() -> None:
    ids = np.array([[1, 2]], dtype="uint64")
    _, backprop = ints_getitem((slice(None), 1)).begin_update(ids)
    dX = backprop(np.zeros(1, dtype="int32"))
    assert dX.tolist() == [[0, 0]]
    assert dX.dtype == "uint64"
