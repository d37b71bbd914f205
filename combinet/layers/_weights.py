"""A parameter whose first value depends on the node: its attributes, its key, or all its dims."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..initializers import zero_init
from ..model import Model, Weight
from ..types import FloatsXd, Shape


class NodeWeight(Weight):
    """Like ``Weight``, made by ``make_for(node, shape)``.

    Args:
        make_for: A module-level function, or a ``partial`` of one, so that the node pickles.
    """

    __slots__ = ("make_for",)

    def __init__(
        self,
        make_for: Callable[[Model[Any, Any], Shape], FloatsXd],
        *dims: str,
        shape_of: Callable[[Model[Any, Any]], Shape] | None = None,
    ) -> None:
        super().__init__(zero_init, *dims, shape_of=shape_of)
        self.make_for = make_for

    def make(self, node: Model[Any, Any], shape: Shape) -> FloatsXd:
        return self.make_for(node, shape)
