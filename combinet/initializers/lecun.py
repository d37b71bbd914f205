"""LeCun's initializers: the variance of signals kept forward through a linear layer."""

from __future__ import annotations

from functools import partial
from math import sqrt

from ..ops import Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer, draw_normal, draw_uniform, fans


def lecun_uniform_init(ops: Ops, shape: Shape) -> FloatsXd:
    """Uniform in +-sqrt(3 / s1), for a shape (s0, s1, ...).

    Raises:
        ShapeError: The shape has fewer than two sizes.
    Source:
        LeCun et al. 1998, Efficient backprop, section 4.6.
    """
    _, nI = fans("lecun_uniform_init", shape)
    limit = sqrt(3 / max(1, nI))
    return draw_uniform(ops, shape, -limit, limit)


@registry.initializers("lecun_uniform_init.v1")
def configure_lecun_uniform_init() -> Initializer:
    """``lecun_uniform_init`` as a .cfg file names it."""
    return partial(lecun_uniform_init)


def lecun_normal_init(ops: Ops, shape: Shape) -> FloatsXd:
    """Normal with mean 0 and standard deviation sqrt(1 / s1), for a shape (s0, s1, ...).

    Raises:
        ShapeError: The shape has fewer than two sizes.
    Source:
        LeCun et al. 1998, Efficient backprop, section 4.6.
    """
    _, nI = fans("lecun_normal_init", shape)
    return draw_normal(ops, shape, 0.0, sqrt(1 / max(1, nI)))


@registry.initializers("lecun_normal_init.v1")
def configure_lecun_normal_init() -> Initializer:
    """``lecun_normal_init`` as a .cfg file names it."""
    return partial(lecun_normal_init)
