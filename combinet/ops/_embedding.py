"""Tables that are addressed by hashes, several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ..types import Floats2d, Ints1d, Ints2d, Ints3d
from ._hashing import HashingOps
from ._lookup import LookupOps
from ._reductions import ReductionOps


class EmbeddingOps(ReductionOps, LookupOps, HashingOps):
    """Hash embeddings: four rows of a table for each id, summed. Embeddings pooled."""

    def hash_embed(
        self,
        tables: Sequence[Floats2d],
        ids: Ints2d,
        columns: Sequence[int],
        seeds: Sequence[int],
    ) -> tuple[Floats2d, Ints3d]:
        """``Y[i] = [sum over k of E[hash_k(ids[i, column]) % nV] for each table E]``.

        Args:
            columns: Of ``ids``, one for each table.
            seeds: Of the hashes, one for each table.

        Shapes:
            ids (n, columns); a table (nV, nO) -> Y (n, sum of the nO), rows (n, tables, 4).
        """
        chosen: list[Any] = [
            self.hash_rows(cast(Any, ids)[:, column], seed, len(table))
            for table, column, seed in zip(tables, columns, seeds, strict=True)
        ]
        parts = [self.gather_add(table, rows) for table, rows in zip(tables, chosen, strict=True)]
        Y: Any = parts[0] if len(parts) == 1 else self.xp.concatenate(parts, axis=1)
        return Y, self.xp.stack(chosen, axis=1).astype("int32")

    def backprop_hash_embed(
        self, dY: Floats2d, rows: Ints3d, gradients: Sequence[Floats2d]
    ) -> None:
        """Add to the gradient of each table its columns of ``dY``, at the rows it was read from.

        Args:
            rows: As ``hash_embed`` returned them.
        """
        start = 0
        for j, dE in enumerate(gradients):
            part: Any = cast(Any, dY)[:, start : start + dE.shape[1]]
            self.scatter_add(dE, cast(Any, rows)[:, j], part[:, None])
            start += dE.shape[1]

    def pool_rows(
        self, table: Floats2d, rows: Ints2d, lengths: Ints1d, *, mean: bool = False
    ) -> Floats2d:
        """``Y[s] = sum over the items i of sequence s, and over k, of table[rows[i, k]]``.

        Args:
            lengths: In items, of which each names k rows.
            mean: Divide by the number of items.

        Shapes:
            table (nV, nO), rows (items, k), lengths (sequences,) -> (sequences, nO).

        Raises:
            RangeError: A row is not in the table, or the lengths do not add up to the items.
        """
        X = self.gather_add(table, rows)
        return self.reduce_mean(X, lengths) if mean else self.reduce_sum(X, lengths)

    def backprop_pool_rows(
        self,
        dY: Floats2d,
        rows: Ints2d,
        lengths: Ints1d,
        gradient: Floats2d,
        *,
        mean: bool = False,
    ) -> None:
        """Add to the gradient of the table what each sequence's rows get of ``dY``."""
        back = self.backprop_reduce_mean if mean else self.backprop_reduce_sum
        dX: Any = back(dY, lengths)
        self.scatter_add(gradient, rows, dX[:, None])
