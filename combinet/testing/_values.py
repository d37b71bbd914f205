"""The arrays inside a value, whatever containers hold them, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..types import ArgsKwargs, Padded, Ragged


class Leaf:
    """One array inside a value.

    Args:
        where: Its place, such as ``X[2]`` or ``X['mask']``.
        array: The array itself.
        keep: 1 where there is data and 0 in the padding of a ``Padded``; None for all data.
    """

    __slots__ = ("array", "keep", "where")

    def __init__(self, where: str, array: Any, keep: Any = None) -> None:
        self.where, self.array, self.keep = where, array, keep

    @property
    def is_float(self) -> bool:
        """Whether it can be differentiated."""
        kind: str = self.array.dtype.kind
        return kind == "f"

    def masked(self, array: Any) -> Any:
        """``array`` with zeros where this leaf has padding."""
        return array if self.keep is None else array * self.keep


Change = Callable[[Leaf], Any]


def _is(value: Any, *kinds: type) -> bool:
    """``isinstance``, after which a type checker still takes ``value`` for anything."""
    return isinstance(value, kinds)


def host(array: Any) -> Any:
    """An array of any backend as NumPy's."""
    return array.get() if hasattr(array, "get") else array


def is_array(value: Any) -> bool:
    """An array of any backend."""
    return hasattr(value, "dtype") and hasattr(value, "shape") and hasattr(value, "ndim")


def rebuild(value: Any, change: Change, where: str = "X") -> Any:
    """``value`` with every array replaced by what ``change`` makes of it."""
    if is_array(value):
        return change(Leaf(where, value))
    if isinstance(value, Ragged):
        return Ragged(change(Leaf(where, value.dataXd)), value.lengths)
    if isinstance(value, Padded):
        data = change(Leaf(where, value.data, _without_padding(value)))
        return Padded(data, value.size_at_t, value.lengths, value.indices)
    if _is(value, list, tuple):
        made = [rebuild(item, change, f"{where}[{i}]") for i, item in enumerate(value)]
        return made if _is(value, list) else tuple(made)
    if _is(value, dict):
        return {k: rebuild(v, change, f"{where}[{k!r}]") for k, v in value.items()}
    if isinstance(value, ArgsKwargs):
        items = [(k, rebuild(v, change, f"{where}[{k!r}]")) for k, v in value.items()]
        return ArgsKwargs.from_items(items)
    return value


def leaves(value: Any, where: str = "X") -> dict[str, Leaf]:
    """Every array in ``value`` by its place."""
    found: dict[str, Leaf] = {}

    def note(leaf: Leaf) -> Any:
        found[leaf.where] = leaf
        return leaf.array

    rebuild(value, note, where)
    return found


def replace(value: Any, arrays: Mapping[str, Any], where: str = "X") -> Any:
    """``value`` with those of its arrays replaced whose places are named."""
    return rebuild(value, lambda leaf: arrays.get(leaf.where, leaf.array), where)


def to_floats(value: Any, dtype: str) -> Any:
    """``value`` with its arrays of floats in ``dtype``; a copy of each."""
    return rebuild(
        value, lambda leaf: leaf.array.astype(dtype) if leaf.is_float else leaf.array.copy()
    )


def lock(value: Any) -> Any:
    """``value`` with read-only copies of its arrays."""

    def locked(leaf: Leaf) -> Any:
        array = leaf.array.copy()
        if _is(array, np.ndarray):
            array.flags.writeable = False
        return array

    return rebuild(value, locked)


def form(value: Any) -> str:
    """What kind of value this is, for messages."""
    if is_array(value):
        return f"{value.dtype} {tuple(value.shape)}"
    if isinstance(value, (Ragged, Padded)):
        return repr(value)
    if _is(value, list, tuple):
        shown = ", ".join(form(item) for item in value[:3]) + (", ..." if len(value) > 3 else "")
        return f"{type(value).__name__} of {len(value)} ({shown})"
    return type(value).__name__


def _without_padding(padded: Padded) -> Any:
    data: Any = padded.data
    steps = host(np.arange(data.shape[0]))[:, None]
    keep = (steps < host(padded.lengths)[None, :]).astype("float64")
    return keep.reshape(keep.shape + (1,) * (data.ndim - 2))
