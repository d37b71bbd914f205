"""Tables that are addressed by hashes, several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ..types import Floats2d, Ints2d, Ints3d
from ._hashing import HashingOps
from ._lookup import LookupOps


class EmbeddingOps(LookupOps, HashingOps):
    """Hash embeddings: four rows of a table for each id, summed."""

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
