"""Attributes as JSON and back: what goes in comes out, of the same type, or is refused.

What JSON lacks becomes an object with one tag, such as ``{"!tuple": [1, 2]}``. Arrays are put
beside the JSON by the caller. Functions and classes are named as they are registered; loading
compares the name with what the model has, and imports nothing.
"""

# Registries find functions by name; only here is one found by the function.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import inspect
import math
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterator
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import LoadError, SaveError
from ..registry import Registry, registry
from .safetensors_file import DTYPES, is_dict, is_list

if TYPE_CHECKING:
    from ..model import Model


@singledispatch
def serialize_attr(_: Any, value: Any, name: str, model: Model[Any, Any]) -> bytes:
    """Turn an attribute into bytes; register a function for a type of your own.

    Dispatches on the first argument, the value itself. ``deserialize_attr`` needs its like.

    Args:
        value: The attribute.
        name: Its name.
        model: The node it belongs to.

    Raises:
        SaveError: It is of a type that nothing is registered for.

    Example:
        >>> from combinet.serialize import deserialize_attr, serialize_attr
        >>> class Alphabet(str):
        ...     pass
        >>> @serialize_attr.register(Alphabet)
        ... def _(_, value, name, model):
        ...     return value.encode()
        >>> @deserialize_attr.register(Alphabet)
        ... def _(_, value, name, model):
        ...     return Alphabet(value.decode())
    """
    import json

    return json.dumps(encode(value, _inline), separators=(",", ":")).encode()


@singledispatch
def deserialize_attr(_: Any, value: bytes, name: str, model: Model[Any, Any]) -> Any:
    """Turn what ``serialize_attr`` gave into an attribute.

    Dispatches on the first argument, the attribute that the model has now.

    Args:
        value: The bytes.
        name: Name of the attribute.
        model: The node it belongs to.
    """
    import json

    return decode(json.loads(value), _from_inline)


_plain_serialize = serialize_attr.dispatch(object)
_plain_deserialize = deserialize_attr.dispatch(object)


def encode_attr(value: Any, name: str, model: Model[Any, Any], put: Callable[[Any], Any]) -> Any:
    """The JSON of one attribute: by what is registered for its type, else by ``encode``."""
    if serialize_attr.dispatch(type(value)) is not _plain_serialize:
        return {"!own": _base64(serialize_attr(value, value, name, model))}
    return encode(value, put)


def decode_attr(tagged: Any, name: str, model: Model[Any, Any], take: Callable[[Any], Any]) -> Any:
    """The attribute behind its JSON; functions are those of the model's present attribute.

    Args:
        tagged: What ``encode_attr`` gave.
        name: Of the attribute.
        model: The node it belongs to.
        take: Finds an array again by what was stored for it.

    Raises:
        LoadError: The JSON is malformed, or names a function that the attribute does not hold.
    """
    current = model.attrs.get(name)

    def find(tag: str, content: Any) -> Any:
        if tag == "!array":
            return take(content)
        here = list(_functions(current))
        for function in here:
            if content in registered_names(function):
                return function
        held = [_shown(names[0]) for names in map(registered_names, here) if names]
        raise LoadError(f"{', '.join(held) or 'no such function'} here, {_shown(content)} in it")

    if is_dict(tagged) and list(tagged) == ["!own"]:
        if deserialize_attr.dispatch(type(current)) is _plain_deserialize:
            raise LoadError(f"no deserialize_attr is registered for {type(current).__name__}")
        return deserialize_attr(current, _own_bytes(tagged["!own"]), name, model)
    return decode(tagged, find)


def _functions(value: Any) -> Iterator[Any]:
    """Every callable in an attribute."""
    inside: Any = value.values() if is_dict(value) else value
    if callable(value):
        yield value
    elif isinstance(value, (list, tuple, set, frozenset, dict)):
        for item in inside:
            yield from _functions(item)


def encode(value: Any, put: Callable[[Any], Any]) -> Any:
    """Plain JSON where it means the same, an object with a tag where not.

    Args:
        value: What is to be written.
        put: Stores an array and returns the JSON that finds it again.

    Raises:
        SaveError: There is no faithful way to write it.
    """
    kind = _kind(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return value if math.isfinite(value) else {"!float": repr(value)}
    if kind in _TAGGERS:
        return _TAGGERS[kind](value, put)
    if issubclass(kind, np.generic):
        return {"!scalar": _scalar(value)}
    if kind is np.ndarray or kind.__module__.startswith("cupy"):
        return {"!array": put(value)}
    names = registered_names(value)
    if not names:
        raise SaveError(f"a {kind.__name__} cannot be saved")
    return {"!registered": names[0]}


def decode(tagged: Any, find: Callable[[str, Any], Any]) -> Any:
    """What ``encode`` was given.

    Args:
        tagged: What it gave.
        find: From a tag, "!array" or "!registered", and its content to what is meant.

    Raises:
        LoadError: It is not what ``encode`` writes.
    """
    if is_list(tagged):
        return [decode(item, find) for item in tagged]
    if not is_dict(tagged):
        return tagged
    tag, content = next(iter(tagged.items()), ("", None))
    if len(tagged) == 1 and tag in ("!array", "!registered"):
        return find(tag, content)
    if len(tagged) != 1 or tag not in _UNTAGGERS:
        raise LoadError(f"{str(list(tagged))[:100]} is no tag of an attribute")
    try:
        return _UNTAGGERS[tag](content, find)
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise LoadError(f"what is tagged {tag!r} is malformed") from error


def registered_names(value: Any) -> list[list[str]]:
    """[registry, name] of everything registered in this process that is ``value``."""
    whole = inspect.unwrap(value)
    return sorted(
        [kind, name]
        for kind, table in registry.kinds().items()
        if isinstance(table, Registry)
        for name, func in table._table.items()
        if inspect.unwrap(func) is whole
    )


def _tag_items(tag: str) -> Callable[[Any, Callable[[Any], Any]], Any]:
    return lambda value, put: {tag: [encode(item, put) for item in value]}


def _tag_set(tag: str) -> Callable[[Any, Callable[[Any], Any]], Any]:
    # A set has no order; that of the JSON makes equal sets equal bytes.
    return lambda value, put: {tag: sorted((encode(v, put) for v in value), key=repr)}


def _tag_dict(value: dict[Any, Any], put: Callable[[Any], Any]) -> Any:
    # As pairs: keys need not be strings, and the order of a dict is kept.
    return {"!dict": [[encode(k, put), encode(v, put)] for k, v in value.items()]}


def _tag_slice(value: slice, put: Callable[[Any], Any]) -> Any:
    return {"!slice": [encode(part, put) for part in (value.start, value.stop, value.step)]}


_TAGGERS: dict[type, Callable[[Any, Callable[[Any], Any]], Any]] = {
    list: lambda value, put: [encode(item, put) for item in value],
    tuple: _tag_items("!tuple"),
    set: _tag_set("!set"),
    frozenset: _tag_set("!frozenset"),
    dict: _tag_dict,
    slice: _tag_slice,
    bytes: lambda value, put: {"!bytes": _base64(value)},
    bytearray: lambda value, put: {"!bytearray": _base64(value)},
    complex: lambda value, put: {"!complex": [repr(value.real), repr(value.imag)]},
    type(...): lambda value, put: {"!ellipsis": None},
}


def _items(content: Any, find: Callable[[str, Any], Any]) -> list[Any]:
    if not is_list(content):
        raise TypeError("a list is wanted")
    return [decode(item, find) for item in content]


_UNTAGGERS: dict[str, Callable[[Any, Callable[[str, Any], Any]], Any]] = {
    "!float": lambda content, find: {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[content],
    "!tuple": lambda content, find: tuple(_items(content, find)),
    "!set": lambda content, find: set(_items(content, find)),
    "!frozenset": lambda content, find: frozenset(_items(content, find)),
    "!dict": lambda content, find: dict(_items(pair, find) for pair in content),
    "!slice": lambda content, find: slice(*_items(content, find)),
    "!bytes": lambda content, find: _bytes(content),
    "!bytearray": lambda content, find: bytearray(_bytes(content)),
    "!complex": lambda content, find: complex(float(content[0]), float(content[1])),
    "!ellipsis": lambda content, find: ...,
    "!scalar": lambda content, find: _from_scalar(*content),
}


def _base64(data: bytes | bytearray) -> str:
    return b2a_base64(data, newline=False).decode()


def _bytes(text: Any) -> bytes:
    return a2b_base64(text, strict_mode=True)


def _own_bytes(text: Any) -> bytes:
    try:
        return _bytes(text)
    except (TypeError, ValueError) as error:
        raise LoadError("its bytes are malformed") from error


def _scalar(value: np.generic[Any]) -> list[str]:
    if value.dtype.name not in DTYPES:
        raise SaveError(f"a NumPy {value.dtype.name} cannot be saved")
    return [value.dtype.name, value.astype(value.dtype.newbyteorder("<")).tobytes().hex()]


def _from_scalar(dtype: Any, digits: Any) -> Any:
    if dtype not in DTYPES:
        raise ValueError(dtype)
    kind = np.dtype(dtype)
    return np.frombuffer(bytes.fromhex(digits), kind.newbyteorder("<"), count=1)[0].astype(kind)


def _inline(array: Any) -> Any:
    if array.dtype.name not in DTYPES:
        raise SaveError(f"an array of {array.dtype} cannot be saved")
    flat = np.asarray(array, dtype=array.dtype.newbyteorder("<"))
    return [array.dtype.name, list(array.shape), _base64(flat.tobytes())]


def _from_inline(tag: str, content: Any) -> Any:
    if tag != "!array":
        raise LoadError("functions are loaded as attributes of a model only")
    dtype, shape, text = content
    if dtype not in DTYPES:
        raise ValueError(dtype)
    kind = np.dtype(dtype)
    return np.frombuffer(_bytes(text), kind.newbyteorder("<")).astype(kind).reshape(shape)


def _kind(value: object) -> type:
    return type(value)


def _shown(name: Any) -> str:
    return ":".join(map(str, name))[:200] if is_list(name) else str(name)
