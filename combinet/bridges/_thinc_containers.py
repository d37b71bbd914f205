"""Thinc's containers as ours and back: the arrays in them are shared, never copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np

from ..errors import MissingPackageError
from ..types import ArgsKwargs, Padded, Ragged

Change: TypeAlias = Callable[[Any], Any]


def import_thinc() -> Any:
    """``thinc.api``.

    Raises:
        MissingPackageError: It is not installed.
    """
    try:
        api: Any = import_module("thinc.api")
    except ImportError as error:
        raise MissingPackageError(
            "nesting layers of Thinc and combinet needs Thinc", fix='pip install "combinet[thinc]"'
        ) from error
    return api


def to_ours(value: Any) -> Any:
    """``value`` with Thinc's Ragged, Padded and ArgsKwargs turned into ours, however deep."""
    return _turned(value, _ours())


def to_thincs(value: Any) -> Any:
    """``value`` with our Ragged, Padded and ArgsKwargs turned into Thinc's, however deep.

    What Thinc's compiled code refuses is copied: floats other than float32, and arrays that are
    not contiguous or may not be written.
    """
    return _turned(value, _thincs())


def _turned(value: Any, changes: Mapping[type, Change]) -> Any:
    kind: type[Any] = type(value)  # pyright: ignore[reportUnknownVariableType]
    if kind in changes:
        return changes[kind](value)
    # Exact types: documents and arrays may be sequences, and pass as they are.
    if kind is list or kind is tuple:
        row: Any = value
        items: Any = [_turned(item, changes) for item in row]
        same = all(a is b for a, b in zip(items, row, strict=True))
        return row if same else items if kind is list else tuple(items)
    if kind is dict:
        table: dict[Any, Any] = value
        return {key: _turned(item, changes) for key, item in table.items()}
    return value


@cache
def _ours() -> dict[type, Change]:
    thinc = import_thinc()

    def arguments(value: Any) -> ArgsKwargs:
        return ArgsKwargs(to_ours(tuple(value.args)), to_ours(dict(value.kwargs)))

    return {
        thinc.Ragged: lambda value: Ragged(value.dataXd, value.lengths),
        thinc.Padded: lambda value: Padded(
            value.data, value.size_at_t, value.lengths, value.indices
        ),
        thinc.ArgsKwargs: arguments,
    }


@cache
def _thincs() -> dict[type, Change]:
    thinc = import_thinc()

    def arguments(value: ArgsKwargs) -> Any:
        return thinc.ArgsKwargs(to_thincs(value.args), to_thincs(value.kwargs))

    return {
        np.ndarray: _taken,
        Ragged: lambda value: thinc.Ragged(_taken(value.dataXd), value.lengths),
        Padded: lambda value: thinc.Padded(
            _taken(value.data), value.size_at_t, value.lengths, value.indices
        ),
        ArgsKwargs: arguments,
    }


def _taken(array: Any) -> Any:
    flags = array.flags
    if array.dtype in ("float64", "float16"):
        return array.astype("float32", order="C")
    return array if flags.c_contiguous and flags.writeable else array.copy(order="C")
