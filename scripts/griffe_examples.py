"""An extension of griffe, for docstrings as this library has them.

``Example:`` is read as ``Examples:``, as code. ``combinet.add`` is the function, as in Python, and
not the module that it comes from.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

griffe: Any = import_module("griffe")  # not installed where types are checked


def on_object(self: Any, *, obj: Any, **context: Any) -> None:
    """Rename the section before it is parsed."""
    if obj.docstring:
        obj.docstring.value = re.sub(r"(?m)^(\s*)Example:$", r"\1Examples:", obj.docstring.value)


def on_package(self: Any, *, pkg: Any, **context: Any) -> None:
    """Put what is imported from a module of the same name in the module's place."""
    for name, module in list(pkg.modules.items()):
        if name in pkg.imports and name in module.members:
            pkg.members[name] = griffe.Alias(name, module.members[name], parent=pkg)
        elif module.modules:
            on_package(self, pkg=module)


HOOKS: dict[str, Any] = {"on_object": on_object, "on_package": on_package}
Examples = type("Examples", (griffe.Extension,), HOOKS)
