"""What happens to the gradients of a whole batch before any weight is changed."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, sqrt
from typing import Any

import numpy as np

from ..errors import NonFiniteError
from ..types import Parameter


def finite_norms(rows: Sequence[Parameter]) -> list[float]:
    """The norm of each gradient; on a GPU they come over in one transfer.

    Raises:
        NonFiniteError: A gradient holds a NaN or an infinity; the first is named.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        squares = [_square(row.gradient) for row in rows]
    if squares and hasattr(squares[0], "get"):
        squares = np.stack(squares).tolist()
    return [
        sqrt(square) if isfinite(square) else _norm_in_full(row)
        for row, square in zip(rows, squares, strict=True)
    ]


def clip_values(rows: Sequence[Parameter], limit: float) -> None:
    """Cut every number of the gradients to [-limit, limit]."""
    for row in rows:
        dW: Any = row.gradient
        np.clip(dW, -limit, limit, out=dW)


def clip_global_norm(
    rows: Sequence[Parameter], norms: Sequence[float], limit: float
) -> list[float]:
    """Scale all gradients by one factor so that together they are no longer than ``limit``."""
    total = sqrt(sum(norm * norm for norm in norms))
    if total <= limit:
        return list(norms)
    factor = limit / total
    for row in rows:
        dW: Any = row.gradient
        dW *= factor
    return [norm * factor for norm in norms]


def _square(dW: Any) -> Any:
    flat = dW.reshape((-1,))
    return flat @ flat


def _norm_in_full(row: Parameter) -> float:
    """The norm where the sum of squares overflowed, or the error."""
    dW: Any = row.gradient
    bad = dW.size - int(np.isfinite(dW).sum())
    if bad:
        raise NonFiniteError(
            f"the gradient of {row.path} holds NaN or infinite numbers",
            parameter=f"{row.path}, {bad} of {dW.size} numbers, shape {dW.shape}",
            fix="no weight was changed; lower the learn_rate, or let combinet.testing.blame(model, "
            "X) find the layer that made it",
        )
    largest = float(abs(dW).max())
    scaled: Any = (dW / largest).astype("float64")
    return largest * sqrt(float(_square(scaled)))
