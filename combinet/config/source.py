"""The text behind a config: what it extends, what overrides it, and where everything stands."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from ..errors import ConfigError
from .dollars import doubled, has_variable, hidden, shown_again, sole_variable
from .problems import Path, Position, Problem, shown
from .problems import error as problems_error
from .references import reference_problems, target_of
from .scan import Entry, Scan, Section, Sections, scan, structure_problems
from .slips import PYTHON
from .trees import at


class Source:
    """Sections by path, with the text and position of every key.

    Args:
        sections: As scanned.
        file: Shown in titles; empty for text.
    """

    def __init__(self, sections: Sections | None = None, file: str = "") -> None:
        self.sections: Sections = {} if sections is None else sections
        self.file = file

    def entry(self, path: Path) -> Entry | None:
        """The entry of exactly this section and key."""
        section = self.sections.get(path[:-1])
        return section.entries.get(path[-1]) if section and path else None

    def locate(self, path: Path) -> tuple[Path, Position | str | None]:
        """Where a value is written: through ``${section}``, or the nearest thing around it."""
        for _ in range(len(self.sections) + 1):
            for length in range(1, len(path) + 1):
                target = self._alias(path[:length]) if length < len(path) else None
                if target is not None:
                    path = target + path[length:]
                    break
            else:
                break
        for length in range(len(path), 0, -1):
            entry = self.entry(path[:length])
            if entry is not None:
                return path, entry.at
            if path[:length] in self.sections:
                return path, self.sections[path[:length]].at
        return path, None

    def is_bare(self, path: Path, value: Any) -> bool:
        """Whether the value was written as text without quotes."""
        path, _ = self.locate(path)
        entry = self.entry(path)
        return entry is not None and isinstance(value, str) and entry.raw == value

    def text(self) -> str:
        """The sections as confection reads them: parents first, each value under its key.

        ``$$`` inside JSON becomes the escape for ``$``, so that nothing takes it for a variable.
        """
        lines: list[str] = []
        for path in sorted(self.sections, key=len):
            lines.append(f"[{'.'.join(path)}]")
            for key, entry in self.sections[path].entries.items():
                raw = hidden(entry.raw).replace("\n", "\n\t")
                lines.append(f"{key} = {raw}")
        return "\n".join(lines)

    def override(self, overrides: Mapping[str, Any]) -> Source:
        """The source with these values, by dotted key, in place of its own."""
        sections = {p: Section(s.at, dict(s.entries)) for p, s in self.sections.items()}
        for dotted, value in overrides.items():
            path = tuple(dotted.split("."))
            for inner in [p for p in sections if p[: len(path)] == path]:
                del sections[inner]
            outer = next(path[:n] for n in range(len(path) - 1, 0, -1) if path[:n] in sections)
            entries, key, *inside = sections[outer].entries, *path[len(outer) :]
            raw = value if has_variable(value) else dump(value, path)
            if inside:  # a mapping that is written as JSON
                whole = _value(entries[key].raw)
                at(whole, tuple(inside[:-1]))[inside[-1]] = value
                raw = dump(whole, path, variables=True)
            entries[key] = Entry(raw, "override")
        return Source(sections, self.file)

    def marked(self, overrides: Mapping[str, Any]) -> Source:
        """The same positions, except that these dotted keys come from overrides."""
        sections = {p: Section(s.at, dict(s.entries)) for p, s in self.sections.items()}
        for dotted, value in overrides.items():
            path = tuple(dotted.split("."))
            section = sections.setdefault(path[:-1], Section(None))
            section.entries[path[-1]] = Entry(shown(value), "override")
        return Source(sections, self.file)

    def values(self) -> dict[str, Any]:
        """The nested values with their variables not filled in.

        A text with a variable stays as it is written, its quotes included; a ``$`` that is
        none is ``$$``, however it was written.
        """
        tree: dict[str, Any] = {}
        for path in sorted(self.sections, key=len):
            node = tree
            for part in path:
                node = node.setdefault(part, {})
            node.update({k: _value(entry.raw) for k, entry in self.sections[path].entries.items()})
        return tree

    def _alias(self, path: Path) -> Path | None:
        entry = self.entry(path)
        name = sole_variable(entry.raw) if entry is not None else None
        target = target_of(name, path[:-1], path[-1], self.sections) if name else None
        return target


def read(text: str, file: str = "", folder: FilePath | None = None) -> Source:
    """The source of a text, on top of what it extends.

    Args:
        file: Shown in errors.
        folder: Where ``extends`` is looked for.

    Raises:
        ConfigError: All that is wrong with the lines, before any variable is filled in.
    """
    scanned = _extended(scan(text, file), folder or FilePath(), [file])
    problems = scanned.problems + structure_problems(scanned.sections)
    if problems:
        raise problems_error(problems, file=file)
    return Source(scanned.sections, file)


def check_references(source: Source) -> None:
    """Raise unless every variable can be filled in."""
    problems = reference_problems(source.sections)
    if problems:
        raise problems_error(problems, file=source.file)


def read_file(path: FilePath) -> str:
    """The text of a config file.

    Raises:
        ConfigError: It is not text in UTF-8. Errors of the system keep their type.
    """
    text = decoded(path.read_bytes(), str(path))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decoded(data: bytes, name: str) -> str:
    """The text of a config.

    Raises:
        ConfigError: It is not in UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"{name} is not a text in UTF-8 (byte {error.start})"
        raise ConfigError(what, fix="save it in UTF-8") from None


def dump(value: Any, path: Path = (), *, variables: bool = False) -> str:
    """JSON for a value.

    Args:
        variables: ``${name}`` is a variable and ``$$`` a plain $; otherwise each $ is a plain one.

    Raises:
        ConfigError: The value is not of a kind that JSON has.
    """
    try:
        text = json.dumps(value, ensure_ascii=False)
        text = text if text.isprintable() else json.dumps(value)
    except (TypeError, ValueError, RecursionError) as error:
        what = f"a config cannot hold {type(value).__name__} {shown(value)}"
        fix = "write JSON, or a block that calls a registered function"
        raise problems_error([Problem(f"{what} ({error})", fix, path)]) from None
    if variables:
        return doubled(text)
    return text.replace("$", r"\u0024")


def _value(raw: str) -> Any:
    text = shown_again(raw)
    try:
        value = json.loads(text)
    except ValueError:
        return PYTHON.get(text, text)
    return text if has_variable(value) else value


def _extended(scanned: Scan, folder: FilePath, trail: list[str]) -> Scan:
    """The scan merged over that of the file it extends."""
    if scanned.extends is None:
        return scanned
    entry = scanned.extends
    name = re.sub(r'^"(.*)"$', r"\1", entry.raw.strip())
    path = folder / name
    if os.path.realpath(path) in map(os.path.realpath, trail):
        circle = " -> ".join([*trail, str(path)])
        problem = Problem(f"circular extends: {circle}", "extend another file", at=entry.at)
        return Scan(scanned.sections, [*scanned.problems, problem])
    if not path.is_file():
        problem = Problem(f'extends = "{name}": there is no file {path}', "", at=entry.at)
        return Scan(scanned.sections, [*scanned.problems, problem])
    base = _extended(scan(read_file(path), str(path)), path.parent, [*trail, str(path)])
    return Scan(merge_sections(base.sections, scanned.sections), base.problems + scanned.problems)


def merge_sections(base: Sections, top: Sections) -> Sections:
    """Both, key by key; a section that calls another function replaces the whole block."""
    merged = dict(base)
    for path, section in top.items():
        under = merged.get(path)
        if under is not None and section.call and section.call != under.call:
            for inner in [p for p in merged if p[: len(path)] == path]:
                del merged[inner]
            under = None
        entries = {**(under.entries if under else {}), **section.entries}
        merged[path] = Section(section.at, entries)
    for path, section in top.items():
        for key in section.entries:  # a key in place of a section, or the other way round
            for inner in [p for p in merged if p[: len(path) + 1] == (*path, key)]:
                if inner not in top:
                    del merged[inner]
        outer = merged.get(path[:-1])
        if outer and path[-1] in outer.entries and path[-1] not in _entries(top, path[:-1]):
            del outer.entries[path[-1]]
    return merged


def _entries(sections: Sections, path: Path) -> dict[str, Entry]:
    section = sections.get(path)
    return section.entries if section else {}
