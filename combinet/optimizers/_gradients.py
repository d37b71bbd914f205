"""Gradients that no step can be taken on."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

import numpy as np

from ..errors import NonFiniteError
from ..types import Parameter


def refuse_not_finite(rows: Iterable[Parameter], optimizer: Any) -> None:
    """Raise unless all gradients are finite: before a step that is taken row by row.

    Args:
        rows: Those without a gradient are fine.
        optimizer: Of anybody; where it counts its steps as ours does, the error says which.

    Raises:
        NonFiniteError: A gradient holds NaN or infinite numbers.
    """
    for row in rows:
        if row.gradient is not None and not _is_finite(row.gradient):
            raise not_finite(row, optimizer)


def not_finite(row: Parameter, optimizer: Any) -> NonFiniteError:
    """Says which parameter it is, at which step, and how many of its numbers are bad."""
    dW: Any = row.gradient
    bad = dW.size - int(np.isfinite(dW).sum())
    layer = f" of {row.layer!r}" if row.layer else ""
    return NonFiniteError(
        f"the gradient of {row.path}{layer} holds NaN or infinite numbers",
        parameter=f"{row.path}, {bad} of {dW.size} numbers, shape {dW.shape}",
        **_step(row, optimizer),
        fix="no weight was changed; lower the learn_rate, or let combinet.testing.blame(model, "
        "X) find the layer that made it",
    )


def _step(row: Parameter, optimizer: Any) -> dict[str, str]:
    counts: Any = getattr(optimizer, "nr_update", None)
    if not hasattr(counts, "get"):
        return {}
    return {"step": f"{counts.get(row.key, 0) + 1} of this parameter, counted from 1"}


def _is_finite(dW: Any) -> bool:
    flat = dW.reshape((-1,))
    with np.errstate(over="ignore", invalid="ignore"):
        square = float(flat @ flat)
    return isfinite(square) or bool(np.isfinite(flat).all())
