"""Several ops in one call, for plans: whole runs of dense layers, maxout with what follows it.

What is here composes the ops of other families; a backend that can do better overrides it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

from ..types import Floats1d, Floats2d, Floats3d, Ints1d
from ._activations import ActivationOps
from ._linear import LinearOps
from ._maxout import MaxoutOps
from ._norm import NormOps
from ._sequences import SequenceOps
from ._softmax import SoftmaxOps
from ._training import TrainingOps
from .dense_stack import DenseStack

#: (rate, key, draw) as ``dropout`` takes them, or None for no dropout.
Drop: TypeAlias = tuple[float, int, int] | None


class FusedOps(LinearOps, SequenceOps, MaxoutOps, ActivationOps, SoftmaxOps, NormOps, TrainingOps):
    """Each forward returns (Y, saved), and ``saved`` goes into the backward of the same ops.

    With ``keep=False`` nothing will be asked of ``saved``, and it is None.
    """

    def dense_stack(
        self,
        X: Floats2d,
        stack: DenseStack,
        drops: Sequence[Drop] | None = None,
        keep: bool = True,
    ) -> tuple[Floats2d, Any]:
        """``Y = dropout(activation(X W' + b))`` for each layer of the stack in turn.

        Args:
            drops: One for each layer; None for no dropout at all.

        Shapes:
            X (n, nI of the first) -> (n, nO of the last).
        """
        saved: list[Any] = []
        rows: Any = X
        for i, activation in enumerate(stack.activations):
            Z = self.affine(rows, stack.weights[i], stack.biases[i])
            A = Z if activation == "linear" else getattr(self, activation)(Z)
            drop = drops[i] if drops else None
            rows = self.dropout(A, *drop) if drop else A
            if keep:
                saved.append((Z, A, rows))
        return rows, saved or None

    def backprop_dense_stack(
        self,
        dY: Floats2d,
        X: Floats2d,
        Y: Floats2d,
        saved: Any,
        stack: DenseStack,
        drops: Sequence[Drop] | None,
        gradients: Sequence[tuple[Floats2d, Floats1d]],
        need_dX: bool = True,
    ) -> Floats2d | None:
        """The gradient of ``X``; those of the parameters are added into ``gradients``.

        Args:
            dY: Of ``Y``; of the logits where the last activation is a softmax.
            gradients: (dW, db) of each layer.
        """
        for i in range(len(stack) - 1, -1, -1):
            Z, A, _ = saved[i]
            drop = drops[i] if drops else None
            dA = self.backprop_dropout(dY, *drop) if drop else dY
            dZ = self._backprop_activation(stack.activations[i], dA, Z, A)
            dW, db = gradients[i]
            self.add_gemm(dW, dZ, saved[i - 1][2] if i else X, trans1=True)
            self.add_sum_rows(db, dZ)
            if i or need_dX:
                dY = self.gemm(dZ, stack.weights[i])
        return dY if need_dX else None

    def _backprop_activation(self, activation: str, dA: Any, Z: Any, A: Any) -> Any:
        if activation in ("linear", "softmax"):
            return dA
        if activation in ("relu", "sigmoid"):
            return getattr(self, f"backprop_{activation}")(dA, A)
        if activation == "swish":
            return self.backprop_swish(dA, Z, A)
        return getattr(self, f"backprop_{activation}")(dA, Z)

    def maxout_norm(
        self,
        X: Floats2d,
        W: Floats3d,
        b: Floats2d,
        G: Floats1d | None = None,
        c: Floats1d | None = None,
        *,
        window: int = 0,
        lengths: Ints1d | None = None,
        drop: Drop = None,
        residual: bool = False,
        keep: bool = True,
    ) -> tuple[Floats2d, Any]:
        """``Y = dropout(layer_norm(maxout(V W' + b), G, c)) [+ X]``, ``V`` the windows over ``X``.

        Args:
            G, c: Scale and shift of the layer norm; both None where there is none.
            window: Rows on each side of a row in its window; 0 takes ``X`` itself.
            lengths: Of the sequences in ``X``, over whose ends no window reaches.
            residual: Add ``X``, where it has the width of ``Y``.

        Shapes:
            X (n, nI); W (nO, nP, (2 window + 1) nI); b (nO, nP); G, c (nO,) -> (n, nO).
        """
        nO, nP, nI = W.shape
        V = self.seq2col(X, window, lengths=lengths) if window else X
        Z = self.affine(V, W.reshape((nO * nP, nI)), b.reshape((nO * nP,)))
        M, which = self.maxout(Z.reshape((len(X), nO, nP)))
        N, stats = (M, None) if G is None or c is None else self.layer_norm(M, G, c)
        Y: Any = self.dropout(N, *drop) if drop else N
        return Y + X if residual else Y, (V, M, which, stats) if keep else None

    def backprop_maxout_norm(
        self,
        dY: Floats2d,
        X: Floats2d,
        saved: Any,
        W: Floats3d,
        b: Floats2d,
        G: Floats1d | None,
        c: Floats1d | None,
        gradients: tuple[Floats3d, Floats2d, Floats1d | None, Floats1d | None],
        *,
        window: int = 0,
        lengths: Ints1d | None = None,
        drop: Drop = None,
        residual: bool = False,
        need_dX: bool = True,
    ) -> Floats2d | None:
        """The gradient of ``X``; those of W, b, G and c are added into ``gradients``."""
        V, M, which, stats = saved
        dG, dc = gradients[2:]
        dW: Any = gradients[0]
        db: Any = gradients[1]
        nO, nP, nI = W.shape
        dM: Any = self.backprop_dropout(dY, *drop) if drop else dY
        if G is not None and dG is not None and dc is not None:
            dM = self.backprop_layer_norm(dM, M, G, stats, dG, dc)
        dZ = self.backprop_maxout(dM, which, nP).reshape((len(X), nO * nP))
        dW += self.gemm(dZ, V, trans1=True).reshape(W.shape)  # a reshaped dW may be a copy
        self.add_sum_rows(db, dZ.reshape((len(X), nO, nP)))
        if not need_dX:
            return None
        dX: Any = self.gemm(dZ, W.reshape((nO * nP, nI)))
        if window:
            dX = self.backprop_seq2col(dX, window, lengths=lengths)
        return cast(Floats2d, dX + dY if residual else dX)
