"""Attributes as JSON and back: what goes in comes out, of the same type, or is refused.

Plain values are written with the tags of ``tags``; a type of one's own by the functions that
are registered for it. Functions and classes are named as they are registered; loading compares
the name with what the model has, and imports nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import LoadError, SaveError
from .safetensors_file import DTYPES, is_dict, is_list
from .tags import decode, encode, from_base64, registered_names, to_base64

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
        return {"!own": to_base64(serialize_attr(value, value, name, model))}
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


def _own_bytes(text: Any) -> bytes:
    try:
        return from_base64(text)
    except (TypeError, ValueError) as error:
        raise LoadError("its bytes are malformed") from error


def _inline(array: Any) -> Any:
    if array.dtype.name not in DTYPES:
        raise SaveError(f"an array of {array.dtype} cannot be saved")
    flat = np.asarray(array, dtype=array.dtype.newbyteorder("<"))
    return [array.dtype.name, list(array.shape), to_base64(flat.tobytes())]


def _from_inline(tag: str, content: Any) -> Any:
    if tag != "!array":
        raise LoadError("functions are loaded as attributes of a model only")
    dtype, shape, text = content
    if dtype not in DTYPES:
        raise ValueError(dtype)
    kind = np.dtype(dtype)
    return np.frombuffer(from_base64(text), kind.newbyteorder("<")).astype(kind).reshape(shape)


def _shown(name: Any) -> str:
    return ":".join(map(str, name))[:200] if is_list(name) else str(name)
