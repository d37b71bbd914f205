"""save, load and load_archive: a model with its config in a directory, or in one zip of it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from functools import partial as bound
from pathlib import Path
from typing import Any

from .._replace import unreplaced
from ..archive import Archive, archive_of, members_of, save_directory
from ..config import Config
from ..errors import ConfigError, LoadError
from ..model import Model
from ..registry import registry
from ..serialize.parts import FIXED, Parts, read_parts
from .members import is_zip_path, open_members, write_zip
from .transfer import transfer
from .trust import model_of


def save(
    model: Model[Any, Any],
    path: str | os.PathLike[str],
    *,
    config: Config | str | None = None,
    vocabulary: Mapping[str, list[str]] | None = None,
    meta: Mapping[str, Any] = {},
    files: Mapping[str, str | os.PathLike[str] | bytes] = {},
    sample: Any = None,
) -> None:
    """Write a model with the config that builds it: ``combinet.load`` gives it back.

    What is there stays until the new archive is whole. Where several processes save to one
    path, it is the last one's, whole.

    Args:
        model: Initialized.
        path: A directory; or, where it ends in ``.zip``, one file.
        config: With a section ``[model]`` that builds the model; the model writes its own when
            this is omitted.
        vocabulary: Names by namespace.
        meta: Anything else that JSON can hold.
        files: More files to keep with it, by name: the path of each, or its bytes.
        sample: Of the model's input, a few rows: it is kept with what the model predicts for
            it, and loading predicts it again and compares.

    Raises:
        ConfigError: No config describes the model: it says what in it, and why.
        SaveError: Something else is there or would be lost, a file cannot be named so, or the
            sample or what is predicted for it cannot be kept.
        OSError: It cannot be written, on a full disk for one; what was there is as it was.
    """
    text = _config_of(model) if config is None else config
    text = text.to_str() if isinstance(text, Config) else text
    read = {
        name: file if isinstance(file, bytes) else Path(file).read_bytes()
        for name, file in files.items()
    }
    archive = Archive(model, text, vocabulary, meta, read, sample)
    if is_zip_path(path):
        write_zip(Path(path), members_of(archive))
    else:
        save_directory(archive, path)


def load(
    path: str | os.PathLike[str],
    *,
    into: Model[Any, Any] | None = None,
    partial: str | None = None,
    trusted: bool = False,
    replay: bool = True,
) -> Model[Any, Any]:
    """Build the model of an archive, with its weights. See ``load_archive`` for the arguments.

    Example:
        >>> import combinet, tempfile, numpy as np
        >>> model = (combinet.Relu(4, 2) >> combinet.Softmax(3)).initialize()
        >>> path = tempfile.mkdtemp() + "/model.zip"
        >>> combinet.save(model, path)
        >>> X = np.ones((1, 2), dtype="float32")
        >>> bool((combinet.load(path).predict(X) == model.predict(X)).all())
        True
    """
    archive = load_archive(path, into=into, partial=partial, trusted=trusted, replay=replay)
    return archive.model


def load_archive(
    path: str | os.PathLike[str],
    *,
    into: Model[Any, Any] | None = None,
    partial: str | None = None,
    trusted: bool = False,
    replay: bool = True,
) -> Archive:
    """Read an archive: its model, config, vocabulary, meta data and further files.

    Its files are read by their names and nothing is unpacked; what else is in it is left alone.

    Args:
        path: A model directory, or a zip of one.
        into: A model to load into, instead of building the one that the config describes.
        partial: With ``into``: take over only parameters whose ``path/name`` this regular
            expression finds, such as ``"^0/"``; ``report`` of the archive says which.
        trusted: Let the config name functions of any registry. Otherwise it may name
            architectures, layers and initializers only, and read no other file.
        replay: Predict the sample that the archive may hold, and compare with what was
            predicted when it was saved.

    Raises:
        LoadError: There is no model, it is damaged or hostile, or does not fit; nothing was
            changed.
    """
    if partial is not None and into is None:
        raise LoadError(
            "partial= says what to take over into a model, and there is none",
            fix="initialize one, and pass it as into=",
        )
    source = Path(path)
    parts, names = unreplaced(source, bound(_read, source))
    if into is None or partial is not None:
        build = bound(model_of, trusted=trusted)
        archive = archive_of(parts, source, build, replay=replay)
    else:
        archive = archive_of(parts, source, lambda text, file: into, replay=replay)
    strays = names - {*FIXED, *archive.files}
    if named := sorted(name for name in strays if not name.startswith(".")):
        listed = ", ".join(map(repr, named[:5]))
        warnings.warn(f"{source} holds files that are not read: {listed}", stacklevel=2)
    if into is not None and partial is not None:
        archive.report = transfer(archive.model, into, partial, source)
        archive.model = into
    return archive


@registry.architectures("from_archive.v1", remember=False)
def from_archive(archive_file: str) -> Model[Any, Any]:
    """The model of an archive, with its weights.

    Args:
        archive_file: A model directory, or a zip of one.
    """
    return load(archive_file)


def _read(source: Path) -> tuple[Parts, frozenset[str]]:
    """What an archive holds, and the names of all that is in it."""
    with open_members(source) as members:
        return read_parts(members.read, source), members.names


def _config_of(model: Model[Any, Any]) -> Config:
    try:
        return model.to_config()
    except ConfigError as error:
        error.fix += "; or give save() a config= whose section [model] builds the model"
        raise
