"""Choosing a GPU. Unverified until a GPU has run it."""

from __future__ import annotations

from collections.abc import Callable
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
    device = _cupy_with_gpu(gpu_id).cuda.Device(gpu_id)
    device.use()
    return device


def set_gpu_allocator(allocator: str) -> None:
    """Let CuPy take its memory from the pool of another library, so that they can share it.

    Args:
        allocator: "pytorch" or "tensorflow".

    Raises:
        DeviceError: Any other name, or no GPU is found.
        MissingPackageError: CuPy or the other library is not installed.
    """
    if allocator not in _ALLOCATORS:
        names = " or ".join(map(repr, _ALLOCATORS))
        raise DeviceError(f"CuPy cannot share memory with {allocator!r}", fix=f"give {names}")
    _ALLOCATORS[allocator]()


def use_pytorch_for_gpu_memory() -> None:
    """Let CuPy take its memory from PyTorch's pool.

    Raises:
        DeviceError: No GPU is found.
        MissingPackageError: CuPy or PyTorch is not installed.
    """
    cupy, torch = _cupy_with_gpu(), _owner_of_memory("torch", "PyTorch")

    def malloc(size: int, device_id: int) -> Any:
        return torch.cuda.caching_allocator_alloc(size, device_id)

    def free(address: int, device_id: int) -> None:
        torch.cuda.caching_allocator_delete(address)

    cupy.cuda.set_allocator(cupy.cuda.PythonFunctionAllocator(malloc, free).malloc)


def use_tensorflow_for_gpu_memory() -> None:
    """Let CuPy take its memory from TensorFlow's pool: each piece of it is a tensor of bytes.

    Raises:
        DeviceError: No GPU is found.
        MissingPackageError: CuPy or TensorFlow is not installed.
    """
    cupy, tensorflow = _cupy_with_gpu(), _owner_of_memory("tensorflow", "TensorFlow")

    def malloc(size: int) -> Any:
        with tensorflow.device(f"/GPU:{cupy.cuda.runtime.getDevice()}"):
            tensor = tensorflow.zeros((size,), dtype="uint8")
        owner = cupy.from_dlpack(tensor)
        memory = cupy.cuda.UnownedMemory(owner.data.ptr, size, owner)
        return cupy.cuda.MemoryPointer(memory, 0)

    cupy.cuda.set_allocator(malloc)


_ALLOCATORS: dict[str, Callable[[], None]] = {
    "pytorch": use_pytorch_for_gpu_memory,
    "tensorflow": use_tensorflow_for_gpu_memory,
}


def _gpu_is_there() -> bool:
    cupy = CupyOps().xp
    return cupy is not None and bool(cupy.cuda.is_available())


def _cupy_with_gpu(gpu_id: int = 0) -> Any:
    cupy = CupyOps().xp
    if cupy is None:
        raise no_cupy()
    if not _gpu_is_there():
        raise DeviceError("CuPy finds no GPU", gpu_id=gpu_id)
    return cupy


def _owner_of_memory(package: str, name: str) -> Any:
    try:
        return import_module(package)
    except ImportError as error:
        raise MissingPackageError(
            f"sharing GPU memory with {name} needs {name}", fix=f"pip install {package}"
        ) from error
