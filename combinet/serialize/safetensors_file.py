"""Files in the safetensors format, written without a copy and read with suspicion.

A file is an 8-byte header length, a JSON header and the bytes of the tensors. Ours carry one
metadata key, ``combinet``: a JSON object whose first key is the SHA-256 of the whole file with
the 64 digits of that field set to ``0``, so the digits stand at one known place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

import numpy as np

from ..errors import LoadError, SaveError

#: Longest header that is read, in bytes: what it takes to parse one is bounded by this.
HEADER_LIMIT = 32 * 1024 * 1024
_OPENING = b'{"__metadata__":{"combinet":"{\\"digest\\":\\"'
_DIGEST_AT = 8 + len(_OPENING)
_DIGEST_SIZE = 64
_ZEROS = "0" * _DIGEST_SIZE
_MAX_RANK = 32

_DTYPES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "U16": "uint16",
    "I16": "int16",
    "F16": "float16",
    "U32": "uint32",
    "I32": "int32",
    "F32": "float32",
    "U64": "uint64",
    "I64": "int64",
    "F64": "float64",
    # NumPy has no bfloat16: its bits are the upper half of a float32's.
    "BF16": "uint16",
}
_CODES = {name: code for code, name in _DTYPES.items() if code != "BF16"}
_RANKS = {
    name: rank
    for rank, name in enumerate(
        "bool uint8 int8 int16 uint16 float16 int32 uint32 float32 float64 int64 uint64".split()
    )
}
#: The kinds of numbers that a file can hold, by NumPy's names.
DTYPES = frozenset(_CODES)


class Stored:
    """A tensor in a file: its form is known, its numbers are not looked at yet."""

    __slots__ = ("_code", "_data", "dtype", "shape")

    def __init__(self, code: str, shape: tuple[int, ...], data: memoryview) -> None:
        self._code, self.shape, self._data = code, shape, data
        self.dtype = np.dtype("float32" if code == "BF16" else _DTYPES[code])

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return math.prod(self.shape)

    def array(self) -> Any:
        """A new array with the numbers; bfloat16 is widened to float32."""
        raw = np.frombuffer(self._data, dtype=np.dtype(_DTYPES[self._code]).newbyteorder("<"))
        if self._code == "BF16":
            raw = (raw.astype("uint32") << 16).view("float32")
        return raw.astype(self.dtype, copy=True).reshape(self.shape)


def pack(tensors: Mapping[str, Any], structure: Mapping[str, Any]) -> list[Any]:
    """A file in parts, for whoever joins or writes them: no tensor is copied.

    The parts are what is before the digest, 64 zeros in its place, what is behind it up to the
    tensors, and each tensor. They are laid out as the package safetensors does it: the largest
    kinds of numbers first, so that all are aligned, and by name within a kind.

    Args:
        tensors: Contiguous NumPy arrays by name, little-endian.
        structure: Plain data for the metadata.

    Raises:
        SaveError: The header would be too long, or a name is not valid text.
    """
    metadata = {"combinet": _text({**structure, "digest": _ZEROS}, sort_keys=True)}
    header: dict[str, Any] = {"__metadata__": metadata}
    data: list[Any] = []
    end = 0
    for name in sorted(tensors, key=lambda name: (-_RANKS[tensors[name].dtype.name], name)):
        array = tensors[name]
        begin, end = end, end + array.nbytes
        code = _CODES[array.dtype.name]
        header[name] = {"dtype": code, "shape": array.shape, "data_offsets": (begin, end)}
        data.append(array.reshape(-1).view("uint8").data)
    try:
        text = _text(header, ensure_ascii=False).encode()
    except UnicodeError as error:
        raise SaveError("the weights cannot be written as safetensors", reason=error) from error
    text += b" " * (-len(text) % 8)
    if len(text) > HEADER_LIMIT:
        raise SaveError(
            f"the structure and attributes take more than {HEADER_LIMIT:,} bytes of text",
            fix="keep large tables in arrays, or outside of the model",
        )
    opening = len(text).to_bytes(8, "little") + text
    past = _DIGEST_AT + _DIGEST_SIZE
    return [opening[:_DIGEST_AT], _ZEROS.encode(), opening[past:], *data]


def digest_of(parts: Iterable[Any]) -> bytes:
    """The digits that belong in the place of the zeros in a file of these parts."""
    from hashlib import sha256

    digest = sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest().encode()


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, Stored]]:
    """The structure in the metadata and the tensors, all proven whole.

    Raises:
        LoadError: It is not such a file, or any bit of it is not as it was written.
    """
    if not data.startswith(_OPENING, 8):
        raise LoadError(
            "this is not a combinet file, or its beginning is damaged",
            fix="load_tensors() reads the safetensors files of others",
        )
    view, end = memoryview(data), _DIGEST_AT + _DIGEST_SIZE
    if digest_of((view[:_DIGEST_AT], _ZEROS.encode(), view[end:])) != data[_DIGEST_AT:end]:
        raise LoadError(
            "the file is damaged: its SHA-256 is not the one in it",
            fix="take another copy of the file",
        )
    metadata, tensors = read_header(data)
    structure = _json(metadata.get("combinet", ""), "the structure of the model")
    if not is_dict(structure) or list(metadata) != ["combinet"]:
        raise _malformed("its metadata is not what combinet writes")
    del structure["digest"]
    return structure, tensors


def read_header(data: bytes) -> tuple[dict[str, str], dict[str, Stored]]:
    """Metadata and tensors of any safetensors file.

    Raises:
        LoadError: The header is malformed, or does not account for every byte of the file.
    """
    view = memoryview(data)
    size = int.from_bytes(view[:8], "little")
    if len(view) < 8 or size > len(view) - 8:
        raise LoadError("the file is cut short, or is not in the safetensors format")
    if size > HEADER_LIMIT:
        raise _malformed(f"its header is longer than {HEADER_LIMIT:,} bytes")
    try:
        text = str(view[8 : 8 + size], "utf-8")
    except UnicodeDecodeError as error:
        raise _malformed("its header is not text") from error
    header = _json(text, "the header")
    if not is_dict(header):
        raise _malformed("its header is not an object")
    metadata = header.pop("__metadata__", {})
    if not is_dict(metadata) or any(type(v) is not str for v in metadata.values()):
        raise _malformed("its metadata is not text by name")
    return metadata, _tensors(header, view[8 + size :])


def _tensors(header: dict[str, Any], data: memoryview) -> dict[str, Stored]:
    """Check that the tensors lie side by side and fill the data, then cut it."""
    spans: list[tuple[int, int, str]] = []
    for name, entry in header.items():
        begin, end = _span(name, entry)
        spans.append((begin, end, name))
    position = 0
    for begin, end, name in sorted(spans):
        if begin != position:
            raise _malformed(f"{name!r} begins at byte {begin} of the data and not at {position}")
        position = end
    if position != len(data):
        raise LoadError(
            "the file is cut short, or something was added to it",
            described=f"{position} bytes of tensors",
            found=f"{len(data)} bytes",
        )
    found: dict[str, Stored] = {}
    for begin, end, name in spans:
        entry = header[name]
        part = data[begin:end]
        if entry["dtype"] == "BOOL" and bytes(part).strip(b"\0\1"):
            raise _malformed(f"{name!r} holds truth values other than 0 and 1")
        found[name] = Stored(entry["dtype"], tuple(entry["shape"]), part)
    return found


def _span(name: str, entry: Any) -> tuple[int, int]:
    """Where a tensor begins and ends, if that fits what is said of its form."""
    if not is_dict(entry) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise _malformed(f"the entry of {name!r} is not a tensor's")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if type(dtype) is not str or dtype not in _DTYPES:
        raise _malformed(f"{name!r} holds an unknown kind of numbers, {dtype!r}"[:200])
    if not (_are_sizes(shape) and len(shape) <= _MAX_RANK):
        raise _malformed(f"the shape of {name!r} is not one")
    if not (_are_sizes(offsets) and len(offsets) == 2):
        raise _malformed(f"the offsets of {name!r} are not two sizes")
    size = room = np.dtype(_DTYPES[dtype]).itemsize
    for length in shape:
        size, room = size * length, room * max(length, 1)
    # NumPy refuses an empty array whose other sizes overflow: so do we, before it comes to that.
    if size != offsets[1] - offsets[0] or room >= 2**63:
        raise _malformed(f"the shape of {name!r} does not fit its offsets")
    return offsets[0], offsets[1]


def _are_sizes(values: Any) -> bool:
    return is_list(values) and all(type(v) is int and 0 <= v < 2**63 for v in values)


def is_dict(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether it is an object of JSON."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether it is a list of JSON."""
    return isinstance(value, list)


def _json(text: str, what: str) -> Any:
    """Parse JSON strictly: no duplicate keys, no NaN, no nesting without end."""
    import json

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key occurs twice")
        return found

    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is not JSON")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise _malformed(f"{what} is not valid JSON: {str(error)[:200]}") from error


def _text(value: Any, **how: Any) -> str:
    import json

    return json.dumps(value, separators=(",", ":"), allow_nan=False, **how)


def _malformed(what: str) -> LoadError:
    return LoadError(f"the file is malformed: {what}", fix="take it from a source you trust")
