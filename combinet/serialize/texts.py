r"""Texts of an archive as UTF-8, which has no form for half of a character: ``"\ud800"``."""

from __future__ import annotations

import re
from typing import Any

from ..errors import SaveError

_BOTH_HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def json_bytes(value: Any, name: str, *, sort_keys: bool = False) -> bytes:
    r"""JSON in UTF-8; half a character as its escape ``\ud800``, so that it comes back.

    Args:
        value: What JSON can hold.
        name: Of the file, for messages.
        sort_keys: Of every object.

    Raises:
        SaveError: It is more than JSON can hold.
    """
    import json

    try:
        text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=sort_keys)
    except (TypeError, ValueError, RecursionError) as error:
        raise SaveError(
            f"{name} would hold what JSON cannot: {error}", fix="use texts, numbers and lists"
        ) from error
    if found := _BOTH_HALVES.search(text):  # which JSON would give back as one character
        raise SaveError(
            f"{name} would hold a character in two halves: {found[0]!a}",
            fix="join them: text.encode('utf-16', 'surrogatepass').decode('utf-16')",
        )
    return text.encode("utf-8", "backslashreplace")


def utf8_bytes(text: str, name: str) -> bytes:
    """A text in UTF-8.

    Raises:
        SaveError: It has half a character.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise SaveError(
            f"{name} would hold half a character, {text[error.start]!a}",
            fix="write its escape, without the quotes around it, in a JSON text",
        ) from error
