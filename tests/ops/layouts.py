"""The same numbers, laid out in memory in other ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from combinet.ops.dense_stack import DenseStack
from combinet.ops.step_table import StepTable
from combinet.types import Padded


def plain(array: Any) -> Any:
    return np.array(array, order="C")


def strided(array: Any) -> Any:
    wide = np.full([2 * size + 1 for size in array.shape], 77, dtype=array.dtype)
    view = wide[tuple(slice(0, 2 * size, 2) for size in array.shape)]
    view[...] = array
    return view


def negative_stride(array: Any) -> Any:
    return np.array(array[::-1], order="C")[::-1]


def fortran(array: Any) -> Any:
    return np.array(array, order="F")


def long_ints(array: Any) -> Any:
    return array.astype("int64") if array.dtype == "int32" else plain(array)


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "plain": plain,
    "strided": strided,
    "negative_stride": negative_stride,
    "fortran": fortran,
    "long_ints": long_ints,
}


def over_arrays(change: Callable[[Any], Any], value: Any) -> Any:
    """``value`` with every array in it changed, through all that holds some."""
    if hasattr(value, "strides"):
        return change(value)
    if isinstance(value, list | tuple):
        return type(value)(over_arrays(change, item) for item in value)
    if isinstance(value, dict):
        return {name: over_arrays(change, item) for name, item in value.items()}
    if isinstance(value, Padded):
        parts = (value.data, value.size_at_t, value.lengths, value.indices)
        return Padded(*(change(part) for part in parts))
    if isinstance(value, DenseStack):
        parts = over_arrays(change, value.weights), over_arrays(change, value.biases)
        return DenseStack(*parts, value.activations)
    if isinstance(value, StepTable):
        return _over_table(change, value)
    return value


def _over_table(change: Callable[[Any], Any], table: StepTable) -> StepTable:
    """A table of its own; the settings are on the host in float64, wherever its arrays are."""
    names = ("weights", "gradients", "mom1", "mom2", "averages")
    arrays = {name: over_arrays(change, getattr(table, name)) for name in names}
    return StepTable(
        table.rule,
        table.update,
        **arrays,
        settings=table.settings.copy(),
        decay_first=table.decay_first,
        clip_value=table.clip_value,
        max_norm=table.max_norm,
    )
