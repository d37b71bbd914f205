"""What a file of ours says of itself, without building what is in it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .._guards import is_dict
from .._replace import unreplaced
from ..errors import LoadError
from ..serialize.files import naming_file, read_message
from ..serialize.parts import META, WEIGHTS
from .members import open_members


def about(path: str | os.PathLike[str]) -> dict[str, str]:
    """Versions, size and probe of a model's file, or of an archive: a word for each.

    Raises:
        LoadError: It is neither, or is damaged.
    """
    source = Path(path)
    return unreplaced(source, lambda: _about(source))


def _about(source: Path) -> dict[str, str]:
    rows = {"file": str(source)}
    if source.suffix == ".safetensors" and source.is_file():
        weights = source.read_bytes()
    else:
        with open_members(source) as members:
            weights, meta = members.read(WEIGHTS) or b"", members.read(META)
        rows["archive format"] = _version(meta, source)
    with naming_file(source):
        message = read_message(weights)
    probe = "with a probe" if "probe" in message else "without a probe"
    numbers = sum(stored.size for stored in message["tensors"].values())
    rows["weights format"] = f"{message['format']}, {probe}"
    rows["holds"] = f"{len(message['nodes']):,} layers, {numbers:,} numbers"
    return rows


def _version(meta: bytes | None, source: Path) -> str:
    try:
        table = json.loads(meta or b"")
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{source} is damaged: {META} is no JSON", fix="copy it again") from error
    return str(table.get("format", 1) if is_dict(table) else "unknown")[:20]
