"""Choosing a GPU. Unverified until a GPU has run it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import DeviceError, MissingPackageError
from ._current import get_ops, set_current_ops
from .cupy_ops import CupyOps, no_cupy


def prefer_gpu(gpu_id: int = 0) -> bool:
    """Use the GPU for models built from now on if there is one; say whether there is."""
    if not _gpu_is_there():
        return False
    require_gpu(gpu_id)
    return True


def require_gpu(gpu_id: int = 0) -> bool:
    """Use the GPU for models built from now on.

    Raises:
        MissingPackageError: CuPy is not installed.
        DeviceError: It finds no GPU.
    """
    set_active_gpu(gpu_id)
    set_current_ops(CupyOps(device_id=gpu_id))
    return True


def require_cpu() -> bool:
    """Use the CPU for models built from now on."""
    set_current_ops(get_ops("cpu"))
    return True


def set_active_gpu(gpu_id: int) -> Any:
    """Make CuPy work on the GPU with that number, and return CuPy's device.

    Raises:
        MissingPackageError: CuPy is not installed.
        DeviceError: It finds no GPU.
    """
    cupy = CupyOps().xp
    if cupy is None:
        raise no_cupy()
    if not _gpu_is_there():
        raise DeviceError("CuPy finds no GPU", gpu_id=gpu_id)
    device = cupy.cuda.Device(gpu_id)
    device.use()
    return device


def set_gpu_allocator(allocator: str) -> None:
    """Let CuPy take its memory from the pool of another library, so that they can share it.

    Args:
        allocator: "pytorch".

    Raises:
        DeviceError: Any other name, or no GPU is found.
        MissingPackageError: CuPy or PyTorch is not installed.
    """
    if allocator != "pytorch":
        raise DeviceError(f"CuPy cannot share memory with {allocator!r}", fix='give "pytorch"')
    set_active_gpu(0)
    cupy, torch = CupyOps().xp, _import_torch()

    def malloc(size: int, device_id: int) -> Any:
        return torch.cuda.caching_allocator_alloc(size, device_id)

    def free(address: int, device_id: int) -> None:
        torch.cuda.caching_allocator_delete(address)

    cupy.cuda.set_allocator(cupy.cuda.PythonFunctionAllocator(malloc, free).malloc)


def _gpu_is_there() -> bool:
    cupy = CupyOps().xp
    return cupy is not None and bool(cupy.cuda.is_available())


def _import_torch() -> Any:
    try:
        return import_module("torch")
    except ImportError as error:
        raise MissingPackageError(
            "sharing GPU memory with PyTorch needs PyTorch", fix="pip install torch"
        ) from error
