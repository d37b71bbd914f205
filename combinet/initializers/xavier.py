"""Xavier's initializers: Glorot's with a gain, and with torch's counting of kernels."""

from __future__ import annotations

from functools import partial
from math import sqrt

from ..ops import Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer, draw_normal, draw_uniform
from ._scale import kernel_fans


def xavier_uniform_init(ops: Ops, shape: Shape, *, gain: float = 1.0) -> FloatsXd:
    """Uniform in +-gain sqrt(6 / (fan in + fan out)), for a shape (out, in, kernel...).

    Args:
        gain: 5/3 for tanh, sqrt(2) for relu.

    Raises:
        ShapeError: The shape has fewer than two sizes.
    Source:
        Glorot & Bengio 2010, Understanding the difficulty of training deep networks, eq. 16.
    """
    limit = gain * sqrt(6 / max(1, sum(kernel_fans("xavier_uniform_init", shape))))
    return draw_uniform(ops, shape, -limit, limit)


@registry.initializers("xavier_uniform_init.v1")
def configure_xavier_uniform_init(*, gain: float = 1.0) -> Initializer:
    """``xavier_uniform_init`` with this gain."""
    return partial(xavier_uniform_init, gain=gain)


def xavier_normal_init(ops: Ops, shape: Shape, *, gain: float = 1.0) -> FloatsXd:
    """Normal, mean 0, deviation gain sqrt(2 / (fan in + fan out)), for (out, in, kernel...).

    Args:
        gain: 5/3 for tanh, sqrt(2) for relu.

    Raises:
        ShapeError: The shape has fewer than two sizes.
    Source:
        Glorot & Bengio 2010, Understanding the difficulty of training deep networks, eq. 12.
    """
    deviation = gain * sqrt(2 / max(1, sum(kernel_fans("xavier_normal_init", shape))))
    return draw_normal(ops, shape, 0.0, deviation)


@registry.initializers("xavier_normal_init.v1")
def configure_xavier_normal_init(*, gain: float = 1.0) -> Initializer:
    """``xavier_normal_init`` with this gain."""
    return partial(xavier_normal_init, gain=gain)
