"""The dollar sign in the text of a value: ``${variable}``, ``$$`` for a plain one, the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DOLLAR = re.compile(r"\$\$|\$\{(?P<name>[^}]+)\}|\$")
_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u0024")  # JSON's, after an even number of backslashes


def variables(raw: str) -> Iterator[str | None]:
    """The names of the variables in a text, and None for each ``$`` that has no meaning."""
    for found in _DOLLAR.finditer(raw):
        if found[0] != "$$":
            yield found["name"]


def has_variable(value: object) -> bool:
    """Whether a value is a text with a variable in it."""
    return isinstance(value, str) and any(variables(value))


def sole_variable(raw: str) -> str | None:
    """The name in a text that is one variable, quoted or not, and nothing else."""
    found = _DOLLAR.fullmatch(raw.strip().strip('"'))
    return found["name"] if found else None


def without_variables(raw: str) -> str:
    """The text with 0 in place of every variable."""
    return _DOLLAR.sub(lambda found: "0" if found["name"] else found[0], raw)


def doubled(text: str) -> str:
    """The text with every ``$`` that has no meaning doubled."""
    return _DOLLAR.sub(lambda found: "$$" if found[0] == "$" else found[0], text)


def hidden(raw: str) -> str:
    """The text with JSON's escape for each ``$$``, if it is JSON: no variable for anyone."""
    return raw.replace("$$", r"\u0024") if raw[:1] in _JSON else raw


def shown_again(raw: str) -> str:
    """The text with ``$$`` for each of JSON's escapes, if it is JSON."""
    return _ESCAPE.sub(r"\1$$", raw) if raw[:1] in _JSON else raw


_JSON = ('"', "[", "{")
