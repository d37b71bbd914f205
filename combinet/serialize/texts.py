"""Texts of an archive as UTF-8, which has no form for half of a surrogate pair."""

from __future__ import annotations

import json
from typing import Any

from ..errors import SaveError


def json_bytes(value: Any, name: str, *, sort_keys: bool = False) -> bytes:
    r"""JSON in UTF-8; a lone surrogate as its escape, such as ``\ud800``, so that it comes back.

    Args:
        value: What JSON can hold.
        name: Of the file, for messages.
        sort_keys: Of every object.

    Raises:
        SaveError: It is more than JSON can hold.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=sort_keys)
        data = text.encode("utf-8", "backslashreplace")
        # Two halves side by side are read as the one character that they are halves of.
        is_faithful = text.isascii() or json.loads(data) == json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise SaveError(
            f"{name} would hold what JSON cannot: {error}", fix="use texts, numbers and lists"
        ) from error
    if not is_faithful:
        raise SaveError(
            f"{name} would hold both halves of one character as two",
            fix="decode the text that has them: text.encode('utf-16', 'surrogatepass')",
        )
    return data


def utf8_bytes(text: str, name: str) -> bytes:
    """A text in UTF-8.

    Raises:
        SaveError: It has a lone surrogate.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise SaveError(
            f"{name} would hold {half!r}, half a character, which no text in UTF-8 has",
            fix=f"write it as JSON does: \"{half!r}\"".replace("'", ""),
        ) from error
