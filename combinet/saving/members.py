"""The files of an archive, read by their names out of a directory or a zip, never unpacked."""

from __future__ import annotations

import errno
import os
import stat
import struct
import zlib
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from .._replace import replacing
from ..archive import holds_model
from ..errors import LoadError, SaveError
from ..serialize.parts import CONFIG, META, WEIGHTS

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo


#: No text that describes a model is longer.
TEXT_LIMIT = 16 << 20
#: A packed file may unpack to this much, or to so many times its size: no more.
UNPACKED_LIMIT, RATIO_LIMIT = 256 << 20, 20
#: A zip of a model has a handful of members.
MEMBER_LIMIT = 1000
#: Members that are not packed, and those that are as all programs do it.
_PACKED_AS = (0, 8)
#: What the comment of a zip that we wrote begins with; then comes the SHA-256 of the zip, taken
#: while these 64 digits are zeros.
COMMENT = b"combinet sha256 "
_DIGITS = 64
_END = b"PK\x05\x06"
_END_SIZE = 22


class Members:
    """What an archive holds.

    Args:
        names: Of its files, and of what else is there.
        read: Gives the file of a name, or None.
    """

    def __init__(self, names: Iterable[str], read: Callable[[str], bytes | None]) -> None:
        self.names, self.read = frozenset(names), read


def is_zip_path(path: str | os.PathLike[str]) -> bool:
    """Whether an archive of this name is one file."""
    return Path(path).suffix.lower() == ".zip"


@contextmanager
def open_members(source: Path) -> Generator[Members]:
    """The files of an archive, to be read inside the block.

    Raises:
        LoadError: There is no archive, or it is none that we would write.
    """
    if source.is_dir():
        yield _of_directory(source)
        return
    if not source.exists():
        raise LoadError(
            f"there is no file or directory {str(source)!r}",
            fix="give a model: its directory, the zip of one, or a .safetensors file",
        )
    from zipfile import ZipFile, is_zipfile

    with source.open("rb") as raw:  # once: the next moment another file may have its name
        if not (is_zip_path(source) or is_zipfile(raw)):
            raise _no_archive(source)
        with _unpacking(source):
            file = ZipFile(raw)
        with file:
            yield _of_zip(source, file, raw)


@contextmanager
def _unpacking(source: Path) -> Generator[None]:
    """Say of what a damaged zip raises which file it is about."""
    from zipfile import BadZipFile

    wrong = (
        BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        NotImplementedError,
        ValueError,
        OSError,
    )
    try:
        yield
    except wrong as error:
        of_disk = isinstance(error, OSError) and error.errno != errno.EINVAL  # of a wrong offset
        if of_disk or isinstance(error, LoadError):
            raise
        raise LoadError(f"{source} is no whole zip: {error}", fix="copy it again") from error


def _of_directory(source: Path) -> Members:
    if not holds_model(source):
        raise _no_model(source)

    def read(name: str) -> bytes | None:
        file = source / name
        if not os.path.lexists(file):
            return None
        if file.is_symlink() or not file.is_file():
            raise LoadError(f"{name} in {source} is no file of its own", fix="copy the real one")
        _refuse_long(source, name, file.stat().st_size)
        return file.read_bytes()

    return Members([each.name for each in source.iterdir()], read)


def _of_zip(source: Path, file: ZipFile, raw: IO[bytes]) -> Members:
    infos = file.infolist()
    if len(infos) > MEMBER_LIMIT:
        raise LoadError(f"{source} has {len(infos):,} members, which no model has")
    for info in infos:
        _refuse_hostile(source, info)
    names = [info.filename for info in infos]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise LoadError(f"{source} holds {twice[0]!r} twice", fix="zip the model again")
    if not {CONFIG, WEIGHTS} <= set(names):
        raise _no_model(source)
    _refuse_changed(source, file.comment, raw)

    def read(name: str) -> bytes | None:
        if name not in names:
            return None
        info = file.getinfo(name)
        _refuse_long(source, name, info.file_size)
        if info.file_size > max(UNPACKED_LIMIT, RATIO_LIMIT * info.compress_size):
            raise LoadError(
                f"{name} in {source} would unpack from {info.compress_size:,} bytes to "
                f"{info.file_size:,}",
                fix="if it is what you want, unpack it by hand and load the directory",
            )
        with _unpacking(source), file.open(info) as member:
            data = member.read(info.file_size + 1)
        if len(data) != info.file_size:
            raise LoadError(f"{name} in {source} is not as long as the zip says")
        return data

    return Members(names, read)


def _refuse_hostile(source: Path, info: ZipInfo) -> None:
    """Raise for a member that tries to be somewhere else, or something else, than a file."""
    name, mode = info.filename, info.external_attr >> 16
    if name.startswith("/") or "\\" in info.orig_filename or ":" in name:
        raise LoadError(f"{source} holds a member with the path {name!r}, outside of itself")
    if ".." in name.split("/") or "\0" in info.orig_filename:
        raise LoadError(f"{source} holds a member with the path {name!r}, outside of itself")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise LoadError(f"{name!r} in {source} is a link or a device, and no file")
    if info.compress_type not in _PACKED_AS:
        raise LoadError(f"{name!r} in {source} is packed in an unusual way", fix="zip it anew")
    if info.flag_bits & 0x1:
        raise LoadError(
            f"{name!r} in {source} is encrypted", fix="zip the model without a password"
        )


def _refuse_changed(source: Path, comment: bytes, raw: IO[bytes]) -> None:
    """Raise if any bit is not as it was when the zip was made, where it says what it was.

    A zip that others made has no comment, and the checksum of each member guards it.
    """
    if not comment:
        raw.seek(-_END_SIZE, os.SEEK_END)
        end = raw.read()
        is_whole = end.startswith(_END) and end.endswith(b"\0\0")  # says: no comment
    else:
        said = comment.removeprefix(COMMENT)
        is_whole = said != comment and said == _digest(raw)
    if not is_whole:
        raise LoadError(
            f"{source} is damaged: it is not as it was when it was made",
            fix="take another copy; or, if you changed it on purpose, zip its files anew",
        )


def _digest(file: IO[bytes]) -> bytes:
    """The SHA-256 of a zip whose comment ends in it, with zeros in its place."""
    from hashlib import sha256

    left, digest = file.seek(-_DIGITS, os.SEEK_END), sha256()
    file.seek(0)
    while left > 0:
        part = file.read(min(left, 1 << 20))
        digest.update(part)
        left -= len(part) or left
    digest.update(b"0" * _DIGITS)
    return digest.hexdigest().encode()


def _refuse_long(source: Path, name: str, size: int) -> None:
    if name in (CONFIG, META) and size > TEXT_LIMIT:
        raise LoadError(f"{name} in {source} has {size:,} bytes, which no description has")


def _no_model(source: Path) -> LoadError:
    return LoadError(
        f"{source} holds no model",
        fix=f"an archive has {CONFIG} and {WEIGHTS} at its top; combinet.save writes one",
    )


def _no_archive(source: Path) -> LoadError:
    fixes = {
        ".safetensors": "these are weights alone: build the model, then model.from_disk(path)",
        ".cfg": f"this is a config: combinet check {source} shows the model it describes",
    }
    return LoadError(
        f"{source} is neither a model directory nor the zip of one",
        fix=fixes.get(source.suffix.lower(), "give the path of a model"),
    )


def write_zip(target: Path, members: Mapping[str, bytes]) -> None:
    """Write one zip, without packing; equal members give equal bytes.

    Raises:
        SaveError: Another file is there.
        OSError: It cannot be written; what was there is as it was.
    """
    from zipfile import ZipFile, ZipInfo

    if target.is_dir():
        raise SaveError(f"{target} is a directory", fix="choose another name")
    if target.is_file() and target.stat().st_size and not _is_ours(target):
        raise SaveError(f"{target} is there and holds no model", fix="choose another name")
    with replacing(target) as file:
        with ZipFile(file, "w") as new:
            for name, data in members.items():
                info = ZipInfo(name)  # of 1980: the time of writing is not part of a model
                info.external_attr = (stat.S_IFREG | 0o644) << 16
                new.writestr(info, data)
            new.comment = COMMENT + b"0" * _DIGITS
        digest = _digest(file)
        file.seek(-_DIGITS, os.SEEK_END)
        file.write(digest)


def _is_ours(path: Path) -> bool:
    from zipfile import ZipFile

    try:
        with _unpacking(path), ZipFile(path) as file:
            return {CONFIG, WEIGHTS} <= set(file.namelist())
    except LoadError:
        return False
