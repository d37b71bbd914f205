"""uniform_unit_scaling_init: outputs about as large as inputs."""

from __future__ import annotations

from functools import partial
from math import sqrt

from ..ops import Ops
from ..registry import registry
from ..types import FloatsXd, Shape
from ._draw import Initializer, draw_uniform
from ._scale import Nonlinearity, gain_of, kernel_fans


def uniform_unit_scaling_init(
    ops: Ops, shape: Shape, *, nonlinearity: Nonlinearity = "linear"
) -> FloatsXd:
    """Uniform in +-gain sqrt(3 / fan in), for a shape (out, in, kernel...).

    AllenNLP's function of this name counts every size but the last as the input; here, as in
    torch, the first is the output.

    Args:
        nonlinearity: The activation that follows; it sets the gain.

    Raises:
        ShapeError: The shape has fewer than two sizes.
        ConfigError: An unknown nonlinearity.
    Source:
        Sussillo & Abbott 2014, Random walk initialization for training very deep networks.
    """
    fan_in, _ = kernel_fans("uniform_unit_scaling_init", shape)
    limit = gain_of(nonlinearity) * sqrt(3 / max(1, fan_in))
    return draw_uniform(ops, shape, -limit, limit)


@registry.initializers("uniform_unit_scaling_init.v1")
def configure_uniform_unit_scaling_init(*, nonlinearity: Nonlinearity = "linear") -> Initializer:
    """``uniform_unit_scaling_init`` with this gain."""
    return partial(uniform_unit_scaling_init, nonlinearity=nonlinearity)
