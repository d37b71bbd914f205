"""A value from a config that is not of the type wanted, and what to do about it."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from .annotations import show
from .plan import Call
from .problems import shown


class Misfit(Exception):
    """A value that is not of the type wanted.

    Args:
        what: What was expected and what there is.
        fix: What to do about it, where that is known.
        call: The block that gives the wrong thing, where one does.
        keys: Where in the value it stands.
    """

    def __init__(
        self, what: str, fix: str = "", call: Call | None = None, keys: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what)
        self.what, self.fix, self.call, self.keys = what, fix, call, keys


def misfit(value: Any, annotation: Any, fix: str = "") -> Misfit:
    """The misfit of a value, with a fix where a usual mistake is recognized."""
    kinds: dict[Any, str] = {
        bool: "bool",
        int: "int",
        float: "float",
        str: "str",
        dict: "mapping",
        list: "list",
    }
    kind = "null" if value is None else kinds.get(type(value), type(value).__name__)
    got = kind if value is None or kind == "mapping" else f"{kind} {shown(value, 40)}"
    return Misfit(f"expected {show(annotation)}, got {got}", fix or _fix(value, annotation))


def _fix(value: Any, annotation: Any) -> str:
    if isinstance(value, str) and annotation in (int, float, bool):
        return "remove the quotes" if _holds(value, annotation) else ""
    if isinstance(value, bool) and annotation in (int, float):
        return "write a number"
    if annotation is int and isinstance(value, float):
        return f"write a whole number, such as {round(value)}" if isfinite(value) else ""
    if annotation is str and isinstance(value, int | float):
        return f'put it in quotes: "{shown(value)}"'
    if value is None:
        return "give it a value; null is not allowed here"
    return ""


def _holds(text: str, kind: type) -> bool:
    """Whether a text would be a number or bool of this kind without its quotes."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return type(value) is kind or (type(value) is int and kind is float)
