"""Laying sequences out: end to end, side by side, in windows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from combinet.errors import DTypeError, RangeError, ShapeError
from combinet.ops import Ops
from combinet.types import Padded

ops = Ops()
many_lengths = st.lists(st.integers(0, 4), max_size=6)


def sequences(lengths: list[int], width: int = 2) -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal((n, width)).astype("float32") for n in lengths]


def same(got: Any, wanted: Any) -> bool:
    return len(got) == len(wanted) and all(map(np.array_equal, got, wanted))


@given(many_lengths, st.integers(0, 2))
def test_unflatten_undoes_flatten(lengths: list[int], pad: int) -> None:
    seqs = sequences(lengths)
    flat = ops.flatten(seqs, pad=pad)
    assert same(ops.unflatten(flat, np.asarray(lengths, dtype="int32"), pad=pad), seqs)


def test_flatten_pads_before_every_sequence_that_has_rows_and_at_the_end() -> None:
    ones = np.ones((1, 1))
    got = ops.flatten([ones, np.ones((0, 1)), ones], pad=2)
    assert got[:, 0].tolist() == [0, 0, 1, 0, 0, 1, 0, 0]


@pytest.mark.parametrize("nothing", [None, []])
def test_flatten_of_nothing_is_empty(nothing: Any) -> None:
    got = ops.flatten(nothing, ndim_if_empty=3)
    assert (got.shape, got.dtype) == ((0, 0, 0), np.float32)


def test_flatten_keeps_the_width_of_empty_sequences() -> None:
    assert ops.flatten(sequences([0, 0], 5)).shape == (0, 5)


def test_flatten_gives_the_type_it_is_asked_for() -> None:
    assert ops.flatten(sequences([1, 2]), dtype="float64").dtype == np.float64


def test_flatten_makes_a_new_array_of_a_single_sequence() -> None:
    (seq,) = sequences([3])
    assert not np.shares_memory(ops.flatten([seq]), seq)


def test_flatten_refuses_different_widths() -> None:
    with pytest.raises(ShapeError, match="trailing shape"):
        ops.flatten([np.ones((1, 2)), np.ones((1, 3))])


def test_unflatten_refuses_lengths_that_do_not_add_up() -> None:
    with pytest.raises(RangeError, match="sum up to the number of rows"):
        ops.unflatten(np.ones((4, 2)), [1, 2])


@pytest.mark.parametrize("lengths", [[1.0], [[1]], ["a"]])
def test_lengths_that_are_no_ints_in_a_row_are_refused(lengths: Any) -> None:
    with pytest.raises(DTypeError, match="whole numbers"):
        ops.unflatten(np.ones((1, 2)), lengths)


def test_a_negative_length_is_refused() -> None:
    with pytest.raises(ShapeError, match="length -1"):
        ops.unflatten(np.ones((1, 2)), [2, -1])


def test_pad_is_torchs() -> None:
    seqs = sequences([3, 0, 2])
    wanted = torch.nn.utils.rnn.pad_sequence([torch.tensor(s) for s in seqs], batch_first=True)
    np.testing.assert_array_equal(ops.pad(seqs), wanted.numpy())


def test_pad_rounds_the_longest_up() -> None:
    assert ops.pad(sequences([3, 5]), round_to=4).shape == (2, 8, 2)


@pytest.mark.parametrize(
    ("seqs", "round_to", "error"),
    [
        ([], 1, ShapeError),
        (sequences([1]), 0, ShapeError),
        ([np.ones((1, 2)), np.ones((1, 3))], 1, ShapeError),
        ([np.ones((1, 2)), np.ones(1)], 1, ShapeError),
        ([np.ones((1, 2)), np.ones((1, 2), dtype="int32")], 1, DTypeError),
    ],
)
def test_pad_refuses_what_does_not_fit_together(seqs: Any, round_to: int, error: Any) -> None:
    with pytest.raises(error):
        ops.pad(seqs, round_to)


@given(many_lengths.filter(bool))
def test_unpad_undoes_pad(lengths: list[int]) -> None:
    seqs = sequences(lengths)
    assert same(ops.unpad(ops.pad(seqs), lengths), seqs)


def test_unpad_refuses_a_length_beyond_the_padding() -> None:
    with pytest.raises(RangeError, match="length of 3"):
        ops.unpad(np.ones((1, 2, 2)), [3])
    with pytest.raises(ShapeError, match="2 lengths do not fit 1"):
        ops.unpad(np.ones((1, 2, 2)), [1, 1])


def test_list2padded_reverses_ties() -> None:
    assert ops.list2padded(sequences([2, 2, 2])).indices.tolist() == [2, 1, 0]


@given(many_lengths)
def test_padded2list_undoes_list2padded(lengths: list[int]) -> None:
    seqs = sequences(lengths)
    got = ops.padded2list(ops.list2padded(seqs))
    assert same(got, seqs)
    assert all(seq.flags.c_contiguous for seq in got)


@given(many_lengths)
def test_list2padded_counts_the_sequences_that_still_run(lengths: list[int]) -> None:
    padded = ops.list2padded(sequences(lengths))
    longest = max(lengths, default=0)
    wanted = [sum(length > step for length in lengths) for step in range(longest)]
    assert padded.size_at_t.tolist() == wanted
    assert padded.lengths.tolist() == sorted(lengths, reverse=True)


def test_list2padded_of_nothing_is_empty() -> None:
    padded = ops.list2padded([])
    assert (padded.data.shape, len(padded)) == ((0, 0, 0), 0)


def test_list2padded_has_zeros_past_the_ends() -> None:
    padded = ops.list2padded(sequences([1, 3]))
    assert padded.data[1:, 1].tolist() == [[0, 0], [0, 0]]


def test_padded2list_refuses_indices_that_repeat() -> None:
    ones = np.ones(2, dtype="int32")
    with pytest.raises(ShapeError, match="each place once"):
        ops.padded2list(Padded(np.ones((1, 2, 1)), ones[:1] * 2, ones, ones))


def windows(seqs: list[Any], nW: int, width: int) -> Any:
    """Row by row: each with its neighbours inside its own sequence."""
    rows = []
    for seq in seqs:
        gap = np.zeros((nW, width))
        wide = np.concatenate([gap, seq, gap])
        rows += [wide[i : i + 2 * nW + 1].reshape(-1) for i in range(len(seq))]
    return np.asarray(rows).reshape(len(rows), (2 * nW + 1) * width)


@given(many_lengths, st.integers(0, 6))
def test_seq2col_stops_at_the_ends_of_each_sequence(lengths: list[int], nW: int) -> None:
    seqs = sequences(lengths, 2)
    X = np.concatenate([*seqs, np.zeros((0, 2), dtype="float32")])
    got = ops.seq2col(X, nW, lengths=np.asarray(lengths, dtype="int64"))
    np.testing.assert_array_equal(got, windows(seqs, nW, 2))


def test_seq2col_without_lengths_sees_one_sequence() -> None:
    X = np.arange(1.0, 4.0)[:, None]
    assert ops.seq2col(X, 1).tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 0]]


def test_a_nan_outside_a_sequence_does_not_reach_it_backwards() -> None:
    dY = np.full((2, 3), np.nan)
    dY[1] = 1.0
    got = ops.backprop_seq2col(dY, 1, lengths=np.asarray([1, 1]))
    assert np.isnan(got[0]).all()
    assert got[1].tolist() == [1.0]


def test_a_window_refuses_what_it_does_not_fit() -> None:
    with pytest.raises(ShapeError, match="nW >= 0"):
        ops.seq2col(np.ones((2, 2)), -1)
    with pytest.raises(ShapeError, match="nW >= 0"):
        ops.backprop_seq2col(np.ones((2, 2)), -1)
    with pytest.raises(RangeError, match="sum up"):
        ops.seq2col(np.ones((2, 2)), 1, lengths=np.asarray([3]))
    with pytest.raises(ShapeError, match="divide the width"):
        ops.backprop_seq2col(np.ones((2, 4)), 1)
