"""Arrays of any rank as rows, and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any


def to_rows(X: Any) -> tuple[Any, Callable[[Any], Any]]:
    """All axes but the last as one, and what gives a result of as many rows those axes."""
    before = X.shape[:-1]
    return X.reshape((prod(before), X.shape[-1])), partial(_restored, before)


def _restored(before: tuple[int, ...], Y: Any) -> Any:
    return Y.reshape((*before, *Y.shape[1:]))
