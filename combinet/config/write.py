"""The text of a config: a section for each mapping, JSON for each value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .dollars import has_variable
from .problems import Path, Problem
from .problems import error as problems_error
from .source import dump
from .trees import is_mapping, is_row, is_text

#: No lone surrogates either, which UTF-8 does not have; in JSON they are escaped.
_NAME = re.compile(
    r"[^\s=:\[\]#;$\ud800-\udfff](?:[^=:\[\]\n\r$\ud800-\udfff]*[^\s=:\[\]$\ud800-\udfff])?"
)


def write(data: Mapping[str, Any], *, variables: bool) -> str:
    """The text that reads as ``data``.

    Args:
        variables: Leave ``${section.key}`` as it is; otherwise it is a text like any other.

    Raises:
        ConfigError: A name or a value cannot be written.
    """
    problems = [_misplaced(name, value) for name, value in data.items()]
    if found := [p for p in problems if p is not None]:
        raise problems_error(found)
    blocks = [b for name, value in data.items() for b in _blocks(value, (name,), variables)]
    return "\n\n".join(blocks)


def _misplaced(name: Any, value: Any) -> Problem | None:
    """The problem of a value that cannot be a section of its own."""
    if not isinstance(value, Mapping):
        what, fix = "a value outside any section", "put it into a section"
        return Problem(what, fix, (str(name),))
    if not _is_section_name(name) or name == "DEFAULT":
        what = f"{name!r} cannot be the name of a section"
        return Problem(what, "use letters, digits, _ and -")
    return None


def _blocks(node: Mapping[str, Any], path: Path, variables: bool) -> Iterator[str]:
    """The section of a mapping, then the sections of those inside it."""
    inner = {key: value for key, value in node.items() if _is_section(key, value)}
    lines = [
        f"{_key(key, path)} = {_value(value, (*path, str(key)), variables)}"
        for key, value in node.items()
        if key not in inner
    ]
    if lines or path[-1] != "*" or not inner:
        yield "\n".join([f"[{'.'.join(path)}]", *lines])
    for key, value in inner.items():
        yield from _blocks(value, (*path, key), variables)


def _value(value: Any, path: Path, variables: bool) -> str:
    if variables and has_variable(value):
        return str(value).replace("\n", "\n\t")
    if (found := _number_key(value)) is not None:
        what = f"the key {found!r} is not a text"
        raise problems_error([Problem(what, "JSON has texts as keys only", path)])
    return dump(value, path, variables=variables)


def _key(key: Any, path: Path) -> str:
    if not isinstance(key, str) or not _NAME.fullmatch(key):
        what = f"{key!r} cannot be a key of a section"
        raise problems_error([Problem(what, "use letters, digits, _ and -", path, key=False)])
    return key


def _is_section(key: Any, value: Any) -> bool:
    """Whether a mapping can be a section: names that its header and its lines can hold."""
    if not is_mapping(value) or not _is_section_name(key):
        return False
    return all(is_text(inner) and _NAME.fullmatch(inner) for inner in value)


def _is_section_name(name: Any) -> bool:
    return isinstance(name, str) and "." not in name and bool(_NAME.fullmatch(name))


def _number_key(value: Any) -> object:
    """A key somewhere inside that is not a text, or None."""
    if is_mapping(value):
        for key, inner in value.items():
            if not is_text(key):
                return key
            if (found := _number_key(inner)) is not None:
                return found
    elif is_row(value):
        for inner in value:
            if (found := _number_key(inner)) is not None:
                return found
    return None
