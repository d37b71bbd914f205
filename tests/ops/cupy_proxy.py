"""A stand-in for CuPy on the CPU: its names and no others, and arrays that NumPy may not touch.

``CupyStandIn()`` is the reference over ``StandIn``, a module-like object that offers the names
below, which CuPy 13 has. Its arrays raise, as CuPy's do, where NumPy would convert them or
where a NumPy array is mixed with them. It is stricter than CuPy in one thing: indexing with a
NumPy array is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from combinet.ops import CupyOps

FUNCTIONS = frozenset(
    """
    abs absolute add all allclose amax amin any arange arctan argmax argmin argsort array
    array_equal asarray ascontiguousarray asfortranarray atleast_1d atleast_2d bincount
    bitwise_and bitwise_or bitwise_xor broadcast_to cbrt ceil clip column_stack concatenate
    copy copysign copyto cos cosh
    count_nonzero cumprod cumsum diff divide dot einsum empty empty_like equal exp exp2 expand_dims
    expm1 eye flatnonzero flip floor floor_divide fmax fmin full full_like greater greater_equal
    hstack identity inner invert isfinite isinf isnan left_shift less less_equal linspace log log10
    log1p log2 logaddexp logical_and logical_not logical_or logical_xor matmul max maximum mean
    meshgrid min minimum mod moveaxis multiply nan_to_num negative nonzero not_equal ones ones_like
    outer packbits pad power prod ravel reciprocal remainder repeat reshape right_shift rint roll
    searchsorted sign signbit sin sinh sort split sqrt square squeeze stack std subtract sum
    swapaxes take take_along_axis tan tanh tensordot tile transpose tril triu true_divide trunc
    unique unpackbits var vdot vstack where zeros zeros_like
    """.split()
)
CONSTANTS = frozenset(
    """
    bool_ dtype e finfo float16 float32 float64 floating iinfo inf int16 int32 int64 int8 intp
    integer nan newaxis pi uint16 uint32 uint64 uint8
    """.split()
)
UFUNC_METHODS = {  # cupy.ufunc raises NotImplementedError for the others
    "add": {"at", "reduceat", "reduce", "accumulate", "outer"},
    "subtract": {"at"},
    "maximum": {"at"},
    "minimum": {"at"},
    "bitwise_and": {"at"},
    "bitwise_or": {"at"},
    "bitwise_xor": {"at"},
    "multiply": {"reduce", "accumulate", "outer"},
}
METHODS = frozenset(
    """
    all any argmax argmin argsort astype clip copy cumsum diagonal dot fill flatten max mean min
    nonzero prod ravel repeat reshape round sort squeeze std sum swapaxes take transpose var view
    """.split()
)
PLAIN = frozenset("dtype flags itemsize nbytes ndim shape size strides tolist".split())


class Array:
    """An array that looks like CuPy's: no ``__array__``, and ``get()`` to come back."""

    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, data: Any) -> None:
        self._data = np.asarray(data)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed: use .get()")

    def get(self) -> Any:
        return self._data.copy()

    @property
    def T(self) -> Array:
        return Array(self._data.T)

    def __getattr__(self, name: str) -> Any:
        if name in PLAIN:
            return getattr(self._data, name)
        if name in METHODS:
            return _wrapped(getattr(self._data, name))
        raise AttributeError(f"cupy.ndarray has no {name!r}, or no test asked for it yet")

    def __getitem__(self, key: Any) -> Array:
        return Array(self._data[_unwrap(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        self._data[_unwrap(key)] = _unwrap(value)

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[Array]:
        return (Array(item) for item in self._data)

    def __bool__(self) -> bool:
        return bool(self._data)

    def __int__(self) -> int:
        return int(self._data)

    def __float__(self) -> float:
        return float(self._data)

    def __index__(self) -> int:
        return self._data.__index__()

    def __repr__(self) -> str:
        return f"Array({self._data!r})"


def _operator(name: str) -> Callable[..., Any]:
    def apply(self: Array, *others: Any) -> Any:
        method = getattr(self._data, name)
        result = method(*(_unwrap(other) for other in others))
        if result is NotImplemented:
            return result
        return self if name.startswith("__i") and name != "__invert__" else Array(result)

    return apply


for _name in "add sub mul truediv floordiv mod pow and or xor lshift rshift matmul".split():
    for _prefix in ("__", "__r", "__i"):
        setattr(Array, f"{_prefix}{_name}__", _operator(f"{_prefix}{_name}__"))
for _name in "lt le gt ge eq ne neg pos abs invert".split():
    setattr(Array, f"__{_name}__", _operator(f"__{_name}__"))


def _unwrap(value: Any) -> Any:
    if isinstance(value, Array):
        return value._data
    if isinstance(value, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if isinstance(value, list | tuple):
        return type(value)(_unwrap(item) for item in value)
    return value


def _wrap(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return Array(value)
    if isinstance(value, list | tuple):
        return type(value)(_wrap(item) for item in value)
    return value


def _wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        out = kwargs.get("out")
        given = {name: _unwrap(value) for name, value in kwargs.items()}
        result = function(*(_unwrap(arg) for arg in args), **given)
        return _wrap(result) if out is None else out

    return call


class _Ufunc:
    def __init__(self, ufunc: Any) -> None:
        self._ufunc = ufunc

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _wrapped(self._ufunc)(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name not in UFUNC_METHODS.get(self._ufunc.__name__, ()):
            raise NotImplementedError(f"`{self._ufunc.__name__}.{name}` is not supported yet")
        return _wrapped(getattr(self._ufunc, name))


class StandIn:
    """The module."""

    ndarray = Array

    def __getattr__(self, name: str) -> Any:
        if name in CONSTANTS:
            return getattr(np, name)
        if name not in FUNCTIONS:
            raise AttributeError(f"module 'cupy' has no attribute {name!r}, as far as is listed")
        function = getattr(np, name)
        return _Ufunc(function) if isinstance(function, np.ufunc) else _wrapped(function)

    def array(self, data: Any, dtype: Any = None, copy: bool = True) -> Array:
        host = data._data if isinstance(data, Array) else data
        return Array(np.array(host, dtype=dtype, copy=copy))

    def asarray(self, data: Any, dtype: Any = None) -> Array:
        return Array(np.asarray(data._data if isinstance(data, Array) else data, dtype=dtype))

    def repeat(self, a: Array, repeats: Any, axis: int | None = None) -> Array:
        if isinstance(repeats, Array):
            raise ValueError("Repeats must be an int, list or tuple")
        return Array(np.repeat(_unwrap(a), repeats, axis=axis))


class CupyStandIn(CupyOps):
    """``CupyOps`` as it would be with CuPy installed, but on the CPU."""

    name = "stand-in"

    def __init__(self) -> None:
        super().__init__()
        self.xp = StandIn()
