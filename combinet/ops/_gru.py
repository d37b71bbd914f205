"""The gated recurrent unit over packed sequences, forward and back: one layer of it.

Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder" (2014), with the
reset gate behind the product, as in cuDNN and torch. With a = Wx x + bx and u = Wh h + bh, each
cut into the parts r, z, n:

    r = sigmoid(a_r + u_r),   z = sigmoid(a_z + u_z),   n = tanh(a_n + r u_n)
    h' = (1 - z) n + z h

Rows are packed by time: those of step t are the first size_at_t[t] sequences, longest first.
"""

# The bookkeeping of packed steps is the same as the LSTM's.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import Any, NamedTuple, cast

from ..errors import ShapeError
from ..types import Floats2d, Floats3d, Floats4d, Ints1d
from ._base import BaseOps
from ._elementwise import check_fits, sigmoid_of
from ._lengths import lengths_of_rows
from ._lstm import _side_by_side, _Steps


class GRUOps(BaseOps):
    """Sequences of any lengths, one direction or two."""

    def gru(
        self,
        Wx: Floats4d,
        bx: Floats3d,
        Wh: Floats4d,
        bh: Floats3d,
        H0: Floats2d,
        X: Floats2d,
        size_at_t: Ints1d,
    ) -> tuple[Floats2d, tuple[Any, ...]]:
        """The output, and what ``backprop_gru`` needs.

        Args:
            Wx, bx, Wh, bh: For each direction, the parts r, z and n.
            H0: The output before the first step, the same for every sequence. A backward
                direction starts from it at each sequence's own end.
            X: Packed by time.
            size_at_t: How many sequences run at each step, never growing.

        Shapes:
            Wx (dirs, 3, nH, nI), bx (dirs, 3, nH), Wh (dirs, 3, nH, nH), bh (dirs, 3, nH),
            H0 (dirs, nH), X (N, nI) -> Y (N, dirs nH), forward half first.

        Raises:
            ShapeError: The parameters do not fit, or ``size_at_t`` grows.
            RangeError: ``size_at_t`` does not add up to the rows.
        """
        _check_shapes(Wx, bx, Wh, bh, H0, X)
        steps = _Steps(lengths_of_rows(size_at_t, len(X)))
        kept: list[_Kept] = []
        for d in range(len(H0)):
            parts = [_flat(array[d]) for array in (Wx, bx, Wh, bh)]
            w = _Direction(parts[0], parts[1], parts[2], parts[3], H0[d], backward=d == 1)
            kept.append(_forward(self.xp, w, X, steps))
        Y = _side_by_side(self.xp, [each.Y for each in kept])
        return cast(Floats2d, Y), tuple(array for each in kept for array in each)

    def backprop_gru(
        self,
        dY: Floats2d,
        Wx: Floats4d,
        Wh: Floats4d,
        H0: Floats2d,
        X: Floats2d,
        size_at_t: Ints1d,
        state: tuple[Any, ...],
    ) -> tuple[Floats2d, Floats4d, Floats3d, Floats4d, Floats3d, Floats2d]:
        """The gradients of X, Wx, bx, Wh, bh and H0.

        Args:
            state: As ``gru`` returned it.

        Raises:
            BackpropError: ``dY`` does not have the shape of the output.
        """
        xp, nH = self.xp, H0.shape[1]
        kept = [_Kept(*state[i : i + 3]) for i in range(0, len(state), 3)]
        check_fits(dY, Y=_side_by_side(xp, [each.Y for each in kept]))
        steps = _Steps(lengths_of_rows(size_at_t, len(X)))
        dX: Any = xp.zeros_like(X)
        found: list[Any] = []
        for d, each in enumerate(kept):
            w = _Direction(_flat(Wx[d]), None, _flat(Wh[d]), None, H0[d], backward=d == 1)
            before = xp.concatenate([each.Y, H0[d : d + 1]])[
                xp.asarray(steps.rows_before(w.backward))
            ]
            half = dY[:, d * nH : (d + 1) * nH]
            dA, dU, dh0 = _backward(xp, w, half, each, before, steps)
            dX += dA @ w.Wx
            found.append((dA.T @ X, dA.sum(axis=0), dU.T @ before, dU.sum(axis=0), dh0))
        shapes = (Wx.shape[1:], (3, nH), Wh.shape[1:], (3, nH), (nH,))
        stacked = [
            xp.stack([array.reshape(shape) for array in arrays])
            for arrays, shape in zip(zip(*found, strict=True), shapes, strict=True)
        ]
        return (dX, *stacked)  # pyright: ignore[reportReturnType]


class _Direction(NamedTuple):
    """One direction, its three parts one below the other, and where it starts from."""

    Wx: Any  # (3 nH, nI)
    bx: Any  # (3 nH,)
    Wh: Any  # (3 nH, nH)
    bh: Any  # (3 nH,)
    h0: Any  # (nH,)
    backward: bool


class _Kept(NamedTuple):
    """What the forward pass of one direction leaves behind."""

    Y: Any  # (N, nH)
    G: Any  # (N, 3 nH): r, z and n, activated
    U: Any  # (N, nH): u_n


def _flat(W: Any) -> Any:
    """(3, nH, ...) -> (3 nH, ...)."""
    return W.reshape((W.shape[0] * W.shape[1], *W.shape[2:]))


def _check_shapes(Wx: Any, bx: Any, Wh: Any, bh: Any, H0: Any, X: Any) -> None:
    dirs, nH = H0.shape
    wanted = ((dirs, 3, nH, X.shape[1]), (dirs, 3, nH), (dirs, 3, nH, nH), (dirs, 3, nH))
    shapes = {"Wx": Wx.shape, "bx": bx.shape, "Wh": Wh.shape, "bh": bh.shape}
    if tuple(shapes.values()) != wanted:
        raise ShapeError(
            f"the parameters of a GRU of this size have the shapes {wanted}",
            **shapes,
            H0=H0.shape,
            X=X.shape,
        )


def _forward(xp: Any, w: _Direction, X: Any, steps: _Steps) -> _Kept:
    nH = len(w.h0)
    G = X @ w.Wx.T + w.bx
    Y, U = (xp.empty((len(X), nH), dtype=X.dtype) for _ in range(2))
    h = xp.tile(w.h0, (steps.batch, 1))
    for start, end in steps.slices(w.backward):
        now, gates = slice(start, end), G[start:end]
        last = h[: end - start]
        inner = last @ w.Wh.T + w.bh
        gates[:, : 2 * nH] = sigmoid_of(xp, gates[:, : 2 * nH] + inner[:, : 2 * nH])
        U[now] = inner[:, 2 * nH :]
        r, z = gates[:, :nH], gates[:, nH : 2 * nH]
        gates[:, 2 * nH :] = xp.tanh(gates[:, 2 * nH :] + r * U[now])
        Y[now] = (1.0 - z) * gates[:, 2 * nH :] + z * last
        h[: end - start] = Y[now]
    return _Kept(Y, G, U)


def _backward(
    xp: Any, w: _Direction, dY: Any, kept: _Kept, before: Any, steps: _Steps
) -> tuple[Any, Any, Any]:
    """The gradients of a (N, 3 nH), of u (N, 3 nH) and of h0 (nH,)."""
    nH = len(w.h0)
    dA, dU = xp.empty_like(kept.G), xp.empty_like(kept.G)
    dh = xp.zeros((steps.batch, nH), dtype=dY.dtype)
    for start, end in reversed(steps.slices(w.backward)):
        now, running = slice(start, end), slice(0, end - start)
        r, z, n = (kept.G[now, k * nH : (k + 1) * nH] for k in range(3))
        dh_now = dY[now] + dh[running]
        dn = dh_now * (1.0 - z) * (1.0 - n * n)
        dr = dn * kept.U[now] * r * (1.0 - r)
        dz = dh_now * (before[now] - n) * z * (1.0 - z)
        dA[now] = xp.concatenate([dr, dz, dn], axis=1)
        dU[now] = xp.concatenate([dr, dz, dn * r], axis=1)
        dh[running] = dU[now] @ w.Wh + dh_now * z
    # A sequence whose first step has been passed keeps what reached its initial state.
    return dA, dU, dh.sum(axis=0)
