"""The long short-term memory over packed sequences, forward and back.

Source: Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997), with the forget gate of
Gers, Schmidhuber and Cummins, "Learning to Forget" (2000). At each step, with a = Wx x + bx +
Wh h + bh cut into the four gates f, i, o, g:

    c' = sigmoid(f) c + sigmoid(i) tanh(g),    h' = sigmoid(o) tanh(c')

Layouts. ``params`` is flat: for each layer, for each direction, Wx (4, nH, n_in), bx (4, nH),
Wh (4, nH, nH), bh (4, nH), with the gates in the order f, i, o, g; n_in is nI in the first layer
and dirs nH above it. Rows are packed by time: those of step t are the first size_at_t[t]
sequences, the longest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np

from ..errors import ShapeError
from ..types import Floats1d, Floats2d, Floats3d, Ints1d
from ._base import BaseOps
from ._elementwise import check_fits, sigmoid_of
from ._lengths import lengths_of_rows


class LSTMOps(BaseOps):
    """Sequences of any lengths, any number of layers, one direction or two."""

    def lstm_forward_inference(
        self, params: Floats1d, H0: Floats3d, C0: Floats3d, X: Floats2d, size_at_t: Ints1d
    ) -> Floats2d:
        """The output alone; arguments, shapes and errors as in ``lstm_forward_training``."""
        steps = _Steps(lengths_of_rows(size_at_t, len(X)))
        below: Any = X
        for layer in _split(self.xp, params, H0, C0, X.shape[1]):
            outputs = [_forward(self.xp, direction, below, steps)[0] for direction in layer]
            below = self.xp.concatenate(outputs, axis=1)
        return cast(Floats2d, below)

    def lstm_forward_training(
        self, params: Floats1d, H0: Floats3d, C0: Floats3d, X: Floats2d, size_at_t: Ints1d
    ) -> tuple[Floats2d, tuple[Any, ...]]:
        """The output, and what ``backprop_lstm`` needs.

        Args:
            params: As the module describes.
            H0: The output before the first step, the same for every sequence. A backward
                direction starts from it at each sequence's own end.
            C0: The cells before the first step.
            X: Packed by time.
            size_at_t: How many sequences run at each step, never growing.
        Shapes:
            H0, C0 (depth, dirs, nH); X (N, nI) -> Y (N, dirs nH), forward half first. The state
            is (Y (depth, dirs, N, nH), gates (depth, dirs, N, 4 nH) activated,
            cells (depth, dirs, N, nH), X, H0, C0).

        Raises:
            ShapeError: The parameters or states do not fit, or ``size_at_t`` grows.
            RangeError: ``size_at_t`` does not add up to the rows.
        """
        steps = _Steps(lengths_of_rows(size_at_t, len(X)))
        depth, dirs, nH = H0.shape
        shape = (depth, dirs, len(X), nH)
        Y, C = (self.xp.empty(shape, dtype=X.dtype) for _ in range(2))
        G = self.xp.empty((depth, dirs, len(X), 4 * nH), dtype=X.dtype)
        below: Any = X
        for i, layer in enumerate(_split(self.xp, params, H0, C0, X.shape[1])):
            for d, direction in enumerate(layer):
                Y[i, d], G[i, d], C[i, d] = _forward(self.xp, direction, below, steps)
            below = _side_by_side(self.xp, Y[i])
        return cast(Floats2d, below), (Y, G, C, X, H0, C0)

    def backprop_lstm(
        self, dY: Floats2d, size_at_t: Ints1d, params: Floats1d, fwd_state: tuple[Any, ...]
    ) -> tuple[Floats2d, Floats1d]:
        """The gradients of the input and of the parameters.

        Raises:
            BackpropError: ``dY`` does not have the shape of the output.
        """
        return self.backprop_lstm_with_states(dY, size_at_t, params, fwd_state)[:2]

    def backprop_lstm_with_states(
        self, dY: Floats2d, size_at_t: Ints1d, params: Floats1d, fwd_state: tuple[Any, ...]
    ) -> tuple[Floats2d, Floats1d, Floats3d, Floats3d]:
        """The gradients of the input, of the parameters, of H0 and of C0."""
        xp = self.xp
        Y, G, C, X, H0, C0 = fwd_state
        check_fits(dY, Y=_side_by_side(xp, Y[-1]))
        steps = _Steps(lengths_of_rows(size_at_t, len(X)))
        nH = H0.shape[2]
        dH0, dC0 = xp.empty_like(H0), xp.empty_like(C0)
        dparams: list[Any] = []
        dabove: Any = dY
        layers = _split(xp, params, H0, C0, X.shape[1])
        for i in reversed(range(len(layers))):
            below = _side_by_side(xp, Y[i - 1]) if i else X
            dbelow = xp.zeros_like(below)
            pieces: list[Any] = []
            for d, direction in enumerate(layers[i]):
                half = dabove[:, d * nH : (d + 1) * nH]
                kept = _Kept(Y[i, d], G[i, d], C[i, d], below)
                dG, dH0[i, d], dC0[i, d] = _backward(xp, direction, half, kept, steps)
                pieces += _weight_gradients(xp, direction, dG, kept, steps)
                dbelow += dG @ direction.Wx
            dparams = pieces + dparams
            dabove = dbelow
        return dabove, xp.concatenate(dparams), dH0, dC0


class _Direction(NamedTuple):
    """One direction of one layer, and where it starts from."""

    Wx: Any  # (4 nH, n_in)
    Wh: Any  # (4 nH, nH)
    b: Any  # (4 nH,)
    h0: Any  # (nH,)
    c0: Any  # (nH,)
    backward: bool


class _Kept(NamedTuple):
    """What the forward pass of one direction leaves behind."""

    Y: Any  # (N, nH)
    G: Any  # (N, 4 nH)
    C: Any  # (N, nH)
    X: Any  # (N, n_in)


class _Steps:
    """Where each step's rows lie, and which row comes before which.

    Raises:
        ShapeError: A step has more sequences than the one before it.
    """

    def __init__(self, sizes: Any) -> None:
        if (np.diff(sizes) > 0).any():
            raise ShapeError(
                "size_at_t may not grow: a sequence cannot start late", size_at_t=sizes.tolist()
            )
        self.sizes = sizes
        self.starts = np.cumsum(sizes) - sizes
        self.batch = int(sizes[0]) if len(sizes) else 0

    def slices(self, backward: bool) -> list[tuple[int, int]]:
        """(start, end) of each step's rows, in the order in which a direction runs."""
        ends = self.starts + self.sizes
        slices = list(zip(self.starts.tolist(), ends.tolist(), strict=True))
        return slices[::-1] if backward else slices

    def rows_before(self, backward: bool) -> Any:
        """For each row the one its state came from; one past the last for the initial state."""
        step = np.repeat(np.arange(len(self.sizes)), self.sizes)
        rows = np.arange(len(step))
        column = rows - self.starts[step]
        before = step + 1 if backward else step - 1
        inside = (before >= 0) & (before < len(self.sizes))
        before = np.where(inside, before, 0)
        runs = inside & (column < self.sizes[before])
        return np.where(runs, self.starts[before] + column, len(rows))


def _split(xp: Any, params: Any, H0: Any, C0: Any, nI: int) -> list[list[_Direction]]:
    """The flat parameters as weights, layer by layer, direction by direction."""
    depth, dirs, nH = H0.shape
    widths = [nI if i == 0 else dirs * nH for i in range(depth)]
    wanted = sum(4 * nH * (width + nH + 2) * dirs for width in widths)
    if C0.shape != H0.shape or params.shape != (wanted,):
        raise ShapeError(
            f"an LSTM of this size has {wanted} parameters, and H0 and C0 of one shape",
            params=params.shape,
            H0=H0.shape,
            C0=C0.shape,
            nI=nI,
        )
    layers: list[list[_Direction]] = []
    at = 0
    for i, width in enumerate(widths):
        layers.append([])
        for d in range(dirs):
            shapes = [(4, nH, width), (4, nH), (4, nH, nH), (4, nH)]
            Wx, bx, Wh, bh = _cut(params, at, shapes)
            rows = 4 * nH
            direction = _Direction(
                Wx.reshape((rows, width)),
                Wh.reshape((rows, nH)),
                (bx + bh).reshape((rows,)),
                H0[i, d],
                C0[i, d],
                backward=d == 1,
            )
            layers[-1].append(direction)
            at += 4 * nH * (width + nH + 2)
    return layers


def _cut(flat: Any, at: int, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """Arrays of these shapes, one after the other from ``at`` on."""
    pieces: list[Any] = []
    for shape in shapes:
        size = int(np.prod(shape))
        pieces.append(flat[at : at + size].reshape(shape))
        at += size
    return pieces


def _side_by_side(xp: Any, Y: Any) -> Any:
    """(dirs, N, nH) -> (N, dirs nH)."""
    return xp.concatenate(list(Y), axis=1)


def _forward(xp: Any, w: _Direction, X: Any, steps: _Steps) -> tuple[Any, Any, Any]:
    """Outputs (N, nH), activated gates (N, 4 nH) and cells (N, nH)."""
    nH = len(w.h0)
    G = X @ w.Wx.T + w.b
    Y, C = (xp.empty((len(X), nH), dtype=X.dtype) for _ in range(2))
    h, c = (xp.tile(start, (steps.batch, 1)) for start in (w.h0, w.c0))
    for start, end in steps.slices(w.backward):
        n = end - start
        G[start:end] += h[:n] @ w.Wh.T
        gates = G[start:end]
        gates[:, : 3 * nH] = sigmoid_of(xp, gates[:, : 3 * nH])
        gates[:, 3 * nH :] = xp.tanh(gates[:, 3 * nH :])
        f, i, o, g = (gates[:, k * nH : (k + 1) * nH] for k in range(4))
        C[start:end] = f * c[:n] + i * g
        Y[start:end] = o * xp.tanh(C[start:end])
        h[:n], c[:n] = Y[start:end], C[start:end]
    return Y, G, C


def _backward(xp: Any, w: _Direction, dY: Any, kept: _Kept, steps: _Steps) -> tuple[Any, Any, Any]:
    """The gradients of the gates before activation (N, 4 nH), of h0 and of c0 (nH,)."""
    nH = len(w.h0)
    dG = xp.empty_like(kept.G)
    C_before = _states_before(xp, kept.C, w.c0, w, steps)
    dh, dc = (xp.zeros((steps.batch, nH), dtype=dY.dtype) for _ in range(2))
    for start, end in reversed(steps.slices(w.backward)):
        n = end - start
        gates = kept.G[start:end].reshape((n, 4, nH))
        f, i, o, g = (gates[:, k] for k in range(4))
        squashed = xp.tanh(kept.C[start:end])
        dh_now = dY[start:end] + dh[:n]
        dc_now = dc[:n] + dh_now * o * (1.0 - squashed * squashed)
        dgates = dG[start:end].reshape((n, 4, nH))
        dgates[:, 0] = dc_now * C_before[start:end] * f * (1.0 - f)
        dgates[:, 1] = dc_now * g * i * (1.0 - i)
        dgates[:, 2] = dh_now * squashed * o * (1.0 - o)
        dgates[:, 3] = dc_now * i * (1.0 - g * g)
        dc[:n] = dc_now * f
        dh[:n] = dG[start:end] @ w.Wh
    # A sequence whose first step has been passed keeps what reached its initial state.
    return dG, dh.sum(axis=0), dc.sum(axis=0)


def _states_before(xp: Any, states: Any, initial: Any, w: _Direction, steps: _Steps) -> Any:
    """For each row the state that its step started from: (N, nH)."""
    rows = xp.asarray(steps.rows_before(w.backward))
    return xp.concatenate([states, initial[None]])[rows]


def _weight_gradients(xp: Any, w: _Direction, dG: Any, kept: _Kept, steps: _Steps) -> list[Any]:
    """The gradients of Wx, bx, Wh, bh, each flat."""
    H_before = _states_before(xp, kept.Y, w.h0, w, steps)
    db = dG.sum(axis=0)
    return [(dG.T @ kept.X).reshape(-1), db, (dG.T @ H_before).reshape(-1), db]
