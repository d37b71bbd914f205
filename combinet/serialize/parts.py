"""The files of an archive: their names, and the sums in the meta data that prove the texts.

The weights prove themselves. Nothing is built here, nor looked at beyond that it is whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .._guards import is_dict
from ..errors import LoadError, SaveError
from .files import naming_file, read_message
from .texts import json_bytes

CONFIG, WEIGHTS, VOCABULARY, META = (
    "config.cfg",
    "model.safetensors",
    "vocabulary.json",
    "meta.json",
)
FIXED = (CONFIG, WEIGHTS, VOCABULARY, META)
#: The version of the directory; in the first, nothing guarded the config and the meta data.
FORMAT = 2
#: Where the meta data keeps the SHA-256 of a text, a flip in which would change a setting or a
#: label; the last is its own, taken while it is 64 zeros.
CONFIG_DIGEST, VOCABULARY_DIGEST, DIGEST = "config_sha256", "vocabulary_sha256", "sha256"
#: Where the meta data lists further files, each with its SHA-256.
FILES = "files"
_RESERVED = ("format", CONFIG_DIGEST, VOCABULARY_DIGEST, DIGEST, FILES)
_PLAIN = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_OWN_DIGEST = re.compile(rb'(?<=\n "sha256": ")[0-9a-f]{64}(?=")')


class Parts(NamedTuple):
    """What the files of an archive hold, each proven to be the one that was saved."""

    config: str
    meta: dict[str, Any]
    vocabulary: Any
    files: dict[str, bytes]
    message: Mapping[str, Any]
    version: int


def is_plain_name(name: object) -> bool:
    """Whether a further file may have this name: no path, nothing hidden, none of the others."""
    return isinstance(name, str) and bool(_PLAIN.fullmatch(name)) and name not in FIXED


def meta_bytes(
    meta: Mapping[str, Any], config: bytes, vocabulary: bytes | None, files: Mapping[str, bytes]
) -> bytes:
    """The meta data with the sums of all texts, and its own.

    Raises:
        SaveError: A further file has no plain name, or the meta data cannot be written.
    """
    if taken := [name for name in _RESERVED if name in meta]:
        raise SaveError(f"the meta data cannot have {taken[0]!r}: we write that", fix="rename it")
    for name in files:
        if not is_plain_name(name):
            raise SaveError(
                f"{name!r} cannot be the name of a further file",
                fix=f"use letters, digits, _ - and dots, and none of {', '.join(FIXED)}",
            )
    whole = {**meta, "format": FORMAT, CONFIG_DIGEST: digest(config), DIGEST: "0" * 64}
    if vocabulary is not None:
        whole[VOCABULARY_DIGEST] = digest(vocabulary)
    if files:
        whole[FILES] = {name: digest(data) for name, data in files.items()}
    text = json_bytes(whole, META, sort_keys=True)
    return _OWN_DIGEST.sub(digest(text).encode(), text)


def read_parts(read: Callable[[str], bytes | None], source: Path) -> Parts:
    """All that an archive holds.

    Args:
        read: Gives a file by its name, or None.
        source: Where they are from, for messages.

    Raises:
        LoadError: One is missing, or is not the one that was saved.
    """

    def needed(name: str) -> bytes:
        found = read(name)
        if found is None:
            raise damaged(source, f"{name} is missing")
        return found

    config, text, names = needed(CONFIG), needed(META), read(VOCABULARY)
    meta = _json(text, META, source)
    if not is_dict(meta):
        raise damaged(source, f"{META} is no table")
    version = _refuse_changed(meta, text, config, names, source)
    vocabulary = None if names is None else _json(names, VOCABULARY, source)
    files = _further(read, source, meta.pop(FILES, {}))
    weights = needed(WEIGHTS)
    with naming_file(source / WEIGHTS):
        message = read_message(weights)
    return Parts(_text_of(config, source), meta, vocabulary, files, message, version)


def listed_files(meta: bytes) -> frozenset[str]:
    """The further files that meta data list; none where they cannot be read."""
    import json

    try:
        table = json.loads(meta)
    except (ValueError, RecursionError):
        return frozenset()
    listed = table.get(FILES) if is_dict(table) else None
    return frozenset(listed) if is_dict(listed) else frozenset()


def damaged(source: Path, how: str) -> LoadError:
    """The error for an archive that is not as it was."""
    return LoadError(f"{source} is damaged: {how}", fix="train or copy it again")


def digest(data: bytes) -> str:
    """SHA-256, in hexadecimal."""
    from hashlib import sha256

    return sha256(data).hexdigest()


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
    found = (None, None) if version == 1 else (digest(zeroed), digest(config))
    for name, is_whole in (
        (META, own == found[0]),
        (CONFIG, of_config == found[1]),
        (VOCABULARY, meta.pop(VOCABULARY_DIGEST, None) == (names and digest(names))),
    ):
        if not is_whole:
            error = damaged(source, f"{name} is not the one that was saved with it")
            if version > 1 and name != VOCABULARY:
                error.fix += f"; or, if you changed it on purpose, take {DIGEST} and "
                error.fix += f"{CONFIG_DIGEST} out of {META}, and set its format to 1"
            raise error
    return version


def _text_of(config: bytes, source: Path) -> str:
    try:
        return config.decode()
    except ValueError as error:
        raise damaged(source, f"{CONFIG} is no text") from error


def _json(text: bytes, name: str, source: Path) -> Any:
    import json

    try:
        return json.loads(text.decode())
    except (ValueError, RecursionError) as error:
        raise damaged(source, f"{name} is no JSON: {error}"[:200]) from error


def _further(read: Callable[[str], bytes | None], source: Path, listed: Any) -> dict[str, bytes]:
    """The files that the meta data list, by name."""
    if not is_dict(listed) or not all(map(is_plain_name, listed)):
        raise damaged(source, f"its list of {FILES} is malformed")
    found = {name: read(name) for name in listed}
    for name, data in found.items():
        if data is None or digest(data) != listed[name]:
            raise damaged(source, f"{name} is not the one that was saved with it")
    return {name: data for name, data in found.items() if data is not None}
