"""The containers that carry sequences between layers; each checks what it is given.

Public from ``combinet.types``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import numpy as np

from ._guards import is_host_array, is_list, is_tuple
from .errors import DTypeError, ShapeError

if TYPE_CHECKING:
    from .types import ArrayXd, Floats3d, Ints1d, Shape

Item = TypeVar("Item")
One = TypeVar("One")
Two = TypeVar("Two")


def _checked_lengths(lengths: Any, owner: str) -> Any:
    """``lengths`` as a 1-d int32 array of non-negative numbers, where it lies."""
    if not hasattr(lengths, "dtype"):
        lengths = np.asarray(lengths, dtype="int32" if len(lengths) == 0 else None)
    if lengths.ndim != 1 or lengths.dtype.kind not in "iu":
        raise DTypeError(
            f"the lengths of a {owner} are whole numbers in one dimension",
            lengths=f"{lengths.dtype} {lengths.shape}",
        )
    if is_host_array(lengths) and lengths.size and int(lengths.min()) < 0:
        raise ShapeError(f"a length in a {owner} is negative", lengths=lengths.tolist())
    return lengths if lengths.dtype == np.int32 else lengths.astype("int32")


class Ragged:
    """Sequences of different lengths, laid end to end.

    Indexing is by sequence and gives a Ragged: an int, a slice, an array of ints or of bools.

    Args:
        data: Their rows, (sum(lengths), ...); kept as 2-d, ``dataXd`` has the shape given.
        lengths: How many rows each sequence has, (sequences,) int32.

    Raises:
        ShapeError: The lengths do not add up to the rows.
        DTypeError: ``data`` is no array, or the lengths are not ints in one dimension.
    """

    __slots__ = ("_starts_ends", "data", "data_shape", "lengths")

    def __init__(
        self, data: ArrayXd, lengths: Ints1d | Sequence[int], data_shape: Shape | None = None
    ) -> None:
        if not hasattr(data, "dtype") or data.ndim == 0:
            raise DTypeError("the data of a Ragged is one array of rows", data=type(data).__name__)
        self.lengths: Ints1d = _checked_lengths(lengths, "Ragged")
        if is_host_array(self.lengths) and int(self.lengths.sum()) != len(data):
            raise ShapeError(
                f"the lengths add up to {int(self.lengths.sum())}, the data has {len(data)} rows",
                fix="give one length for each sequence, in rows",
            )
        self.data_shape: Shape = data_shape or (-1, *data.shape[1:])
        self.data: Any = data
        if data.ndim != 2:
            width = int(np.prod(data.shape[1:], dtype=np.int64))
            self.data = data.reshape((len(data), width))
        self._starts_ends: Any = None

    @property
    def dataXd(self) -> Any:
        """The data in the rank it was given in."""
        return self.data.reshape((len(self.data), *self.data_shape[1:]))

    @property
    def starts_ends(self) -> Any:
        """Where each sequence starts in the data, and the end of the last: (sequences + 1,)."""
        if self._starts_ends is None:
            bounds = np.zeros(len(self) + 1, dtype="int32")
            np.cumsum(_to_host(self.lengths), out=bounds[1:])
            self._starts_ends = bounds
        return self._starts_ends

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[Ragged]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Ragged:
        if isinstance(index, tuple):
            raise IndexError("a Ragged is indexed by sequence: r[i], r[i:j] or r[[i, j]]")
        bounds = self.starts_ends
        chosen: Any = np.arange(len(self))[_to_host(index)]
        if np.ndim(chosen) == 0:
            chosen = chosen[None]
        if len(chosen) and (np.diff(chosen) == 1).all():
            data = self.dataXd[bounds[chosen[0]] : bounds[chosen[-1] + 1]]
        else:
            pieces: list[Any] = [np.arange(bounds[i], bounds[i + 1]) for i in chosen]
            rows: Any = np.concatenate([*pieces, np.zeros(0, dtype="int64")])
            data = self.dataXd[rows.astype("int64")]
        return Ragged(data, self.lengths[chosen], self.data_shape)

    def __repr__(self) -> str:
        return f"Ragged({len(self)} sequences, {len(self.data)} rows of {self.data_shape[1:]})"


class Padded:
    """Sequences side by side, time first, the longest in front, zeros after each one's end.

    Indexing is by column, that is by sequence in the sorted order, and gives a Padded.

    Args:
        data: (steps, sequences, width).
        size_at_t: How many sequences still run at each step, (steps,).
        lengths: Of the sequences as sorted, (sequences,).
        indices: Where each column stood before the sorting, (sequences,).

    Raises:
        ShapeError: The four do not fit each other.
        DTypeError: One of the last three is not ints in one dimension.
    """

    __slots__ = ("data", "indices", "lengths", "size_at_t")

    def __init__(self, data: Floats3d, size_at_t: Ints1d, lengths: Ints1d, indices: Ints1d) -> None:
        if not hasattr(data, "dtype") or data.ndim < 2:
            raise DTypeError(
                "the data of a Padded is (steps, sequences, width)",
                data=getattr(data, "shape", type(data).__name__),
            )
        self.data: Any = data
        self.size_at_t: Ints1d = _checked_lengths(size_at_t, "Padded")
        self.lengths: Ints1d = _checked_lengths(lengths, "Padded")
        self.indices: Ints1d = _checked_lengths(indices, "Padded")
        steps, columns = data.shape[:2]
        if (len(self.size_at_t), len(self.lengths), len(self.indices)) != (steps, columns, columns):
            raise ShapeError(
                f"a Padded of {steps} steps and {columns} sequences needs as many sizes, lengths",
                size_at_t=len(self.size_at_t),
                lengths=len(self.lengths),
                indices=len(self.indices),
            )

    def copy(self) -> Padded:
        """The same with arrays of its own."""
        return Padded(
            self.data.copy(), self.size_at_t.copy(), self.lengths.copy(), self.indices.copy()
        )

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: Any) -> Padded:
        if isinstance(index, tuple):
            raise IndexError("a Padded is indexed by sequence: p[i], p[i:j] or p[[i, j]]")
        chosen: Any = np.arange(len(self))[_to_host(index)]
        if np.ndim(chosen) == 0:
            chosen = chosen[None]
        host = _to_host(self.lengths)[chosen]
        chosen = chosen[np.argsort(-host, kind="stable")]
        lengths = _to_host(self.lengths)[chosen]
        steps = int(lengths[0]) if len(lengths) else 0
        sizes = (lengths[None, :] > np.arange(steps)[:, None]).sum(axis=1).astype("int32")
        return Padded(self.data[:steps, chosen], sizes, self.lengths[chosen], self.indices[chosen])

    def __repr__(self) -> str:
        return f"Padded({len(self)} sequences, data {self.data.shape})"


def _to_host(array: Any) -> Any:
    """A CuPy array as NumPy; everything else as it is."""
    return array.get() if hasattr(array, "get") and hasattr(array, "dtype") else array


class Pairs(Generic[One, Two]):
    """Two sequences of the same length, indexed together."""

    __slots__ = ("one", "two")

    def __init__(self, one: Sequence[One], two: Sequence[Two]) -> None:
        if len(one) != len(two):
            raise ShapeError(f"the two sides of Pairs have {len(one)} and {len(two)} items")
        self.one, self.two = one, two

    def __len__(self) -> int:
        return len(self.one)

    def __getitem__(self, index: Any) -> Pairs[Any, Any]:
        if np.ndim(index) == 0 and hasattr(index, "__index__"):
            index = slice(int(index), int(index) + 1 or None)
        return Pairs(_picked(self.one, index), _picked(self.two, index))


def _picked(side: Any, index: Any) -> Any:
    """``side[index]``; of a list or tuple for an array of places too, as of arrays."""
    if isinstance(index, slice) or not (is_list(side) or is_tuple(side) or isinstance(side, str)):
        return side[index]
    places: Any = np.arange(len(side))[_to_host(index)]
    items: list[Any] = [side[place] for place in places]
    return tuple(items) if is_tuple(side) else items


class ArgsKwargs:
    """The arguments of a call: what a wrapped framework's module is called with."""

    __slots__ = ("args", "kwargs")

    def __init__(self, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self.args, self.kwargs = tuple(args), dict(kwargs)

    @classmethod
    def from_items(cls, items: Sequence[tuple[int | str, Any]]) -> Self:
        """The inverse of ``items()``: ints are positions, in the order seen."""
        args = [value for key, value in items if isinstance(key, int)]
        return cls(args, {key: value for key, value in items if isinstance(key, str)})

    def keys(self) -> list[int | str]:
        """Positions, then keywords."""
        return [*range(len(self.args)), *self.kwargs]

    def values(self) -> list[Any]:
        """Positional arguments, then the others."""
        return [*self.args, *self.kwargs.values()]

    def items(self) -> list[tuple[int | str, Any]]:
        """``keys()`` with ``values()``."""
        return [*enumerate(self.args), *self.kwargs.items()]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArgsKwargs) and self.items() == other.items()

    def __hash__(self) -> int:
        return hash(tuple(self.keys()))

    def __repr__(self) -> str:
        return f"ArgsKwargs(args={self.args!r}, kwargs={self.kwargs!r})"


class SizedGenerator(Generic[Item]):
    """An iterable of known length that starts anew each time it is iterated."""

    __slots__ = ("get_items", "length")

    def __init__(self, get_items: Callable[[], Iterator[Item]], length: int) -> None:
        self.get_items, self.length = get_items, length

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[Item]:
        return self.get_items()


class Unserializable:
    """Marks an attribute that files leave out on purpose."""

    __slots__ = ("obj",)

    def __init__(self, obj: Any) -> None:
        self.obj = obj
