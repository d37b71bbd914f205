"""An extension of griffe: ``Example:`` in a docstring is read as its ``Examples:``, as code."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any


def on_object(self: Any, *, obj: Any, **context: Any) -> None:
    """Rename the section before it is parsed."""
    if obj.docstring:
        obj.docstring.value = re.sub(r"(?m)^(\s*)Example:$", r"\1Examples:", obj.docstring.value)


# Made at run time: griffe is not installed where types are checked.
Examples = type("Examples", (import_module("griffe").Extension,), {"on_object": on_object})
