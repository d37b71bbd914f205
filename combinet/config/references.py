"""What ``${section.key}`` and ``${section}`` refer to: nothing missing, circular or misplaced."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from ..registry import did_you_mean
from .dollars import sole_variable, variables
from .problems import Path, Problem
from .scan import Entry, Section, Sections, shown_raw

DEEPEST = 10  # so many references may be followed one after the other (configparser's limit)


def reference_problems(sections: Sections) -> list[Problem]:
    """Everything that would keep the variables of these sections from being filled in."""
    problems: list[Problem] = []
    graph: dict[Path, set[Path]] = {}
    for path, section in sections.items():
        for key, entry in section.entries.items():
            wants = graph.setdefault((*path, key), set())
            for name in variables(entry.raw):
                target = target_of(name, path, key, sections) if name else None
                if name is None or target is None:
                    problems.append(_missing(name, (*path, key), entry, sections))
                    continue
                if is_section(target, path, sections) and not _stands_alone(entry.raw):
                    problems.append(_inside(name, (*path, key), entry))
                wants.update(_keys(target, sections))
    return problems + _cycles(graph, sections)


def target_of(name: str, path: Path, key: str, sections: Sections) -> Path | None:
    """The key or section that a variable in ``[path] key`` names: its own section's keys first."""
    parts = tuple(name.replace(":", ".").split("."))
    if len(parts) == 1 and path in sections and name in sections[path].entries:
        itself = sections[path].entries[name].raw.strip() == f"${{{name}}}"
        if not (itself and name == key):
            return (*path, name)
    elif len(parts) > 1 and parts[:-1] in sections and parts[-1] in sections[parts[:-1]].entries:
        return parts
    return parts if parts in sections else None


def is_section(target: Path, path: Path, sections: Sections) -> bool:
    """Whether a target is a whole section rather than a key."""
    outer = sections.get(target[:-1])
    return target in sections and (outer is None or target[-1] not in outer.entries)


def _stands_alone(raw: str) -> bool:
    return sole_variable(raw) is not None or raw.startswith("[")


def _keys(target: Path, sections: Sections) -> Iterator[Path]:
    """The keys that have to be known first: all those under a section."""
    outer = sections.get(target[:-1])
    if outer is not None and target[-1] in outer.entries:
        yield target
        return
    for path, section in sections.items():
        if path[: len(target)] == target:
            yield from ((*path, key) for key in section.entries)


def _missing(name: str | None, path: Path, entry: Entry, sections: Sections) -> Problem:
    value = shown_raw(entry.raw)
    if name is None:
        what, fix = "a $ that starts no ${section.key}", "write $$ for a plain $"
        return Problem(what, fix, path, entry.at, value=value)
    known = [".".join((*p, k)) for p, s in sections.items() for k in s.entries]
    known += [".".join(p) for p in sections]
    fix = did_you_mean(name.replace(":", "."), known) or "add it, or correct the name"
    return Problem(f"${{{name}}} refers to nothing", fix, path, entry.at, value=value)


def _inside(name: str, path: Path, entry: Entry) -> Problem:
    what = f"${{{name}}} is a whole section and stands inside a text"
    return Problem(what, "refer to one of its keys", path, entry.at, value=shown_raw(entry.raw))


def _cycles(graph: dict[Path, set[Path]], sections: Sections) -> list[Problem]:
    problems: list[Problem] = []
    while True:
        try:
            order = list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            cycle: list[Path] = error.args[1][::-1]
            problems.append(_cycle(cycle, sections))
            graph = {path: wants - {*cycle} for path, wants in graph.items() if path not in cycle}
        else:
            return problems + _too_deep(order, graph, sections)


def _cycle(cycle: list[Path], sections: Sections) -> Problem:
    loop = cycle[:-1]
    first = loop.index(min(loop))
    loop = loop[first:] + loop[:first]
    shown = " -> ".join(".".join(path) for path in [*loop, loop[0]])
    entry = _entry(loop[0], sections)
    fix = "give one of them a value of its own"
    return Problem(f"circular ${{}}: {shown}", fix, loop[0], entry.at, value=shown_raw(entry.raw))


def _too_deep(order: list[Path], graph: dict[Path, set[Path]], sections: Sections) -> list[Problem]:
    depth: dict[Path, int] = {}
    for path in order:
        depth[path] = max((depth[p] + 1 for p in graph.get(path, ())), default=0)
    what = f"more than {DEEPEST} references one after the other"
    return [
        Problem(what, "refer to the value directly", path, _entry(path, sections).at)
        for path in order
        if depth[path] == DEEPEST + 1
    ]


def _entry(path: Path, sections: Sections) -> Entry:
    section: Section = sections[path[:-1]]
    return section.entries[path[-1]]
