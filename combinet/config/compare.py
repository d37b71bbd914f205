"""Whether what one function gives can be what another one takes, judged by their annotations.

Only a pair that can never fit is a misfit: a result annotated as ``FloatsXd`` may well be
the ``Floats2d`` that is asked for.
"""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from typing import Any, TypeVar

from .annotations import is_open, is_union, origin_of, plain

CALLABLE: Any = collections.abc.Callable
_NUMBERS: dict[Any, tuple[Any, ...]] = {float: (int,), complex: (int, float)}


def fits(given: Any, wanted: Any) -> bool:
    """Whether some value of the type ``given`` is of the type ``wanted``."""
    given, wanted = _class_of_none(plain(given)), _class_of_none(plain(wanted))
    if is_open(given) or is_open(wanted) or given is wanted:
        return True
    if is_union(given) or is_union(wanted):
        givens = typing.get_args(given) if is_union(given) else (given,)
        wanteds = typing.get_args(wanted) if is_union(wanted) else (wanted,)
        return any(fits(g, w) for g in givens for w in wanteds)
    if typing.get_origin(given) is typing.Literal:
        return any(fits(type(value), wanted) for value in typing.get_args(given))
    if typing.get_origin(wanted) is typing.Literal:
        return any(fits(given, type(value)) for value in typing.get_args(wanted))
    if not _origins_fit(origin_of(given), origin_of(wanted)):
        return False
    return _parameters_fit(given, wanted)


def bound(wanted: Any, given: Any, variables: dict[Any, Any]) -> None:
    """Note what the type variables of a parameter stand for in what was given for it."""
    if isinstance(wanted, TypeVar):
        variables.setdefault(wanted, given)
    elif not is_open(wanted) and origin_of(wanted) is origin_of(given):
        for inner, other in zip(typing.get_args(wanted), typing.get_args(given), strict=False):
            bound(inner, other, variables)


def substituted(annotation: Any, variables: dict[Any, Any]) -> Any:
    """The type with its type variables replaced by what they stand for."""
    if isinstance(annotation, TypeVar):
        return variables.get(annotation, annotation)
    names = getattr(annotation, "__parameters__", ())
    if not names or inspect.isclass(annotation):
        return annotation
    return annotation[tuple(variables.get(name, name) for name in names)]


def _class_of_none(annotation: Any) -> Any:
    return type(None) if annotation is None else annotation


def _origins_fit(given: Any, wanted: Any) -> bool:
    if wanted is CALLABLE or given is CALLABLE:
        other = given if wanted is CALLABLE else wanted
        return not inspect.isclass(other) or _has(other, "__call__")
    if not inspect.isclass(given) or not inspect.isclass(wanted):
        return True
    if given in _NUMBERS.get(wanted, ()):
        return True
    if protocol(given) or protocol(wanted):
        return _protocols_fit(given, wanted)
    try:
        return issubclass(given, wanted) or issubclass(wanted, given)
    except TypeError:  # a class that refuses to be asked
        return True


def protocol(cls: Any) -> bool:
    """Whether a class only says what attributes its objects have."""
    return bool(getattr(cls, "_is_protocol", False))


def attributes(cls: type) -> set[str]:
    """The attributes that a protocol asks for."""
    names: set[str] = set()
    for base in cls.__mro__:
        if protocol(base) and base.__name__ not in ("Protocol", "Generic"):
            names |= {*vars(base), *getattr(base, "__annotations__", {})}
    return {name for name in names if name not in _NOT_ASKED and not name.startswith("_abc_")}


_NOT_ASKED = {*vars(types.new_class("P", (typing.Protocol,)))} | {
    *vars(types.new_class("P", (typing.Generic[TypeVar("T")],))),  # type: ignore[index]
    "__type_params__",
    "__non_callable_proto_members__",
    "__class_getitem__",
    "__static_attributes__",
    "__firstlineno__",
    "__annotate__",
    "__annotate_func__",
    "__annotations_cache__",
    "__annotations__",
    "__slots__",
}


def _protocols_fit(given: type, wanted: type) -> bool:
    if protocol(given) and protocol(wanted):
        mine, theirs = attributes(given), attributes(wanted)
        return mine <= theirs or theirs <= mine
    one, other = (given, wanted) if protocol(wanted) else (wanted, given)
    return all(_has(one, name) for name in attributes(other))


def _has(cls: type, name: str) -> bool:
    """Whether objects of a class have an attribute; what its metaclass has does not count."""
    owners = cls.__mro__
    return any(name in vars(c) or name in vars(c).get("__annotations__", {}) for c in owners)


def _parameters_fit(given: Any, wanted: Any) -> bool:
    mine, theirs = typing.get_args(given), typing.get_args(wanted)
    if origin_of(wanted) is CALLABLE or not mine or not theirs:
        return True
    if origin_of(given) is tuple and origin_of(wanted) is tuple:
        return _tuples_fit(mine, theirs)
    if len(mine) != len(theirs):
        return True
    return all(fits(g, w) for g, w in zip(mine, theirs, strict=True))


def _tuples_fit(mine: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    if mine[-1] is ... or theirs[-1] is ...:
        open_one, other = (mine, theirs) if mine[-1] is ... else (theirs, mine)
        return all(fits(open_one[0], x) for x in other if x is not ...)
    return len(mine) == len(theirs) and all(fits(*pair) for pair in zip(mine, theirs, strict=True))
