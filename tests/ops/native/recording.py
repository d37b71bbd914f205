"""What the table of ops asks of the kernels: every call, so that tests need not be told of them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from combinet.ops import Ops
from combinet.ops._native import kernels
from tests.ops.layouts import over_arrays, plain
from tests.ops.row import Draw, Row
from tests.ops.table import TABLE

if kernels is None:
    pytest.skip("the kernels are not built", allow_module_level=True)

from combinet.ops.native import NativeOps

#: Entries that are about the extension itself, and take no arrays.
ABOUT = {
    "at_exit",
    "get_num_threads",
    "instruction_set",
    "instruction_sets",
    "pooled_bytes",
    "release_memory",
    "set_num_threads",
}
ENTRIES = sorted(
    name for name in dir(kernels) if inspect.isbuiltin(getattr(kernels, name)) and name not in ABOUT
)


@dataclass(frozen=True)
class Call:
    """One call of an entry, and whether it did the work."""

    entry: str
    args: tuple[Any, ...]
    served: bool

    def __str__(self) -> str:
        return self.entry


@dataclass
class Recorder:
    """In place of the kernels: it passes everything on, and remembers it."""

    calls: list[Call] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        entry = getattr(kernels, name)

        def recorded(*args: Any) -> Any:
            before = over_arrays(plain, args)
            result = entry(*args)
            self.calls.append(Call(name, before, result is not None))
            return result

        return recorded


@contextmanager
def recording() -> Iterator[list[Call]]:
    """The calls that NativeOps makes inside the block."""
    recorder = Recorder()
    modules = [
        module
        for name, module in sys.modules.items()
        if name.startswith("combinet.ops.native.") and getattr(module, "kernels", None) is kernels
    ]
    for module in modules:
        module.kernels = recorder  # type: ignore[attr-defined]
    try:
        yield recorder.calls
    finally:
        for module in modules:
            module.kernels = kernels  # type: ignore[attr-defined]


def in_float32(args: Any) -> Any:
    def cast(array: Any) -> Any:
        return array.astype("float32") if array.dtype.kind == "f" else array

    return over_arrays(plain, over_arrays(cast, args))


def run(ops: Ops, row: Row, args: Any) -> Any:
    named = args[-1] if args and isinstance(args[-1], dict) else {}
    return getattr(ops, row.op)(*args[: len(args) - bool(named)], **dict(row.kwargs), **named)


def calls_of(row: Row, n: int = 7) -> list[Call]:
    with recording() as calls:
        run(NativeOps(), row, in_float32(row.make(Draw(), n)))
    return calls


def is_overridden(op: str) -> bool:
    """Whether a kernel may serve the op."""
    return getattr(NativeOps, op).__module__.startswith("combinet.ops.native")


#: The rows of the table that a kernel may serve.
ROWS = [row for row in TABLE if is_overridden(row.op)]


def arrays_in(value: Any) -> list[np.ndarray[Any, Any]]:
    """Every array in the arguments of a call, those of lists and tuples too."""
    found: list[Any] = []
    over_arrays(lambda array: found.append(array) or array, value)
    return [array for array in found if isinstance(array, np.ndarray)]
