"""Finding the config that a command is given, and reading what overrides it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import examples
from ..archive import CONFIG
from ..config import Config
from ..errors import CombinetError, ConfigError
from ..training.settings import DataSettings, TrainingSettings

#: Sections of a training config that are no calls: what takes their values.
SCHEMA = {"data": DataSettings, "training": TrainingSettings}


class UsageError(CombinetError):
    """A command line that makes no sense."""


def read_config(name: str, overrides: dict[str, Any], *, interpolate: bool = True) -> Config:
    """The config in a file; the bare name of one of the examples will do.

    Args:
        name: The path of a file, or the name of an example.
        overrides: Values by dotted key.
        interpolate: Fill in variables.

    Raises:
        ConfigError: There is no such file, or it is wrong.
    """
    path = Path(name)
    bundled = Path(examples.__file__).parent
    if not path.exists() and path.name == name and (bundled / name).is_file():
        path = bundled / name
    known = ", ".join(sorted(each.name for each in bundled.glob("*.cfg")))
    if path.is_dir():
        inside = path / CONFIG
        fix = f"give its config: {inside}" if inside.is_file() else "give the path of a file"
        raise ConfigError(f"{name!r} is a directory, and no config", fix=fix)
    if not path.exists():
        raise ConfigError(f"there is no config {name!r}", fix="give its path", examples=known)
    config = Config().from_disk(path, interpolate=interpolate, overrides=overrides, schema=SCHEMA)
    if not config:
        raise ConfigError(f"{name!r} has no sections", fix="start from an example", examples=known)
    return config


def read_overrides(arguments: Sequence[str]) -> dict[str, Any]:
    """``--training.num_epochs 3`` and ``--training.num_epochs=3``, the values as JSON or text.

    Raises:
        UsageError: An argument is not of that form.
    """
    found: dict[str, Any] = {}
    waiting = list(arguments)
    while waiting:
        name = waiting.pop(0)
        if not name.startswith("--") or "." not in name.partition("=")[0]:
            raise UsageError(
                f"unknown argument {name!r}",
                fix="options before it are listed by --help; a setting is --section.key VALUE",
            )
        name, equals, value = name[2:].partition("=")
        if not equals:
            if not waiting or waiting[0].startswith("--"):
                raise UsageError(f"--{name} needs a value", fix=f"write --{name} VALUE")
            value = waiting.pop(0)
        found[name] = _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
