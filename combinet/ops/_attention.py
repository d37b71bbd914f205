"""Scaled dot-product attention, and the rotations that tell it positions."""

from __future__ import annotations

import math
from typing import Any, cast

from ..errors import ShapeError
from ..types import Floats3d, Floats4d, Ints1d
from ._elementwise import check_fits, delivered
from ._training import TrainingOps


class AttentionOps(TrainingOps):
    """Every query takes a mean of the values, weighted by how well it matches their keys."""

    def attention(
        self,
        Q: Floats4d,
        K: Floats4d,
        V: Floats4d,
        mask: Any = None,
        *,
        rate: float = 0.0,
        key: int = 0,
        draw: int = 0,
    ) -> tuple[Floats4d, Floats4d]:
        """``Y = dropout(P) V`` with ``P = softmax(Q K' / sqrt(d))`` over the keys; and P.

        A query that may see no key gets zeros.

        Args:
            mask: Bools that broadcast to (batch, heads, q, k), True where the query may see
                the key; all of them where it is None.
            rate, key, draw: Of the dropout, as ``dropout`` takes them.

        Shapes:
            Q (batch, heads, q, d), K (batch, heads, k, d), V (batch, heads, k, dv)
            -> Y (batch, heads, q, dv), P (batch, heads, q, k).

        Raises:
            ShapeError: The three do not fit each other.
        Source:
            Vaswani et al., "Attention Is All You Need" (2017), equation 1.
        """
        _check_shapes(Q, K, V)
        xp = self.xp
        scores: Any = xp.matmul(Q, cast(Any, K).swapaxes(2, 3)) * _scale(Q)
        if mask is not None:
            scores = xp.where(mask, scores, -math.inf)
        P = self._softmax_of_some(scores).astype(Q.dtype)
        dropped = self.dropout(P, rate, key, draw) if rate else P
        return cast(Floats4d, xp.matmul(dropped, V)), P

    def backprop_attention(
        self,
        dY: Floats4d,
        Q: Floats4d,
        K: Floats4d,
        V: Floats4d,
        P: Floats4d,
        *,
        rate: float = 0.0,
        key: int = 0,
        draw: int = 0,
    ) -> tuple[Floats4d, Floats4d, Floats4d]:
        """The gradients of Q, K and V.

        Args:
            P: As ``attention`` returned it.

        Raises:
            BackpropError: ``dY`` does not have the shape of the output.
        """
        xp = self.xp
        check_fits(dY, Y=_Shape((*Q.shape[:3], V.shape[3])))
        dropped: Any = self.dropout(P, rate, key, draw) if rate else P
        dV = xp.matmul(dropped.swapaxes(2, 3), dY)
        dP: Any = xp.matmul(dY, cast(Any, V).swapaxes(2, 3))
        if rate:
            dP = self.backprop_dropout(dP, rate, key, draw)
        weighted = P * dP
        d_scores = (weighted - P * weighted.sum(axis=-1, keepdims=True)) * _scale(Q)
        return xp.matmul(d_scores, K), xp.matmul(d_scores.swapaxes(2, 3), Q), dV

    def rotary(self, X: Floats3d, positions: Ints1d, *, period: float = 10000.0) -> Floats3d:
        """Turn pair j of each head, columns j and j + d/2, by ``p / period^(2 j / d)``.

        The product of two rows that are turned so depends on the distance of their positions
        p alone. Pairs are laid out as in GPT-NeoX and Llama.

        Shapes:
            X (N, heads, d), positions (N,) -> (N, heads, d).

        Raises:
            ShapeError: ``d`` is odd, or there is not one position for each row.
        Source:
            Su et al., "RoFormer" (2021), equation 34.
        """
        return cast(Floats3d, self._turned(X, positions, period, 1.0))

    def backprop_rotary(
        self, dY: Floats3d, positions: Ints1d, *, period: float = 10000.0
    ) -> Floats3d:
        """The gradient of X: ``dY`` turned back."""
        return cast(Floats3d, self._turned(dY, positions, period, -1.0))

    def _turned(self, X: Any, positions: Any, period: float, sign: float) -> Any:
        if X.shape[2] % 2 or positions.shape != X.shape[:1]:
            raise ShapeError(
                "a rotation takes heads of an even width, and one position for each row",
                X=X.shape,
                positions=positions.shape,
            )
        xp, half = self.xp, X.shape[2] // 2
        exponents = xp.arange(half, dtype="float64") / max(half, 1)
        angles = positions.astype("float64")[:, None] / period**exponents
        cos = xp.cos(angles).astype(X.dtype)[:, None]  # (N, 1, d / 2)
        sin = (sign * xp.sin(angles)).astype(X.dtype)[:, None]
        one, other = X[..., :half], X[..., half:]
        turned = xp.concatenate([one * cos - other * sin, other * cos + one * sin], axis=-1)
        return delivered(turned, X, False)

    def _softmax_of_some(self, scores: Any) -> Any:
        """Over the last axis, where -inf is no key; zeros where there is none at all."""
        xp = self.xp
        if scores.size == 0:
            return scores
        high = xp.max(scores, axis=-1, keepdims=True)
        high = xp.where(xp.isfinite(high), high, xp.where(high < 0, 0.0, math.nan))
        powers = xp.exp(scores - high)
        total = powers.sum(axis=-1, keepdims=True)
        return powers / xp.where(total == 0, 1.0, total)


class _Shape:
    """A stand-in for an array of which only the shape is known."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape


def _scale(Q: Any) -> float:
    return 1.0 / math.sqrt(max(Q.shape[3], 1))


def _check_shapes(Q: Any, K: Any, V: Any) -> None:
    fits = Q.shape[:2] == K.shape[:2] and Q.shape[3] == K.shape[3] and K.shape[:3] == V.shape[:3]
    if not fits:
        raise ShapeError(
            "queries, keys and values must agree in batch and heads, queries and keys in width, "
            "keys and values in number",
            Q=Q.shape,
            K=K.shape,
            V=V.shape,
        )
