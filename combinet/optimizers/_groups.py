"""Settings of their own for some parameters, picked by regular expression over their paths."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ..errors import ConfigError
from ..schedules import Rate
from ..types import Parameter
from ._rates import Rates

Groups: TypeAlias = Sequence[tuple[str, Mapping[str, Rate]]]

FROZEN = -2
REST = -1
ALLOWED = ("L2", "b1", "b2", "eps", "grad_clip", "learn_rate", "lr_scale", "momentum")
_ALIASES = {"beta1": "b1", "beta2": "b2"}


class GroupTable:
    """Which group a parameter belongs to.

    Args:
        groups: (regular expression, settings); the first that is found in a path holds.
        freeze: Regular expressions of parameters that stay as they are.
    """

    __slots__ = ("_found", "_matched", "freeze", "patterns", "rates")

    def __init__(self, groups: Groups, freeze: Sequence[str]) -> None:
        if isinstance(freeze, str):
            raise ConfigError("freeze is a list of regular expressions", got=repr(freeze))
        self.freeze = [_compiled(pattern) for pattern in freeze]
        self.patterns = [_compiled(pattern) for pattern, _ in groups]
        self.rates = [_rates(pattern, settings) for pattern, settings in groups]
        self._found: dict[str, int] = {}
        self._matched = not (self.freeze or self.patterns)

    def __bool__(self) -> bool:
        return bool(self.freeze or self.patterns)

    def of(self, path: str) -> int:
        """The number of the parameter's group, FROZEN, or REST."""
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = self._look_up(path)
        return found

    def check(self, rows: Sequence[Parameter]) -> None:
        """At the first update: every expression must be found in some path.

        Raises:
            ConfigError: One is not; paths that look alike are shown.
        """
        if self._matched:
            return
        paths = [row.path for row in rows]
        for pattern in (*self.freeze, *self.patterns):
            if not any(pattern.search(path) for path in paths):
                raise _unmatched(pattern.pattern, paths)
        self._matched = True

    def _look_up(self, path: str) -> int:
        if any(pattern.search(path) for pattern in self.freeze):
            return FROZEN
        for number, pattern in enumerate(self.patterns):
            if pattern.search(path):
                return number
        return REST


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ConfigError(
            f"{pattern!r} is not a regular expression: {error}",
            fix="it is searched for in paths such as 0.2/W; write \\. for a dot",
        ) from error


def _rates(pattern: str, settings: Mapping[str, Rate]) -> Rates:
    named = {_ALIASES.get(name, name): rate for name, rate in settings.items()}
    unknown = sorted(named.keys() - set(ALLOWED))
    if unknown:
        raise ConfigError(
            f"group {pattern!r} sets {', '.join(unknown)}, which a group does not have",
            allowed=", ".join(ALLOWED),
        )
    return Rates(named)


def _unmatched(pattern: str, paths: Sequence[str]) -> ConfigError:
    from difflib import get_close_matches

    bare = re.sub(r"[\\^$()*+?\[\]]", "", pattern)
    close = get_close_matches(bare, paths, n=3, cutoff=0.3)
    return ConfigError(
        f"no parameter has {pattern!r} in its path",
        did_you_mean=", ".join(close or paths[:3]),
        parameters=len(paths),
        fix="groups and freeze are searched for in paths; model.parameters() lists them",
    )
