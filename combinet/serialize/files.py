"""Models as bytes and as files on disk."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._replace import replacing
from ..errors import LoadError, SaveError
from .load import differences, from_dict
from .message import message_of
from .probe import add_probe, read_probe
from .safetensors_file import digest_of, pack, unpack

if TYPE_CHECKING:
    from ..model import Model


def to_bytes(model: Model[Any, Any], sample: Any = None) -> bytes:
    """A safetensors file as bytes; equal models give equal bytes.

    Args:
        model: What is written.
        sample: Of its input: it is kept with what the model predicts for it, and loading
            predicts it again.

    Raises:
        SaveError: An attribute has no faithful form, a reference leads out of the tree, or the
            sample or its prediction cannot be kept.
    """
    before, zeros, *after = _packed(model, sample)
    return b"".join((before, digest_of((before, zeros, *after)), *after))


def from_bytes(model: Model[Any, Any], data: bytes, *, replay: bool = True) -> None:
    """Set on a model what ``to_bytes`` of a like one gave.

    Args:
        model: What is changed.
        data: The file.
        replay: Predict the sample that the file may hold, and compare.

    Raises:
        LoadError: It is damaged, does not fit, or predicts something else than when it was
            saved; nothing was changed.
    """
    from_dict(model, read_message(data), replay=replay)


def to_disk(model: Model[Any, Any], path: str | PathLike[str], sample: Any = None) -> None:
    """Write a safetensors file: the old one stays until the new one is whole and on disk.

    Args:
        model: What is written.
        path: The file.
        sample: As for ``to_bytes``.

    Raises:
        SaveError: As in ``to_bytes``.
        OSError: The file cannot be written; the old one is as it was.
    """
    from concurrent.futures import ThreadPoolExecutor

    parts = _packed(model, sample)
    with replacing(path) as file, ThreadPoolExecutor(1) as aside:
        digest = aside.submit(digest_of, parts)  # while the file is written
        file.writelines(parts)
        file.seek(len(parts[0]))
        file.write(digest.result())


def from_disk(model: Model[Any, Any], path: str | PathLike[str], *, replay: bool = True) -> None:
    """``from_bytes`` of a file.

    Raises:
        LoadError: As in ``from_bytes``; nothing was changed.
    """
    with naming_file(path):
        from_bytes(model, Path(path).read_bytes(), replay=replay)


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


def can_keep(model: Model[Any, Any], sample: Any) -> bool:
    """Whether a file can keep this sample as the probe of the model."""
    try:
        add_probe({"tensors": {}}, model, sample)
    except SaveError:
        return False
    return True


def sample_in(message: Mapping[str, Any]) -> Any:
    """The sample of a probed file that loads; None where there is none."""
    if "probe" not in message:
        return None
    return read_probe(message["probe"], lambda _, name: message["tensors"][name].array())[0]


def _packed(model: Model[Any, Any], sample: Any) -> list[Any]:
    message = message_of(model, _little_endian)
    if sample is not None:
        add_probe(message, model, sample)
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
