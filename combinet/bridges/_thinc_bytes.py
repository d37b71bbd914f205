"""Thinc's files, read with suspicion: MessagePack, with arrays as srsly writes them.

Nothing of Thinc is imported, and nothing that the bytes say is run: extension types, object
arrays and whatever else would need that are refused.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from .._guards import is_dict, is_host_array, is_list
from ..errors import LoadError

#: How deep values may be nested; Thinc's are some six deep.
_MAX_DEPTH = 64

_NUMBERS = {
    0xCA: ">f",
    0xCB: ">d",
    0xCC: ">B",
    0xCD: ">H",
    0xCE: ">I",
    0xCF: ">Q",
    0xD0: ">b",
    0xD1: ">h",
    0xD2: ">i",
    0xD3: ">q",
}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
#: First byte of what has a length of its own: how it is read, and how its length is.
_SIZED = {
    0xC4: ("bytes", ">B"),
    0xC5: ("bytes", ">H"),
    0xC6: ("bytes", ">I"),
    0xD9: ("text", ">B"),
    0xDA: ("text", ">H"),
    0xDB: ("text", ">I"),
    0xDC: ("list", ">H"),
    0xDD: ("list", ">I"),
    0xDE: ("dict", ">H"),
    0xDF: ("dict", ">I"),
}


def read_msgpack(data: bytes) -> Any:
    """The value that the bytes hold: dicts, lists, text, bytes, numbers and arrays.

    Raises:
        LoadError: They are cut short, go on after the value, or hold anything else.
    """
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise _malformed(f"{len(data) - reader.at} bytes follow what it holds")
    return value


class _Reader:
    """Reads one value after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = memoryview(data), 0
        self.read: dict[str, Callable[[int, int], Any]] = {
            "bytes": self._bytes,
            "text": self._text,
            "list": self._list,
            "dict": self._dict,
        }

    def value(self, depth: int) -> Any:
        """The next value."""
        if depth > _MAX_DEPTH:
            raise _malformed(f"it is nested more than {_MAX_DEPTH} deep")
        first = self._take(1)[0]
        if first < 0x80 or first >= 0xE0:
            return first if first < 0x80 else first - 0x100
        if first < 0xC0:
            kind = "dict" if first < 0x90 else "list" if first < 0xA0 else "text"
            return self.read[kind](first & (0x1F if kind == "text" else 0x0F), depth)
        if first in _CONSTANTS:
            return _CONSTANTS[first]
        if first in _NUMBERS:
            return self._number(_NUMBERS[first])
        if first in _SIZED:
            kind, form = _SIZED[first]
            return self.read[kind](self._number(form), depth)
        raise _malformed(f"it holds a value of type {first:#x}, which Thinc does not write")

    def _take(self, size: int) -> memoryview:
        start, self.at = self.at, self.at + size
        if self.at > len(self.data):
            raise _malformed("it is cut short")
        return self.data[start : self.at]

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _bytes(self, size: int, depth: int) -> bytes:
        return bytes(self._take(size))

    def _text(self, size: int, depth: int) -> str:
        try:
            return str(self._take(size), "utf-8")
        except UnicodeDecodeError as error:
            raise _malformed("a text in it is not UTF-8") from error

    def _list(self, size: int, depth: int) -> list[Any]:
        return [self.value(depth + 1) for _ in range(size)]

    def _dict(self, size: int, depth: int) -> Any:
        found: dict[Any, Any] = {}
        for _ in range(size):
            key = self.value(depth + 1)
            if isinstance(key, (dict, list)) or is_host_array(key):
                raise _malformed("a key in it is no name")
            found[key] = self.value(depth + 1)
        if len(found) != size:
            raise _malformed("a key in it occurs twice")
        return _array(found) if b"nd" in found else found


def _array(entry: dict[Any, Any]) -> Any:
    """The array, or the number with NumPy's type, that srsly writes as this dict."""
    kind, raw = entry.get(b"type"), entry.get(b"data")
    shape: Any = entry.get(b"shape") if entry[b"nd"] else []
    if type(kind) is not str or type(raw) is not bytes or entry.get(b"kind", b"") != b"":
        raise _malformed("an array in it is not one of numbers")
    try:
        dtype = np.dtype(kind)
    except (TypeError, ValueError, SyntaxError) as error:
        raise _malformed(f"an array in it is of {kind[:40]!r}") from error
    sizes: list[Any] = shape if is_list(shape) else [None]
    are_sizes = all(type(n) is int and n >= 0 for n in sizes)
    if dtype.kind not in "biuf" or not are_sizes:
        raise _malformed(f"an array in it is of {kind[:40]!r} and {str(sizes)[:80]}")
    count = 1
    for size in sizes:
        count *= size
    if count * dtype.itemsize != len(raw):
        raise _malformed(f"an array of {tuple(sizes)} in it has {len(raw)} bytes")
    flat: Any = np.frombuffer(raw, dtype)
    native = flat.astype(dtype.newbyteorder("="), copy=False)
    return native.reshape(sizes) if entry[b"nd"] else native[0]


def as_message(value: Any) -> dict[str, Any]:
    """A whole model as Thinc writes it, of the right form.

    Raises:
        LoadError: It is something else.
    """
    if not is_dict(value) or set(value) != {"nodes", "attrs", "params", "shims"}:
        raise LoadError("these bytes are not a model of Thinc's", fix="pass what to_bytes() gave")
    parts: list[Any] = list(value.values())
    if not all(is_list(part) and len(part) == len(parts[0]) for part in parts):
        raise _malformed("its parts are not about as many layers")
    for info, attrs, params, shims in zip(
        value["nodes"], value["attrs"], value["params"], value["shims"], strict=True
    ):
        whole = is_dict(info) and type(info.get("name")) is str and is_dict(info.get("dims"))
        sizes: list[Any] = list(info["dims"].values()) if whole else []
        if not (whole and is_dict(attrs) and is_dict(params) and is_list(shims)):
            raise _malformed("a layer in it is not one")
        if not all(n is None or (type(n) is int and n >= 0) for n in sizes):
            raise _malformed(f"a size of {info['name'][:80]!r} in it is not one")
        if not all(array is None or is_host_array(array) for array in params.values()):
            raise _malformed(f"a parameter of {info['name'][:80]!r} in it is no array")
    message: dict[str, Any] = value
    return message


def _malformed(what: str) -> LoadError:
    return LoadError(f"the bytes are malformed: {what}", fix="take them from a source you trust")
