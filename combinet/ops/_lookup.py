"""Rows of a table by number, and gradients back into it."""

from __future__ import annotations

from typing import Any, cast

from ..errors import DTypeError, ShapeError
from ..types import ArrayXd, Floats2d, FloatsXd, Ints2d, IntsXd
from ._base import BaseOps
from ._lengths import as_indices


class LookupOps(BaseOps):
    """Embedding tables: reading rows, and adding to them."""

    def gather_add(self, table: Floats2d, indices: Ints2d) -> Floats2d:
        """``Y[b] = sum over k of table[indices[b, k]]``.

        Shapes:
            (V, D), (B, K) -> (B, D).

        Raises:
            RangeError: An index is not from 0 to V - 1.
        """
        self._check_2d(table=table, indices=indices)
        rows = as_indices(self, indices, len(table), "indices")
        if indices.shape[1] == 0:
            return cast(Floats2d, self.alloc((len(rows), table.shape[1]), dtype=table.dtype))
        total: Any = self.xp.take(table, rows[:, 0], axis=0)
        for column in range(1, rows.shape[1]):
            total += self.xp.take(table, rows[:, column], axis=0)
        return cast(Floats2d, total)

    def scatter_add(self, table: FloatsXd, indices: IntsXd, values: FloatsXd) -> FloatsXd:
        """``table[i] += value`` for each index and its value, in place; repeats all count.

        Args:
            table: Rows of any shape; written to, and returned.
            indices: Of any shape. Negative ones are skipped.
            values: One row for each index, or what broadcasts to that.

        Raises:
            RangeError: An index is beyond the table.
            ShapeError: The values do not fit.
            DTypeError: The values are of another type than the table.
        """
        rows, values = self._scattered(table, indices, values)
        self.xp.add.at(table, rows, values)
        return table

    def _scattered(self, table: ArrayXd, indices: IntsXd, values: Any) -> tuple[Any, Any]:
        """The indices that are not negative, (n,), and the row of values for each."""
        rows = as_indices(self, indices, len(table), "indices", negative=True)
        if values.dtype != table.dtype:
            raise DTypeError(
                "the values have the type of the table", table=table.dtype, values=values.dtype
            )
        row = tuple(table.shape[1:])
        try:
            spread = self.xp.broadcast_to(values, (*indices.shape, *row))
        except ValueError as error:
            raise ShapeError(
                "there is one row of values for each index",
                table=table.shape,
                indices=indices.shape,
                values=values.shape,
            ) from error
        rows = rows.reshape((indices.size,))
        spread = spread.reshape((indices.size, *row))
        if rows.size == 0 or int(self.xp.min(rows)) >= 0:
            return rows, spread
        kept = self.xp.flatnonzero(rows >= 0)
        return rows[kept], spread[kept]
