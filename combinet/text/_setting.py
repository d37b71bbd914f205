"""Setting: a function among the attributes of a model, which is saved as how it was made."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..errors import LoadError, SaveError
from ..model import Model
from ..registry.calls import Call, call_of
from ..serialize import deserialize_attr, serialize_attr


class Setting:
    """Calls a function. A file holds its registered name and arguments; loading compares them.

    Args:
        function: Made by a registered function, as those of the registry ``misc`` are.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def description(self, name: str) -> str:
        """How it was made, as JSON.

        Raises:
            SaveError: It does not say.
        """
        call = call_of(self.function)
        try:
            if call is not None:
                return json.dumps(_plain(call), sort_keys=True)
        except TypeError as error:
            raise SaveError(f"{name!r} was made from what no file can hold: {error}") from error
        raise SaveError(
            f"{name!r} cannot be saved: nothing says how the function was made",
            fix='register what makes it: @registry.misc("my_generator.v1")',
        )


def _plain(call: Call) -> list[Any]:
    return [call.kind, call.name, list(call.args), dict(call.kwargs)]


@serialize_attr.register(Setting)
def _write(_: Any, value: Setting, name: str, model: Model[Any, Any]) -> bytes:
    return value.description(name).encode()


@deserialize_attr.register(Setting)
def _read(setting: Setting, value: bytes, name: str, model: Model[Any, Any]) -> Setting:
    here, saved = setting.description(name), value.decode("utf-8", "replace")
    if saved != here:
        raise LoadError(f"{name!r} is {here} here, {saved[:200]} in the file")
    return setting
