"""orthogonal_init: a matrix that keeps lengths and angles."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any

import numpy as np

from ..ops import NumpyOps, Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer, draw_normal, fans


def orthogonal_init(ops: Ops, shape: Shape, *, gain: float = 1.0) -> FloatsXd:
    """A random matrix with ``W W' = gain^2 I``, or ``W' W`` where it has more rows than columns.

    A shape (out, in, kernel...) is one matrix (out, in * kernel). Every orthogonal matrix is
    equally likely.

    Raises:
        ShapeError: The shape has fewer than two sizes.
    Source:
        Saxe et al. 2014, Exact solutions to the nonlinear dynamics of learning in deep linear
        networks; Mezzadri 2007, How to generate random matrices from the classical compact
        groups, for the signs.
    """
    fans("orthogonal_init", shape)
    rows, columns = shape[0], prod(shape[1:])
    long, short = max(rows, columns), min(rows, columns)
    numbers: Any = draw_normal(NumpyOps(), (long, short), 0.0, 1.0)
    Q, R = np.linalg.qr(numbers.astype("float64"))
    signs = np.where(np.diagonal(R) < 0, -1.0, 1.0)
    upright = gain * (Q * signs)
    W = np.ascontiguousarray(upright if rows >= columns else upright.T, dtype="float32")
    return ops.asarray_f(W.reshape(shape))


@registry.initializers("orthogonal_init.v1")
def configure_orthogonal_init(*, gain: float = 1.0) -> Initializer:
    """``orthogonal_init`` with this gain."""
    return partial(orthogonal_init, gain=gain)
