"""A directory takes the place of the old one by two renamings, while no other process does."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from .aside import (
    all_aside,
    allow_as,
    is_still,
    lock,
    name_aside,
    naming_target,
    sync_directory,
)

T = TypeVar("T")

#: So often is a directory read again that is replaced while it is read.
_TRIES = 20


def replace_directory(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a directory of these files; one that is there stays until the new one is whole.

    If another process is replacing it at this moment, that one comes first.

    Raises:
        OSError: It cannot be written; a note says that ``path`` is as it was.
    """
    target = _real(path)
    with naming_target(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target, says="another process is saving to {}: waiting for it") as is_sure:
            _put_back(target)
            if is_sure:
                _clear_away(target)
            _replace(target, files)


def _replace(target: Path, files: Mapping[str, bytes]) -> None:
    new = name_aside(target)
    new.mkdir()
    try:
        for name, data in files.items():
            write_synced(new / name, data)
            allow_as(target / name, new / name)
        sync_directory(new)
        allow_as(target, new)
        if target.exists():
            target.rename(_old(target))
        new.rename(target)
    except BaseException:
        _put_back(target)
        with suppress(OSError):
            _remove(new)
        raise
    sync_directory(target.parent)
    _discard_old(target)


def recover(path: str | os.PathLike[str]) -> None:
    """Put the old directory back where a replacement was interrupted before the new one was in.

    Nothing else is touched: another process may be writing there.

    Raises:
        OSError: It cannot be put back; a note says where it is.
    """
    target = _real(path)
    if not _is_cut_off(target):
        return
    try:
        with _alone(target):  # or another process is between the two renamings
            is_back = _put_back(target)
    except OSError as error:
        error.add_note(f"replacing {target} was interrupted; the old model is {_old(target)}")
        raise
    if is_back:
        warnings.warn(f"replacing {target} was interrupted; the old model is back", stacklevel=3)


def unreplaced(path: Path, read: Callable[[], T]) -> T:
    """What ``read`` gives for a directory: all of it from before a replacement, or from after.

    Raises:
        OSError: It is replaced whenever it is read.
    """
    for _ in range(_TRIES):
        recover(path)
        with _held(path):
            before = _state(path)
            try:
                found = read()
            except Exception:
                if before == _state(path) and not _is_cut_off(_real(path)):
                    raise
            else:
                if before == _state(path):
                    return found
    raise OSError(None, "It is replaced again and again while it is read", str(path))


def try_to_write(path: str | os.PathLike[str]) -> None:
    """Raise if no directory can be written there; nothing is left of the attempt.

    Raises:
        OSError: What the system says.
    """
    target = _real(path)
    with naming_target(target):
        if os.path.lexists(target):
            target.stat()  # which fails for a link to itself
        above = next(each for each in target.parents if each.exists())
        attempt = above / name_aside(target).name
        attempt.mkdir()
        attempt.rmdir()


def write_synced(path: Path, data: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _alone(target: Path, *, says: str = "") -> Generator[bool]:
    """Be the only one that replaces a directory; False where there are no locks to be sure of it.

    The lock is a file beside it that is gone afterwards. What a killed process left of it is
    taken over.

    Args:
        says: A warning, if another one has to come first.
    """
    path = target.with_name(f".{target.name}.lock")
    while True:
        with path.open("ab") as file:
            try:
                is_locked = lock(file)
            except BlockingIOError:
                if says:
                    warnings.warn(says.format(target), stacklevel=6)
                is_locked = lock(file, wait=True)
            if not is_still(file, path):  # the other one has removed it before it let go
                continue
            try:
                yield is_locked
            finally:
                with suppress(OSError):
                    path.unlink()
            return


def _real(path: str | os.PathLike[str]) -> Path:
    """The directory itself, where the path is a link to it."""
    return Path(os.path.realpath(path))


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def _is_cut_off(target: Path) -> bool:
    """Whether the old directory is moved away and the new one is not there."""
    try:
        return _old(target).exists() and not target.exists()
    except OSError:  # so long a name, or one in such a place, that nothing was ever beside it
        return False


def _put_back(target: Path) -> bool:
    """Put the old directory back if the new one is not there; whether that was so."""
    if not _is_cut_off(target):
        return False
    _old(target).rename(target)
    return True


def _clear_away(target: Path) -> None:
    """Remove what killed processes have left."""
    for left in filter(Path.is_dir, all_aside(target)):
        with suppress(OSError):
            _remove(left)
    _discard_old(target)


def _discard_old(target: Path) -> None:
    """Remove the old directory; killed half way, the rest does not pass for a whole one."""
    if _old(target).exists():
        with suppress(OSError):  # the next save tries again
            _remove(_old(target).rename(name_aside(target)))


def _remove(directory: Path) -> None:
    import shutil

    shutil.rmtree(directory)


def _state(path: Path) -> tuple[int, ...]:
    """What tells a directory from the one that replaces it."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino


@contextmanager
def _held(path: Path) -> Generator[None]:
    """Hold a directory open, so that its number is not given to another one, where that works."""
    with ExitStack() as stack:
        if path.is_dir():
            with suppress(OSError):
                stack.callback(os.close, os.open(path, os.O_RDONLY))
        yield
