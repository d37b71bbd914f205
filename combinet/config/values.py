"""Whether a value from a config is of the type that a parameter is annotated with."""

from __future__ import annotations

import collections.abc
import enum
import inspect
import numbers
import typing
from collections.abc import Callable
from pathlib import Path as FilePath
from pathlib import PurePath
from typing import Any

from .annotations import is_open, is_union, origin_of, plain, show
from .compare import CALLABLE, attributes, fits, protocol
from .misfits import Misfit as Misfit
from .misfits import misfit as misfit
from .plan import Call
from .problems import shown
from .trees import is_dict, is_list, is_row


def conform(value: Any, annotation: Any) -> Any:
    """The value as the parameter's type: ints for floats, lists for tuples, texts for paths.

    Raises:
        Misfit: It is of another type.
    """
    annotation = plain(annotation)
    if is_open(annotation):
        return value
    if isinstance(value, Call):
        return _call(value, annotation)
    if is_union(annotation):
        return _union(value, annotation)
    if annotation is None or annotation is type(None):
        return _checked(value is None, value, annotation)
    if typing.get_origin(annotation) is typing.Literal:
        args = typing.get_args(annotation)
        return _checked(any(type(a) is type(value) and a == value for a in args), value, annotation)
    return _RULES.get(origin_of(annotation), _instance)(value, annotation)


def takes_bare(annotation: Any) -> bool:
    """Whether text without quotes may stand for a value of this type."""
    annotation = plain(annotation)
    if is_union(annotation):
        return any(takes_bare(a) for a in typing.get_args(annotation))
    if typing.get_origin(annotation) is typing.Literal:
        return any(isinstance(a, str) for a in typing.get_args(annotation))
    is_enum = inspect.isclass(annotation) and issubclass(annotation, enum.Enum)
    return is_enum or is_open(annotation) or annotation in (str, FilePath, PurePath)


def takes_pairs(annotation: Any) -> bool:
    """Whether a list of pairs becomes a mapping for a parameter of this type."""
    annotation = plain(annotation)
    if is_union(annotation):
        members = [plain(a) for a in typing.get_args(annotation)]
        rules = [_RULES.get(origin_of(a)) for a in members if not is_open(a)]
        taken = _mapping in rules and not {_list, _tuple, _set, _sequence} & {*rules}
        return taken and len(rules) == len(members)
    return not is_open(annotation) and _RULES.get(origin_of(annotation)) is _mapping


def _checked(good: bool, value: Any, annotation: Any) -> Any:
    if not good:
        raise misfit(value, annotation)
    return value


def _call(call: Call, annotation: Any) -> Call:
    if not fits(call.returns, annotation):
        what = f"expected {show(annotation)}, but {call.name} gives {show(call.returns)}"
        raise Misfit(what, "call a function whose result fits", call)
    return call


def _union(value: Any, annotation: Any) -> Any:
    """The value as the first member that takes it as it is, or as the first that takes it."""
    taken: list[Any] = []
    refused: list[tuple[Any, Misfit]] = []
    for member in typing.get_args(annotation):
        try:
            made = conform(value, member)
        except Misfit as problem:
            refused.append((member, problem))
            continue
        if type(made) is type(value):
            return made
        taken.append(made)
    if taken:
        return taken[0]
    real = [problem for member, problem in refused if member is not type(None)]
    if len(real) == 1 and isinstance(value, dict | list):
        raise real[0]
    raise misfit(value, annotation, real[0].fix if len(real) == 1 else "")


def _bool(value: Any, annotation: Any) -> Any:
    return _checked(isinstance(value, bool), value, annotation)


def _int(value: Any, annotation: Any) -> Any:
    good = isinstance(value, numbers.Integral) and value is not True and value is not False
    return _checked(good, value, annotation)


def _float(value: Any, annotation: Any) -> Any:
    good = isinstance(value, numbers.Real) and value is not True and value is not False
    _checked(good, value, annotation)
    try:
        return float(value) if type(value) is int else value
    except OverflowError:
        raise misfit(value, annotation, "write it as a float, such as 1e300") from None


def _path(value: Any, annotation: Any) -> Any:
    return FilePath(value) if isinstance(value, str) else _instance(value, annotation)


def _list(value: Any, annotation: Any) -> Any:
    _checked(isinstance(value, list), value, annotation)
    return _items(value, typing.get_args(annotation)[:1])


def _tuple(value: Any, annotation: Any) -> Any:
    _checked(isinstance(value, list | tuple), value, annotation)
    wanted = typing.get_args(annotation)
    if not wanted or wanted[-1] is ...:
        return tuple(_items(list(value), wanted[:1]))
    if wanted == ((),):
        wanted = ()
    if len(wanted) != len(value):
        counted = f"{len(wanted)} values" if len(wanted) != 1 else "1 value"
        raise Misfit(f"expected {show(annotation)}, got a list of {len(value)}", f"give {counted}")
    return tuple(
        _item(i, v, w) for i, (v, w) in enumerate(zip(value, wanted, strict=True), start=1)
    )


def _set(value: Any, annotation: Any) -> Any:
    if not is_list(value):
        return _instance(value, annotation)
    items = _items(value, typing.get_args(annotation)[:1])
    try:
        return origin_of(annotation)(items)
    except TypeError:
        raise misfit(value, annotation, "items of a set cannot be lists") from None


def _sequence(value: Any, annotation: Any) -> Any:
    if isinstance(value, str | bytes | dict):
        fix = f"write a list: [{shown(value, 30)}]" if isinstance(value, str) else ""
        raise misfit(value, annotation, fix)
    if is_list(value):
        return _items(value, typing.get_args(annotation)[:1])
    return _instance(value, annotation)


def _mapping(value: Any, annotation: Any) -> Any:
    args = typing.get_args(annotation)
    if is_list(value) and value:
        return _of_pairs(value, annotation, args if len(args) == 2 else (Any, Any))
    _checked(isinstance(value, collections.abc.Mapping), value, annotation)
    if not is_dict(value) or len(args) != 2:
        return value
    made: dict[Any, Any] = {}
    for key, inner in value.items():
        try:
            made[_key(key, args[0])] = conform(inner, args[1])
        except Misfit as problem:
            keys = (str(key), *problem.keys)
            raise Misfit(problem.what, problem.fix, problem.call, keys) from None
    return made


def _key(key: Any, annotation: Any) -> Any:
    try:
        return conform(key, annotation)
    except Misfit as problem:
        what = f"the key: {problem.what}"
        fix = "keys of JSON are texts: write a list of pairs, [[key, value], ...]"
        raise Misfit(what, fix if isinstance(key, str) else problem.fix) from None


def _of_pairs(rows: list[Any], annotation: Any, wanted: tuple[Any, ...]) -> dict[Any, Any]:
    """The mapping that a list of pairs gives: its keys may be other than texts."""
    made: dict[Any, Any] = {}
    for i, row in enumerate(rows, start=1):
        if not is_row(row) or len(row) != 2:
            raise misfit(rows, annotation, "write {...}, or a list of pairs: [[key, value], ...]")
        key, value = (_item(i, part, want) for part, want in zip(row, wanted, strict=True))
        try:
            twice = key in made
        except TypeError:
            what = f"item {i}: {shown(key)} cannot be a key"
            raise Misfit(what, "use a text or number") from None
        if twice:
            raise Misfit(f"item {i}: the key {shown(key)} stands there already", "keep one")
        made[key] = value
    return made


def _items(values: list[Any], wanted: tuple[Any, ...]) -> list[Any]:
    if not wanted:
        return values
    return [_item(i, v, wanted[0]) for i, v in enumerate(values, start=1)]


def _item(number: int, value: Any, annotation: Any) -> Any:
    try:
        return conform(value, annotation)
    except Misfit as problem:
        inside = "".join(f" in {key!r}" for key in problem.keys)
        what = f"item {number}{inside}: {problem.what}"
        raise Misfit(what, problem.fix, problem.call) from None


def _callable(value: Any, annotation: Any) -> Any:
    if callable(value):
        return value
    raise misfit(value, annotation, _block_fix(value))


def _instance(value: Any, annotation: Any) -> Any:
    origin = origin_of(annotation)
    if not inspect.isclass(origin):
        return value
    if issubclass(origin, enum.Enum):
        return _enum(value, annotation, origin)
    if protocol(origin):
        return _protocol(value, annotation, origin)
    if typing.is_typeddict(origin):
        return _checked(isinstance(value, dict), value, annotation)
    if is_dict(value) and hasattr(origin, "model_validate"):
        return _pydantic(value, origin)
    try:
        good = isinstance(value, origin)
    except TypeError:  # a class that refuses to be asked
        return value
    if not good:
        raise misfit(value, annotation, _block_fix(value))
    return value


def _block_fix(value: Any) -> str:
    if isinstance(value, str):
        return "write a block of its own that calls a function, not its name"
    if isinstance(value, dict):
        return 'add a line @registry = "name", so that the block calls a function'
    return "write a block that calls a function" if not callable(value) else ""


def _enum(value: Any, annotation: Any, origin: type[enum.Enum]) -> Any:
    if isinstance(value, origin):
        return value
    for member in origin:
        if member.value == value or member.name == value:
            return member
    raise misfit(value, annotation, f"one of {', '.join(shown(m.value) for m in origin)}")


def _protocol(value: Any, annotation: Any, origin: type) -> Any:
    """Numbers and lists pass for an array; a text, a mapping or nothing does not."""
    arraylike = is_row(value) or type(value) in (int, float)
    if arraylike and {"shape", "dtype"} <= attributes(origin):
        return value
    return _checked(all(hasattr(value, n) for n in attributes(origin)), value, annotation)


def _pydantic(value: dict[str, Any], origin: Any) -> Any:
    try:
        return origin.model_validate(value)
    except ValueError as error:
        lines = "; ".join(line.strip() for line in str(error).splitlines() if line.strip())
        raise Misfit(lines) from None


def _text(value: Any, annotation: Any) -> Any:
    return _checked(isinstance(value, str), value, annotation)


_RULES: dict[Any, Callable[[Any, Any], Any]] = {
    bool: _bool, int: _int, float: _float, str: _text, FilePath: _path, PurePath: _path,
    list: _list, tuple: _tuple, set: _set, frozenset: _set, dict: _mapping,
    collections.abc.Mapping: _mapping, collections.abc.MutableMapping: _mapping,
    collections.abc.Sequence: _sequence, collections.abc.MutableSequence: _sequence,
    collections.abc.Iterable: _sequence, collections.abc.Collection: _sequence,
    CALLABLE: _callable,
}  # fmt: skip
