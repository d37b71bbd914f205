"""select: one entry of a dict or of a tuple."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, overload

from .._guards import is_dict, is_tuple
from ..errors import DTypeError, UnknownName
from ..infer import Spec
from ..model import NO_DX, Model
from ..registry import registry
from ._entries import zeros_like


@overload
def select(key: str) -> Model[dict[str, Any], Any]: ...
@overload
def select(key: int) -> Model[tuple[Any, ...], Any]: ...
@registry.layers("select.v1")
def select(key: str | int) -> Model[Any, Any]:
    """Take one entry: ``Y = X[key]``. The gradient of the others is zero.

    ``named(text=select("words") >> f, image=select("pixels") >> g)`` goes from dict to dict.

    Args:
        key: The name in a dict, or the place in a tuple. Lives in ``attrs["key"]``.

    Raises:
        DTypeError: The input is neither.
        UnknownName: It has no such entry.
    """
    return Model(f"select({key!r})", _forward, attrs={"key": key}, infer=_infer)


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    ops, key = model.ops, model.attrs["key"]
    entries = _entries(model, X)
    if key not in entries:
        raise UnknownName(
            f"{model.name} finds no entry {key!r}", known=", ".join(map(repr, entries)) or "none"
        )

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        if not need_dX:
            return NO_DX
        gradients = {k: dY if k == key else zeros_like(ops, v) for k, v in entries.items()}
        return gradients if is_dict(X) else tuple(gradients.values())

    return entries[key], backprop


def _entries(model: Model[Any, Any], X: Any) -> Mapping[Any, Any]:
    if is_dict(X):
        return X
    if is_tuple(X):
        return dict(enumerate(X))
    raise DTypeError(
        f"{model.name} takes a dict or a tuple, got {type(X).__name__}",
        fix="named() makes a dict of several outputs, tuplify() a tuple",
    )


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    """Of a tuple the entry is known; what a dict holds is not, and waits for data."""
    key = model.attrs["key"]
    if x is None or x.container != "tuple" or not isinstance(key, int):
        return x, y
    if not 0 <= key < len(x.items):
        return x, y
    entry = x.items[key]
    if entry is None or y is None or y.width is None:
        return x, entry if y is None or entry is not None else y
    if entry.width is None:
        entry = entry.but(width=y.width, origin=y.origin)
    return x.but(items=(*x.items[:key], entry, *x.items[key + 1 :])), entry
