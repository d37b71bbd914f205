"""Glorot's initializers: the variance of signals kept both ways through a layer."""

from __future__ import annotations

from functools import partial
from math import sqrt

from ..ops import Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer, draw_normal, draw_uniform, fans


def glorot_uniform_init(ops: Ops, shape: Shape) -> FloatsXd:
    """Uniform in +-sqrt(6 / (s0 + s1)), for a shape (s0, s1, ...).

    Raises:
        ShapeError: The shape has fewer than two sizes.
    Source:
        Glorot & Bengio 2010, Understanding the difficulty of training deep networks, eq. 16.
    """
    nO, nI = fans("glorot_uniform_init", shape)
    limit = sqrt(6 / max(1, nO + nI))
    return draw_uniform(ops, shape, -limit, limit)


@registry.initializers("glorot_uniform_init.v1")
def configure_glorot_uniform_init() -> Initializer:
    """``glorot_uniform_init`` as a .cfg file names it."""
    return partial(glorot_uniform_init)


def glorot_normal_init(ops: Ops, shape: Shape) -> FloatsXd:
    """Normal with mean 0 and standard deviation sqrt(2 / (s0 + s1)), for a shape (s0, s1, ...).

    Raises:
        ShapeError: The shape has fewer than two sizes.
    Source:
        Glorot & Bengio 2010, Understanding the difficulty of training deep networks, eq. 16.
    """
    nO, nI = fans("glorot_normal_init", shape)
    return draw_normal(ops, shape, 0.0, sqrt(2 / max(1, nO + nI)))


@registry.initializers("glorot_normal_init.v1")
def configure_glorot_normal_init() -> Initializer:
    """``glorot_normal_init`` as a .cfg file names it."""
    return partial(glorot_normal_init)
