"""Python values as JSON and back: what goes in comes out, of the same type, or is refused.

What JSON lacks becomes an object with one tag, such as ``{"!tuple": [1, 2]}``. Arrays are put
beside the JSON by the caller. Functions and classes are named as they are registered.
"""

# Registries find functions by name; only here is one found by the function.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import inspect
import math
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import LoadError, SaveError
from ..registry import Registry, registry
from ..types import ArgsKwargs, Padded, Pairs, Ragged
from .safetensors_file import DTYPES, is_dict, is_list


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


def _tag_parts(tag: str, *parts: str) -> Callable[[Any, Callable[[Any], Any]], Any]:
    return lambda value, put: {tag: [encode(getattr(value, part), put) for part in parts]}


def _tag_slice(value: slice, put: Callable[[Any], Any]) -> Any:
    return {"!slice": [encode(part, put) for part in (value.start, value.stop, value.step)]}


_TAGGERS: dict[type, Callable[[Any, Callable[[Any], Any]], Any]] = {
    list: lambda value, put: [encode(item, put) for item in value],
    tuple: _tag_items("!tuple"),
    set: _tag_set("!set"),
    frozenset: _tag_set("!frozenset"),
    dict: _tag_dict,
    slice: _tag_slice,
    bytes: lambda value, put: {"!bytes": to_base64(value)},
    bytearray: lambda value, put: {"!bytearray": to_base64(value)},
    complex: lambda value, put: {"!complex": [repr(value.real), repr(value.imag)]},
    type(...): lambda value, put: {"!ellipsis": None},
    Ragged: _tag_parts("!ragged", "data", "lengths", "data_shape"),
    Padded: _tag_parts("!padded", "data", "size_at_t", "lengths", "indices"),
    Pairs: _tag_parts("!pairs", "one", "two"),
    ArgsKwargs: _tag_parts("!arguments", "args", "kwargs"),
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
    "!bytes": lambda content, find: from_base64(content),
    "!bytearray": lambda content, find: bytearray(from_base64(content)),
    "!complex": lambda content, find: complex(float(content[0]), float(content[1])),
    "!ellipsis": lambda content, find: ...,
    "!scalar": lambda content, find: _from_scalar(*content),
    "!ragged": lambda content, find: _ragged(*_items(content, find)),
    "!padded": lambda content, find: Padded(*_items(content, find)),
    "!pairs": lambda content, find: Pairs(*_items(content, find)),
    "!arguments": lambda content, find: ArgsKwargs(*_items(content, find)),
}


def to_base64(data: bytes | bytearray) -> str:
    """Bytes as text that JSON takes."""
    return b2a_base64(data, newline=False).decode()


def from_base64(text: Any) -> bytes:
    """What ``to_base64`` was given; ValueError or TypeError for anything else."""
    return a2b_base64(text, strict_mode=True)


def _ragged(data: Any, lengths: Any, shape: tuple[int, ...]) -> Ragged:
    found = Ragged(data, lengths, shape)
    if found.dataXd.shape[1:] != shape[1:]:
        raise ValueError(shape)
    return found


def _scalar(value: np.generic[Any]) -> list[str]:
    if value.dtype.name not in DTYPES:
        raise SaveError(f"a NumPy {value.dtype.name} cannot be saved")
    return [value.dtype.name, value.astype(value.dtype.newbyteorder("<")).tobytes().hex()]


def _from_scalar(dtype: Any, digits: Any) -> Any:
    if dtype not in DTYPES:
        raise ValueError(dtype)
    kind = np.dtype(dtype)
    return np.frombuffer(bytes.fromhex(digits), kind.newbyteorder("<"), count=1)[0].astype(kind)


def _kind(value: object) -> type:
    return type(value)
