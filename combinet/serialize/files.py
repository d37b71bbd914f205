"""Models as bytes and as files on disk."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ..errors import LoadError
from .load import differences, from_dict
from .message import message_of
from .safetensors_file import pack, unpack

if TYPE_CHECKING:
    from ..model import Model


def to_bytes(model: Model[Any, Any]) -> bytes:
    """A safetensors file as bytes; equal models give equal bytes.

    Raises:
        SaveError: An attribute has no faithful form, or a reference leads out of the tree.
    """
    before, digest, after = _packed(model)
    return b"".join((before, digest.encode(), after))


def from_bytes(model: Model[Any, Any], data: bytes) -> None:
    """Set on a model what ``to_bytes`` of a like one gave.

    Raises:
        LoadError: It is damaged or does not fit; nothing was changed.
    """
    from_dict(model, read_message(data))


def to_disk(model: Model[Any, Any], path: str | PathLike[str]) -> None:
    """Write a safetensors file: the old one stays until the new one is whole and on disk.

    Raises:
        SaveError: An attribute has no faithful form, or a reference leads out of the tree.
        OSError: The file cannot be written; the old one is as it was.
    """
    before, digest, after = _packed(model)
    with replacing(path) as file:
        file.writelines((before, digest.encode(), after))


def from_disk(model: Model[Any, Any], path: str | PathLike[str]) -> None:
    """``from_bytes`` of a file.

    Raises:
        LoadError: It is damaged or does not fit; nothing was changed.
    """
    with naming_file(path):
        from_bytes(model, Path(path).read_bytes())


def can_from_bytes(model: Model[Any, Any], data: bytes, *, strict: bool) -> bool:
    """Whether ``from_bytes`` would work; with strict, names and attributes must agree too."""
    try:
        return not differences(model, read_message(data), strict=strict)
    except LoadError:
        return False


def can_from_disk(model: Model[Any, Any], path: str | PathLike[str], *, strict: bool) -> bool:
    """Whether ``from_disk`` would work; with strict, names and attributes must agree too."""
    return can_from_bytes(model, Path(path).read_bytes(), strict=strict)


def read_message(data: bytes) -> Mapping[str, Any]:
    """What a file holds, proven whole, as ``from_dict`` takes it.

    Raises:
        LoadError: It is damaged, or is no file of combinet.
    """
    structure, tensors = unpack(data)
    return {**structure, "tensors": tensors}


@contextmanager
def replacing(path: str | PathLike[str]) -> Generator[IO[bytes]]:
    """A file to write that takes the place of ``path`` when it is whole and on the disk.

    If the block raises, the old file stays and the new one is removed.
    """
    target = Path(os.path.realpath(path))
    aside = target.with_name(f".{target.name}.{os.getpid()}.{os.urandom(4).hex()}.new")
    try:
        with aside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    except BaseException as error:
        aside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.add_note(f"{target} is as it was before")
        raise
    _sync_directory(target.parent)


def _sync_directory(directory: Path) -> None:
    """Let the renaming itself survive a power cut, where the system can do that."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _packed(model: Model[Any, Any]) -> tuple[Any, str, Any]:
    message = message_of(model, _little_endian)
    return pack(message.pop("tensors"), message)


def _little_endian(array: Any) -> Any:
    return np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")


@contextmanager
def naming_file(path: str | PathLike[str]) -> Generator[None]:
    """Tell a ``LoadError`` out of the block which file it is about."""
    try:
        yield
    except LoadError as error:
        error.facts = {"file": str(path), **error.facts}
        raise
