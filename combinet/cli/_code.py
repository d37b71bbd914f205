"""Importing code of the user's own, and noticing where that was forgotten."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import textwrap
import traceback
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from .._guards import is_dict, is_list
from ..archive import CONFIG
from ..config import Config
from ..config.problems import Problem
from ..config.problems import error as problems_error
from ..errors import CombinetError, ConfigError
from ..registry import registry


def import_code(names: Sequence[str]) -> None:
    """Import files or modules, so that what they register can be named.

    Raises:
        CombinetError: There is no such file or module, or it fails; a note says where in it.
    """
    for name in names:
        path = Path(name)
        is_module = path.suffix != ".py" and all(part.isidentifier() for part in name.split("."))
        with _naming_code(name):
            if is_module:
                _import_module(name)
            else:
                _import_file(name, path)


def _import_file(name: str, path: Path) -> None:
    if not path.is_file():
        raise CombinetError(f"there is no file {name!r}", fix="--code takes a path or a module")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise CombinetError(f"{name!r} is no Python file", fix="give it the ending .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)


def _import_module(name: str) -> None:
    sys.path.insert(0, str(Path.cwd()))
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not f"{name}.".startswith(f"{error.name}."):
            raise
        is_file = Path(name).is_file()
        raise CombinetError(
            f"{name!r} is no Python file" if is_file else f"there is no module {name!r}",
            fix="give it the ending .py" if is_file else "--code takes a path or a module",
        ) from error
    finally:
        sys.path.pop(0)
    if module.__file__ is None:
        raise CombinetError(f"{name!r} is a folder without code", fix="name the file in it")


@contextmanager
def _naming_code(name: str) -> Generator[None]:
    """Tell what an import raises where it is in the user's code, and nothing of ours."""
    try:
        yield
    except CombinetError as error:
        if where := _users_part(error):
            error.add_note(f"while importing --code {name}, line {where.tb_lineno}")
        raise
    except Exception as error:
        where = _users_part(error)
        lines = traceback.format_exception(type(error), error, where, chain=False)
        failed = CombinetError(f"--code {name} cannot be imported")
        failed.add_note(textwrap.indent("".join(lines).rstrip(), "  ").strip())
        raise failed from error


def _users_part(error: BaseException) -> TracebackType | None:
    """The traceback of an error from where it is neither ours nor Python's importing."""
    where = error.__traceback__
    while where:
        file = where.tb_frame.f_code.co_filename
        importing = file.startswith("<frozen importlib") or Path(file).parent.name == "importlib"
        if file != __file__ and not importing:
            break
        where = where.tb_next
    return where


@contextmanager
def asking_for_code(code: Sequence[str] | None, config: Config | None = None) -> Generator[None]:
    """Say of an error in a config that code of the user's own was not imported, if that is why."""
    try:
        yield
    except ConfigError as error:
        if config is not None and not code and any(_unregistered(config)):
            error.add_note("fix:   if it is of your own code, import that: --code FILE")
        raise


@contextmanager
def asking_for_code_of(model: Path, code: Sequence[str] | None) -> Generator[None]:
    """``asking_for_code`` for a model that was trained: what it names was known then."""
    try:
        yield
    except ConfigError as error:
        path = model / CONFIG
        config = Config().from_disk(path) if path.is_file() else Config()
        problems = list(_unregistered(config))
        if not problems:
            raise
        asked = problems_error(problems, file=str(path))
        asked.fix = "give the code that registers it, as combinet train had it: --code FILE"
        if code:
            asked.fix += f"; it is not in {', '.join(code)}"
        raise asked from error


def _unregistered(config: Config) -> Iterator[Problem]:
    """Every name in a config that is registered nowhere here."""

    def walk(value: Any, path: tuple[str, ...]) -> Iterator[Problem]:
        if is_list(value):
            for inner in value:
                yield from walk(inner, path)
        for key, inner in value.items() if is_dict(value) else ():
            if key[:1] != "@":
                yield from walk(inner, (*path, key))
            elif isinstance(inner, str) and not registry.has(key[1:], inner):
                at_path, at = config.source.locate((*path, key))
                what = f"{inner!r} is not registered in {key[1:]}"
                yield Problem(what, "", at_path, at, value=json.dumps(inner))

    return walk(dict(config), ())
