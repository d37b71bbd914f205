"""What the initializers share: their type, and draws that do not depend on the device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ..errors import ShapeError
from ..ops import Ops
from ..rng import current_generator
from ..types import FloatsXd, Shape

Initializer: TypeAlias = Callable[[Ops, Shape], FloatsXd]


def draw_uniform(ops: Ops, shape: Shape, lo: float, hi: float) -> FloatsXd:
    """float32 numbers in [lo, hi), drawn on the CPU and moved to where ``ops`` keeps arrays."""
    numbers: Any = current_generator().random(shape, dtype=np.float32)
    numbers *= hi - lo
    numbers += lo
    return ops.asarray(numbers)


def draw_normal(ops: Ops, shape: Shape, mean: float, std: float) -> FloatsXd:
    """float32 numbers of a normal distribution, drawn on the CPU and moved like the others."""
    numbers: Any = current_generator().standard_normal(shape, dtype=np.float32)
    numbers *= std
    numbers += mean
    return ops.asarray(numbers)


def fans(name: str, shape: Shape) -> tuple[int, int]:
    """The first two sizes of ``shape``, (out, in) for a matrix of weights.

    Raises:
        ShapeError: There are not two.
    """
    if len(shape) < 2:
        raise ShapeError(
            f"{name} takes its scale from two sizes, and the shape has {len(shape)}",
            shape=shape,
            fix="use zero_init, uniform_init or normal_init for this parameter",
        )
    return shape[0], shape[1]
