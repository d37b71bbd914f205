"""Read the lines of a config and remember where every section and key stands.

The rules are configparser's (full-line comments with ``#`` or ``;``, ``=`` or ``:`` after the
key, deeper indented lines go on), so that confection reads the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..registry import did_you_mean
from .problems import Path, Position, Problem, shown
from .slips import slip

_SECTION = re.compile(r"\[(?P<name>.+)\](?P<rest>.*)$")
_ENTRY = re.compile(r"(?P<key>.*?)\s*[=:]\s*(?P<value>.*)$")


@dataclass
class Entry:
    """The text of a value, and where its key stands."""

    raw: str
    at: Position | str | None


@dataclass
class Section:
    """The keys of one ``[section]``."""

    at: Position | str | None
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])

    @property
    def call(self) -> str | None:
        """``@registry = name`` as it is written, if the section is a call."""
        return next((f"{k} = {e.raw}" for k, e in self.entries.items() if k[:1] == "@"), None)


Sections = dict[Path, Section]


@dataclass
class Scan:
    """The sections of a text by path, what is wrong with its lines, and the file it extends."""

    sections: Sections = field(default_factory=dict[Path, Section])
    problems: list[Problem] = field(default_factory=list[Problem])
    extends: Entry | None = None


def scan(text: str, file: str = "") -> Scan:
    """Sections, keys and raw values with their positions, and every slip that can be named."""
    reader = _Reader(file)
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        reader.read(line, Position(number, file))
    for path, section in reader.scan.sections.items():
        for key, entry in section.entries.items():
            entry.raw = entry.raw.rstrip()
            if found := slip(entry.raw):
                what, fix = found
                value = shown_raw(entry.raw)
                reader.scan.problems.append(Problem(what, fix, (*path, key), entry.at, value=value))
    return reader.scan


def structure_problems(sections: Sections) -> list[Problem]:
    """Sections whose parent is missing, and sections that share a name with a key."""
    problems: list[Problem] = []
    for path, section in sections.items():
        parent = path[:-1]
        while parent[-1:] == ("*",):  # which needs no section of its own
            parent = parent[:-1]
        if parent and parent not in sections:
            names = [".".join(p) for p in sections if p[: len(parent)] != parent]
            alike = did_you_mean(".".join(parent), names)
            name = ".".join(parent)
            fix = f"add a line [{name}] above it" + (f", or {alike}" if alike else "")
            what = f"its parent section [{name}] is missing"
            problems.append(Problem(what, fix, path, section.at, key=False))
        outer = sections.get(path[:-1])
        if outer is not None and path[-1] in outer.entries:
            entry = outer.entries[path[-1]]
            what = f"there is a section [{'.'.join(path)}] too ({section.at})"
            value = shown_raw(entry.raw)
            problems.append(Problem(what, "keep one of the two", path, entry.at, value=value))
    return problems


def shown_raw(raw: str, limit: int = 60) -> str:
    """The text of a value on one line, cut where it is long."""
    text = " ".join(raw.split("\n"))
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


class _Reader:
    def __init__(self, file: str) -> None:
        self.file, self.scan = file, Scan()
        self._path: Path = ()
        self._section: Section | None = None
        self._entry: Entry | None = None  # the one that an indented line belongs to
        self._last: Entry | None = None
        self._indent = 0

    def read(self, line: str, at: Position) -> None:
        text = line.strip()
        if text[:1] in ("#", ";"):
            return
        if not text:
            if self._entry is not None:
                self._entry.raw += "\n"
            return
        indent = len(line) - len(line.lstrip())
        if self._entry is not None and indent > self._indent:
            self._entry.raw += f"\n{text}"
            return
        self._indent, self._entry = indent, None
        header = _SECTION.match(text)
        entry = _ENTRY.match(text)
        if header:
            self._open(header["name"], header["rest"].strip(), at)
        elif entry and entry["key"]:
            self._add(entry["key"], Entry(entry["value"].strip(), at))
        else:
            self._refuse(text, at)

    def _open(self, name: str, rest: str, at: Position) -> None:
        path = tuple(name.split("."))
        what = fix = ""
        if rest and rest[0] not in "#;":
            what, fix = f"{rest!r} stands after the section's name", "put it on a line of its own"
        elif "]" in name or any(not p or p != p.strip() for p in path):
            what = f"{name!r} is not a section name"
            fix = "write names joined by single dots, without spaces around them"
        elif name == "DEFAULT":
            what, fix = "DEFAULT is not a section of these files", "choose another name"
        elif path in self.scan.sections:
            what = f"the section stands at {self.scan.sections[path].at} already"
            fix = "merge the two"
        self._path, self._section = path, self.scan.sections.get(path, Section(at))
        if what:
            self.scan.problems.append(Problem(what, fix, path, at, key=False))
        else:
            self.scan.sections[path] = self._section

    def _add(self, key: str, entry: Entry) -> None:
        self._entry = self._last = entry
        if self._section is None:
            if key == "extends" and self.scan.extends is not None:
                what = f"extends stands at {self.scan.extends.at} already"
                self.scan.problems.append(Problem(what, "extend one file", at=entry.at))
            elif key == "extends":
                self.scan.extends = entry
            else:
                what = f"{key!r} stands before the first section"
                fix = "write a line such as [model] above it"
                self.scan.problems.append(Problem(what, fix, at=entry.at))
            return
        entries = self._section.entries
        if key in entries:
            what, path = f"the key stands at {entries[key].at} already", (*self._path, key)
            self.scan.problems.append(Problem(what, "remove one of the two", path, entry.at))
        entries[key] = entry

    def _refuse(self, text: str, at: Position) -> None:
        fix, path = "write key = value", self._path
        if text[0] in "]})":
            fix = "indent the closing bracket, so that the line belongs to the value above"
            if self._last is not None:
                self._last.raw += f"\n{text}"
        elif text[0] == "[":
            fix = "close the section's name with ]"
            self._path, self._section = (text,), Section(at)
        elif text[0] == "=":
            fix = "write a key before the ="
        elif (self._last and text[-1] == ",") or text[0] in "\"'{":
            fix = "indent the line, so that it belongs to the value above"
        what = f"{shown(text, 40)} is neither a [section] nor key = value"
        self.scan.problems.append(Problem(what, fix, path, at, key=False))
