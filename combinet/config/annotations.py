"""Annotations as types: evaluated as far as their names are known, and shown as they are written.

A postponed annotation (a text) is evaluated in its function's module. Names that cannot be found
there, such as those imported for type checkers only, are looked up among combinet's types,
``typing`` and ``collections.abc``; what is still unknown is ``Unknown``, which fits everything.
"""

from __future__ import annotations

import builtins
import collections.abc
import functools
import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ForwardRef, TypeVar, Union

from .. import types as arrays
from .trees import is_list


class Unknown:
    """A type nobody could tell; it fits everything, whatever its parameters."""

    def __class_getitem__(cls, _parameters: object) -> type[Unknown]:
        return cls


def annotations_of(func: Callable[..., Any]) -> dict[str, Any]:
    """The types of a function's parameters and, under ``return``, of its result."""
    owner: Any = func
    while isinstance(owner, functools.partial):
        owner = owner.func
    owner = inspect.unwrap(owner)
    if inspect.isclass(owner):
        return {**_of_function(_init_of(owner)), "return": owner}
    if not inspect.isroutine(owner):
        owner = type(owner).__call__
    return _of_function(owner)


def plain(annotation: Any) -> Any:
    """The annotation without the wrappers that say nothing about the value."""
    while True:
        if hasattr(annotation, "__supertype__"):  # NewType
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        elif typing.get_origin(annotation) in _WRAPPERS:
            annotation = typing.get_args(annotation)[0]
        else:
            return annotation


def is_open(annotation: Any) -> bool:
    """Whether a type says nothing: Any, object, a type variable, something unknown."""
    if annotation in (Any, object, inspect.Parameter.empty, Unknown):
        return True
    return isinstance(annotation, TypeVar | ForwardRef | str | typing.ParamSpec)


def is_union(annotation: Any) -> bool:
    """Whether a type is ``A | B`` or ``Union[A, B]``."""
    return typing.get_origin(annotation) in (Union, types.UnionType)


def origin_of(annotation: Any) -> Any:
    """The class of a parametrized type, or the class itself."""
    return typing.get_origin(annotation) or annotation


def show(annotation: Any) -> str:
    """The type as one would write it: ``Model[list[Floats2d], Floats2d]``."""
    if annotation is None or annotation is type(None):
        return "None"
    if annotation is ...:
        return "..."
    if is_open(annotation) and not isinstance(annotation, TypeVar):
        return "Any"
    if (name := _alias_of(annotation)) is not None:
        return name
    if is_union(annotation):
        return " | ".join(show(a) for a in typing.get_args(annotation))
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return " | ".join(map(repr, args))
    if is_list(annotation):
        return f"[{', '.join(show(a) for a in annotation)}]"
    if origin is None or not args:
        return str(getattr(annotation, "__name__", annotation))
    return f"{_name_of(origin)}[{', '.join(show(a) for a in args)}]"


_WRAPPERS = (typing.Annotated, typing.ClassVar, typing.Final, typing.Required, typing.NotRequired)


def _name_of(origin: Any) -> str:
    return str(getattr(origin, "__name__", origin))


@functools.cache
def _aliases() -> dict[Any, str]:
    """combinet's names for types that have no name of their own, such as ``Floats2d``."""
    named = [(name, x) for name, x in vars(arrays).items() if typing.get_args(x)]
    return {x: name for name, x in named if typing.get_origin(x) is not tuple}


def _alias_of(annotation: Any) -> str | None:
    try:
        return _aliases().get(annotation)
    except TypeError:  # unhashable: the parameters of a Callable
        return None


def _init_of(cls: type) -> Any:
    made = cls.__init__ if cls.__init__ is not object.__init__ else cls.__new__  # type: ignore[misc]
    return made


def _of_function(func: Any) -> dict[str, Any]:
    names = _Names(func)
    return {name: _evaluated(x, names) for name, x in raw_annotations(func).items()}


def raw_annotations(func: Any) -> dict[str, Any]:
    """The annotations as they stand, without failing on names that are not there."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return dict(annotationlib.get_annotations(func, format=annotationlib.Format.FORWARDREF))
    return dict(getattr(func, "__annotations__", {}))


def _evaluated(annotation: Any, names: _Names) -> Any:
    text = annotation.__forward_arg__ if isinstance(annotation, ForwardRef) else annotation
    if not isinstance(text, str):
        return _inside(annotation, names)
    try:
        # the text comes from the source code of a registered function, never from a config
        return _inside(eval(text, {}, names), names)  # noqa: S307
    except Exception:  # noqa: BLE001 - an annotation may be any expression: it stays unchecked
        return Unknown


def _inside(annotation: Any, names: _Names) -> Any:
    """The type with the texts among its parameters evaluated: ``list["Doc"]``."""
    args = typing.get_args(annotation)
    if not any(isinstance(a, ForwardRef | str) for a in args):
        return annotation
    if typing.get_origin(annotation) is typing.Literal:
        return annotation
    new = tuple(_evaluated(a, names) if isinstance(a, ForwardRef | str) else a for a in args)
    if is_union(annotation):
        return functools.reduce(lambda a, b: Union[a, b], new)  # noqa: UP007
    return typing.get_origin(annotation)[new]


class _Names(Mapping[str, Any]):
    """The names an annotation may use, nearest first, and Unknown for all others."""

    def __init__(self, func: Any) -> None:
        closure = zip(
            getattr(getattr(func, "__code__", None), "co_freevars", ()),
            getattr(func, "__closure__", None) or (),
            strict=False,
        )
        model = sys.modules.get("combinet.model")  # of an outer ring: used if it is there
        self._spaces: list[Mapping[str, Any]] = [
            {name: cell.cell_contents for name, cell in closure if _is_set(cell)},
            getattr(func, "__globals__", {}),
            vars(builtins),
            vars(arrays),
            vars(model) if model is not None else {},
            vars(typing),
            vars(collections.abc),
        ]

    def __getitem__(self, name: str) -> Any:
        return next((space[name] for space in self._spaces if name in space), Unknown)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _is_set(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
