"""Small functions over arrays and samples, for users: widths, one-hot labels, devices, checks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from inspect import signature
from typing import Any

import numpy as np

from ._guards import is_dict, is_host_array, is_list, is_tuple
from .errors import CombinetError, LabelError, LoadError, ShapeError
from .types import ArgsKwargs, Floats2d, Padded, Ragged

_validating: ContextVar[bool] = ContextVar("data_validation", default=False)
_allowance: ContextVar[list[int] | None] = ContextVar("allowance", default=None)


class DataValidationError(CombinetError, ValueError):
    """A sample does not have the form that a forward function asks for."""


@contextmanager
def data_validation(validation: bool) -> Generator[None]:
    """Inside the block, ``initialize`` checks that forward functions have the right form."""
    token = _validating.set(validation)
    try:
        yield
    finally:
        _validating.reset(token)


def validates_data() -> bool:
    """Whether a ``data_validation(True)`` block runs."""
    return _validating.get()


@contextmanager
def at_most(nodes: int, numbers: int) -> Generator[None]:
    """Inside the block, building a model may take so many nodes, and numbers of other frameworks.

    What describes a model may be a few bytes that ask for terabytes: ``clone(n=10**9)``.
    """
    token = _allowance.set([nodes, numbers])
    try:
        yield
    finally:
        _allowance.reset(token)


def claim(nodes: int = 0, numbers: int = 0) -> None:
    """Count what is about to be made.

    Raises:
        LoadError: It is more than ``at_most`` allows.
    """
    left = _allowance.get()
    if left is None:
        return
    left[0] -= nodes
    left[1] -= numbers
    if min(left) < 0:
        what = "layers" if left[0] < 0 else "numbers"
        raise LoadError(
            f"the config describes far more {what} than the file of weights holds",
            fix="take both from a source you trust",
        )


def check_forward(name: str, forward: Callable[..., Any]) -> None:
    """Refuse a forward function that cannot be called as ``forward(model, X, is_train)``.

    Raises:
        DataValidationError: It takes another number of arguments.
    """
    names = list(signature(forward).parameters)
    if len(names) != 3:
        raise DataValidationError(
            f"the forward of {name!r} takes {len(names)} arguments",
            arguments=", ".join(names) or "none",
            fix="def forward(model, X, is_train): ... return Y, backprop",
        )


def get_width(X: Any, *, dim: int = -1) -> int:
    """The size of an axis of a sample; of 1-d class numbers, how many classes there are.

    Args:
        X: An array, a Ragged, a Padded, or a list or tuple, of which the first item counts.
        dim: Which axis.

    Raises:
        ShapeError: It is none of these.
    """
    if isinstance(X, Ragged | Padded):
        return get_width(X.data, dim=dim)
    if is_list(X) or is_tuple(X):
        return get_width(X[0], dim=dim) if len(X) else 0
    if not hasattr(X, "shape"):
        raise ShapeError(f"{type(X).__name__} has no width", fix="pass an array, or a list of them")
    if X.ndim == 0:
        return 0
    if X.ndim == 1:
        return int(X.max()) + 1 if X.size else 0
    return int(X.shape[dim])


def to_categorical(
    Y: Any, n_classes: int | None = None, *, label_smoothing: float = 0.0
) -> Floats2d:
    """Class numbers as one-hot rows: shape + (n_classes,), float32.

    Args:
        n_classes: The highest number plus one when omitted.
        label_smoothing: Moved from the class to all others, in equal parts.

    Raises:
        LabelError: A number is not below ``n_classes``, or the smoothing leaves no class ahead.
    """
    numbers = Y if hasattr(Y, "dtype") else np.asarray(Y)
    xp = get_array_module(numbers)
    n = (int(numbers.max()) + 1 if numbers.size else 1) if n_classes is None else n_classes
    if n < 1 or (label_smoothing and n < 2):
        raise LabelError(f"{n} classes cannot be told apart", fix="n_classes >= 2")
    if not 0 <= label_smoothing < (n - 1) / n and label_smoothing:
        raise LabelError(
            f"label_smoothing = {label_smoothing} leaves the class itself no more than the others",
            fix=f"0 <= label_smoothing < {(n - 1) / n:.3g} for {n} classes",
        )
    if numbers.size and int(numbers.min()) < 0:
        raise LabelError(
            f"label {int(numbers.min())} is below 0",
            fix="class numbers count from 0; leave out the rows that have none",
        )
    if numbers.size and int(numbers.max()) >= n:
        raise LabelError(
            f"label {int(numbers.max())} needs {int(numbers.max()) + 1} classes, there are {n}",
            fix="pass n_classes, or initialize with all the labels there are",
        )
    rest = label_smoothing / (n - 1) if label_smoothing else 0.0
    table = xp.full((n, n), rest, dtype="float32")
    table[xp.arange(n), xp.arange(n)] = 1.0 - label_smoothing
    rows: Floats2d = table[numbers.astype("int64")]
    return rows


def get_array_module(arr: Any) -> Any:
    """``numpy`` or ``cupy``, whichever the array is of.

    Raises:
        ShapeError: It is of neither.
    """
    if is_numpy_array(arr) or isinstance(arr, np.generic):
        return np
    if is_cupy_array(arr):
        return sys.modules["cupy"]
    raise ShapeError(f"{type(arr).__name__} is an array of neither NumPy nor CuPy")


def is_numpy_array(obj: Any) -> bool:
    """Whether this is an array of NumPy."""
    return is_host_array(obj)


def is_cupy_array(obj: Any) -> bool:
    """Whether this is an array of CuPy; imports nothing."""
    return type(obj).__module__.partition(".")[0] == "cupy" and hasattr(obj, "get")


def is_xp_array(obj: Any) -> bool:
    """Whether this is an array of NumPy or CuPy."""
    return is_numpy_array(obj) or is_cupy_array(obj)


def is_torch_array(obj: Any) -> bool:
    """Whether this is a tensor of PyTorch; imports nothing."""
    return type(obj).__module__.partition(".")[0] == "torch" and hasattr(obj, "requires_grad")


def to_numpy(data: Any) -> Any:
    """An array or tensor of any of these libraries in the memory of the CPU, as NumPy's."""
    if is_torch_array(data):
        return data.detach().cpu().numpy()
    return data.get() if is_cupy_array(data) else np.asarray(data)


def convert_recursive(
    is_match: Callable[[Any], bool], convert: Callable[[Any], Any], obj: Any
) -> Any:
    """``obj`` with everything that matches converted, inside lists, tuples, dicts, ArgsKwargs."""
    if is_match(obj):
        return convert(obj)
    if isinstance(obj, ArgsKwargs):
        items = [(key, convert_recursive(is_match, convert, x)) for key, x in obj.items()]
        return ArgsKwargs.from_items(items)
    if is_dict(obj):
        return {
            convert_recursive(is_match, convert, key): convert_recursive(is_match, convert, x)
            for key, x in obj.items()
        }
    if is_list(obj):
        return [convert_recursive(is_match, convert, x) for x in obj]
    if is_tuple(obj):
        return tuple(convert_recursive(is_match, convert, x) for x in obj)
    return obj
