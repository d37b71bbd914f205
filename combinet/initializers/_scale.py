"""How large weights are to be: torch's counting of fans, and gains of activations."""

from __future__ import annotations

from math import prod, sqrt
from typing import Literal, TypeAlias

from ..errors import ConfigError
from ..types import Shape
from ._draw import fans

Nonlinearity: TypeAlias = Literal["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]
Mode: TypeAlias = Literal["fan_in", "fan_out"]

_GAINS: dict[str, float] = {
    "linear": 1.0,
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "relu": sqrt(2.0),
    "selu": 3 / 4,
}


def kernel_fans(name: str, shape: Shape) -> tuple[int, int]:
    """(fan in, fan out) of a shape (out, in, kernel...): each counts every place of the kernel.

    Raises:
        ShapeError: There are fewer than two sizes.
    """
    nO, nI = fans(name, shape)
    places = prod(shape[2:])
    return nI * places, nO * places


def gain_of(nonlinearity: Nonlinearity, a: float = 0.0) -> float:
    """The factor that keeps the variance through an activation, as torch has it.

    Args:
        nonlinearity: The activation that follows.
        a: The slope of a leaky_relu below zero.

    Raises:
        ConfigError: There is no such activation here.
    """
    if nonlinearity == "leaky_relu":
        return sqrt(2 / (1 + a * a))
    if nonlinearity not in _GAINS:
        raise ConfigError(
            f"there is no gain for {nonlinearity!r}",
            known=", ".join(sorted([*_GAINS, "leaky_relu"])),
        )
    return _GAINS[nonlinearity]
