"""The model directory: a model with its config, vocabulary and meta data.

    config.cfg  model.safetensors  vocabulary.json (where there is one)  meta.json

``meta.json`` holds the SHA-256 of every text beside it and its own, the weights hold theirs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ._replace import replace_directory, unreplaced
from .errors import ConfigError, LoadError, SaveError
from .model import Model
from .serialize.files import naming_file, sample_in
from .serialize.load import from_dict
from .serialize.parts import CONFIG as CONFIG
from .serialize.parts import (
    FIXED,
    FORMAT,
    META,
    VOCABULARY,
    WEIGHTS,
    Parts,
    damaged,
    listed_files,
    meta_bytes,
    read_parts,
)
from .serialize.texts import json_bytes, utf8_bytes
from .util import at_most

Build: TypeAlias = Callable[[str, str], Model[Any, Any]]
#: What the system puts into a folder that was looked at.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


class Archive:
    """What a model directory holds.

    Args:
        model: With its weights.
        config: The text of the ``.cfg`` file that describes it.
        vocabulary: Names by namespace, or None.
        meta: Anything else that JSON can hold.
        files: More files, by name.
        sample: Of the model's input: it is kept with what the model predicts for it, and
            loading predicts it again.

    Attributes:
        format: The version of the directory that was read, or will be written.
        report: What was taken over into another model, where only a part was.
    """

    def __init__(
        self,
        model: Model[Any, Any],
        config: str,
        vocabulary: Mapping[str, list[str]] | None = None,
        meta: Mapping[str, Any] = {},
        files: Mapping[str, bytes] = {},
        sample: Any = None,
    ) -> None:
        self.model, self.config, self.sample = model, config, sample
        self.vocabulary, self.meta, self.files = vocabulary, dict(meta), dict(files)
        self.format = FORMAT
        self.report: object = None


def save_directory(archive: Archive, path: str | os.PathLike[str]) -> None:
    """Write a model directory; one that is there stays until the new one is whole.

    If another process is saving to ``path``, that one comes first.

    Raises:
        SaveError: ``path`` is there and is no model directory, or holds more than a model.
        OSError: It cannot be written; what was there is as it was.
    """
    target = Path(path)
    refuse_to_replace(target)
    replace_directory(target, members_of(archive))


def refuse_to_replace(path: str | os.PathLike[str]) -> None:
    """Raise if a model directory in this place would destroy something else than a model.

    Raises:
        SaveError: A file is there, or a directory with files that are not a model's.
    """
    target = Path(path)
    unreplaced(target, lambda: _refuse_others(target))


def _refuse_others(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir() or (not holds_model(target) and any(target.iterdir())):
        raise SaveError(
            f"{target} is there and is no model directory", fix="choose another directory"
        )
    meta = target / META
    ours = {*FIXED, *_LITTER, *(listed_files(meta.read_bytes()) if meta.is_file() else ())}
    if strays := sorted(each.name for each in target.iterdir() if each.name not in ours):
        shown = ", ".join(map(repr, strays[:5])) + (", ..." if len(strays) > 5 else "")
        raise SaveError(
            f"{target} holds more than a model, which would be lost: {shown}",
            fix="move it elsewhere, or choose another directory",
        )


def members_of(archive: Archive) -> dict[str, bytes]:
    """The files of a model directory by name; meta data list the further ones.

    Raises:
        SaveError: A further file has no plain name, a text cannot be written, or the model
            cannot be saved.
    """
    config, names = utf8_bytes(archive.config, CONFIG), None
    if archive.vocabulary is not None:
        names = json_bytes(archive.vocabulary, VOCABULARY)
    meta = meta_bytes(archive.meta, config, names, archive.files)
    files = {CONFIG: config, WEIGHTS: archive.model.to_bytes(sample=archive.sample)}
    vocabulary = {} if names is None else {VOCABULARY: names}
    return {**files, **vocabulary, META: meta, **archive.files}


def load_directory(
    path: str | os.PathLike[str],
    build: Build,
    *,
    replay: bool = True,
) -> Archive:
    """Read a model directory.

    Args:
        path: The directory.
        build: Makes the model, still without weights, from the text of the config and the name
            of its file, for messages.
        replay: Predict the sample that it may hold, and compare.

    Raises:
        LoadError: There is no model, or its files do not fit together.
    """
    source = Path(path)

    def read(name: str) -> bytes | None:
        file = source / name
        return file.read_bytes() if file.is_file() else None

    def read_all() -> Parts:
        if not holds_model(source):
            raise _no_model(source)
        return read_parts(read, source)

    return archive_of(unreplaced(source, read_all), source, build, replay=replay)


def archive_of(parts: Parts, source: Path, build: Build, *, replay: bool = True) -> Archive:
    """Put an archive together from what its files hold.

    Args:
        parts: What they hold.
        source: Where they are from, for messages.
        build: As for ``load_directory``.
        replay: As for ``load_directory``.

    Raises:
        LoadError: They do not fit together.
    """
    model, message = _built(build, parts, source), parts.message
    with naming_file(source / WEIGHTS):
        from_dict(model, message, replay=replay)
    sample = sample_in(message)
    archive = Archive(model, parts.config, parts.vocabulary, parts.meta, parts.files, sample)
    archive.format = parts.version
    return archive


def _built(build: Build, parts: Parts, source: Path) -> Model[Any, Any]:
    """The model that the config describes, if it is about as large as what the file holds."""
    numbers = sum(stored.size for stored in parts.message["tensors"].values())
    layers = len(parts.message["nodes"])
    try:
        with at_most(nodes=1000 + 100 * layers, numbers=1000 + 2 * numbers):
            return build(parts.config, str(source / CONFIG))
    except MemoryError as error:
        raise damaged(source, f"{CONFIG} describes more than this machine can hold") from error
    except (ConfigError, LoadError) as error:
        error.facts = {"file": str(source / CONFIG), **error.facts}
        raise


def holds_model(path: str | os.PathLike[str]) -> bool:
    """Whether a model directory is there."""
    return (Path(path) / CONFIG).is_file() and (Path(path) / WEIGHTS).is_file()


def _no_model(source: Path) -> LoadError:
    if not source.exists():
        return LoadError(
            f"there is no model directory {str(source)!r}", fix="combinet train writes one"
        )
    fix = f"a model directory has {CONFIG} and {WEIGHTS}; combinet train writes one"
    if source.suffix.lower() == ".zip" and source.is_file():
        fix = "unzip it, and give the directory"
    return LoadError(f"{source} holds no model", fix=fix)
