"""The model directory: a model with its config, vocabulary and meta data.

    config.cfg  model.safetensors  vocabulary.json (where there is one)  meta.json

A directory is replaced as a whole: the new one is written and synced beside it, the old one
steps aside, and only then does the new one take its name. ``load`` finishes or reverts a
replacement that was interrupted.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .errors import LoadError, SaveError
from .model import Model

CONFIG, WEIGHTS, VOCABULARY, META = (
    "config.cfg",
    "model.safetensors",
    "vocabulary.json",
    "meta.json",
)


class Archive:
    """What a model directory holds.

    Args:
        model: With its weights.
        config: The text of the ``.cfg`` file that describes it.
        vocabulary: Names by namespace, or None.
        meta: Anything else that JSON can hold.
    """

    def __init__(
        self,
        model: Model[Any, Any],
        config: str,
        vocabulary: Mapping[str, list[str]] | None = None,
        meta: Mapping[str, Any] = {},
    ) -> None:
        self.model, self.config = model, config
        self.vocabulary, self.meta = vocabulary, dict(meta)


def save_archive(archive: Archive, path: str | os.PathLike[str]) -> None:
    """Write a model directory; one that is there stays until the new one is whole.

    Raises:
        SaveError: ``path`` is there and is no model directory.
    """
    import json

    target = Path(path)
    if target.exists() and not holds_model(target) and (target.is_file() or any(target.iterdir())):
        raise SaveError(
            f"{target} is there and is no model directory", fix="choose another directory"
        )
    files = {
        CONFIG: archive.config.encode(),
        WEIGHTS: archive.model.to_bytes(),
        META: _json(archive.meta),
    }
    if archive.vocabulary is not None:
        files[VOCABULARY] = json.dumps(archive.vocabulary, ensure_ascii=False, indent=1).encode()
    _swap_in(target, files)


def load_archive(path: str | os.PathLike[str], build: Callable[[str], Model[Any, Any]]) -> Archive:
    """Read a model directory.

    Args:
        build: Makes the model, still without weights, from the text of the config.

    Raises:
        LoadError: There is no model, or its files do not fit together.
    """
    import json

    source = Path(path)
    _recover(source)
    if not holds_model(source):
        raise LoadError(
            f"{source} holds no model",
            fix=f"a model directory has {CONFIG} and {WEIGHTS}; combinet train writes one",
        )
    config = (source / CONFIG).read_text(encoding="utf-8")
    model = build(config).from_disk(source / WEIGHTS)
    vocabulary = source / VOCABULARY
    try:
        names = json.loads(vocabulary.read_text("utf-8")) if vocabulary.exists() else None
        meta = json.loads((source / META).read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise LoadError(f"{source} is damaged: {error}", fix="train or copy it again") from error
    return Archive(model, config, names, meta)


def holds_model(path: str | os.PathLike[str]) -> bool:
    """Whether a model directory is there."""
    return (Path(path) / CONFIG).is_file() and (Path(path) / WEIGHTS).is_file()


def _json(data: Mapping[str, Any]) -> bytes:
    import json

    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _beside(target: Path, suffix: str) -> Path:
    return target.parent / f".{target.name}.{suffix}"


def _swap_in(target: Path, files: Mapping[str, bytes]) -> None:
    target = target.absolute()
    new, old = _beside(target, "new"), _beside(target, "old")
    target.parent.mkdir(parents=True, exist_ok=True)
    _recover(target)
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


def _recover(target: Path) -> None:
    """Finish or revert a replacement that was interrupted."""
    target = target.absolute()
    new, old = _beside(target, "new"), _beside(target, "old")
    if old.exists() and not target.exists():
        warnings.warn(f"replacing {target} was interrupted; the old model is back", stacklevel=3)
        old.rename(target)
    _remove(old)
    _remove(new)


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
        for file in directory.iterdir():
            file.unlink()
        directory.rmdir()
