"""``Config``: a dictionary that is read from and written to ``.cfg`` text."""

from __future__ import annotations

import configparser
import copy
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, Self

from .._replace import replacing
from .dollars import has_variable
from .merge import merged
from .overrides import Schema, check_overrides
from .problems import Path, Problem
from .problems import error as problems_error
from .source import Source, check_references, decoded, merge_sections, read, read_file
from .trees import copied
from .write import write

_PLACEHOLDER = "__SECTION__:"  # what confection leaves where it cannot put a section


class Config(dict[str, Any]):
    r"""Sections of keys and values, as in a ``.cfg`` file.

    Args:
        data: The sections; taken over as they are.
        is_interpolated: False where ``${section.key}`` in a text is still to be filled in.

    Example:
        >>> config = Config().from_str("[model]\nwidth = 96\n[head]\nnI = ${model.width}")
        >>> config["head"]["nI"]
        96
    """

    source: Source
    is_interpolated: bool

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, is_interpolated: bool | None = None
    ) -> None:
        super().__init__({} if data is None else data)
        self.source, self.is_interpolated = Source(), True
        if isinstance(data, Config):
            self.source, self.is_interpolated = data.source, data.is_interpolated
        if is_interpolated is not None:
            self.is_interpolated = is_interpolated

    def from_str(
        self,
        text: str,
        *,
        interpolate: bool = True,
        overrides: Mapping[str, Any] | None = None,
        file: str = "",
        schema: Schema | None = None,
    ) -> Self:
        """Read a text in place of what is here.

        Args:
            interpolate: Fill in ``${section.key}`` and ``${section}``.
            overrides: Values by dotted key, such as ``{"model.width": 64}``.
            file: What errors call the place that the text was read from; it is not opened.
            schema: For sections that call nothing, the functions that take their values: an
                argument that the section leaves out can be overridden.

        Raises:
            ConfigError: All that is wrong, with line, section, key and fix.
        """
        return self._load(read(text, file), interpolate, overrides, schema)

    def from_disk(
        self,
        path: str | FilePath,
        *,
        interpolate: bool = True,
        overrides: Mapping[str, Any] | None = None,
        schema: Schema | None = None,
    ) -> Self:
        """Read a file. ``extends = "base.cfg"`` above its first section names one to build on.

        Raises:
            ConfigError: All that is wrong, with file, line, section, key and fix.
        """
        path = FilePath(path)
        source = read(read_file(path), str(path), path.parent)
        return self._load(source, interpolate, overrides, schema)

    def from_bytes(
        self,
        bytes_data: bytes,
        *,
        interpolate: bool = True,
        overrides: Mapping[str, Any] | None = None,
    ) -> Self:
        """Read UTF-8.

        Raises:
            ConfigError: It is none, or as in ``from_str``.
        """
        text = decoded(bytes_data, "the config")
        return self.from_str(text, interpolate=interpolate, overrides=overrides)

    def to_str(self, *, interpolate: bool = False) -> str:
        """The text that reads as this config.

        Args:
            interpolate: Fill in the variables that are not filled in yet.

        Raises:
            ConfigError: It holds what a config cannot: built objects, odd names.
        """
        config = self.interpolate() if interpolate and not self.is_interpolated else self
        return write(config, variables=not config.is_interpolated)

    def to_bytes(self, *, interpolate: bool = False) -> bytes:
        """The text in UTF-8.

        Raises:
            ConfigError: As in ``to_str``; or a text with variables has a lone surrogate.
        """
        try:
            return self.to_str(interpolate=interpolate).encode("utf-8")
        except UnicodeEncodeError as error:
            what = f"{error.object[error.start]!r} is half a character, which UTF-8 does not have"
            fix = "leave it out, or put it into a text of its own, without variables"
            raise problems_error([Problem(what, fix)]) from error

    def to_disk(self, path: str | FilePath, *, interpolate: bool = False) -> None:
        """Write the text to a file: the old one stays until the new one is whole and on disk."""
        data = self.to_bytes(interpolate=interpolate)
        with replacing(path) as file:
            file.write(data + b"\n")

    def interpolate(self) -> Self:
        """A copy whose variables are filled in; those in a config made in Python too."""
        if self.is_interpolated and self.source.sections:
            return self.copy()
        made = type(self)()
        source = read(write(self, variables=True), self.source.file)
        for path, section in source.sections.items():
            for key, entry in section.entries.items():
                entry.at = self.source.locate((*path, key))[1]
        return made._load(source, True, None)

    def copy(self) -> Self:
        """A deep copy."""
        return copy.deepcopy(self)

    def merge(self, updates: Mapping[str, Any], remove_extra: bool = False) -> Self:
        """This config with the values of another in place of its own, however deep.

        A block that calls another function than here replaces the whole block.

        Args:
            remove_extra: Leave out what this config does not have.
        """
        news = updates if isinstance(updates, Config) else Config(updates)
        made = type(self)(merged(self, news, remove_extra=remove_extra))
        made.is_interpolated = self.is_interpolated and news.is_interpolated
        sections = merge_sections(self.source.sections, news.source.sections)
        made.source = Source(sections, self.source.file or news.source.file)
        return made

    def _load(
        self,
        source: Source,
        interpolate: bool,
        overrides: Mapping[str, Any] | None,
        schema: Schema | None = None,
    ) -> Self:
        if overrides:
            check_overrides(source.values(), overrides, schema=schema)
            source = source.override(overrides)
        data = _filled_in(source) if interpolate else source.values()
        self.clear()
        self.update(data)
        self.source, self.is_interpolated = source, interpolate
        return self


def _filled_in(source: Source) -> dict[str, Any]:
    """The values of a source with their variables filled in, by confection."""
    from confection import Config as Parser
    from confection import ConfigValidationError

    check_references(source)
    try:
        parser: Any = Parser()
        parsed = parser.from_str(source.text())
    except (ConfigValidationError, configparser.Error, RecursionError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise problems_error([Problem("; ".join(lines))], file=source.file) from error
    data: dict[str, Any] = copied(parsed)
    if problems := list(_filled_in_badly(source, data)):
        raise problems_error(problems, file=source.file)
    return data


def _filled_in_badly(source: Source, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Values that were fine as written and no longer are with their variables filled in."""
    for path, section in source.sections.items():
        node: Any = data
        for part in path:
            node = node[part]
        for key, entry in section.entries.items():
            if has_variable(entry.raw):
                yield from _check_filled(node[key], entry.raw, (*path, key), entry.at)


def _check_filled(value: Any, raw: str, path: Path, at: Any) -> Iterator[Problem]:
    if _PLACEHOLDER in str(value):
        what = "a whole section is referred to where a value is needed"
        yield Problem(what, "refer to one of its keys", path, at, value=raw)
    elif isinstance(value, str) and raw[:1] in ('"', "[", "{") and _begins_alike(value, raw):
        what = f"with its variables filled in, this is {value}, which is not JSON"
        yield Problem(what, "refer to texts without quotes or backslashes", path, at, value=raw)


def _begins_alike(value: str, raw: str) -> bool:
    """Whether a value still begins as it is written: then it could not be read as JSON."""
    return value.startswith(raw[: raw.index("$")])
