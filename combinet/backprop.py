"""What callers of a backprop can ask for: no gradient of the input, or no training at all."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

#: What a backprop returns when it is called with ``need_dX=False``.
NO_DX: Any = None


only_predicting: ContextVar[bool] = ContextVar("predict_only", default=False)


@contextmanager
def predict_only() -> Generator[None]:
    """Inside the block, in this thread, ``begin_update`` runs every model as ``predict`` does."""
    token = only_predicting.set(True)
    try:
        yield
    finally:
        only_predicting.reset(token)


def without_dX(backprop: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``backprop`` for the gradients of its parameters alone: it returns ``NO_DX``.

    A backprop that can save itself the gradient of its input takes a keyword-only
    ``need_dX``; of another one the input's gradient is dropped.
    """
    skipping: Any = backprop
    if "need_dX" in (getattr(backprop, "__kwdefaults__", None) or ()):
        return lambda dY: skipping(dY, need_dX=False)

    def drop(dY: Any) -> Any:
        skipping(dY)
        return NO_DX

    return drop
