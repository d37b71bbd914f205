"""tap: read what goes through a place of a network, forward and back."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Literal, TypeAlias, TypeVar

from ..model import Model, without_dX
from ..registry import registry
from ._see_through import see_through

In = TypeVar("In")
Out = TypeVar("Out")

#: Called with "output" and Y in the forward pass, with "gradient" and dY in the backward pass.
Listener: TypeAlias = Callable[[Literal["output", "gradient"], Any], None]

_records: ContextVar[dict[str, Tapped] | None] = ContextVar("taps", default=None)


class Tapped:
    """What went through one tap, in the order of the calls.

    Attributes:
        outputs: Of the layer.
        gradients: Of these outputs, as backprop was given them.
    """

    __slots__ = ("gradients", "outputs")

    def __init__(self) -> None:
        self.outputs: list[Any] = []
        self.gradients: list[Any] = []


@registry.layers("tap.v1")
def tap(layer: Model[In, Out], to: str | Listener) -> Model[In, Out]:
    """``Y = f(X)``, with ``Y`` and ``dY`` shown to who listens. Takes no place in paths.

    Args:
        layer: The layer whose output is read.
        to: A name, under which values are found in a block of ``tapped``; or a function that is
            called ``to("output", Y)`` and ``to("gradient", dY)``. It may not write into them.

    Example:
        >>> from combinet import Linear, Relu
        >>> from combinet.combinators import tap, tapped
        >>> model = (tap(Relu(4, 2), "hidden") >> Linear(3)).initialize()
        >>> with tapped() as seen:
        ...     _ = model.predict(model.ops.alloc2f(5, 2))
        >>> seen["hidden"].outputs[0].shape
        (5, 4)
    """
    if isinstance(to, str):
        return see_through("tap", layer, _forward, attrs={"name": to})
    return see_through("tap", layer, partial(_forward, listener=to))


@contextmanager
def tapped() -> Generator[dict[str, Tapped]]:
    """Inside the block, in this thread, keep what goes through every tap that has a name."""
    records: dict[str, Tapped] = {}
    token = _records.set(records)
    try:
        yield records
    finally:
        _records.reset(token)


def _forward(
    model: Model[Any, Any], X: Any, is_train: bool, listener: Listener | None = None
) -> tuple[Any, Callable[[Any], Any]]:
    listener = listener or partial(_record, model.attrs["name"])
    Y, run = model.layers[0](X, is_train)
    listener("output", Y)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        listener("gradient", dY)
        return run(dY) if need_dX else without_dX(run)(dY)

    return Y, backprop


def _record(name: str, kind: str, value: Any) -> None:
    records = _records.get()
    if records is not None:
        found = records.setdefault(name, Tapped())
        (found.outputs if kind == "output" else found.gradients).append(value)
