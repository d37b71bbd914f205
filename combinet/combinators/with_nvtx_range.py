"""with_nvtx_range: mark a layer's work for NVIDIA's profilers."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from importlib import import_module
from typing import Any, TypeVar

from ..model import Model
from ._around import put_around

AnyModel = TypeVar("AnyModel", bound=Model[Any, Any])


def with_nvtx_range(
    layer: AnyModel, name: str | None = None, *, forward_color: int = -1, backprop_color: int = -1
) -> AnyModel:
    """Mark forward and backprop as NVTX ranges, in place; returns the layer itself.

    Without CuPy it runs as before.

    Args:
        layer: Changed in place.
        name: Ranges are called ``"<name> forward"`` and ``"<name> backprop"``; the layer's
            own name when omitted.
        forward_color, backprop_color: Numbers of NVTX colors; -1 for the default.
    """
    colors = {"forward": forward_color, "backprop": backprop_color}
    return put_around(layer, partial(_phase, layer.name if name is None else name, colors))


@contextmanager
def use_nvtx_range(message: str, id_color: int = -1) -> Generator[None]:
    """Mark the block as an NVTX range; without CuPy it is only run."""
    nvtx = _nvtx()
    if nvtx is None:
        yield
        return
    nvtx.RangePush(message, id_color)
    try:
        yield
    finally:
        nvtx.RangePop()


def _phase(name: str, colors: dict[str, int], phase: str, *arguments: Any) -> Any:
    if phase not in colors:
        return nullcontext()
    return use_nvtx_range(f"{name} {phase}", colors[phase])


@cache
def _nvtx() -> Any:
    try:
        return import_module("cupy").cuda.nvtx
    except ImportError:
        return None
