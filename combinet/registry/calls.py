"""How registered functions were called: what they made remembers it, so that it can be written.

A call keeps the calls of the models among its arguments, never the models: a description holds
no weights, and a later edit of an argument does not change it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable
from enum import Enum
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType
from typing import Any

# Tuples: a union would be made anew with each test of an argument.
_PLAIN = (str, int, float, type(None), Enum, PurePath)
_FUNCTION = (FunctionType, BuiltinFunctionType)


class Made:
    """What a call of a registered function may be noted on."""

    __slots__ = ()

    name: str
    made_by: Call | None


class Foreign:
    """An argument that no config can hold: its kind, and its name where that says more."""

    __slots__ = ("what",)

    def __init__(self, what: str) -> None:
        self.what = what


class Call:
    """One call of a registered function.

    Args:
        kind: The registry.
        name: As registered.
        args, kwargs: As given, with a ``Call`` for whatever a registered function made.
    """

    __slots__ = ("args", "kind", "kwargs", "name")

    def __init__(self, kind: str, name: str, args: Iterable[Any], kwargs: dict[str, Any]) -> None:
        self.kind, self.name = kind, name
        self.args = tuple(kept(value) for value in args)
        self.kwargs = {key: kept(value) for key, value in kwargs.items()}

    def __repr__(self) -> str:
        return f"<call of {self.name}>"


def remembering(kind: str, name: str, func: Any) -> Any:
    """``func`` with the same signature, which notes on what it makes how it was called.

    A class stays as it is: what it makes is not noted.
    """
    if inspect.isclass(func):
        return func

    @functools.wraps(func)
    def remembered(*args: Any, **kwargs: Any) -> Any:
        made = func(*args, **kwargs)
        if isinstance(made, Made) or _is_own(made):
            setattr(made, "made_by", Call(kind, name, args, kwargs))  # noqa: B010
        return made

    return remembered


def call_of(made: Any) -> Call | None:
    """The call that something was made by, where it remembers one."""
    found = getattr(made, "made_by", None)
    return found if isinstance(found, Call) else None


def is_local(function: Any) -> bool:
    """Whether a function was made by another one, rather than in a module."""
    return "<" in getattr(function, "__qualname__", "")


def _is_own(made: Any) -> bool:
    """Whether a function is new with each call, so that a note on it is about this call."""
    return isinstance(made, functools.partial) or (
        isinstance(made, FunctionType) and is_local(made)
    )


def kept(value: Any) -> Any:
    """What a call keeps of an argument: enough to write it, or to say why it cannot be."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Made):
        return value.made_by or Foreign(f"the model {value.name!r}")
    if isinstance(value, tuple | list):
        return _kept_row(value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, dict):
        return _kept_table(value)  # pyright: ignore[reportUnknownArgumentType]
    return call_of(value) or (value if _is_portable(value) else Foreign(_described(value)))


def _kept_row(row: tuple[Any, ...] | list[Any]) -> Any:
    # A row of plain values stays the object it is: it may grow later, in the model too.
    new = [kept(value) for value in row]
    return row if all(a is b for a, b in zip(new, row, strict=True)) else new


def _kept_table(table: dict[Any, Any]) -> dict[Any, Any]:
    new = {key: kept(value) for key, value in table.items()}
    return table if all(new[key] is value for key, value in table.items()) else new


def _is_portable(value: Any) -> bool:
    """Numbers of NumPy, and functions that pickle because a module has them."""
    if isinstance(value, functools.partial):
        return _is_portable(value.func)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    if isinstance(value, _FUNCTION):
        return not is_local(value)
    return getattr(value, "shape", None) == () and hasattr(value, "item")


def _described(value: Any) -> str:
    name = getattr(value, "__qualname__", "")
    return f"the function {name}" if name else f"a {type(value).__name__}"
