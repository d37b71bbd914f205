"""What is wrong with a config: where it stands, what it is, how to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigError

Path = tuple[str, ...]
"""Where a value stands: the sections from the outermost, then the key."""


@dataclass(frozen=True)
class Position:
    """A line of a file; ``file`` is empty for text that came from elsewhere."""

    line: int
    file: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else f"line {self.line}"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Args:
        what: The rest of a line that starts with section, key and value.
        fix: What to do about it.
        path: Section and key; just a section when ``key`` is false.
        at: The position, or words such as ``override``; nothing where none is known.
        value: As written, or as JSON.
    """

    what: str
    fix: str = ""
    path: Path = ()
    at: Position | str | None = None
    key: bool = True
    value: str | None = None

    def __str__(self) -> str:
        section, key = (
            (self.path[:-1], self.path[-1]) if self.key and self.path else (self.path, "")
        )
        where = [str(self.at)] if self.at else []
        where += [f"[{'.'.join(section)}]"] if section else []
        where += [f"{key} = {self.value}" if key and self.value is not None else key] if key else []
        line = f"{' '.join(where)}: {self.what}" if where else self.what
        return f"{line}; fix: {self.fix}" if self.fix else line


def error(problems: Iterable[Problem], *, file: str = "") -> ConfigError:
    """All problems as one error, a line each, each only once, by file and line."""
    lines = list(dict.fromkeys(str(p) for p in sorted(problems, key=_order)))
    if len(lines) == 1:
        return ConfigError(lines[0])
    title = f"{len(lines)} problems in {file or 'the config'}"
    return ConfigError("\n".join([title, *(f"  {line}" for line in lines)]))


def shown(value: Any, limit: int = 60) -> str:
    """A value as it would stand in a config, cut where it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _order(problem: Problem) -> tuple[str, int]:
    at = problem.at
    return (at.file, at.line) if isinstance(at, Position) else ("", 0)
