"""One row for each sequence, compared with loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet.errors import DTypeError, RangeError, ShapeError
from combinet.ops import NumpyOps, Ops

BACKENDS = [Ops(), NumpyOps()]
lengths_with_empty = st.lists(st.integers(0, 4), max_size=6)
lengths_without = st.lists(st.integers(1, 4), max_size=6)


def rows(total: int) -> Any:
    """With ties, so that "the first" matters."""
    return np.random.default_rng(0).integers(-2, 3, (total, 3)).astype("float32")


def pieces(X: Any, lengths: list[int]) -> list[Any]:
    ends = np.cumsum(lengths, dtype=int)
    return [X[end - n : end] for n, end in zip(lengths, ends, strict=True)]


def stacked(found: list[Any]) -> Any:
    return np.asarray(found).reshape(len(found), 3)


@pytest.mark.parametrize("ops", BACKENDS)
@given(lengths=lengths_with_empty)
def test_sum_and_mean_are_those_of_each_sequence(ops: Ops, lengths: list[int]) -> None:
    X = rows(sum(lengths))
    sums = [piece.sum(axis=0) for piece in pieces(X, lengths)]
    means = [s / max(n, 1) for s, n in zip(sums, lengths, strict=True)]
    given_lengths = np.asarray(lengths, dtype="int32")
    np.testing.assert_array_equal(ops.reduce_sum(X, given_lengths), stacked(sums))
    np.testing.assert_allclose(ops.reduce_mean(X, given_lengths), stacked(means), rtol=1e-6)


@pytest.mark.parametrize("ops", BACKENDS)
@given(lengths=lengths_without)
def test_max_says_which_row_had_it_first(ops: Ops, lengths: list[int]) -> None:
    X = rows(sum(lengths))
    best, which = ops.reduce_max(X, np.asarray(lengths, dtype="int32"))
    np.testing.assert_array_equal(best, stacked([p.max(axis=0) for p in pieces(X, lengths)]))
    wanted = stacked([p.argmax(axis=0) for p in pieces(X, lengths)])
    np.testing.assert_array_equal(which, wanted)
    assert which.dtype == np.int32


@given(lengths=lengths_without)
def test_first_and_last_are_the_ends(lengths: list[int]) -> None:
    ops, X = BACKENDS[0], rows(sum(lengths))
    firsts, starts_ends = ops.reduce_first(X, np.asarray(lengths))
    lasts, places = ops.reduce_last(X, np.asarray(lengths))
    np.testing.assert_array_equal(firsts, stacked([p[0] for p in pieces(X, lengths)]))
    np.testing.assert_array_equal(lasts, stacked([p[-1] for p in pieces(X, lengths)]))
    assert starts_ends.tolist() == [0, *np.cumsum(lengths, dtype=int)]
    assert places.tolist() == (starts_ends[1:] - 1).tolist()


@pytest.mark.parametrize("ops", BACKENDS)
def test_ints_stay_ints(ops: Ops) -> None:
    X = rows(3).astype("int32")
    assert ops.reduce_sum(X, np.asarray([1, 2])).dtype == np.int32
    assert ops.reduce_max(X, np.asarray([1, 2]))[0].dtype == np.int32


@pytest.mark.parametrize("ops", BACKENDS)
def test_half_precision_stays_half(ops: Ops) -> None:
    X = rows(3).astype("float16")
    assert ops.reduce_mean(X, np.asarray([1, 2])).dtype == np.float16


@pytest.mark.parametrize("ops", BACKENDS)
def test_a_nan_in_a_sequence_reaches_its_maximum_alone(ops: Ops) -> None:
    X = rows(4)
    X[1, 0] = np.nan
    best, which = ops.reduce_max(X, np.asarray([2, 2]))
    assert np.isnan(best).tolist() == [[True, False, False], [False] * 3]
    assert ((which >= 0) & (which < 2)).all()


def test_a_mean_of_ints_is_refused() -> None:
    with pytest.raises(DTypeError, match="of floats"):
        BACKENDS[0].reduce_mean(np.ones((2, 3), dtype="int32"), np.asarray([2]))


@pytest.mark.parametrize("name", ["sum", "mean", "max", "first", "last"])
@pytest.mark.parametrize("ops", BACKENDS)
def test_lengths_that_do_not_fit_are_refused(ops: Ops, name: str) -> None:
    op = getattr(ops, f"reduce_{name}")
    with pytest.raises(RangeError, match="must sum up to the number of rows"):
        op(rows(3), np.asarray([2, 2]))
    with pytest.raises(IndexError):
        op(rows(3), np.asarray([2]))
    with pytest.raises(ShapeError, match="length -1"):
        op(rows(3), np.asarray([4, -1]))
    with pytest.raises(DTypeError):
        op(rows(3), np.asarray([3.0]))


@pytest.mark.parametrize("name", ["max", "first", "last"])
@pytest.mark.parametrize("ops", BACKENDS)
def test_an_empty_sequence_has_no_row_to_give(ops: Ops, name: str) -> None:
    with pytest.raises(ValueError, match="all sequence lengths must be > 0"):
        getattr(ops, f"reduce_{name}")(rows(3), np.asarray([3, 0]))


def test_backprop_of_max_refuses_a_row_beyond_its_sequence() -> None:
    which = np.asarray([[0, 2, 0]])
    with pytest.raises(RangeError, match="past the end"):
        BACKENDS[0].backprop_reduce_max(rows(1), which, np.asarray([2]))
    with pytest.raises(RangeError, match="past the end"):
        BACKENDS[0].backprop_reduce_max(rows(1), -which, np.asarray([2]))
    with pytest.raises(ShapeError, match="> 0"):
        BACKENDS[0].backprop_reduce_max(rows(1), which, np.asarray([0]))
    with pytest.raises(ShapeError, match="shape of the gradient"):
        BACKENDS[0].backprop_reduce_max(rows(1), which[:, :2], np.asarray([3]))


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_backprops_refuse_a_gradient_of_another_number_of_sequences(name: str) -> None:
    with pytest.raises(ShapeError, match="2 sequences"):
        getattr(BACKENDS[0], f"backprop_reduce_{name}")(rows(3), np.asarray([1, 2]))


def test_backprops_of_the_ends_refuse_places_that_do_not_fit() -> None:
    ops = BACKENDS[0]
    with pytest.raises(ShapeError, match="one start"):
        ops.backprop_reduce_first(rows(2), np.asarray([0, 3]))
    with pytest.raises(RangeError, match="got 5"):
        ops.backprop_reduce_first(rows(2), np.asarray([0, 5, 3]))
    with pytest.raises(ShapeError, match="one place"):
        ops.backprop_reduce_last(rows(2), np.asarray([0]))
    with pytest.raises(RangeError, match="got -1"):
        ops.backprop_reduce_last(rows(2), np.asarray([-1, 3]))
