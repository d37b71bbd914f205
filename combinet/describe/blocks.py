"""The blocks of a config, from the calls of registered functions that a model remembers."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from .._guards import is_dict, is_list, is_tuple
from ..config.signatures import signature_of
from ..config.values import takes_pairs
from ..errors import ConfigError, RegistryError
from ..registry import registry
from ..registry.calls import Call, Foreign, kept
from .functions import call_giving, is_same, unfolded

if TYPE_CHECKING:
    from ..model import Model

STAR = "*"


def unwritable(what: str, path: str) -> ConfigError:
    """The error for something that no config can hold."""
    fix = "wrap what builds it in a function, and register that: @registry.architectures(...)"
    if what.startswith("the model"):
        what = f"{what} was not made by a registered function, so no config describes it"
    else:
        what = f"no config can hold {what}"
        fix = "pass what a registered function gave, or plain values; or " + fix
    return ConfigError(what, path=path, fix=fix)


class Blocks:
    """Writes calls as blocks.

    Args:
        sizes: The nodes whose sizes are written where their calls left them open.

    Attributes:
        trail: The calls that are being written, each an argument of the one before: after an
            error, down to the one that cannot be written.
    """

    def __init__(self, sizes: Mapping[Call, Model[Any, Any]]) -> None:
        self.sizes = sizes
        self.trail: list[Call] = []

    def block(self, call: Call, path: str) -> dict[str, Any]:
        """The block of a call: the name, and the arguments that are not the default.

        Raises:
            ConfigError: An argument is nothing that a config can hold.
        """
        self.trail.append(call)
        made: dict[str, Any] = {f"@{call.kind}": call.name}
        signature, bound = _bound(call, path)
        tables = _tables(call)
        for name, parameter in signature.parameters.items():
            given = bound.get(name, parameter.default)
            if parameter.kind is parameter.VAR_POSITIONAL:
                if bound.get(name):
                    made[STAR] = self._named(given, f"{path}.{STAR}")
            elif parameter.kind is parameter.VAR_KEYWORD:
                more = bound.get(name, {})
                made |= {k: self.value(v, f"{path}.{k}") for k, v in more.items()}
            elif given is None and (size := self._size(call, name)) is not None:
                made[name] = size
            elif is_dict(given) and name in tables and not _is_json(given):
                made[name] = self._pairs(given, f"{path}.{name}")
            elif not is_same(given, kept(parameter.default)):
                made[name] = self.value(given, f"{path}.{name}")
        self.trail.pop()
        return made

    def value(self, value: Any, path: str) -> Any:
        """An argument as a config holds it.

        Raises:
            ConfigError: No config can hold it.
        """
        if isinstance(value, Call):
            return self.block(value, path)
        if isinstance(value, Foreign):
            raise unwritable(value.what, path)
        if isinstance(value, Enum):
            return self.value(value.value, path)
        if isinstance(value, PurePath):
            return str(value)
        if value is None or isinstance(value, str | int | float):
            return value
        if is_list(value) or is_tuple(value):
            return self._row(value, path)
        if is_dict(value):
            return self._table(value, path)
        return value.item() if hasattr(value, "item") else self._function(value, path)

    def _size(self, call: Call, name: str) -> int | None:
        node = self.sizes.get(call)
        return None if node is None else node.maybe_get_dim(name)

    def _row(self, row: Iterable[Any], path: str) -> Any:
        """A list; where it has blocks, ``[path.*.name]``."""
        if any(isinstance(item, Call) for item in row):
            return {STAR: self._named(row, f"{path}.{STAR}")}
        return [self.value(item, path) for item in row]

    def _named(self, values: Iterable[Any], path: str) -> dict[str, Any]:
        """Values in order, each under a name that says what it is."""
        made: dict[str, Any] = {}
        for value in values:
            base = _label(value)
            count = 1 + sum(name.rstrip("0123456789") == base for name in made)
            name = base if count == 1 else f"{base}{count}"
            made[name] = self.value(value, f"{path}.{name}")
        return made

    def _table(self, table: dict[Any, Any], path: str) -> dict[str, Any]:
        for key in table:
            if not isinstance(key, str):
                raise unwritable(f"the key {key!r}: JSON has texts as keys only", path)
            if key.startswith("@") or key == STAR:
                raise unwritable(f"the key {key!r}, which would be read as a block", path)
        return {key: self.value(value, f"{path}.{key}") for key, value in table.items()}

    def _pairs(self, table: dict[Any, Any], path: str) -> list[Any]:
        """A table whose keys are no texts, as a parameter that is a mapping takes it."""
        for key in table:
            if not (key is None or isinstance(key, str | int | float)):
                raise unwritable(f"the key {key!r}: it is no text and no number", path)
        return [[key, self.value(value, path)] for key, value in table.items()]

    def _function(self, function: Any, path: str) -> dict[str, Any]:
        """The block of a function that is not the result of a call, such as ``zero_init``.

        It is the one that gives the same function with the same settings.
        """
        if (call := call_giving(function)) is not None:
            return self.block(call, path)
        plain = unfolded(function)[0]
        raise unwritable(f"the function {getattr(plain, '__qualname__', plain)}", path)


def _bound(call: Call, path: str) -> tuple[inspect.Signature, dict[str, Any]]:
    """The signature of what was called, and its arguments by name."""
    try:
        signature = inspect.signature(registry.get(call.kind, call.name))
        return signature, signature.bind(*call.args, **call.kwargs).arguments
    except (RegistryError, TypeError) as error:
        raise ConfigError(
            f"{call.name!r} is no longer what is registered in {call.kind}",
            path=path,
            reason=error,
            fix="register it under another name, such as a new version",
        ) from error


def _tables(call: Call) -> set[str]:
    """The parameters that take a mapping and nothing that a list could be."""
    arguments = signature_of(registry.get(call.kind, call.name)).arguments
    return {name for name, each in arguments.items() if takes_pairs(each.annotation)}


def _is_json(table: dict[Any, Any]) -> bool:
    return all(isinstance(key, str) and key[:1] not in ("@", STAR) for key in table)


def _label(value: Any) -> str:
    """``relu`` for a call of ``Relu.v1``."""
    if not isinstance(value, Call):
        return "value"
    parts = [part for part in value.name.split(".") if not _is_version(part)]
    name = "".join(c if c.isalnum() or c == "_" else "_" for c in (parts or ["block"])[-1])
    return name.lower().rstrip("0123456789") or "block"


def _is_version(part: str) -> bool:
    return part[:1] == "v" and part[1:].isdigit()
