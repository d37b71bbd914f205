"""Values in every container, and what is inside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from combinet.model import Model
from combinet.ops import get_ops
from combinet.types import Padded, Ragged


def floats(*shape: int, seed: int = 0) -> Any:
    """Normally distributed float32 numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


#: Of the sequences in each container.
LENGTHS = np.array([2, 0, 4], dtype="int32")


def in_container(kind: str, rows: Any) -> Any:
    """A copy of six rows in a container."""
    items = [rows[:2].copy(), rows[2:2].copy(), rows[2:6].copy()]
    if kind == "Ragged":
        return Ragged(rows.copy(), LENGTHS)
    if kind == "Padded":
        return get_ops("cpu").list2padded(items)
    return items if kind == "list" else rows.copy()


#: Rows of width 4: the same numbers in each container.
VALUES: dict[str, Any] = {
    kind: in_container(kind, floats(6, 4)) for kind in ("array", "list", "Ragged", "Padded")
}
ROWS, ITEMS = VALUES["array"], VALUES["list"]


def rows_of(value: Any) -> Any:
    """The rows of a value as one array, in the order of ``ROWS``."""
    if isinstance(value, Ragged):
        return value.data
    if isinstance(value, Padded):
        return np.concatenate(get_ops("cpu").padded2list(value))
    return np.concatenate(value) if isinstance(value, list) else value


def function(
    forward: Callable[[Any], Any], backward: Callable[[Any], Any] | None = None
) -> Model[Any, Any]:
    """A model that only computes; its backprop records what it is given."""

    def run(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        def backprop(dY: Any) -> Any:
            model.attrs["dY"] = dY
            return dY if backward is None else backward(dY)

        return forward(X), backprop

    return Model("function", run)
