"""Linear models over any number of sparse features, addressed by hashes."""

from __future__ import annotations

from typing import Any, cast

from ..types import Floats1d, Floats2d, Ints1d, Ints2d
from ._hashing import HashingOps
from ._linear import LinearOps
from ._lookup import LookupOps
from ._reductions import ReductionOps


class SparseOps(LinearOps, ReductionOps, LookupOps, HashingOps):
    """Each feature has two weights for each class, in the buckets that its key's hashes say.

    W is flat, (classes length,), class by class: the weight of class c in bucket k stands at
    ``c length + k``, or with ``v1_indexing`` at ``c + k``.
    """

    def sparse_linear(
        self,
        W: Floats1d,
        b: Floats1d,
        keys: Ints1d,
        values: Floats1d,
        lengths: Ints1d,
        *,
        v1_indexing: bool = False,
    ) -> tuple[Floats2d, Ints2d]:
        """``Y[r, c] = b[c] + sum over features i of row r of v[i] (W[c, h0(i)] + W[c, h1(i)])``.

        h0 and h1 are MurmurHash3 x86-32 of the key with seeds 0 and 1, modulo the length, or
        with ``v1_indexing`` their bits below it.

        Shapes:
            keys, values (n,), lengths (rows,) -> Y (rows, classes), buckets (n, 2) uint32.
        """
        xp: Any = self.xp
        length = len(W) // max(len(b), 1)
        hashes: Any = xp.stack([self.hash_keys(keys, seed) for seed in (0, 1)], axis=1)
        hashes = hashes.astype("int64")
        buckets: Any = hashes & (length - 1) if v1_indexing else hashes % length
        weights = self._weights_of(W, buckets, len(b), v1_indexing)
        rows: Any = values
        sums: Any = self.reduce_sum(weights.sum(axis=1) * rows[:, None], lengths)
        return sums + b, buckets.astype("uint32")

    def backprop_sparse_linear(
        self,
        dY: Floats2d,
        W: Floats1d,
        dW: Floats1d,
        buckets: Ints2d,
        values: Floats1d,
        lengths: Ints1d,
        *,
        v1_indexing: bool = False,
        need_dX: bool = True,
    ) -> Floats1d | None:
        """The gradient of the values; that of ``W`` is added into ``dW``."""
        classes, rows = dY.shape[1], cast(Any, values)[:, None]
        hashes = cast(Any, buckets).astype("int64")
        d_rows: Any = self.backprop_reduce_sum(dY, lengths)  # (n, classes)
        places = self._places(W, hashes, classes, v1_indexing)
        self.scatter_add(dW, places, (d_rows * rows)[:, None])
        if not need_dX:
            return None
        weights = self._weights_of(W, hashes, classes, v1_indexing)
        return cast(Floats1d, (d_rows * weights.sum(axis=1)).sum(axis=1))

    def _weights_of(self, W: Any, buckets: Any, classes: int, v1_indexing: bool) -> Any:
        return W[self._places(W, buckets, classes, v1_indexing)]  # (n, 2, classes)

    def _places(self, W: Any, buckets: Any, classes: int, v1_indexing: bool) -> Any:
        step = 1 if v1_indexing else len(W) // max(classes, 1)
        return buckets[:, :, None] + self.xp.arange(classes) * step
