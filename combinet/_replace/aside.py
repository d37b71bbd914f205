"""What both kinds of replacement need: names aside, locks, and that all is on the disk."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


def name_aside(target: Path) -> Path:
    """A name beside the target that nobody else has."""
    return target.with_name(f".{target.name}.{os.getpid()}.{os.urandom(4).hex()}.new")


def all_aside(target: Path) -> list[Path]:
    """What bears such a name; not what is written for another whose name begins alike."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.\d+\.[0-9a-f]{{8}}\.new")
    with suppress(PermissionError):  # one may write into some directories and not list them
        return [each for each in target.parent.iterdir() if ours.fullmatch(each.name)]
    return []


def lock(file: IO[bytes], *, wait: bool = False) -> bool:
    """Take the lock of a file until it is closed; False where there are no locks.

    Raises:
        BlockingIOError: Another has it, and ``wait`` is False.
    """
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:  # on Windows
        return False
    try:
        flock(file, LOCK_EX if wait else LOCK_EX | LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # the file system has none
        return False
    return True


def is_still(file: IO[bytes], path: Path) -> bool:
    """Whether the name is still that of the open file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def allow_as(old: Path, new: Path) -> None:
    """Let those read and write the new one who may the old one, where there is one."""
    import shutil

    with suppress(FileNotFoundError):
        shutil.copymode(old, new)


def sync_directory(directory: Path) -> None:
    """Let a renaming itself survive a power cut, where the system can do that."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def naming_target(target: Path) -> Generator[None]:
    """Tell an ``OSError`` out of the block what it was that could not be replaced."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:  # of what is written aside, whose name nobody gave
            error.filename = str(target)
            del error.filename2
        error.add_note(f"{target} could not be written and is as it was before")
        raise
