"""Weight: how a parameter is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .initializers import Initializer
from .types import FloatsXd

if TYPE_CHECKING:
    from .model import Model


class Weight:
    """How a parameter is made: its initializer, and the dims that its shape is made of.

    Args:
        init: Called as ``init(ops, shape)``.
        dims: Names of dims of the node.
        shape_of: Instead of dims, a function from the node to the shape.
    """

    __slots__ = ("dims", "init", "shape_of")

    def __init__(
        self,
        init: Initializer,
        *dims: str,
        shape_of: Callable[[Model[Any, Any]], tuple[int, ...]] | None = None,
    ) -> None:
        self.init, self.dims, self.shape_of = init, dims, shape_of

    def shape(self, node: Model[Any, Any]) -> tuple[int, ...]:
        """The shape, once every dim in it is set."""
        if self.shape_of is not None:
            return self.shape_of(node)
        return tuple(node.get_dim(name) for name in self.dims)

    def make(self, node: Model[Any, Any], shape: tuple[int, ...]) -> FloatsXd:
        """A new array of that shape."""
        return self.init(node.ops, shape)
