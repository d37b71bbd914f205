"""What the commands share: finding configs, reading overrides, importing the user's code."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import examples
from ..config import Config
from ..errors import CombinetError, ConfigError


def import_code(names: Sequence[str]) -> None:
    """Import files or modules, so that what they register can be named.

    Raises:
        CombinetError: There is no such file or module.
    """
    for name in names:
        path = Path(name)
        if path.suffix != ".py" and all(part.isidentifier() for part in name.split(".")):
            _import_module(name)
            continue
        if not path.is_file():
            raise CombinetError(f"there is no file {name!r}", fix="--code takes a path or a module")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None:
            raise CombinetError(f"{name!r} cannot be imported")
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(path.stem, module)
        spec.loader.exec_module(module)


def read_config(name: str, overrides: dict[str, Any]) -> Config:
    """The config in a file; the bare name of one of the examples will do.

    Raises:
        ConfigError: There is no such file, or it is wrong.
    """
    path = Path(name)
    bundled = Path(examples.__file__).parent
    if not path.is_file() and path.name == name and (bundled / name).is_file():
        path = bundled / name
    if not path.is_file():
        known = ", ".join(sorted(each.name for each in bundled.glob("*.cfg")))
        raise ConfigError(f"there is no config {name!r}", fix="give its path", examples=known)
    return Config().from_disk(path, overrides=overrides)


def read_overrides(arguments: Sequence[str]) -> dict[str, Any]:
    """``--training.num_epochs 3`` and ``--training.num_epochs=3``, the values as JSON or text.

    Raises:
        CombinetError: An argument is not of that form.
    """
    found: dict[str, Any] = {}
    waiting = list(arguments)
    while waiting:
        name = waiting.pop(0)
        if not name.startswith("--") or "." not in name.partition("=")[0]:
            raise CombinetError(
                f"unknown argument {name!r}",
                fix="options before it are listed by --help; a setting is --section.key VALUE",
            )
        name, equals, value = name[2:].partition("=")
        if not equals:
            if not waiting:
                raise CombinetError(f"--{name} needs a value")
            value = waiting.pop(0)
        found[name] = _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _import_module(name: str) -> None:
    sys.path.insert(0, str(Path.cwd()))
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not f"{name}.".startswith(f"{error.name}."):
            raise
        raise CombinetError(
            f"there is no module {name!r}", fix="--code takes a path or a module"
        ) from error
    finally:
        sys.path.pop(0)
