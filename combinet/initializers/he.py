"""He's initializers: the variance of signals kept forward through rectified layers."""

from __future__ import annotations

from functools import partial
from math import sqrt

from ..ops import Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer, draw_normal, draw_uniform, fans


def he_uniform_init(ops: Ops, shape: Shape) -> FloatsXd:
    """Uniform in +-sqrt(6 / s1), for a shape (s0, s1, ...).

    Raises:
        ShapeError: The shape has fewer than two sizes.
    Source:
        He et al. 2015, Delving deep into rectifiers, eq. 10.
    """
    _, nI = fans("he_uniform_init", shape)
    limit = sqrt(6 / max(1, nI))
    return draw_uniform(ops, shape, -limit, limit)


@registry.initializers("he_uniform_init.v1")
def configure_he_uniform_init() -> Initializer:
    """``he_uniform_init`` as a .cfg file names it."""
    return partial(he_uniform_init)


def he_normal_init(ops: Ops, shape: Shape) -> FloatsXd:
    """Normal with mean 0 and standard deviation sqrt(2 / s1), for a shape (s0, s1, ...).

    Raises:
        ShapeError: The shape has fewer than two sizes.
    Source:
        He et al. 2015, Delving deep into rectifiers, eq. 10.
    """
    _, nI = fans("he_normal_init", shape)
    return draw_normal(ops, shape, 0.0, sqrt(2 / max(1, nI)))


@registry.initializers("he_normal_init.v1")
def configure_he_normal_init() -> Initializer:
    """``he_normal_init`` as a .cfg file names it."""
    return partial(he_normal_init)
