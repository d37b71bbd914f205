"""How large the parameters of a node are, before and after they are made."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from ..errors import CombinetError

if TYPE_CHECKING:
    from ..model import Model


class Size:
    """How many parameters, in how many bytes; ``open`` where a size among them is not known."""

    __slots__ = ("bytes", "open", "parameters")

    def __init__(self, parameters: int = 0, bytes: int = 0, *, open: bool = False) -> None:
        self.parameters, self.bytes, self.open = parameters, bytes, open

    def __add__(self, other: Size) -> Size:
        return Size(
            self.parameters + other.parameters,
            self.bytes + other.bytes,
            open=self.open or other.open,
        )

    def text(self, column: str) -> str:
        """``1,024``, ``?`` where all is open, ``1,024 + ?`` where a part is."""
        number = int(getattr(self, column))
        if not self.open:
            return f"{number:,}"
        return f"{number:,} + ?" if number else "?"


def own_size(node: Model[Any, Any]) -> Size | None:
    """The size of a node's own parameters, made or to be made; None where it has none."""
    if not node.param_names and not node.shims:
        return None
    size = Size()
    for name in node.param_names:
        size += _param_size(node, name)
    for shim in node.shims:
        try:
            arrays = shim.tensors().values()
        except CombinetError:
            size += Size(open=True)
        else:
            made = [array for array in arrays if array is not None]
            is_open = len(made) < len(arrays)
            count, nbytes = sum(a.size for a in made), sum(a.nbytes for a in made)
            size += Size(count, nbytes, open=is_open)
    return size


def is_wanted(node: Model[Any, Any], dim: str) -> bool:
    """Whether a size that is not set will be: not where no parameter is made of it."""
    weights = node._weights.values()
    return not weights or any(w.shape_of is not None or dim in w.dims for w in weights)


def _param_size(node: Model[Any, Any], name: str) -> Size:
    array, weight = node.maybe_get_param(name), node._weights.get(name)
    if array is not None:
        return Size(array.size, array.nbytes)
    if weight is None:
        return Size(open=True)
    try:
        count = prod(weight.shape(node))
    except CombinetError:
        return Size(open=True)
    return Size(count, 4 * count)  # parameters are made as float32
