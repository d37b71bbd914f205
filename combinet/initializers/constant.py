"""Initializers that draw nothing."""

from __future__ import annotations

from functools import partial

from ..ops import Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer


def constant_init(ops: Ops, shape: Shape, *, val: float) -> FloatsXd:
    """``val`` everywhere."""
    W: FloatsXd = ops.xp.full(shape, val, dtype="float32")
    return W


@registry.initializers("constant_init.v1")
def configure_constant_init(*, val: float) -> Initializer:
    """``constant_init`` with this value."""
    return partial(constant_init, val=val)


def one_init(ops: Ops, shape: Shape) -> FloatsXd:
    """Ones."""
    return constant_init(ops, shape, val=1.0)


@registry.initializers("one_init.v1")
def configure_one_init() -> Initializer:
    """``one_init`` as a .cfg file names it."""
    return partial(one_init)
