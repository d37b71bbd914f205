"""What self- and cross-attention share: four Linear layers around the op, over any lengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DimError
from ..infer import Infer, Spec, mirror, solve
from ..model import Model
from ..ops import Ops
from ..types import Floats2d, Floats4d, Ints1d
from ._sequences import positions_of
from .linear import Linear
from .rotarypositions import turned


def attention_model(
    name: str,
    forward: Callable[..., Any],
    infer: Infer,
    heads: int,
    nO: int | None,
    nI: int | None,
    nK: int | None,
    **attrs: Any,
) -> Model[Any, Any]:
    """A node with the layers that make queries, keys, values and the output."""
    layers = [Linear(nO, nI), Linear(nO, nK), Linear(nO, nK), Linear(nO, nO)]
    if heads < 1:
        raise DimError(f"attention has at least one head, got heads={heads}")
    model = Model[Any, Any](
        name,
        forward,
        dims={"nO": nO, "nI": nI, "nH": heads},
        layers=layers,
        attrs=attrs,
        infer=infer,
    )
    _head_width(model)
    return model


def infer_linears(
    model: Model[Any, Any], x: Spec | None, keys: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None, Spec | None]:
    """Rows of queries, nI wide, and of keys -> rows nO wide; all that is between is nO wide.

    Raises:
        DimError: The heads do not divide nO.
    """
    to_q, to_k, to_v, out = model.layers
    x, y = mirror(model, "nI", x), mirror(model, "nO", y)
    x, y = solve(to_q, x, y)
    for layer in (to_k, to_v):
        keys, y = solve(layer, keys, y)
    y, _ = solve(out, y, y)
    _head_width(model)
    return mirror(model, "nI", x), keys, mirror(model, "nO", y)


def attend(
    model: Model[Any, Any],
    Q: Floats2d,
    K: Floats2d,
    V: Floats2d,
    q_lengths: Ints1d,
    k_lengths: Ints1d,
    is_train: bool,
) -> tuple[Floats2d, Callable[[Floats2d], tuple[Floats2d, Floats2d, Floats2d]]]:
    """Each query attends to the keys of its own sequence; rows in, rows out."""
    ops, heads = model.ops, model.get_dim("nH")
    queries, keys = _Grid(ops, q_lengths, heads), _Grid(ops, k_lengths, heads)
    turned_Q, backprop_turn_q = _turn(model, Q, q_lengths)
    turned_K, backprop_turn_k = _turn(model, K, k_lengths)
    padded = queries.pad(turned_Q), keys.pad(turned_K), keys.pad(V)
    drop = _dropout(model, is_train)
    mask = _mask(ops, queries, keys, model.attrs.get("causal", False))
    Yp, P = ops.attention(*padded, mask, **drop)

    def backprop(dY: Floats2d) -> tuple[Floats2d, Floats2d, Floats2d]:
        dQ, dK, dV = ops.backprop_attention(queries.pad(dY), *padded, P, **drop)
        dK_rows = backprop_turn_k(keys.unpad(dK))
        return backprop_turn_q(queries.unpad(dQ)), dK_rows, keys.unpad(dV)

    return queries.unpad(Yp), backprop


class _Grid:
    """Sequences end to end, or side by side with their heads apart: (batch, heads, steps, d)."""

    def __init__(self, ops: Ops, lengths: Ints1d, heads: int) -> None:
        host = ops.to_numpy(lengths).astype("int64")
        self.ops, self.heads, self.lengths = ops, heads, host
        self.batch, self.steps = len(host), int(host.max(initial=0))
        starts = np.arange(self.batch) * self.steps - (np.cumsum(host) - host)
        rows = np.arange(int(host.sum())) + np.repeat(starts, host)
        self.is_full = len(rows) == self.batch * self.steps
        self.places = None if self.is_full else ops.asarray(rows)

    def pad(self, X: Floats2d) -> Floats4d:
        grid: Any = X
        if not self.is_full:
            grid = self.ops.alloc2f(self.batch * self.steps, X.shape[1], dtype=X.dtype)
            grid[self.places] = X
        shape = (self.batch, self.steps, self.heads, X.shape[1] // self.heads)
        heads_apart: Floats4d = grid.reshape(shape).swapaxes(1, 2)
        return heads_apart

    def unpad(self, Y: Any) -> Floats2d:
        grid = Y.swapaxes(1, 2).reshape((self.batch * self.steps, self.heads * Y.shape[3]))
        rows: Floats2d = grid if self.is_full else grid[self.places]
        return rows


def _mask(ops: Ops, queries: _Grid, keys: _Grid, causal: bool) -> Any:
    """(batch, 1, 1 or q, k): where there is a key, and with causal none from the future."""
    steps = np.arange(keys.steps)
    mask = None if keys.is_full else (steps < keys.lengths[:, None])[:, None, None]
    if causal:
        past = steps <= np.arange(queries.steps)[:, None]
        mask = past[None, None] if mask is None else mask & past
    return None if mask is None else ops.asarray(mask)


def _dropout(model: Model[Any, Any], is_train: bool) -> dict[str, Any]:
    rate = model.attrs["dropout_rate"]
    if not (is_train and rate):
        return {}
    key, draw = model.next_draw()
    return {"rate": rate, "key": key, "draw": draw}


def _turn(
    model: Model[Any, Any], X: Floats2d, lengths: Ints1d
) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
    period = model.attrs.get("rotary_period")
    if period is None:
        return X, _unchanged
    places = positions_of(model.ops, lengths)
    return turned(model.ops, X, places, model.get_dim("nH"), period)


def _unchanged(dX: Floats2d) -> Floats2d:
    return dX


def _head_width(model: Model[Any, Any]) -> None:
    nO, heads = model.maybe_get_dim("nO"), model.get_dim("nH")
    parts = heads if model.attrs.get("rotary_period") is None else 2 * heads
    if nO is not None and nO % parts:
        even = "" if parts == heads else ", of an even width, since rotations turn pairs"
        raise DimError(
            f"{model.name} divides rows of {nO} among {heads} heads{even}",
            fix=f"choose a width that is a multiple of {parts}",
        )
