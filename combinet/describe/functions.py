"""Functions with settings: whether two are the same, and which registered call gives one."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from ..errors import CombinetError
from ..registry import registry
from ..registry.calls import Call


def unfolded(function: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """A function, the arguments that ``partial`` gives it, and those that have some value."""
    args: tuple[Any, ...] = ()
    given: dict[str, Any] = {}
    while isinstance(function, functools.partial):
        args, given = (*function.args, *args), {**function.keywords, **given}
        function = function.func
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # written in C
        return function, args, given
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    return function, args, {**defaults, **given}


def call_giving(function: Any) -> Call | None:
    """The call of a registered initializer that gives this function with these settings.

    ``uniform_init`` is what ``configure_uniform_init()`` gives, and so for all of them.
    """
    plain, args, settings = unfolded(function)
    wanted = f"configure_{getattr(plain, '__name__', '')}"
    for name in registry.initializers.names():
        configure = registry.initializers.get(name)
        if getattr(configure, "__name__", "") != wanted:
            continue
        takes = inspect.signature(configure).parameters
        kwargs = {key: value for key, value in settings.items() if key in takes}
        try:
            found = unfolded(configure(**kwargs))
        except (TypeError, CombinetError):
            continue
        if is_same(found, (plain, args, settings)):
            return Call("initializers", name, (), kwargs)
    return None


def is_same(one: Any, other: Any) -> bool:
    """Equal, and of one type: 1 is not True."""
    if one is other:
        return True
    try:
        return type(one) is type(other) and bool(one == other)
    except ValueError:  # arrays
        return False
