"""sparse_init: each input feeds a few outputs only."""

from __future__ import annotations

from functools import partial
from math import ceil
from typing import Any

from ..errors import ConfigError, ShapeError
from ..ops import NumpyOps, Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer, draw_normal, draw_uniform


def sparse_init(ops: Ops, shape: Shape, *, sparsity: float, std: float = 0.01) -> FloatsXd:
    """Normal, mean 0 and deviation ``std``; in each column a share ``sparsity`` of zeros.

    Args:
        sparsity: From 0 to 1; the number of zeros is rounded up.

    Shapes:
        (nO, nI): a column holds what one input is multiplied by.

    Raises:
        ShapeError: The shape is not that of a matrix.
        ConfigError: ``sparsity`` is no share.
    Source:
        Martens 2010, Deep learning via Hessian-free optimization, section 5.
    """
    if len(shape) != 2:
        raise ShapeError("sparse_init makes matrices", shape=shape)
    if not 0 <= sparsity <= 1:
        raise ConfigError("sparsity is a share, from 0 to 1", got=sparsity)
    zeros = ceil(sparsity * shape[0])
    W: Any = draw_normal(NumpyOps(), shape, 0.0, std)
    order: Any = draw_uniform(NumpyOps(), shape, 0.0, 1.0)
    W[order.argsort(axis=0).argsort(axis=0) < zeros] = 0
    return ops.asarray_f(W)


@registry.initializers("sparse_init.v1")
def configure_sparse_init(*, sparsity: float, std: float = 0.01) -> Initializer:
    """``sparse_init`` with these settings."""
    return partial(sparse_init, sparsity=sparsity, std=std)
