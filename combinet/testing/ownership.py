"""read_only: find a layer that writes into an array that is not its own."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import CombinetError
from ..model import Model
from ._values import Leaf, leaves


class OwnershipError(CombinetError, AssertionError):
    """A layer wrote into an input, a gradient it was given, or an array it handed out."""


@contextmanager
def read_only(model: Model[Any, Any] | None = None) -> Generator[None]:
    """Inside the block, what passes between nodes cannot be written.

    Every input, output, ``dY`` and ``dX`` becomes read-only as it passes; what was written
    all the same, by a kernel or through a base array, is found at the end of the block.

    Args:
        model: Guards the nodes of this tree; every model that runs when omitted.

    Raises:
        OwnershipError: Something was written that is not the writer's own.
    """
    nodes = None if model is None else set(model.walk())
    guard = _Guard()
    plain = vars(Model)["__call__"]

    def guarded(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        if nodes is not None and model not in nodes:
            return plain(model, X, is_train)
        guard.lock(X, f"the input of {model.name}")
        with naming_writes(model.name):
            Y, backprop = plain(model, X, is_train)
        guard.lock(Y, f"the output of {model.name}")
        return Y, guard.around(backprop, model.name)

    Model.__call__ = guarded  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Model.__call__ = plain  # type: ignore[method-assign]
        guard.unlock()
    guard.compare()


@contextmanager
def naming_writes(name: str) -> Generator[None]:
    """Turn NumPy's error for a write into a read-only array into ours."""
    try:
        yield
    except ValueError as error:
        if isinstance(error, CombinetError) or "read-only" not in str(error):
            raise
        raise OwnershipError(
            f"{name} writes into an array that is not its own",
            numpy=str(error),
            fix="write into arrays the layer allocated itself, and no more once they are out",
        ) from error


class _Guard:
    """The arrays that passed, each with a copy of what it held."""

    def __init__(self) -> None:
        self.passed: dict[int, tuple[str, Any, Any, bool]] = {}

    def lock(self, value: Any, what: str) -> None:
        """Make the arrays of ``value`` read-only and remember what they hold."""
        for leaf in leaves(value, what).values():
            array = leaf.array
            if id(array) in self.passed or _writable(leaf) is None:
                continue
            self.passed[id(array)] = (leaf.where, array, array.copy(), bool(_writable(leaf)))
            array.flags.writeable = False

    def around(self, backprop: Callable[..., Any], name: str) -> Callable[..., Any]:
        """``backprop`` with a read-only dY, and a read-only dX."""

        def guarded(dY: Any, **options: bool) -> Any:
            self.lock(dY, f"the gradient given to {name}")
            with naming_writes(f"the backprop of {name}"):
                dX = backprop(dY, **options)
            self.lock(dX, f"the gradient returned by {name}")
            return dX

        def skipping(dY: Any, *, need_dX: bool = True) -> Any:
            return guarded(dY, need_dX=need_dX)

        has_option = "need_dX" in (getattr(backprop, "__kwdefaults__", None) or ())
        return skipping if has_option else guarded

    def unlock(self) -> None:
        """Make writable again what was; a view can be only after the array it looks at."""
        for _, array, _, was_writable in sorted(self.passed.values(), key=_is_view):
            if was_writable:
                array.flags.writeable = True

    def compare(self) -> None:
        """Raise when an array holds other numbers than when it passed."""
        for what, array, before, _ in self.passed.values():
            if not np.array_equal(array, before, equal_nan=before.dtype.kind == "f"):
                raise OwnershipError(
                    f"{what} was written after it had passed",
                    array=f"{array.dtype} {array.shape}",
                    fix="write into arrays the layer allocated itself, and no more once they "
                    "are out",
                )


def _is_view(entry: tuple[str, Any, Any, bool]) -> bool:
    return entry[1].base is not None


def _writable(leaf: Leaf) -> bool | None:
    """None for an array of a backend that has no such flag."""
    flags = getattr(leaf.array, "flags", None)
    return getattr(flags, "writeable", None)
