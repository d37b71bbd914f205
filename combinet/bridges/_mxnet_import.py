"""Importing MXNet, whose last release, 1.9.1, asks NumPy for names that NumPy has dropped.

The names are there while MXNet is being imported and are gone afterwards, so that no other code
comes to lean on them. Functions are stood in for by one that says so when it is called: they
are only what ``mxnet.numpy`` falls back on.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np

from ..errors import MissingPackageError

#: Names that stand for a value: gone in NumPy 2.0, ``bool`` in 1.24 to 1.26.
_VALUES: dict[str, Any] = {
    "bool": np.bool_,
    "Inf": np.inf,
    "NAN": np.nan,
    "NINF": -np.inf,
    "NZERO": -0.0,
    "NaN": np.nan,
    "PINF": np.inf,
    "PZERO": 0.0,
}
#: Functions: the financial ones went in NumPy 1.20, the others in 2.0 and later.
_FUNCTIONS = (
    """alltrue in1d mirr msort npv pmt ppmt product pv rate round_ sometrue trapz""".split()
)

_lock = threading.Lock()


def import_mxnet() -> Any:
    """The package itself.

    Raises:
        MissingPackageError: It is not installed.
    """
    found = sys.modules.get("mxnet")
    if found is not None:
        return found
    with _lock, supplied_names(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return import_module("mxnet")
        except ModuleNotFoundError as error:
            raise MissingPackageError(
                "wrapping a Gluon block needs MXNet",
                missing=error.name,
                fix='pip install "combinet[mxnet]"',
            ) from error


def enable_mxnet() -> None:
    """Import MXNet with what it asks for, so that ``import mxnet`` works afterwards.

    Raises:
        MissingPackageError: It is not installed.
    """
    import_mxnet()


@contextmanager
def supplied_names() -> Generator[list[str]]:
    """Inside the block, NumPy has the names that MXNet asks for; gives those that it lacked."""
    wanted = {**_VALUES, **{name: _gone(name) for name in _FUNCTIONS}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy 1 warns of names it is about to drop
        lacking = [name for name in wanted if not hasattr(np, name)]
    for name in lacking:
        setattr(np, name, wanted[name])
    try:
        yield lacking
    finally:
        for name in lacking:
            delattr(np, name)


def _gone(name: str) -> Callable[..., Any]:
    def gone(*args: Any, **kwargs: Any) -> Any:
        raise AttributeError(f"mxnet.numpy.{name} is NumPy's, and NumPy {np.__version__} has none")

    return gone
