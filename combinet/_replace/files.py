"""A file takes the place of the old one by one renaming, when it is whole and on the disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from .aside import (
    all_aside,
    allow_as,
    is_still,
    lock,
    name_aside,
    naming_target,
    sync_directory,
)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Generator[IO[bytes]]:
    """A file to write that takes the place of ``path`` when it is whole and on the disk.

    If the block raises, the old file stays and the new one is removed. What killed processes
    left aside is removed too.

    Raises:
        OSError: It cannot be written, or is no file; a note says that ``path`` is as it was.
    """
    target = Path(os.path.realpath(path))
    with naming_target(target):
        _refuse_what_is_no_file(target)
        _remove_leftovers(target)
        file, aside = _opened_aside(target)
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
                allow_as(target, aside)
                if os.name == "nt":  # which renames no open file, and has no such locks
                    file.close()
                aside.replace(target)  # before another one can take it for a leftover
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        sync_directory(target.parent)


def _refuse_what_is_no_file(target: Path) -> None:
    """Raise for a directory, and for a device, whose place the file would take."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "Not a regular file", str(target))


def _remove_leftovers(target: Path) -> None:
    """Remove what processes that were killed while they wrote ``target`` have left beside it."""
    for left in all_aside(target):
        with suppress(OSError), left.open("rb") as file:
            if lock(file):  # which another process has while it writes
                left.unlink()


def _opened_aside(target: Path) -> tuple[IO[bytes], Path]:
    """A new file beside the target, locked."""
    while True:
        aside = name_aside(target)
        file = aside.open("x+b")
        lock(file, wait=True)
        if is_still(file, aside):  # it was not taken for a leftover before it was locked
            return file, aside
        file.close()
