"""Between lists of arrays, one long array, padded arrays and windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from ..errors import DTypeError, RangeError, ShapeError
from ..types import ArrayXd, Floats2d, Ints1d, ListXd, Padded, Shape
from ._base import BaseOps
from ._lengths import as_lengths, lengths_of_rows, starts_of


class SequenceOps(BaseOps):
    """Ways to lay sequences: end to end, side by side, or each row with its neighbours."""

    def flatten(
        self,
        X: Sequence[ArrayXd] | None,
        dtype: Any = None,
        pad: int = 0,
        ndim_if_empty: int = 2,
    ) -> ArrayXd:
        """The rows of all of ``X`` in one new array.

        Args:
            X: Arrays of the same trailing shape. None or none: an empty float32 array.
            dtype: Of the result; where omitted, what the arrays have.
            pad: So many rows of zeros stand before every array that has rows, and at the end.
            ndim_if_empty: How many dimensions the result has if ``X`` has no arrays.

        Raises:
            ShapeError: The trailing shapes differ.
        """
        if X is None or len(X) == 0:
            return self.alloc((0,) * ndim_if_empty, dtype=dtype or "float32")
        _check_alike(X, dtypes=False)
        filled: list[Any] = [x for x in X if len(x)]
        if not filled:
            return self.alloc(X[0].shape, dtype=dtype or X[0].dtype)
        if pad:
            gap = self.xp.zeros((pad, *filled[0].shape[1:]), dtype=filled[0].dtype)
            filled = [piece for x in filled for piece in (gap, x)] + [gap]
        Y = self.xp.concatenate(filled)
        return cast(ArrayXd, Y if dtype is None else Y.astype(dtype, copy=False))

    def unflatten(self, X: ArrayXd, lengths: Ints1d | Sequence[int], pad: int = 0) -> ListXd:
        """Views of the rows of ``X``, one a sequence: what ``flatten`` laid end to end.

        Raises:
            RangeError: The lengths, with the padding, do not add up to the rows.
        """
        host = as_lengths(lengths)
        skips = np.where(host > 0, pad, 0)
        ends = np.cumsum(host + skips)
        total = int(ends[-1]) if len(ends) else 0
        if len(X) not in (total, total + pad):
            raise RangeError(
                "lengths must sum up to the number of rows",
                rows=len(X),
                sum_of_lengths=int(host.sum()),
                pad=pad,
            )
        starts = (ends - host).tolist()
        return cast(ListXd, [X[i:j] for i, j in zip(starts, ends.tolist(), strict=True)])

    def pad(self, seqs: ListXd, round_to: int = 1) -> ArrayXd:
        """Sequences side by side, zeros after the end of each.

        Shapes:
            Each (length, ...) -> (sequences, longest, ...), ``longest`` rounded up to a
            multiple of ``round_to``.

        Raises:
            ShapeError: No sequences, different trailing shapes, or ``round_to`` below 1.
            DTypeError: Different types.
        """
        if round_to < 1:
            raise ShapeError(f"round_to must be at least 1, got {round_to}")
        if len(seqs) == 0:
            raise ShapeError("there is no array to pad", fix="give at least one sequence")
        _check_alike(seqs)
        longest = -(-max(len(seq) for seq in seqs) // round_to) * round_to
        return self.insert_into((len(seqs), longest, *seqs[0].shape[1:]), seqs)

    def unpad(self, padded: ArrayXd, lengths: Ints1d | Sequence[int]) -> ListXd:
        """Views of the first ``lengths[i]`` rows of each ``padded[i]``.

        Raises:
            ShapeError: There is not one length for each sequence.
            RangeError: A length goes beyond the padded array.
        """
        host = as_lengths(lengths).tolist()
        if len(host) != len(padded):
            raise ShapeError(f"{len(host)} lengths do not fit {len(padded)} padded sequences")
        longest = max(host, default=0)
        if host and longest > padded.shape[1]:
            raise RangeError(f"a length of {longest} is beyond the padding", padded=padded.shape)
        return cast(ListXd, [padded[i, :length] for i, length in enumerate(host)])

    def insert_into(self, shape: Shape, Xs: Sequence[ArrayXd]) -> ArrayXd:
        """A new array of ``shape``, row i of which begins with ``Xs[i]`` and ends in zeros."""
        out = self.alloc(shape, dtype=Xs[0].dtype if len(Xs) else "float32")
        for i, X in enumerate(Xs):
            out[i, : len(X)] = X
        return out

    def list2padded(self, seqs: list[Floats2d]) -> Padded:
        """Sequences side by side, time first, the longest in front; ties in reverse order.

        Shapes:
            Each (length, ...) -> data (longest, sequences, ...).

        Raises:
            ShapeError: The trailing shapes differ.
            DTypeError: The types differ.
        """
        if len(seqs) == 0:
            nothing = self.alloc1i(0)
            return Padded(self.alloc3f(0, 0, 0), nothing, nothing, nothing)
        _check_alike(seqs)
        lengths = np.asarray([len(seq) for seq in seqs], dtype="int32")
        order = np.lexsort((np.arange(len(seqs)), lengths))[::-1].astype("int32")
        lengths = lengths[order]
        shape = (int(lengths[0]), len(seqs), *seqs[0].shape[1:])
        data: Any = self.alloc(shape, dtype=seqs[0].dtype)
        columns: list[int] = order.tolist()
        for column, index in enumerate(columns):
            data[: len(seqs[index]), column] = seqs[index]
        running = len(seqs) - np.searchsorted(lengths[::-1], np.arange(len(data)), side="right")
        as_ints = self.asarray1i
        return Padded(data, as_ints(running), as_ints(lengths), as_ints(order))

    def padded2list(self, padded: Padded) -> list[Floats2d]:
        """The sequences in the order they had before ``list2padded``, C-contiguous."""
        columns = self.xp.ascontiguousarray(self.xp.swapaxes(padded.data, 0, 1))
        seqs = self.unpad(columns, padded.lengths)
        places = as_lengths(padded.indices).tolist()
        if sorted(places) != list(range(len(seqs))):
            raise ShapeError("the indices of a Padded name each place once", indices=places)
        ordered = sorted(zip(places, seqs, strict=True), key=lambda pair: pair[0])
        return [cast(Floats2d, seq) for _, seq in ordered]

    def seq2col(self, seq: Floats2d, nW: int, *, lengths: Ints1d | None = None) -> Floats2d:
        """Each row with the ``nW`` rows on either side of it, zeros past the ends.

        Args:
            lengths: Of the sequences in ``seq``; where omitted, it is one sequence.

        Shapes:
            (N, nI) -> (N, (2 nW + 1) nI), from row j - nW to row j + nW.
        """
        self._check_2d(seq=seq)
        outside = self._rows_outside(len(seq), nW, lengths)
        windows: Any = self.alloc((len(seq), 2 * nW + 1, seq.shape[1]), dtype=seq.dtype)
        for column, offset in enumerate(range(-nW, nW + 1)):
            here, there = _shifted(offset)
            windows[here, column] = seq[there]
            windows[outside[column], column] = 0
        return cast(Floats2d, windows.reshape((len(seq), windows.shape[1] * windows.shape[2])))

    def backprop_seq2col(self, dY: Floats2d, nW: int, *, lengths: Ints1d | None = None) -> Floats2d:
        """Sum what each row's gradient is in all the windows that it stands in.

        Shapes:
            (N, (2 nW + 1) nI) -> (N, nI).

        Raises:
            ShapeError: The width is no multiple of 2 nW + 1.
        """
        self._check_2d(dY=dY)
        outside = self._rows_outside(len(dY), nW, lengths)
        if dY.shape[1] % (2 * nW + 1):
            raise ShapeError(f"windows of {2 * nW + 1} rows divide the width", dY=dY.shape)
        windows = dY.reshape((len(dY), 2 * nW + 1, dY.shape[1] // (2 * nW + 1)))
        dX: Any = windows[:, nW].copy()
        for column, offset in enumerate(range(-nW, nW + 1)):
            if offset:
                here, there = _shifted(offset)
                inside = windows[:, column].copy()
                inside[outside[column]] = 0
                dX[there] += inside[here]
        return cast(Floats2d, dX)

    def _rows_outside(self, rows: int, nW: int, lengths: Ints1d | None) -> list[Any]:
        """For each offset from -nW to nW, the rows that lie so near an end that it leads out."""
        if nW < 0:
            raise ShapeError(f"a window reaches nW >= 0 rows to either side, got {nW}")
        host = lengths_of_rows([rows] if lengths is None else lengths, rows)
        before = np.arange(rows) - np.repeat(starts_of(host), host)
        after = np.repeat(host, host) - 1 - before
        found = [np.flatnonzero(before < n) for n in range(nW, 0, -1)]
        found += [np.flatnonzero(after < n) for n in range(nW + 1)]
        return [self.xp.asarray(rows_near_an_end) for rows_near_an_end in found]


def _shifted(offset: int) -> tuple[slice, slice]:
    """Slices of the rows that have one ``offset`` rows on, and of those rows."""
    if offset < 0:
        return slice(-offset, None), slice(None, offset)
    return slice(None, -offset or None), slice(offset, None)


def _check_alike(seqs: Sequence[Any], dtypes: bool = True) -> None:
    shapes = {seq.shape[1:] for seq in seqs}
    if len(shapes) > 1:
        raise ShapeError("sequences must have the same trailing shape", shapes=list(shapes))
    types = {seq.dtype for seq in seqs}
    if dtypes and len(types) > 1:
        raise DTypeError("sequences must have the same type", dtypes=sorted(map(str, types)))
