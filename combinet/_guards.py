"""``isinstance`` that tells type checkers no more than is true: the items may be anything."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether this is a list."""
    return isinstance(value, list)


def is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    """Whether this is a tuple."""
    return isinstance(value, tuple)


def is_dict(value: object) -> TypeGuard[dict[Any, Any]]:
    """Whether this is a dict."""
    return isinstance(value, dict)


def is_host_array(value: Any) -> bool:
    """Whether this is an array in the memory of the CPU."""
    return isinstance(value, np.ndarray)
