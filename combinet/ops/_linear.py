"""Matrix products, and the two sums by which layers gather gradients."""

from __future__ import annotations

from typing import Any, cast

from ..errors import DTypeError, ShapeError
from ..types import Floats1d, Floats2d, FloatsXd
from ._base import BaseOps


class LinearOps(BaseOps):
    """Products of two matrices, by BLAS where the array module has it."""

    def gemm(
        self,
        x: Floats2d,
        y: Floats2d,
        out: Floats2d | None = None,
        trans1: bool = False,
        trans2: bool = False,
    ) -> Floats2d:
        """``x y``, each transposed first if so asked; written to ``out`` where it is given.

        Shapes:
            (n, k), (k, m) -> (n, m), after the transposing.

        Raises:
            ShapeError: The inner sizes differ, or ``out`` is not (n, m).
            DTypeError: The types differ.
        """
        left, right = self._factors(x, y, trans1, trans2)
        if out is None:
            return cast(Floats2d, self.xp.matmul(left, right))
        _check_out(out, left, right)
        self.xp.matmul(left, right, out=out)
        return out

    def add_gemm(
        self, out: Floats2d, x: Floats2d, y: Floats2d, trans1: bool = False, trans2: bool = False
    ) -> Floats2d:
        """``out += x y``: how a layer adds ``dY' X`` to the gradient of its weights.

        Shapes:
            (n, k), (k, m) after the transposing; out (n, m), which is returned.

        Raises:
            ShapeError, DTypeError: As for ``gemm``.
        """
        left, right = self._factors(x, y, trans1, trans2)
        _check_out(out, left, right)
        self.xp.add(out, self.xp.matmul(left, right), out=out)
        return out

    def affine(self, X: Floats2d, W: Floats2d, b: Floats1d) -> Floats2d:
        """``Y = X W' + b``.

        Shapes:
            X (batch, nI), W (nO, nI), b (nO,) -> Y (batch, nO).

        Raises:
            ShapeError: The widths do not fit.
            DTypeError: The types differ.
        """
        Y = self.gemm(X, W, trans2=True)
        if b.shape != Y.shape[1:] or b.dtype != Y.dtype:
            raise ShapeError(
                "a bias has one number for each output, of the same type",
                W=f"{W.dtype} {W.shape}",
                b=f"{b.dtype} {b.shape}",
            )
        return cast(Floats2d, self.xp.add(Y, b, out=Y))

    def add_sum_rows(self, out: FloatsXd, X: FloatsXd) -> FloatsXd:
        """``out += sum of the rows of X``: how a layer adds ``dY`` to the gradient of its bias.

        Shapes:
            X (batch, ...), out (...), which is returned.

        Raises:
            ShapeError: ``out`` does not have the shape of one row.
        """
        if X.ndim == 0 or out.shape != X.shape[1:]:
            raise ShapeError("the sum of rows has the shape of one", X=X.shape, out=out.shape)
        return cast(FloatsXd, self.xp.add(out, self.xp.sum(X, axis=0, dtype=X.dtype), out=out))

    def _factors(self, x: Floats2d, y: Floats2d, trans1: bool, trans2: bool) -> tuple[Any, Any]:
        self._check_2d(x=x, y=y)
        left, right = x.T if trans1 else x, y.T if trans2 else y
        if left.shape[1] != right.shape[0]:
            raise ShapeError(
                f"a matrix product needs one inner size, got {left.shape[1]} and {right.shape[0]}",
                x=f"{x.shape}{' transposed' if trans1 else ''}",
                y=f"{y.shape}{' transposed' if trans2 else ''}",
            )
        if x.dtype != y.dtype:
            raise DTypeError(
                "a matrix product needs two matrices of one type",
                fix="convert one of them with .astype()",
                x=x.dtype,
                y=y.dtype,
            )
        return left, right


def _check_out(out: Floats2d, left: Any, right: Any) -> None:
    shape = (left.shape[0], right.shape[1])
    if out.shape != shape or out.dtype != left.dtype:
        raise ShapeError(
            f"the product is {left.dtype} {shape}, out is {out.dtype} {out.shape}",
            fix="give an out of that shape and type",
        )
