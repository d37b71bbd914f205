"""Maxout with what stands around it, run as one op.

That is: windows before it, LayerNorm and Dropout behind it, and the residual around it all.
"""

# A plan is made of what only nodes themselves may know.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..chain import in_turn
from ..combinators._pack import pack
from ..fusion import Fused, has_floats, kind_of, pattern, share_ops
from ..model import Model
from ..types import Ragged
from ._inputs import as_gradient
from .dropout import next_drop

Node = Model[Any, Any]


class Parts(NamedTuple):
    """The nodes of one such layer, and how many entries of a chain they are."""

    maxout: Node
    norm: Node | None
    drop: Node | None
    window: Node | None
    inside: Node | None
    entries: int

    def nodes(self) -> list[Node]:
        """Those that there are, in the order of the data."""
        found = (self.window, self.inside, self.maxout, self.norm, self.drop)
        return [node for node in found if node is not None]


class FusedMaxout(Fused):
    """``[residual(] [expand_window >>] Maxout [>> LayerNorm] [>> Dropout] [)]``."""

    __slots__ = ("_ops", "_parts", "_residual", "_weights")
    op = "maxout_norm"

    def __init__(self, places: Sequence[Node], parts: Parts, residual: bool) -> None:
        super().__init__(places, parts.nodes())
        self._parts, self._residual, self._ops = parts, residual, parts.maxout.ops
        norm = parts.norm._params if parts.norm is not None else {}
        maxout = parts.maxout._params
        self._weights = maxout["W"], maxout["b"], norm.get("G"), norm.get("b")

    def __call__(self, X: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        ops, parts, weights, W = self._ops, self._parts, self._weights, self._weights[0]
        w = 0 if parts.window is None else parts.window._attrs["window_size"]
        is_ragged = parts.inside is not None and isinstance(X, Ragged)
        rows, lengths = _rows_of(X, is_ragged)
        if not _fits(rows, W, w, ops.xp.ndarray) or (
            self._residual and rows.shape[1] != W.shape[0]
        ):
            return self.one_by_one(X, is_train)
        drop = next_drop(parts.drop) if is_train and parts.drop is not None else None
        how: dict[str, Any] = {"window": w, "lengths": lengths, "drop": drop}
        how["residual"] = self._residual
        Y, kept = ops.maxout_norm(rows, *weights, **how, keep=is_train)

        def backprop(dYs: Any, *, need_dX: bool = True) -> Any:
            given = pack(ops, dYs)[0] if is_ragged else dYs
            dY = as_gradient(self.nodes[-1], given, Y)
            saved = ops.maxout_norm(rows, *weights, **how)[1] if kept is None else kept
            gradients = self._accumulators()
            dX: Any = ops.backprop_maxout_norm(
                dY, rows, saved, *weights, gradients, **how, need_dX=need_dX
            )
            return Ragged(dX, X.lengths) if is_ragged and need_dX else dX

        return Ragged(Y, X.lengths) if is_ragged else Y, backprop

    def _accumulators(self) -> tuple[Any, Any, Any, Any]:
        maxout, norm = self._parts.maxout, self._parts.norm
        dW, db = maxout.accumulator("W"), maxout.accumulator("b")
        if norm is None:
            return dW, db, None, None
        return dW, db, norm.accumulator("G"), norm.accumulator("b")


def _rows_of(X: Any, is_ragged: bool) -> tuple[Any, Any]:
    return (X.dataXd, X.lengths) if is_ragged else (X, None)


def _fits(rows: Any, W: Any, w: int, array: Any) -> bool:
    """Whether these are rows whose windows are as wide as the weights, and of their type."""
    if not isinstance(rows, array):
        return False
    given: Any = rows
    is_wide: bool = given.ndim == 2 and given.shape[1] * (2 * w + 1) == W.shape[2]
    return is_wide and bool(given.dtype == W.dtype)


@pattern
def match_maxout(entries: Sequence[Node]) -> FusedMaxout | None:
    """Maxout and as much of what stands around it as the op takes."""
    first = entries[0]
    if kind_of(first) != "residual":
        parts = _windowed(entries)
        return None if parts is None else FusedMaxout(entries[: parts.entries], parts, False)
    inside = _layers_of(first.layers[0])
    parts = _windowed(inside)
    whole = parts is not None and parts.entries == len(inside)
    return FusedMaxout([first], parts, True) if parts is not None and whole else None


def _layers_of(node: Node) -> list[Node]:
    return list(in_turn(node)) if kind_of(node) == "chain" else [node]


def _windowed(entries: Sequence[Node]) -> Parts | None:
    """``[expand_window >>] Maxout ...``, with or without a with_array around the latter."""
    window, behind = entries[0], entries[1:]
    if kind_of(window) != "expand_window":
        return _normed(entries)
    if not behind:
        return None
    if kind_of(behind[0]) != "with_array":
        parts = _normed(behind)
        return parts and parts._replace(window=window, entries=parts.entries + 1)
    inside = _layers_of(behind[0].layers[0])
    parts = _normed(inside)
    if parts is None or parts.entries != len(inside):
        return None
    return parts._replace(window=window, inside=behind[0], entries=2)


def _normed(entries: Sequence[Node]) -> Parts | None:
    """``Maxout [>> LayerNorm] [>> Dropout]``, if the parameters are made and fit."""
    maxout, behind = entries[0], list(entries[1:3])
    if kind_of(maxout) != "maxout" or not has_floats(maxout, "W", "b"):
        return None
    W, b = maxout._params["W"], maxout._params["b"]
    if W.ndim != 3 or b.shape != W.shape[:2] or not W.shape[1]:
        return None
    norm = behind.pop(0) if behind and _normalizes(behind[0], maxout) else None
    drop = behind[0] if behind and kind_of(behind[0]) == "dropout" else None
    return Parts(maxout, norm, drop, None, None, 1 + sum(each is not None for each in (norm, drop)))


def _normalizes(node: Node, maxout: Node) -> bool:
    """Whether it is a LayerNorm that takes what the maxout gives."""
    if kind_of(node) != "layernorm" or not has_floats(node, "G", "b"):
        return False
    W, G, b = maxout._params["W"], node._params["G"], node._params["b"]
    return G.shape == b.shape == W.shape[:1] and G.dtype == W.dtype and share_ops(maxout, node)
