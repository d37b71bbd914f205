"""Files and directories that are replaced whole or not at all, whenever the process is killed.

What is new is written aside, synced, and renamed. What a killed process leaves aside is told from
what another one is writing at this moment by a lock, which the system drops when a process ends.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Generator[IO[bytes]]:
    """A file to write that takes the place of ``path`` when it is whole and on the disk.

    If the block raises, the old file stays and the new one is removed. What killed processes
    left aside is removed too.

    Raises:
        OSError: It cannot be written; a note says that ``path`` is as it was.
    """
    target = Path(os.path.realpath(path))
    with naming_target(target):
        remove_leftovers(target)
        file, aside = _opened_aside(target)
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            aside.replace(target)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        sync_directory(target.parent)


@contextmanager
def naming_target(target: Path) -> Generator[None]:
    """Tell an ``OSError`` out of the block what it was that could not be replaced."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:  # of what is written aside, whose name nobody gave
            error.filename = str(target)
        error.add_note(f"{target} could not be written and is as it was before")
        raise


def remove_leftovers(target: Path) -> None:
    """Remove what processes that were killed while they wrote ``target`` have left beside it."""
    for left in target.parent.glob(f".{_escaped(target.name)}.*.new"):
        with suppress(OSError), left.open("rb") as file:
            if _lock(file):  # which another process has while it writes
                left.unlink()


def _opened_aside(target: Path) -> tuple[IO[bytes], Path]:
    """A new file beside the target, locked."""
    while True:
        aside = target.with_name(f".{target.name}.{os.getpid()}.{os.urandom(4).hex()}.new")
        file = aside.open("x+b")
        _lock(file, wait=True)
        if aside.exists():  # it was not taken for a leftover before it was locked
            return file, aside
        file.close()


def _lock(file: IO[bytes], *, wait: bool = False) -> bool:
    """Take the lock of a file until it is closed; False where it cannot be had."""
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:  # on Windows, where a file that is open cannot be removed anyway
        return True
    try:
        flock(file, LOCK_EX if wait else LOCK_EX | LOCK_NB)
    except OSError:  # or the file system has no locks
        return False
    return True


def _escaped(name: str) -> str:
    import glob

    return glob.escape(name)


def sync_directory(directory: Path) -> None:
    """Let a renaming itself survive a power cut, where the system can do that."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# --- directories --------------------------------------------------------------------------------


def replace_directory(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a directory of these files; one that is there stays until the new one is whole.

    Raises:
        OSError: It cannot be written; a note says that ``path`` is as it was.
    """
    target = path.resolve()
    new, old = _beside(target, "new"), _beside(target, "old")
    with naming_target(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove(old)
        _remove(new)
        new.mkdir()
        try:
            for name, data in files.items():
                write_synced(new / name, data)
            sync_directory(new)
            if target.exists():
                target.rename(old)
            new.rename(target)
        except BaseException:
            if old.exists() and not target.exists():
                old.rename(target)
            _remove(new)
            raise
    sync_directory(target.parent)
    _remove(old)


def recover(path: str | os.PathLike[str]) -> None:
    """Put the old directory back where a replacement was interrupted before the new one was in.

    Nothing else is touched: another process may be writing there.
    """
    target = Path(path).resolve()
    old = _beside(target, "old")
    if old.exists() and not target.exists():
        warnings.warn(f"replacing {target} was interrupted; the old model is back", stacklevel=3)
        old.rename(target)


def write_synced(path: Path, data: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _beside(target: Path, suffix: str) -> Path:
    return target.parent / f".{target.name}.{suffix}"


def _remove(directory: Path) -> None:
    """Remove a directory; killed half way, it does not pass for a whole one under its name."""
    import shutil

    gone = directory.with_name(f"{directory.name}.gone")
    for _ in range(2):
        if gone.exists():
            shutil.rmtree(gone)
        if directory.exists():
            directory.rename(gone)
