"""CuPy on a GPU: the reference over CuPy's arrays. Unverified until a GPU has run it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import MissingPackageError
from .reference import Ops


def no_cupy() -> MissingPackageError:
    """The error for whoever needs CuPy where it is not installed."""
    return MissingPackageError(
        "work on the GPU needs CuPy", fix='pip install "combinet[cuda12x]" or "combinet[cuda13x]"'
    )


class CupyOps(Ops):
    """The reference over CuPy. It can be made without CuPy, and then has no ``xp``.

    Unverified: its tests carry the marker ``gpu`` and skip where there is none.

    Args:
        device_type: "gpu".
        device_id: Which GPU.
    """

    name = "cupy"

    def __init__(self, device_type: str = "gpu", device_id: int = 0) -> None:
        super().__init__(device_type, device_id)
        self.xp = _import_cupy()


def _import_cupy() -> Any:
    try:
        return import_module("cupy")
    except ImportError:
        return None
