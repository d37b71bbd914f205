"""Initializers whose numbers do not depend on the shape."""

from __future__ import annotations

from functools import partial

from ..ops import Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer, draw_normal, draw_uniform


def zero_init(ops: Ops, shape: Shape) -> FloatsXd:
    """Zeros."""
    return ops.alloc(shape)


@registry.initializers("zero_init.v1")
def configure_zero_init() -> Initializer:
    """``zero_init`` as a .cfg file names it."""
    return partial(zero_init)


def uniform_init(ops: Ops, shape: Shape, *, lo: float = -0.1, hi: float = 0.1) -> FloatsXd:
    """Uniform in [lo, hi)."""
    return draw_uniform(ops, shape, lo, hi)


@registry.initializers("uniform_init.v1")
def configure_uniform_init(*, lo: float = -0.1, hi: float = 0.1) -> Initializer:
    """``uniform_init`` with these limits."""
    return partial(uniform_init, lo=lo, hi=hi)


def normal_init(ops: Ops, shape: Shape, *, mean: float = 0.0, std: float = 0.1) -> FloatsXd:
    """Normal with this mean and standard deviation.

    Thinc's function of this name has no ``std`` and takes ``mean`` for it, so that its default
    gives zeros. Here each means what it says.
    """
    return draw_normal(ops, shape, mean, std)


@registry.initializers("normal_init.v1")
def configure_normal_init(*, mean: float = 0.0, std: float = 0.1) -> Initializer:
    """``normal_init`` with this mean and standard deviation."""
    return partial(normal_init, mean=mean, std=std)
