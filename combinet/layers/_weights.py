"""A parameter whose initializer needs the node: its attributes, its key, or all its dims."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..model import Model, Weight
from ..ops import Ops
from ..types import FloatsXd, Shape


class _ShapeOfNode(tuple[int, ...]):
    """A shape that remembers whose it is, on its way from the node to the initializer."""

    node: Model[Any, Any]


class NodeWeight(Weight):
    """Like ``Weight``, made by ``make(node, shape)``.

    Args:
        make: A module-level function, or a ``partial`` of one, so that the node pickles.
    """

    __slots__ = ("make",)

    def __init__(
        self,
        make: Callable[[Model[Any, Any], Shape], FloatsXd],
        *dims: str,
        shape_of: Callable[[Model[Any, Any]], Shape] | None = None,
    ) -> None:
        super().__init__(self._init, *dims, shape_of=shape_of)
        self.make = make

    def shape(self, node: Model[Any, Any]) -> Shape:
        shape = _ShapeOfNode(super().shape(node))
        shape.node = node
        return shape

    def _init(self, ops: Ops, shape: Shape) -> FloatsXd:
        assert isinstance(shape, _ShapeOfNode)
        return self.make(shape.node, shape)
