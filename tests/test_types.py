"""The containers: what they refuse, and that they index as sequences do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet.types import ArgsKwargs, Padded, Pairs, Ragged, SizedGenerator, Unserializable

DATA = np.arange(12, dtype="float32").reshape(6, 2)


def ragged(lengths: Any = (2, 0, 3, 1)) -> Ragged:
    return Ragged(DATA, np.array(lengths, dtype="int32"))


def padded() -> Padded:
    """Three sequences of 3, 2 and 1 steps."""
    data = np.zeros((3, 3, 2), dtype="float32")
    data[:, 0], data[:2, 1], data[:1, 2] = 1, 2, 3
    return Padded(data, *(np.array(x, dtype="int32") for x in ([3, 2, 1], [3, 2, 1], [2, 0, 1])))


def rows(part: Ragged) -> list[list[list[float]]]:
    """Each sequence as nested lists."""
    ends = np.cumsum(part.lengths)
    return [part.dataXd[e - n : e].tolist() for e, n in zip(ends, part.lengths, strict=True)]


# --- Ragged -----------------------------------------------------------------------------------


def test_lengths_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="the lengths add up to 5, the data has 6 rows"):
        ragged([2, 3])


@pytest.mark.parametrize(
    "lengths", [np.array([[6]]), np.array([6.0]), np.array(6), np.array([True] * 6)]
)
def test_lengths_are_ints_in_one_dimension(lengths: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="lengths of a Ragged are whole numbers"):
        Ragged(DATA, lengths)


def test_a_negative_length_is_refused() -> None:
    with pytest.raises(ValueError, match="is negative"):
        ragged([7, -1])


@pytest.mark.parametrize("data", [[[1.0]], "abc", np.float32(1)])
def test_data_that_is_no_array_of_rows_is_refused(data: Any) -> None:
    with pytest.raises(TypeError, match="one array of rows"):
        Ragged(data, [1])


def test_lengths_become_int32_and_may_be_a_list() -> None:
    assert Ragged(DATA, [2, 4]).lengths.dtype == np.int32
    assert Ragged(DATA, np.array([2, 4], dtype="uint8")).lengths.dtype == np.int32


def test_other_ranks_are_kept_as_rows_and_given_back() -> None:
    data = np.zeros((6, 2, 3), dtype="float32")
    made = Ragged(data, [6])
    assert made.data.shape == (6, 6)
    assert made.dataXd.shape == (6, 2, 3)
    assert made[0].dataXd.shape == (6, 2, 3)
    assert Ragged(np.zeros(6), [6]).data.shape == (6, 1)
    assert Ragged(np.zeros(6), [6]).dataXd.shape == (6,)


@pytest.mark.parametrize("shape", [(0, 4), (0,), (0, 2, 3)])
def test_an_empty_ragged_keeps_its_width(shape: tuple[int, ...]) -> None:
    made = Ragged(np.zeros(shape, dtype="float32"), [])
    assert len(made) == 0
    assert made.dataXd.shape == shape


@given(
    lengths=st.lists(st.integers(0, 4), max_size=6),
    choose=st.one_of(
        st.integers(-6, 5),
        st.slices(6),
        st.lists(st.integers(-6, 5), max_size=5),
        st.lists(st.booleans(), min_size=6, max_size=6),
    ),
)
def test_ragged_indexes_as_a_list_of_sequences_does(lengths: list[int], choose: Any) -> None:
    data = np.arange(2 * sum(lengths), dtype="float32").reshape(-1, 2)
    sequences = [part.tolist() for part in np.split(data, np.cumsum(lengths))[:-1]]
    made = Ragged(data, lengths)
    if isinstance(choose, list) and any(isinstance(c, bool) for c in choose):
        choose = choose[: len(lengths)]
        positions = [i for i, keep in enumerate(choose) if keep]
        index: Any = np.array(choose, dtype=bool)
    elif isinstance(choose, list):
        positions, index = choose, np.array(choose, dtype="int64")
    else:
        positions = list(range(len(lengths)))[choose] if isinstance(choose, slice) else [choose]
        index = choose
    if any(not -len(lengths) <= p < len(lengths) for p in positions):
        with pytest.raises(IndexError):
            made[index]
        return
    assert rows(made[index]) == [sequences[p] for p in positions]


def test_a_tuple_is_no_index() -> None:
    with pytest.raises(IndexError, match="indexed by sequence"):
        ragged()[0, 1]
    with pytest.raises(IndexError, match="indexed by sequence"):
        padded()[0, 1]


def test_iterating_a_ragged_ends() -> None:
    assert [len(part.data) for part in ragged()] == [2, 0, 3, 1]


def test_starts_ends_has_a_bound_more_than_sequences() -> None:
    assert ragged().starts_ends.tolist() == [0, 2, 2, 5, 6]


# --- Padded -----------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["size_at_t", "lengths", "indices"])
def test_a_padded_whose_parts_do_not_fit_is_refused(wrong: str) -> None:
    good = padded()
    parts = {name: getattr(good, name) for name in ("size_at_t", "lengths", "indices")}
    parts[wrong] = parts[wrong][:-1]
    with pytest.raises(ValueError, match="a Padded of 3 steps and 3 sequences"):
        Padded(good.data, **parts)


def test_a_padded_of_one_dimension_is_refused() -> None:
    none = np.zeros(0, dtype="int32")
    with pytest.raises(TypeError, match="steps, sequences, width"):
        Padded(np.zeros(3), none, none, none)


@pytest.mark.parametrize(
    ("index", "columns"),
    [(0, [0]), (-1, [2]), (slice(1, None), [1, 2]), (slice(None, 2), [0, 1]), ([2, 0], [0, 2])],
)
def test_padded_gives_the_chosen_columns_longest_first(index: Any, columns: list[int]) -> None:
    whole, part = padded(), padded()[index]
    assert part.lengths.tolist() == [whole.lengths[c] for c in columns]
    assert part.indices.tolist() == [whole.indices[c] for c in columns]
    steps = int(part.lengths[0])
    assert np.array_equal(part.data, whole.data[:steps, columns])
    assert part.size_at_t.tolist() == [int((part.lengths > step).sum()) for step in range(steps)]


def test_nothing_of_a_padded_is_an_empty_padded() -> None:
    assert padded()[:0].data.shape == (0, 0, 2)


def test_a_copy_of_a_padded_has_its_own_arrays() -> None:
    whole = padded()
    twin = whole.copy()
    assert not np.shares_memory(whole.data, twin.data)
    assert not np.shares_memory(whole.lengths, twin.lengths)


# --- the others -------------------------------------------------------------------------------


def test_pairs_index_both_sides_together() -> None:
    pairs = Pairs([1, 2, 3], "abc")
    assert (len(pairs), pairs[1:].one, pairs[1:].two) == (3, [2, 3], "bc")
    assert (pairs[-1].one, pairs[-1].two) == ([3], "c")
    assert (pairs[0].one, pairs[0].two) == ([1], "a")


@pytest.mark.parametrize("two", ["abc", ("a", "b", "c"), np.array(["a", "b", "c"])])
def test_pairs_take_an_array_of_places_whatever_holds_their_sides(two: Any) -> None:
    pairs = Pairs([1, 2, 3], two)
    assert (pairs[np.int64(1)].one, list(pairs[np.int64(1)].two)) == ([2], ["b"])
    for index in ([2, 0], np.array([2, 0]), np.array([-1, 0])):
        assert (pairs[index].one, list(pairs[index].two)) == ([3, 1], ["c", "a"])
    assert pairs[np.array([True, False, True])].one == [1, 3]


def test_pairs_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="have 1 and 2 items"):
        Pairs([1], [1, 2])


def test_args_kwargs_goes_through_items_and_back() -> None:
    made = ArgsKwargs((1, 2), {"a": 3})
    assert made.keys() == [0, 1, "a"]
    assert made.values() == [1, 2, 3]
    assert ArgsKwargs.from_items(made.items()) == made
    assert ArgsKwargs.from_items([("a", 3), (0, 1), (1, 2)]) == made
    assert ArgsKwargs((1,), {}) != made


def test_a_sized_generator_starts_anew_each_time() -> None:
    made = SizedGenerator(lambda: iter([1, 2]), 2)
    assert len(made) == 2
    assert list(made) == list(made) == [1, 2]


def test_unserializable_holds_the_object() -> None:
    thing = object()
    assert Unserializable(thing).obj is thing
