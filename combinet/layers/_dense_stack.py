"""Dense layers that run as one: a run of them, with dropout between, is one op."""

# A plan is made of what only nodes themselves may know.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .._live import EPOCH
from ..fusion import Fused, has_floats, kind_of, pattern, share_ops
from ..model import Model
from ..ops import Ops
from ..ops.dense_stack import ACTIVATIONS, DenseStack
from ._inputs import as_gradient, as_rows
from .dropout import next_drop


class FusedDense(Fused):
    """A run of dense layers, each with a Dropout behind it or without."""

    __slots__ = ("_gradients", "_ops", "_softmax", "_stack", "dense", "drops")
    op = "dense_stack"

    def __init__(
        self, dense: Sequence[Model[Any, Any]], drops: Sequence[Model[Any, Any] | None]
    ) -> None:
        places = [node for pair in zip(dense, drops, strict=True) for node in pair if node]
        super().__init__(places, places)
        self.dense, self.drops = tuple(dense), tuple(drops) if any(drops) else None
        activations = [kind_of(node) for node in dense]
        self._ops: Ops = dense[0].ops
        self._stack = DenseStack(
            [node._params["W"] for node in dense],
            [node._params["b"] for node in dense],
            activations,
        )
        self._softmax = dense[-1] if activations[-1] == "softmax" else None
        self._gradients: tuple[int, list[tuple[Any, Any]]] = -1, []

    def __call__(self, X: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        if self._softmax is not None:
            attrs = self._softmax._attrs
            if attrs["softmax_temperature"] != 1 or not (is_train or attrs["softmax_normalize"]):
                return self.one_by_one(X, is_train)
        ops, stack = self._ops, self._stack
        rows = as_rows(self.dense[0], X, stack.weights[0])
        drops = None
        if is_train and self.drops is not None:
            drops = [None if node is None else next_drop(node) for node in self.drops]
        Y, kept = ops.dense_stack(rows, stack, drops, is_train)

        def backprop(dY: Any, *, need_dX: bool = True) -> Any:
            dY = as_gradient(self.places[-1], dY, Y)
            saved = ops.dense_stack(rows, stack, drops, True)[1] if kept is None else kept
            gradients = self._accumulators()
            return ops.backprop_dense_stack(dY, rows, Y, saved, stack, drops, gradients, need_dX)

        return Y, backprop

    def _accumulators(self) -> list[tuple[Any, Any]]:
        """(dW, db) of each layer; the same list as long as no array is another."""
        known, gradients = self._gradients
        epoch = EPOCH.number
        if known != epoch:
            gradients = [(node.accumulator("W"), node.accumulator("b")) for node in self.dense]
            self._gradients = epoch, gradients
        return gradients


@pattern
def match_dense(entries: Sequence[Model[Any, Any]]) -> FusedDense | None:
    """As many dense layers as feed each other, each with a Dropout behind it or without."""
    dense: list[Model[Any, Any]] = []
    drops: list[Model[Any, Any] | None] = []
    for node in entries:
        if dense and kind_of(dense[-1]) == "softmax":
            break
        if dense and drops[-1] is None and kind_of(node) == "dropout":
            drops[-1] = node
        elif kind_of(node) in ACTIVATIONS and _is_made(node) and _follows(dense, node):
            dense.append(node)
            drops.append(None)
        else:
            break
    return FusedDense(dense, drops) if dense else None


def _is_made(node: Model[Any, Any]) -> bool:
    if not has_floats(node, "W", "b"):
        return False
    W, b = node._params["W"], node._params["b"]
    return bool(W.ndim == 2 and b.shape == W.shape[:1])


def _follows(dense: Sequence[Model[Any, Any]], node: Model[Any, Any]) -> bool:
    """Whether it takes what the layers before it give."""
    if not dense:
        return True
    W, before = node._params["W"], dense[-1]._params["W"]
    fits = before.shape[0] == W.shape[1] and before.dtype == W.dtype
    return bool(fits) and share_ops(dense[-1], node)
