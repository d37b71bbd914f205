"""Kaiming He's initializers with all their settings, and torch's counting of kernels."""

from __future__ import annotations

from functools import partial
from math import sqrt

from ..errors import ConfigError
from ..ops import Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer, draw_normal, draw_uniform
from ._scale import Mode, Nonlinearity, gain_of, kernel_fans


def kaiming_uniform_init(
    ops: Ops,
    shape: Shape,
    *,
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
) -> FloatsXd:
    """Uniform in +-gain sqrt(3 / fan), for a shape (out, in, kernel...).

    Args:
        a: The slope of a leaky_relu below zero.
        mode: "fan_in" keeps the variance forward, "fan_out" backward.
        nonlinearity: The activation that follows; it sets the gain.

    Raises:
        ShapeError: The shape has fewer than two sizes.
        ConfigError: An unknown mode or nonlinearity.
    Source:
        He et al. 2015, Delving deep into rectifiers, eq. 10, 14 and 15.
    """
    limit = sqrt(3) * _deviation("kaiming_uniform_init", shape, a, mode, nonlinearity)
    return draw_uniform(ops, shape, -limit, limit)


@registry.initializers("kaiming_uniform_init.v1")
def configure_kaiming_uniform_init(
    *, a: float = 0.0, mode: Mode = "fan_in", nonlinearity: Nonlinearity = "leaky_relu"
) -> Initializer:
    """``kaiming_uniform_init`` with these settings."""
    return partial(kaiming_uniform_init, a=a, mode=mode, nonlinearity=nonlinearity)


def kaiming_normal_init(
    ops: Ops,
    shape: Shape,
    *,
    a: float = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
) -> FloatsXd:
    """Normal, mean 0, deviation gain / sqrt(fan); arguments as ``kaiming_uniform_init``.

    Raises:
        ShapeError: The shape has fewer than two sizes.
        ConfigError: An unknown mode or nonlinearity.
    Source:
        He et al. 2015, Delving deep into rectifiers, eq. 10, 14 and 15.
    """
    deviation = _deviation("kaiming_normal_init", shape, a, mode, nonlinearity)
    return draw_normal(ops, shape, 0.0, deviation)


@registry.initializers("kaiming_normal_init.v1")
def configure_kaiming_normal_init(
    *, a: float = 0.0, mode: Mode = "fan_in", nonlinearity: Nonlinearity = "leaky_relu"
) -> Initializer:
    """``kaiming_normal_init`` with these settings."""
    return partial(kaiming_normal_init, a=a, mode=mode, nonlinearity=nonlinearity)


def _deviation(name: str, shape: Shape, a: float, mode: Mode, nonlinearity: Nonlinearity) -> float:
    counted = dict(zip(("fan_in", "fan_out"), kernel_fans(name, shape), strict=True))
    if mode not in counted:
        raise ConfigError(f"{name} has no mode {mode!r}", modes="fan_in, fan_out")
    return gain_of(nonlinearity, a) / sqrt(max(1, counted[mode]))
