"""An embedding and the mean or sum of each sequence behind it, run as one op."""

# A plan is made of what only nodes themselves may know.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import RangeError
from ..fusion import Fused, kind_of, pattern, share_ops
from ..model import NO_DX, Model
from ..types import Ragged
from ._hash_embeds import Table, table_of
from ._inputs import as_gradient
from ._tables import drop_columns

Node = Model[Any, Any]
_TABLES = frozenset({"embed", "hashembed"})


class FusedPool(Fused):
    """``with_array(Embed) >> reduce_mean``, with HashEmbed or reduce_sum in their place too."""

    __slots__ = ("_mean", "_reduce", "_table")
    op = "pool_rows"

    def __init__(self, places: Sequence[Node], table: Table) -> None:
        super().__init__(places, [*table.nodes(), places[1]])
        self._table, self._reduce = table, places[1]
        self._mean = kind_of(places[1]) == "reduce_mean"

    def __call__(self, Xr: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        rows = self._rows_of(Xr)
        if rows is None:
            return self.one_by_one(Xr, is_train)
        embed, mean, lengths = self._table.embed, self._mean, Xr.lengths
        ops = embed.ops
        try:
            sums = ops.pool_rows(embed._params["E"], rows, lengths, mean=mean)
        except RangeError:  # the layer says which table it was
            return self.one_by_one(Xr, is_train)
        # Dropping a column of the pool is dropping it of every row in it.
        Y, backprop_drop = drop_columns(embed, sums, is_train)

        def backprop(dY: Any, *, need_dX: bool = True) -> Any:
            dY = backprop_drop(as_gradient(self._reduce, dY, Y))
            ops.backprop_pool_rows(dY, rows, lengths, embed.accumulator("E"), mean=mean)
            if not need_dX:
                return NO_DX
            return Ragged(self._table.no_gradient(Xr.dataXd), lengths) if len(Xr) else Xr

        return Y, backprop

    def _rows_of(self, Xr: Any) -> Any:
        """The rows of the table that each id names, (n, 1) or (n, 4); None where it has none."""
        table, embed = self._table, self._table.embed
        array = embed.ops.xp.ndarray
        if not (isinstance(Xr, Ragged) and isinstance(Xr.dataXd, array) and table.picks(Xr.dataXd)):
            return None
        X: Any = Xr.dataXd
        ids = X if table.column is None else X[:, table.column]
        if kind_of(embed) == "embed":
            return ids.reshape((len(ids), 1))
        seed = embed._attrs["seed"]
        return None if seed is None else embed.ops.hash_rows(ids, seed, len(embed._params["E"]))


@pattern
def match_pool(entries: Sequence[Node]) -> FusedPool | None:
    """An embedding inside a with_array, and a reduction behind it."""
    if len(entries) < 2 or kind_of(entries[0]) != "with_array":
        return None
    if kind_of(entries[1]) not in {"reduce_mean", "reduce_sum"}:
        return None
    table = table_of(entries[0].layers[0], _TABLES)
    fits = table is not None and share_ops(entries[1], table.embed)
    return FusedPool(entries[:2], table) if fits and table is not None else None
