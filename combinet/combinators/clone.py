"""clone: a layer and copies of it, one after another."""

from __future__ import annotations

from typing import Any, TypeVar

from ..chain import chain
from ..errors import StructureError
from ..model import Model
from ..operators import default_operator
from ..registry import registry
from .noop import noop

Both = TypeVar("Both")


@registry.layers("clone.v1")
def clone(orig: Model[Both, Both], n: int) -> Model[Both, Both]:
    """Chain ``orig`` and ``n - 1`` copies of it, each with parameters of its own: ``orig ** n``.

    Args:
        orig: The first of them, as it is.
        n: How many layers there are in all; none is ``noop()``, one is ``orig``.

    Raises:
        StructureError: ``n`` is no whole number from 0 up.
    """
    count: Any = n
    if not isinstance(count, int) or isinstance(count, bool) or n < 0:
        raise StructureError(
            f"clone() makes a whole number of layers, got {n!r}", fix="pass n = 0, 1, 2, ..."
        )
    if n < 2:
        return orig if n else noop(of="anything")
    layers: list[Model[Any, Any]] = [orig, *(orig.copy() for _ in range(n - 1))]
    chained: Model[Both, Both] = chain(*layers)
    return chained


default_operator("**", clone)
