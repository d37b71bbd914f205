"""The model directory: a model with its config, vocabulary and meta data.

    config.cfg  model.safetensors  vocabulary.json (where there is one)  meta.json

A directory is replaced as a whole: the new one is written and synced beside it, the old one
steps aside, and only then does the new one take its name. ``load`` finishes or reverts a
replacement that was interrupted.
"""

from __future__ import annotations

import os
import re
import shutil
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ._guards import is_dict
from .errors import LoadError, SaveError
from .model import Model
from .serialize.files import naming_file

CONFIG, WEIGHTS, VOCABULARY, META = (
    "config.cfg",
    "model.safetensors",
    "vocabulary.json",
    "meta.json",
)
#: Where the meta data keeps the SHA-256 of the vocabulary, a flip in which would change labels.
VOCABULARY_DIGEST = "vocabulary_sha256"


#: Where the meta data lists further files, each with its SHA-256.
FILES = "files"
_FIXED = (CONFIG, WEIGHTS, VOCABULARY, META)
_PLAIN = re.compile(r"\w[\w.-]{0,127}", re.ASCII)


class Archive:
    """What a model directory holds.

    Args:
        model: With its weights.
        config: The text of the ``.cfg`` file that describes it.
        vocabulary: Names by namespace, or None.
        meta: Anything else that JSON can hold.
        files: More files, by name.

    Attributes:
        report: What was taken over into another model, where only a part was.
    """

    def __init__(
        self,
        model: Model[Any, Any],
        config: str,
        vocabulary: Mapping[str, list[str]] | None = None,
        meta: Mapping[str, Any] = {},
        files: Mapping[str, bytes] = {},
    ) -> None:
        self.model, self.config = model, config
        self.vocabulary, self.meta, self.files = vocabulary, dict(meta), dict(files)
        self.report: object = None


def save_archive(archive: Archive, path: str | os.PathLike[str]) -> None:
    """Write a model directory; one that is there stays until the new one is whole.

    Raises:
        SaveError: ``path`` is there and is no model directory.
    """
    target = Path(path)
    recover(target)
    if target.exists() and not holds_model(target) and (target.is_file() or any(target.iterdir())):
        raise SaveError(
            f"{target} is there and is no model directory", fix="choose another directory"
        )
    _swap_in(target, members_of(archive))


def members_of(archive: Archive) -> dict[str, bytes]:
    """The files of a model directory by name; meta data list the further ones.

    Raises:
        SaveError: A further file has no plain name, or the model cannot be saved.
    """
    import json

    files = {
        CONFIG: archive.config.encode(),
        WEIGHTS: archive.model.to_bytes(),
    }
    meta = dict(archive.meta)
    if archive.vocabulary is not None:
        names = json.dumps(archive.vocabulary, ensure_ascii=False, indent=1).encode()
        files[VOCABULARY], meta[VOCABULARY_DIGEST] = names, _digest(names)
    for name in archive.files:
        if not is_plain_name(name):
            raise SaveError(
                f"{name!r} cannot be the name of a further file",
                fix=f"use letters, digits, _ - and dots, and none of {', '.join(_FIXED)}",
            )
    if archive.files:
        meta[FILES] = {name: _digest(data) for name, data in archive.files.items()}
    files[META] = json.dumps(meta, ensure_ascii=False, indent=1, sort_keys=True).encode()
    return {**files, **archive.files}


def load_archive(path: str | os.PathLike[str], build: Callable[[str], Model[Any, Any]]) -> Archive:
    """Read a model directory.

    Args:
        build: Makes the model, still without weights, from the text of the config.

    Raises:
        LoadError: There is no model, or its files do not fit together.
    """
    source = Path(path)
    recover(source)
    if not holds_model(source):
        raise LoadError(
            f"{source} holds no model",
            fix=f"a model directory has {CONFIG} and {WEIGHTS}; combinet train writes one",
        )

    def read(name: str) -> bytes | None:
        file = source / name
        return file.read_bytes() if file.exists() else None

    return archive_of(read, source, build)


def archive_of(
    read: Callable[[str], bytes | None], source: Path, build: Callable[[str], Model[Any, Any]]
) -> Archive:
    """Put an archive together from its files, each proven to be the one that was saved.

    Args:
        read: Gives a file by its name, or None.
        source: Where they are from, for messages.
        build: As for ``load_archive``.

    Raises:
        LoadError: They do not fit together.
    """
    import json

    def needed(name: str) -> bytes:
        found = read(name)
        if found is None:
            raise _damaged(source, f"{name} is missing")
        return found

    try:
        config, names = needed(CONFIG).decode("utf-8"), read(VOCABULARY)
        meta: Any = json.loads(needed(META).decode("utf-8"))
        vocabulary = None if names is None else json.loads(names)
    except LoadError:
        raise
    except (ValueError, OSError, RecursionError) as error:
        raise _damaged(source, str(error)) from error
    if not is_dict(meta):
        raise _damaged(source, f"{META} is no table")
    if meta.pop(VOCABULARY_DIGEST, None) != (None if names is None else _digest(names)):
        raise _damaged(source, f"{VOCABULARY} is not the one that was saved with it")
    files = _further(read, source, meta.pop(FILES, {}))
    with naming_file(source / WEIGHTS):
        model = build(config).from_bytes(needed(WEIGHTS))
    return Archive(model, config, vocabulary, meta, files)


def _further(read: Callable[[str], bytes | None], source: Path, listed: Any) -> dict[str, bytes]:
    """The files that the meta data list, by name."""
    if not is_dict(listed) or not all(map(is_plain_name, listed)):
        raise _damaged(source, f"its list of {FILES} is malformed")
    found = {name: read(name) for name in listed}
    for name, data in found.items():
        if data is None or _digest(data) != listed[name]:
            raise _damaged(source, f"{name} is not the one that was saved with it")
    return {name: data for name, data in found.items() if data is not None}


def is_plain_name(name: object) -> bool:
    """Whether a further file may have this name: no path, nothing hidden, none of the others."""
    return isinstance(name, str) and bool(_PLAIN.fullmatch(name)) and name not in _FIXED


def holds_model(path: str | os.PathLike[str]) -> bool:
    """Whether a model directory is there."""
    return (Path(path) / CONFIG).is_file() and (Path(path) / WEIGHTS).is_file()


def recover(path: str | os.PathLike[str]) -> None:
    """Put the old directory back where a replacement was interrupted before the new one was in.

    Nothing else is touched: another process may be writing there.
    """
    target = Path(path).resolve()
    old = _beside(target, "old")
    if old.exists() and not target.exists():
        warnings.warn(f"replacing {target} was interrupted; the old model is back", stacklevel=3)
        old.rename(target)


def _damaged(source: Path, how: str) -> LoadError:
    return LoadError(f"{source} is damaged: {how}", fix="train or copy it again")


def _digest(data: bytes) -> str:
    from hashlib import sha256

    return sha256(data).hexdigest()


def _beside(target: Path, suffix: str) -> Path:
    return target.parent / f".{target.name}.{suffix}"


def _swap_in(target: Path, files: Mapping[str, bytes]) -> None:
    target = target.resolve()
    new, old = _beside(target, "new"), _beside(target, "old")
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove(old)
    _remove(new)
    new.mkdir()
    try:
        for name, data in files.items():
            _write_synced(new / name, data)
        _sync_directory(new)
        if target.exists():
            target.rename(old)
        new.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        _remove(new)
        raise
    _sync_directory(target.parent)
    _remove(old)


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(directory: Path) -> None:
    if directory.exists():
        shutil.rmtree(directory)
