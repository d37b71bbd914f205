"""Arrays across the border to PyTorch and back, sharing memory wherever both sides allow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._guards import is_host_array
from ..errors import DTypeError, MissingPackageError
from ..ops import Ops, get_current_ops, get_ops
from ..util import convert_recursive as convert_recursive
from ..util import is_xp_array as is_xp_array

if TYPE_CHECKING:
    import torch


def import_torch() -> Any:
    """The package itself.

    Raises:
        MissingPackageError: It is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingPackageError(
            "wrapping a PyTorch module needs PyTorch", fix='pip install "combinet[torch]"'
        ) from error
    return torch


def is_tensor(value: Any) -> bool:
    """Whether this is a tensor of PyTorch, or of a class made from it."""
    return isinstance(value, import_torch().Tensor)


def placed(module: Any, wanted: Any) -> Any:
    """Put a module where wanted, else on the GPU of the current ops, else leave it as it is.

    Returns:
        The device that its inputs go to: where it was put, or where its first weight is.
    """
    torch, ops = import_torch(), get_current_ops()
    if wanted is None and ops.device_type == "gpu":
        wanted = f"cuda:{ops.device_id}"
    first = next(module.parameters(), None)
    if wanted is None:  # its parts may be on several devices, on purpose
        return torch.device("cpu") if first is None else first.device
    module.to(wanted)
    return torch.device(wanted)


def xp2torch(
    xp_array: Any, requires_grad: bool = False, device: str | torch.device | None = None
) -> torch.Tensor:
    """An array as a tensor that shares its memory; CuPy's go through DLPack.

    What torch cannot share is copied: arrays that may not be written (torch has no such
    thing), with negative strides, or in foreign byte order; and arrays on another device.

    Args:
        xp_array: Of NumPy or CuPy.
        requires_grad: Gather the gradient of the tensor; left out for what is not of floats.
        device: Where the tensor is wanted; where the array is if omitted.

    Raises:
        DTypeError: torch has no numbers of this kind.
    """
    torch = import_torch()
    try:
        if is_host_array(xp_array):  # for NumPy torch has a way that shares as much, and is faster
            tensor = torch.from_numpy(_shareable(xp_array))
        else:
            tensor = torch.from_dlpack(xp_array)
    except (BufferError, TypeError, RuntimeError) as error:
        raise DTypeError(
            f"an array of {xp_array.dtype} cannot become a tensor",
            reason=error,
            fix="strings2arrays() makes numbers of words; X.astype('float32') of other things",
        ) from error
    if device is not None and tensor.device != device:
        tensor = tensor.to(device)
    if requires_grad and tensor.is_floating_point():
        tensor.requires_grad_()
    return tensor  # type: ignore[no-any-return]


def _shareable(array: Any) -> Any:
    """The array itself, or a copy where torch could not share it as it is."""
    flags, size = array.flags, array.itemsize
    is_regular = flags.c_contiguous or all(s >= 0 and s % size == 0 for s in array.strides)
    if is_regular and flags.writeable and array.dtype.isnative:
        return array
    return np.array(array, dtype=array.dtype.newbyteorder("="), order="C")


def torch2xp(torch_tensor: torch.Tensor, *, ops: Ops | None = None) -> Any:
    """A tensor as an array that shares its memory; without its history.

    A tensor on a GPU becomes an array of CuPy, or of NumPy where CuPy is missing or ``ops``
    are NumPy's. bfloat16, which NumPy lacks, is widened to float32, and a sparse tensor made
    dense; both are copies.

    Args:
        ops: Backend that the array is for.
    """
    tensor: Any = torch_tensor.detach()
    try:
        array = tensor.numpy()
    except (RuntimeError, TypeError):  # not on the CPU, or nothing that NumPy knows as it is
        array = _with_effort(tensor, ops)
    array = array.view()  # torch's own, once made read-only, would stay so
    return array if ops is None else ops.asarray(array)


def _with_effort(tensor: Any, ops: Ops | None) -> Any:
    if tensor.is_sparse:
        tensor = tensor.to_dense()
    if tensor.dtype == import_torch().bfloat16:
        tensor = tensor.float()
    if tensor.device.type == "cpu":
        return tensor.resolve_conj().resolve_neg().numpy()
    cupy = None if ops is not None and ops.device_type == "cpu" else _cupy()
    return tensor.cpu().numpy() if cupy is None else cupy.from_dlpack(tensor)


def _cupy() -> Any:
    try:
        return get_ops("cupy").xp
    except MissingPackageError:
        return None
