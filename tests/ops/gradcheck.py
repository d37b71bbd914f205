"""Is a backprop the gradient of its forward? Asked in one random direction, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def assert_gradient(
    forward: Callable[[Any], Any],
    backward: Callable[[Any], Any],
    X: Any,
    *,
    seed: int = 0,
    step: float = 1e-5,
    tolerance: float = 1e-7,
) -> None:
    """``backward(R)`` must be the gradient of ``sum(forward(X) * R)`` by X, for a random R.

    The derivative along a random direction D is compared: ``sum(backward(R) * D)`` and the
    central difference over ``2 step``.
    """
    rng = np.random.default_rng(seed)
    R = rng.standard_normal(forward(X).shape)
    D = rng.standard_normal(X.shape)
    dX = backward(R)
    assert dX.shape == X.shape
    analytic = float(np.sum(dX * D))
    above, below = forward(X + step * D), forward(X - step * D)
    numeric = float(np.sum((above - below) * R)) / (2 * step)
    scale = float(np.sum(np.abs(dX * D))) + 1e-12
    assert abs(analytic - numeric) <= tolerance * scale, (analytic, numeric)
