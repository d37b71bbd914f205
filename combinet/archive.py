"""The model directory: a model with its config, vocabulary and meta data.

    config.cfg  model.safetensors  vocabulary.json (where there is one)  meta.json

``meta.json`` holds the SHA-256 of every text beside it and its own, the weights hold theirs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ._guards import is_dict
from ._replace import recover as recover
from ._replace import replace_directory
from .errors import ConfigError, LoadError, SaveError
from .model import Model
from .serialize.files import naming_file, read_message, sample_in
from .serialize.load import from_dict
from .serialize.texts import json_bytes, utf8_bytes
from .util import at_most

CONFIG, WEIGHTS, VOCABULARY, META = (
    "config.cfg",
    "model.safetensors",
    "vocabulary.json",
    "meta.json",
)
#: The version of the directory; in the first, nothing guarded the config and the meta data.
FORMAT = 2
#: Where the meta data keeps the SHA-256 of a text, a flip in which would change a setting or a
#: label; the last is its own, taken while it is 64 zeros.
CONFIG_DIGEST, VOCABULARY_DIGEST, DIGEST = "config_sha256", "vocabulary_sha256", "sha256"
#: Where the meta data lists further files, each with its SHA-256.
FILES = "files"
_RESERVED = ("format", CONFIG_DIGEST, VOCABULARY_DIGEST, DIGEST, FILES)
_FIXED = (CONFIG, WEIGHTS, VOCABULARY, META)
_PLAIN = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
Build: TypeAlias = Callable[[str, str], Model[Any, Any]]
_OWN_DIGEST = re.compile(rb'(?<=\n "sha256": ")[0-9a-f]{64}(?=")')


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

    Raises:
        SaveError: ``path`` is there and is no model directory.
        OSError: It cannot be written; what was there is as it was.
    """
    target = Path(path)
    recover(target)
    if target.exists() and not holds_model(target) and (target.is_file() or any(target.iterdir())):
        raise SaveError(
            f"{target} is there and is no model directory", fix="choose another directory"
        )
    replace_directory(target, members_of(archive))


def members_of(archive: Archive) -> dict[str, bytes]:
    """The files of a model directory by name; meta data list the further ones.

    Raises:
        SaveError: A further file has no plain name, a text cannot be written, or the model
            cannot be saved.
    """
    files = {
        CONFIG: utf8_bytes(archive.config, CONFIG),
        WEIGHTS: archive.model.to_bytes(sample=archive.sample),
    }
    if taken := [name for name in _RESERVED if name in archive.meta]:
        raise SaveError(f"the meta data cannot have {taken[0]!r}: we write that", fix="rename it")
    own = {"format": FORMAT, CONFIG_DIGEST: _digest(files[CONFIG]), DIGEST: "0" * 64}
    meta: dict[str, Any] = {**archive.meta, **own}
    if archive.vocabulary is not None:
        names = json_bytes(archive.vocabulary, VOCABULARY)
        files[VOCABULARY], meta[VOCABULARY_DIGEST] = names, _digest(names)
    for name in archive.files:
        if not is_plain_name(name):
            raise SaveError(
                f"{name!r} cannot be the name of a further file",
                fix=f"use letters, digits, _ - and dots, and none of {', '.join(_FIXED)}",
            )
    if archive.files:
        meta[FILES] = {name: _digest(data) for name, data in archive.files.items()}
    text = json_bytes(meta, META, sort_keys=True)
    files[META] = _OWN_DIGEST.sub(_digest(text).encode(), text)
    return {**files, **archive.files}


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
    recover(source)
    if not holds_model(source):
        raise LoadError(
            f"{source} holds no model",
            fix=f"a model directory has {CONFIG} and {WEIGHTS}; combinet train writes one",
        )

    def read(name: str) -> bytes | None:
        file = source / name
        return file.read_bytes() if file.is_file() else None

    return archive_of(read, source, build, replay=replay)


def archive_of(
    read: Callable[[str], bytes | None],
    source: Path,
    build: Build,
    *,
    replay: bool = True,
) -> Archive:
    """Put an archive together from its files, each proven to be the one that was saved.

    Args:
        read: Gives a file by its name, or None.
        source: Where they are from, for messages.
        build: As for ``load_directory``.
        replay: As for ``load_directory``.

    Raises:
        LoadError: They do not fit together.
    """

    def needed(name: str) -> bytes:
        found = read(name)
        if found is None:
            raise _damaged(source, f"{name} is missing")
        return found

    config, text, names = needed(CONFIG), needed(META), read(VOCABULARY)
    meta = _json(text, META, source)
    if not is_dict(meta):
        raise _damaged(source, f"{META} is no table")
    version = _refuse_changed(meta, text, config, names, source)
    vocabulary = None if names is None else _json(names, VOCABULARY, source)
    files = _further(read, source, meta.pop(FILES, {}))
    weights = needed(WEIGHTS)
    with naming_file(source / WEIGHTS):
        message = read_message(weights)
    model = _built(build, config, message, source)
    with naming_file(source / WEIGHTS):
        from_dict(model, message, replay=replay)
    archive = Archive(model, config.decode(), vocabulary, meta, files, sample_in(message))
    archive.format = version
    return archive


def _built(
    build: Build,
    config: bytes,
    message: Mapping[str, Any],
    source: Path,
) -> Model[Any, Any]:
    """The model that the config describes, if it is about as large as what the file holds."""
    numbers = sum(stored.size for stored in message["tensors"].values())
    try:
        with at_most(nodes=1000 + 100 * len(message["nodes"]), numbers=1000 + 2 * numbers):
            return build(config.decode(), str(source / CONFIG))
    except MemoryError as error:
        raise _damaged(source, f"{CONFIG} describes more than this machine can hold") from error
    except (ConfigError, LoadError) as error:
        error.facts = {"file": str(source / CONFIG), **error.facts}
        raise


def _refuse_changed(
    meta: dict[str, Any], text: bytes, config: bytes, names: bytes | None, source: Path
) -> int:
    """Raise for a text that is not the one that was saved; the version of the directory.

    What is known by that is taken out of the meta data.
    """
    version = meta.pop("format", 1)
    if type(version) is not int or not 1 <= version <= FORMAT:
        raise LoadError(
            f"{source} has version {version!r}, and this combinet reads 1 to {FORMAT}"[:200],
            fix="load it with the combinet that wrote it, or a newer one",
        )
    own, of_config = meta.pop(DIGEST, None), meta.pop(CONFIG_DIGEST, None)
    zeroed = _OWN_DIGEST.sub(b"0" * 64, text)
    found = (None, None) if version == 1 else (_digest(zeroed), _digest(config))
    for name, is_whole in (
        (META, own == found[0]),
        (CONFIG, of_config == found[1]),
        (VOCABULARY, meta.pop(VOCABULARY_DIGEST, None) == (names and _digest(names))),
    ):
        if not is_whole:
            error = _damaged(source, f"{name} is not the one that was saved with it")
            if version > 1 and name != VOCABULARY:
                error.fix += f"; or, if you changed it on purpose, take {DIGEST} and "
                error.fix += f"{CONFIG_DIGEST} out of {META}, and set its format to 1"
            raise error
    try:
        config.decode()
    except ValueError as error:
        raise _damaged(source, f"{CONFIG} is no text") from error
    return version


def _json(text: bytes, name: str, source: Path) -> Any:
    import json

    try:
        return json.loads(text.decode())
    except (ValueError, RecursionError) as error:
        raise _damaged(source, f"{name} is no JSON: {error}"[:200]) from error


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


def _damaged(source: Path, how: str) -> LoadError:
    return LoadError(f"{source} is damaged: {how}", fix="train or copy it again")


def _digest(data: bytes) -> str:
    from hashlib import sha256

    return sha256(data).hexdigest()
