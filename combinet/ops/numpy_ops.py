"""NumPy on the CPU: the reference, with what NumPy has a faster way for."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from ..types import Floats2d, FloatsXd, Ints1d, Ints2d, IntsXd
from ._lengths import filled_lengths, starts_of
from .reference import Ops


class NumpyOps(Ops):
    """The default on the CPU.

    Args:
        device_type: "cpu".
        device_id: -1.
        use_blis: Accepted because Thinc's takes it; NumPy's own BLAS is used either way.
    """

    name = "numpy"

    def __init__(
        self, device_type: str = "cpu", device_id: int = -1, *, use_blis: bool = True
    ) -> None:
        super().__init__(device_type, device_id)

    def scatter_add(self, table: FloatsXd, indices: IntsXd, values: FloatsXd) -> FloatsXd:
        """As in the reference, one number at a time: ``add.at`` is 2-4 times faster so."""
        target = cast(Any, table)
        if not (target.flags.c_contiguous and target.size):
            return super().scatter_add(table, indices, values)
        rows, spread = self._scattered(table, indices, values)
        width = target.size // len(target)
        places = rows.astype("int64")[:, None] * width + self.xp.arange(width)
        np.add.at(target.reshape(-1), places.reshape(-1), spread.reshape(-1))
        return table

    def reduce_max(self, X: Floats2d, lengths: Ints1d) -> tuple[Floats2d, Ints2d]:
        """As in the reference, but few long sequences are taken one at a time.

        The reference goes a step at a time through all sequences, which costs a pass for each
        step; measured, that is faster where there are more than twice as many sequences.
        """
        self._check_2d(X=X)
        host = filled_lengths(lengths, len(X))
        if len(host) > 2 * int(host.max(initial=0)):
            return super().reduce_max(X, lengths)
        starts = starts_of(host)
        best: Any = np.empty((len(host), X.shape[1]), dtype=X.dtype)
        which: Any = np.empty(best.shape, dtype="int32")
        for i, (start, length) in enumerate(zip(starts.tolist(), host.tolist(), strict=True)):
            rows = X[start : start + length]
            best[i] = rows.max(axis=0)
            which[i] = (rows == best[i]).argmax(axis=0)
        return cast(Floats2d, best), cast(Ints2d, which)
