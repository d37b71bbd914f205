"""Which backend new models get, and finding one by name."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ..errors import DeviceError
from ._native import kernels
from .cupy_ops import CupyOps, no_cupy
from .numpy_ops import NumpyOps
from .reference import Ops

if kernels is None:
    _OnCpu: type[NumpyOps] = NumpyOps
else:
    from .native import NativeOps as _OnCpu

_BACKENDS: dict[str, type[Ops]] = {
    "cpu": _OnCpu,
    "numpy": _OnCpu,
    "cupy": CupyOps,
    "reference": Ops,
}
_default: Ops = _OnCpu()
_current: ContextVar[Ops | None] = ContextVar("combinet_ops", default=None)


def get_ops(name: str, **kwargs: Any) -> Ops:
    """A backend by its name: "numpy", "cupy", "reference", or "cpu" for the best on the CPU.

    Raises:
        DeviceError: There is none of that name.
        MissingPackageError: "cupy", and CuPy is not installed.
    """
    if name not in _BACKENDS:
        raise DeviceError(f"there is no backend {name!r}", backends=", ".join(sorted(_BACKENDS)))
    ops = _BACKENDS[name](**kwargs)
    if ops.xp is None:
        raise no_cupy()
    return ops


def get_current_ops() -> Ops:
    """The backend of this thread or task: NumPy's until another is set."""
    return _current.get() or _default


def set_current_ops(ops: Ops) -> None:
    """Make ``ops`` what models built in this thread or task from now on get."""
    _current.set(ops)


@contextmanager
def use_ops(name: str, **kwargs: Any) -> Generator[Ops]:
    """Models built inside the block get the backend called ``name``."""
    token = _current.set(get_ops(name, **kwargs))
    try:
        yield get_current_ops()
    finally:
        _current.reset(token)
