"""Gradients of values in dicts: added, and zero for what was not used."""

from __future__ import annotations

from typing import Any

from .._guards import is_dict, is_tuple
from ..ops import Ops
from ._pack import add_up, kind_of, pack


def is_words(value: Any) -> bool:
    """Whether it is a list without arrays: it has no gradient, or an empty list for one."""
    return kind_of(value) == "list" and not all(hasattr(item, "dtype") for item in value)


def zeros_like(ops: Ops, X: Any) -> Any:
    """The gradient of what was not used: zeros, or an empty list for words."""
    if is_dict(X):
        return {key: zeros_like(ops, value) for key, value in X.items()}
    if is_tuple(X):
        return tuple(zeros_like(ops, item) for item in X)
    if is_words(X):
        return []
    rows, restore = pack(ops, X)
    return restore(ops.alloc(rows.shape, dtype=rows.dtype))


def add_entries(first: Any, second: Any) -> Any:
    """The sum of two gradients of one input; of dicts, entry by entry."""
    if is_dict(first):
        return {key: add_entries(value, second[key]) for key, value in first.items()}
    if _is_nothing(first):
        return second
    return first if _is_nothing(second) else add_up(first, second)


def _is_nothing(dX: Any) -> bool:
    """Layers of words return an empty list: their input has no gradient."""
    return dX is None or (type(dX) is list and not dX)
