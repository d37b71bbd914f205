"""``[training] gpu_allocator``: one pool of GPU memory for two libraries."""

from __future__ import annotations

from ..errors import ConfigError, DeviceError, MissingPackageError
from ..ops import set_gpu_allocator


def share_gpu_memory(allocator: str | None) -> None:
    """What a training config says about whose pool CuPy takes its memory from.

    Raises:
        ConfigError: It names one, and there is no GPU, or not what works on it.
    """
    try:
        if allocator is not None:
            set_gpu_allocator(allocator)
    except (DeviceError, MissingPackageError) as error:
        raise ConfigError(
            f"[training] gpu_allocator = {allocator!r} cannot be had on this machine",
            reason=error.what,
            fix="gpu_allocator = null, to train on the CPU",
        ) from error
