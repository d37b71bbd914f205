"""Hash embeddings side by side, run as one op."""

# A plan is made of what only nodes themselves may know.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..chain import in_turn
from ..fusion import Fused, has_floats, kind_of, pattern, share_ops
from ..model import NO_DX, Model
from ._inputs import as_gradient
from ._tables import drop_columns

Node = Model[Any, Any]


class Table(NamedTuple):
    """An embedding, and what picks its column of the ids where these come in columns."""

    embed: Node
    picker: Node | None

    @property
    def column(self) -> int | None:
        """Which it picks; None where it is something else than a column."""
        match None if self.picker is None else self.picker._attrs["index"]:
            case (rows, column) if rows == slice(0, None) and type(column) is int:
                return column
            case _:
                return None

    def picks(self, X: Any) -> bool:
        """Whether its ids can be taken from these."""
        if X.dtype.kind not in "iu":
            return False
        if self.picker is None:
            return bool(X.ndim == 1)
        column = self.column
        return X.ndim == 2 and column is not None and 0 <= column < X.shape[1]

    def nodes(self) -> list[Node]:
        """Both, in the order of the data."""
        return [self.embed] if self.picker is None else [self.picker, self.embed]

    def no_gradient(self, X: Any) -> Any:
        """The gradient of the ids: zeros, in the type that the layers give."""
        ops = self.embed.ops
        return ops.alloc1i(len(X)) if self.picker is None else ops.alloc(X.shape, dtype=X.dtype)


def table_of(node: Node, kinds: frozenset[str]) -> Table | None:
    """The embedding of one of these kinds that a node is, by itself or behind a column of ids."""
    layers = list(in_turn(node)) if kind_of(node) == "chain" else [node]
    *before, embed = layers
    if kind_of(embed) not in kinds or not has_floats(embed, "E") or embed._params["E"].ndim != 2:
        return None
    if not before:
        return Table(embed, None)
    fits = len(before) == 1 and kind_of(before[0]) == "getitem" and share_ops(before[0], embed)
    return Table(embed, before[0]) if fits else None


class FusedHashEmbeds(Fused):
    """``concatenate(HashEmbed, HashEmbed, ...)``, each of a column of ids or all of the same."""

    __slots__ = ("_tables",)
    op = "hash_embed"

    def __init__(self, place: Node, tables: Sequence[Table]) -> None:
        super().__init__([place], [node for table in tables for node in table.nodes()])
        self._tables = tuple(tables)

    def __call__(self, X: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        tables, ops = self._tables, self._tables[0].embed.ops
        seeds = [table.embed._attrs["seed"] for table in tables]
        is_array = isinstance(X, ops.xp.ndarray)
        if not is_array or None in seeds or not all(table.picks(X) for table in tables):
            return self.one_by_one(X, is_train)
        columns = [table.column or 0 for table in tables]
        Es = [table.embed._params["E"] for table in tables]
        ids: Any = X.reshape((len(X), 1)) if X.ndim == 1 else X
        looked_up, rows = ops.hash_embed(Es, ids, columns, seeds)
        Y, backprop_drop = _drop_columns(tables, looked_up, is_train)

        def backprop(dY: Any, *, need_dX: bool = True) -> Any:
            dY = backprop_drop(as_gradient(self.places[0], dY, Y))
            gradients = [table.embed.accumulator("E") for table in tables]
            ops.backprop_hash_embed(dY, rows, gradients)
            return tables[0].no_gradient(X) if need_dX else NO_DX

        return Y, backprop


def _drop_columns(
    tables: Sequence[Table], Y: Any, is_train: bool
) -> tuple[Any, Callable[[Any], Any]]:
    """Columns of each table's output dropped as it would drop them by itself."""
    backprops: list[tuple[slice, Callable[[Any], Any]]] = []
    start = 0
    for embed, _ in tables:
        part = slice(start, start + embed._params["E"].shape[1])
        if is_train and embed._attrs.get("dropout_rate"):
            Y[:, part], backprop_part = drop_columns(embed, Y[:, part], is_train)
            backprops.append((part, backprop_part))
        start = part.stop

    def backprop(dY: Any) -> Any:
        if backprops:
            dY = dY.copy()
        for part, backprop_part in backprops:
            dY[:, part] = backprop_part(dY[:, part])
        return dY

    return Y, backprop


@pattern
def match_hash_embeds(entries: Sequence[Node]) -> FusedHashEmbeds | None:
    """A concatenate of which every layer is a HashEmbed."""
    first = entries[0]
    if kind_of(first) != "concatenate":
        return None
    tables = [table_of(layer, frozenset({"hashembed"})) for layer in first.layers]
    found = [table for table in tables if table is not None]
    same = {table._params["E"].dtype for table, _ in found}
    if len(found) != len(tables) or len(same) != 1:
        return None
    return FusedHashEmbeds(first, found) if share_ops(*(each.embed for each in found)) else None
