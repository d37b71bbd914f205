"""What every backend stands on: its array module, and making and reshaping arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, cast

import numpy as np

from ..errors import CombinetError, DTypeError, MissingPackageError, ShapeError
from ..types import (
    Array1d,
    Array2d,
    Array3d,
    Array4d,
    ArrayXd,
    Floats1d,
    Floats2d,
    Floats3d,
    Floats4d,
    FloatsXd,
    Ints1d,
    Ints2d,
    Ints3d,
    Ints4d,
    IntsXd,
    Shape,
    Xp,
)

ByteOrder: TypeAlias = Literal["<", ">", "="]


class BaseOps:
    """Where arrays live (``device_type``, ``device_id``), and the module ``xp`` that makes them.

    Args:
        device_type: "cpu" or "gpu".
        device_id: Which GPU; -1 on the CPU.
    """

    name = "reference"
    xp: Xp = np

    def __init__(self, device_type: str = "cpu", device_id: int = -1) -> None:
        self.device_type, self.device_id = device_type, device_id

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.device_type!r}, {self.device_id})"

    def __reduce__(self) -> tuple[Any, ...]:
        # An instance may hold its array module, and modules neither copy nor pickle.
        return type(self), (self.device_type, self.device_id)

    def alloc(self, shape: Shape | int, *, dtype: Any = "float32", zeros: bool = True) -> ArrayXd:
        """A new array of zeros, or with ``zeros=False`` of whatever the memory held."""
        make = self.xp.zeros if zeros else self.xp.empty
        return cast(ArrayXd, make(_as_shape(shape), dtype=dtype))

    def alloc1f(self, d0: int, *, dtype: Any = "float32", zeros: bool = True) -> Floats1d:
        return cast(Floats1d, self.alloc((d0,), dtype=dtype, zeros=zeros))

    def alloc2f(self, d0: int, d1: int, *, dtype: Any = "float32", zeros: bool = True) -> Floats2d:
        return cast(Floats2d, self.alloc((d0, d1), dtype=dtype, zeros=zeros))

    def alloc3f(
        self, d0: int, d1: int, d2: int, *, dtype: Any = "float32", zeros: bool = True
    ) -> Floats3d:
        return cast(Floats3d, self.alloc((d0, d1, d2), dtype=dtype, zeros=zeros))

    def alloc4f(
        self, d0: int, d1: int, d2: int, d3: int, *, dtype: Any = "float32", zeros: bool = True
    ) -> Floats4d:
        return cast(Floats4d, self.alloc((d0, d1, d2, d3), dtype=dtype, zeros=zeros))

    def alloc_f(
        self, shape: Shape | int, *, dtype: Any = "float32", zeros: bool = True
    ) -> FloatsXd:
        return cast(FloatsXd, self.alloc(shape, dtype=dtype, zeros=zeros))

    def alloc1i(self, d0: int, *, dtype: Any = "int32", zeros: bool = True) -> Ints1d:
        return cast(Ints1d, self.alloc((d0,), dtype=dtype, zeros=zeros))

    def alloc2i(self, d0: int, d1: int, *, dtype: Any = "int32", zeros: bool = True) -> Ints2d:
        return cast(Ints2d, self.alloc((d0, d1), dtype=dtype, zeros=zeros))

    def alloc3i(
        self, d0: int, d1: int, d2: int, *, dtype: Any = "int32", zeros: bool = True
    ) -> Ints3d:
        return cast(Ints3d, self.alloc((d0, d1, d2), dtype=dtype, zeros=zeros))

    def alloc4i(
        self, d0: int, d1: int, d2: int, d3: int, *, dtype: Any = "int32", zeros: bool = True
    ) -> Ints4d:
        return cast(Ints4d, self.alloc((d0, d1, d2, d3), dtype=dtype, zeros=zeros))

    def alloc_i(self, shape: Shape | int, *, dtype: Any = "int32", zeros: bool = True) -> IntsXd:
        return cast(IntsXd, self.alloc(shape, dtype=dtype, zeros=zeros))

    def reshape(self, array: ArrayXd, shape: Shape | int) -> ArrayXd:
        """The same numbers in another shape, one size of which may be -1."""
        try:
            return cast(ArrayXd, array.reshape(_as_shape(shape)))
        except ValueError as error:
            raise ShapeError(
                "an array cannot be reshaped", array=array.shape, shape=_as_shape(shape)
            ) from error

    def reshape1(self, array: ArrayXd, d0: int) -> Array1d:
        return cast(Array1d, self.reshape(array, (d0,)))

    def reshape2(self, array: ArrayXd, d0: int, d1: int) -> Array2d:
        return cast(Array2d, self.reshape(array, (d0, d1)))

    def reshape3(self, array: ArrayXd, d0: int, d1: int, d2: int) -> Array3d:
        return cast(Array3d, self.reshape(array, (d0, d1, d2)))

    def reshape4(self, array: ArrayXd, d0: int, d1: int, d2: int, d3: int) -> Array4d:
        return cast(Array4d, self.reshape(array, (d0, d1, d2, d3)))

    def reshape1f(self, array: FloatsXd, d0: int) -> Floats1d:
        return cast(Floats1d, self.reshape(array, (d0,)))

    def reshape2f(self, array: FloatsXd, d0: int, d1: int) -> Floats2d:
        return cast(Floats2d, self.reshape(array, (d0, d1)))

    def reshape3f(self, array: FloatsXd, d0: int, d1: int, d2: int) -> Floats3d:
        return cast(Floats3d, self.reshape(array, (d0, d1, d2)))

    def reshape4f(self, array: FloatsXd, d0: int, d1: int, d2: int, d3: int) -> Floats4d:
        return cast(Floats4d, self.reshape(array, (d0, d1, d2, d3)))

    def reshape_f(self, array: FloatsXd, shape: Shape | int) -> FloatsXd:
        return cast(FloatsXd, self.reshape(array, shape))

    def reshape1i(self, array: IntsXd, d0: int) -> Ints1d:
        return cast(Ints1d, self.reshape(array, (d0,)))

    def reshape2i(self, array: IntsXd, d0: int, d1: int) -> Ints2d:
        return cast(Ints2d, self.reshape(array, (d0, d1)))

    def reshape3i(self, array: IntsXd, d0: int, d1: int, d2: int) -> Ints3d:
        return cast(Ints3d, self.reshape(array, (d0, d1, d2)))

    def reshape4i(self, array: IntsXd, d0: int, d1: int, d2: int, d3: int) -> Ints4d:
        return cast(Ints4d, self.reshape(array, (d0, d1, d2, d3)))

    def reshape_i(self, array: IntsXd, shape: Shape | int) -> IntsXd:
        return cast(IntsXd, self.reshape(array, shape))

    def asarray(self, data: Any, *, dtype: Any = None) -> ArrayXd:
        """``data`` as an array of this backend; no copy where none is needed.

        Args:
            data: Numbers, nested lists of them, or an array of NumPy, CuPy or PyTorch.
            dtype: Where omitted, an array keeps its own and lists take what NumPy gives
                them: float64 or int64; uint64 where they hold ints beyond int64.
        """
        if isinstance(data, self.xp.ndarray):
            return cast(ArrayXd, self.xp.asarray(data, dtype=dtype))
        return cast(ArrayXd, self.xp.asarray(_to_host(data), dtype=dtype or _beyond_int64(data)))

    def asarray1f(self, data: Any, *, dtype: Any = "float32") -> Floats1d:
        return cast(Floats1d, self._asarray_of_rank(1, data, dtype))

    def asarray2f(self, data: Any, *, dtype: Any = "float32") -> Floats2d:
        return cast(Floats2d, self._asarray_of_rank(2, data, dtype))

    def asarray3f(self, data: Any, *, dtype: Any = "float32") -> Floats3d:
        return cast(Floats3d, self._asarray_of_rank(3, data, dtype))

    def asarray4f(self, data: Any, *, dtype: Any = "float32") -> Floats4d:
        return cast(Floats4d, self._asarray_of_rank(4, data, dtype))

    def asarray_f(self, data: Any, *, dtype: Any = "float32") -> FloatsXd:
        return cast(FloatsXd, self.asarray(data, dtype=dtype))

    def asarray1i(self, data: Any, *, dtype: Any = "int32") -> Ints1d:
        return cast(Ints1d, self._asarray_of_rank(1, data, dtype))

    def asarray2i(self, data: Any, *, dtype: Any = "int32") -> Ints2d:
        return cast(Ints2d, self._asarray_of_rank(2, data, dtype))

    def asarray3i(self, data: Any, *, dtype: Any = "int32") -> Ints3d:
        return cast(Ints3d, self._asarray_of_rank(3, data, dtype))

    def asarray4i(self, data: Any, *, dtype: Any = "int32") -> Ints4d:
        return cast(Ints4d, self._asarray_of_rank(4, data, dtype))

    def asarray_i(self, data: Any, *, dtype: Any = "int32") -> IntsXd:
        return cast(IntsXd, self.asarray(data, dtype=dtype))

    def as_contig(self, data: ArrayXd, dtype: Any = None) -> ArrayXd:
        """``data`` in C order, of type ``dtype``; itself where it is so already."""
        return cast(ArrayXd, self.xp.ascontiguousarray(data, dtype=dtype))

    def to_numpy(self, data: Any, *, byte_order: ByteOrder | None = None) -> Any:
        """``data`` as a NumPy array; ``byte_order`` is "<", ">" or "=", as NumPy writes it."""
        array = np.asarray(_to_host(data))
        if byte_order is None:
            return array
        return array.astype(array.dtype.newbyteorder(byte_order), copy=False)

    def tile(self, X: ArrayXd, reps: int | Sequence[int]) -> ArrayXd:
        """``X`` repeated ``reps`` times along each axis, as ``numpy.tile`` does it."""
        return cast(ArrayXd, self.xp.tile(X, reps))

    def cblas(self) -> Any:
        """Thinc's handle for Cython code; combinet has none to give.

        Raises:
            MissingPackageError: Always.
        """
        raise MissingPackageError(
            "combinet has no BLAS handle for Cython code", fix="call ops.gemm from Python"
        )

    def _asarray_of_rank(self, ndim: int, data: Any, dtype: Any) -> ArrayXd:
        array = self.asarray(data, dtype=dtype)
        if array.ndim != ndim:
            raise ShapeError(f"an array of {ndim} dimensions is wanted", shape=array.shape)
        return array

    def _check_2d(self, **arrays: Any) -> None:
        """Every one of ``arrays`` is an array with two dimensions."""
        for name, array in arrays.items():
            if getattr(array, "ndim", None) != 2:
                raise self._misfit(f"{name} must be an array with two dimensions", **arrays)

    def _misfit(self, what: str, **arrays: Any) -> CombinetError:
        """The error that says ``what``, with the shapes, or the kinds of what is no array."""
        kinds = {name: getattr(a, "shape", type(a).__name__) for name, a in arrays.items()}
        no_arrays = any(isinstance(kind, str) for kind in kinds.values())
        return (DTypeError if no_arrays else ShapeError)(what, **kinds)


def _as_shape(shape: Shape | int) -> Shape:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def _beyond_int64(data: Any) -> str | None:
    """Gives "uint64" for a list of ints of which NumPy would make floats."""
    numbers = cast(list[Any], data)
    if not (isinstance(data, list) and all(isinstance(number, int) for number in numbers)):
        return None
    return "uint64" if max(numbers, default=0) > np.iinfo("int64").max else None


def _to_host(data: Any) -> Any:
    """An array of CuPy or PyTorch as NumPy's; everything else as it is."""
    if hasattr(data, "detach"):
        return data.detach().cpu().numpy()
    if hasattr(data, "get") and hasattr(data, "dtype"):
        return data.get()
    return data
