"""The shapes that data takes between layers. Imports only NumPy and the errors.

Arrays are described by a protocol on ``shape`` and ``dtype``, so NumPy's and CuPy's arrays
are accepted as they are, by type checkers too. The containers check what they are given.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias, TypeVar
from typing import Literal as Literal
from typing import Protocol as Protocol

import numpy as np

from ._containers import ArgsKwargs as ArgsKwargs
from ._containers import Padded as Padded
from ._containers import Pairs as Pairs
from ._containers import Ragged as Ragged
from ._containers import SizedGenerator as SizedGenerator
from ._containers import Unserializable as Unserializable

Shape: TypeAlias = tuple[int, ...]
Shape_co = TypeVar("Shape_co", bound=tuple[int, ...], covariant=True)
Kind_co = TypeVar("Kind_co", bound=np.generic, covariant=True)


class Array(Protocol[Shape_co, Kind_co]):
    """What layers may ask of an array: NumPy's and CuPy's both have it.

    ``Floats2d`` is ``Array[tuple[int, int], np.floating[Any]]``: both parameters are real
    attributes, and covariant, so every ``Floats2d`` is a ``FloatsXd``.
    """

    @property
    def shape(self) -> Shape_co: ...
    @property
    def dtype(self) -> np.dtype[Kind_co]: ...
    @property
    def ndim(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def T(self) -> Any: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Any: ...
    def __getitem__(self, key: Any, /) -> Any: ...
    def __setitem__(self, key: Any, value: Any, /) -> None: ...
    def __add__(self, other: Any, /) -> Any: ...
    def __sub__(self, other: Any, /) -> Any: ...
    def __mul__(self, other: Any, /) -> Any: ...
    def __truediv__(self, other: Any, /) -> Any: ...
    def __radd__(self, other: Any, /) -> Any: ...
    def __rsub__(self, other: Any, /) -> Any: ...
    def __rmul__(self, other: Any, /) -> Any: ...
    def __rtruediv__(self, other: Any, /) -> Any: ...
    def __pow__(self, other: Any, /) -> Any: ...
    def __matmul__(self, other: Any, /) -> Any: ...
    def __neg__(self) -> Any: ...
    def __lt__(self, other: Any, /) -> Any: ...
    def __le__(self, other: Any, /) -> Any: ...
    def __gt__(self, other: Any, /) -> Any: ...
    def __ge__(self, other: Any, /) -> Any: ...
    def reshape(self, shape: Any, /) -> Any: ...
    def astype(self, dtype: Any, /) -> Any: ...
    def copy(self) -> Any: ...
    def sum(self, axis: Any = ...) -> Any: ...
    def max(self, axis: Any = ...) -> Any: ...


Floats1d: TypeAlias = Array[tuple[int], np.floating[Any]]
Floats2d: TypeAlias = Array[tuple[int, int], np.floating[Any]]
Floats3d: TypeAlias = Array[tuple[int, int, int], np.floating[Any]]
Floats4d: TypeAlias = Array[tuple[int, int, int, int], np.floating[Any]]
FloatsXd: TypeAlias = Array[tuple[int, ...], np.floating[Any]]
Ints1d: TypeAlias = Array[tuple[int], np.integer[Any]]
Ints2d: TypeAlias = Array[tuple[int, int], np.integer[Any]]
Ints3d: TypeAlias = Array[tuple[int, int, int], np.integer[Any]]
Ints4d: TypeAlias = Array[tuple[int, int, int, int], np.integer[Any]]
IntsXd: TypeAlias = Array[tuple[int, ...], np.integer[Any]]
Array1d: TypeAlias = Array[tuple[int], Any]
Array2d: TypeAlias = Array[tuple[int, int], Any]
Array3d: TypeAlias = Array[tuple[int, int, int], Any]
Array4d: TypeAlias = Array[tuple[int, int, int, int], Any]
ArrayXd: TypeAlias = Array[tuple[int, ...], Any]
List1d: TypeAlias = list[Floats1d] | list[Ints1d]
List2d: TypeAlias = list[Floats2d] | list[Ints2d]
ListXd: TypeAlias = list[FloatsXd] | list[IntsXd]
List3d: TypeAlias = list[Floats3d] | list[Ints3d]
List4d: TypeAlias = list[Floats4d] | list[Ints4d]
Xp: TypeAlias = Any
#: What a function takes that wants numbers one after another, such as a schedule.
Generator: TypeAlias = Iterator[Any]
Batchable: TypeAlias = Pairs[Any, Any] | Ragged | Padded | ArrayXd | list[Any] | tuple[Any, ...]
DTypesFloat: TypeAlias = Literal["f", "float16", "float32", "float64"]
DTypesInt: TypeAlias = Literal["i", "int32", "int64", "uint32", "uint64"]
DTypes: TypeAlias = DTypesFloat | DTypesInt
DeviceTypes: TypeAlias = Literal["cpu", "gpu", "tpu"]
ArrayT = TypeVar("ArrayT", bound=ArrayXd)
Array1dT = TypeVar("Array1dT", bound=Array1d)
FloatsXdT = TypeVar("FloatsXdT", bound=FloatsXd)
XY_XY_OutT = TypeVar("XY_XY_OutT")
XY_YZ_OutT = TypeVar("XY_YZ_OutT")


class Parameter:
    """One trainable array, where it stands and what is to be added to it.

    Args:
        path: ``child.indices/name`` from the root, such as ``0.2/W``.
        key: (id of the node, name): what an optimizer files its state under.
        weights: The parameter; an optimizer writes into it.
        gradient: Of the same shape; an optimizer zeroes it.
        layer: The name of the node.
    """

    __slots__ = ("gradient", "key", "layer", "path", "weights")

    def __init__(
        self,
        path: str,
        key: tuple[int, str],
        weights: FloatsXd,
        gradient: FloatsXd | None,
        layer: str = "",
    ) -> None:
        self.path, self.key, self.layer = path, key, layer
        self.weights, self.gradient = weights, gradient

    def __repr__(self) -> str:
        return f"Parameter({self.path!r}, {self.weights.shape})"
