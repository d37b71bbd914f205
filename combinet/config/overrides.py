"""Overrides by dotted key, such as ``--model.width 64``: only what is there can be overridden."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from ..registry import did_you_mean, registry
from .problems import Problem, shown
from .problems import error as problems_error
from .signatures import signature_of, takes
from .trees import at, call_of, is_mapping

Schema: TypeAlias = Mapping[str, Callable[..., Any]]


def check_overrides(
    data: Mapping[str, Any],
    overrides: Mapping[str, Any],
    using: type[registry] = registry,
    schema: Schema | None = None,
) -> None:
    """Raise for every override of a key that neither stands in the config nor is an argument
    of the function that takes its section.

    Args:
        schema: What takes sections that call nothing.

    Raises:
        ConfigError: All of them, each with the key that was probably meant.
    """
    known = list(_dotted(data))
    takers = {dotted: _taker(dotted, data, using, schema or {}) for dotted in overrides}
    unknown = [d for d in overrides if d not in known and not _is_argument(d, takers[d])]
    if unknown:
        known += [n for d in unknown for n in _arguments(d, takers[d]) if n not in known]
        raise problems_error([_unknown(d, overrides[d], known) for d in unknown])


def override(data: dict[str, Any], overrides: Mapping[str, Any]) -> None:
    """Write the values into nested data; they were checked before."""
    for dotted, value in overrides.items():
        *path, key = dotted.split(".")
        node = data
        for part in path:
            node = node[part]
        node[key] = value


def _dotted(data: Mapping[str, Any], outer: tuple[str, ...] = ()) -> Iterator[str]:
    for key, value in data.items():
        path = (*outer, key)
        if len(path) > 1:
            yield ".".join(path)
        if is_mapping(value):
            yield from _dotted(value, path)


def _is_argument(dotted: str, taker: Callable[..., Any] | None) -> bool:
    return taker is not None and takes(taker, dotted.rpartition(".")[2])


def _arguments(dotted: str, taker: Callable[..., Any] | None) -> list[str]:
    """What may be overridden beside this key although the config leaves it out."""
    names = signature_of(taker).arguments if taker is not None else ()
    return [f"{dotted.rpartition('.')[0]}.{name}" for name in names]


def _taker(
    dotted: str, data: Mapping[str, Any], using: type[registry], schema: Schema
) -> Callable[..., Any] | None:
    """The function that takes the section of a key, or None."""
    section = dotted.rpartition(".")[0]
    block = at(data, tuple(section.split(".")))
    if not is_mapping(block):
        return None
    call = call_of(block)
    if call is None:
        return schema.get(section)
    kind, name = call[0][1:], str(call[1]).strip('"')
    return using.get(kind, name) if using.has(kind, name) else None


def _unknown(dotted: str, value: Any, known: list[str]) -> Problem:
    fix = did_you_mean(dotted, known) or "override a key that the config has"
    what = f"there is no key {dotted} to override"
    return Problem(what, fix, tuple(dotted.split(".")), "override", value=shown(value))
