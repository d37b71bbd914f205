"""Settings for parameters picked by regular expression over their paths, such as ``0.2/W``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from .errors import ConfigError

Value = TypeVar("Value")


class Patterns(Generic[Value]):
    """Pairs of a regular expression and what it stands for; the first that is found holds.

    Args:
        pairs: (regular expression, value), searched for anywhere in a path.
        prevent: Paths in which one of these is found get nothing.

    Raises:
        ConfigError: One is no regular expression.
    """

    def __init__(self, pairs: Iterable[tuple[str, Value]], prevent: Sequence[str] = ()) -> None:
        if isinstance(prevent, str):
            raise ConfigError("these are a list of regular expressions", got=repr(prevent))
        rules = list(pairs)
        self._prevent = [_compiled(pattern) for pattern in prevent]
        self._expressions = [_compiled(pattern) for pattern, _ in rules]
        self._values = [value for _, value in rules]

    def assign(self, paths: Sequence[str]) -> dict[str, Value]:
        """What each path gets, in the order of ``paths``; the others are left out.

        Raises:
            ConfigError: An expression decides nothing: it is found in no path, or only in those
                that another one has decided. Usually it is misspelt, or the order is wrong.
        """
        free = [path for path in paths if not any(p.search(path) for p in self._prevent)]
        chosen = {path: number for path in free if (number := self._number(path)) is not None}
        used = set(chosen.values())
        for number, expression in enumerate(self._expressions):
            if number not in used:
                raise _idle(expression, paths)
        for expression in self._prevent:
            if not any(expression.search(path) for path in paths):
                raise _idle(expression, paths)
        return {path: self._values[number] for path, number in chosen.items()}

    def _number(self, path: str) -> int | None:
        found = (n for n, pattern in enumerate(self._expressions) if pattern.search(path))
        return next(found, None)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ConfigError(
            f"{pattern!r} is not a regular expression: {error}",
            fix="it is searched for in paths such as 0.2/W; write \\. for a dot",
        ) from error


def _idle(expression: re.Pattern[str], paths: Sequence[str]) -> ConfigError:
    found = [path for path in paths if expression.search(path)]
    if found:
        return ConfigError(
            f"{expression.pattern!r} decides nothing: what it is found in is prevented, or an "
            "expression before it holds there",
            found_in=_listed(found),
            fix="put the narrower expression first, or take this one out",
        )
    return ConfigError(
        f"no parameter has {expression.pattern!r} in its path",
        paths=_listed(paths) or "none: there are no parameters yet",
        fix="correct the expression; model.parameters() lists all paths"
        if paths
        else "call initialize() on the model first",
    )


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(paths[:20]) + (f", ... ({len(paths)} in all)" if len(paths) > 20 else "")
