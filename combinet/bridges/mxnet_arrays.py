"""Arrays across the border to MXNet and back, sharing memory wherever both sides allow it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._guards import is_host_array
from ..errors import DTypeError
from ..ops import Ops
from ._mxnet_import import import_mxnet

#: Integers that MXNet lacks, and those that hold as much.
_WIDER = {"int16": "int32", "uint16": "int32", "uint32": "int64"}


def xp2mxnet(xp_array: Any, requires_grad: bool = False) -> Any:
    """An array as an NDArray that shares its memory through DLPack.

    What cannot be shared is copied: arrays that may not be written (DLPack cannot say so), that
    are not contiguous or empty, in foreign byte order, and bools. Integers that MXNet lacks
    are widened to the next ones it has.

    Args:
        xp_array: Of NumPy or CuPy.
        requires_grad: Attach memory for its gradient; left out for what is not of floats.

    Raises:
        DTypeError: MXNet has no numbers of this kind.
    """
    mx = import_mxnet()
    try:
        tensor = _to_tensor(mx, xp_array)
    except (TypeError, ValueError, BufferError, mx.base.MXNetError) as error:
        raise DTypeError(
            f"an array of {xp_array.dtype} cannot become an NDArray",
            reason=str(error).strip().rpartition("\n")[2],
            fix="X.astype('int64') of ids, X.astype('float32') of other numbers",
        ) from error
    if requires_grad and xp_array.dtype.kind == "f":
        tensor.attach_grad()
    return tensor


def _to_tensor(mx: Any, array: Any) -> Any:
    array = array.astype(_WIDER.get(array.dtype.name, array.dtype), copy=False)
    if not is_host_array(array):
        return mx.nd.from_dlpack(array.__dlpack__())
    if array.dtype.kind not in "biuf" or array.dtype.name == "uint64":
        raise TypeError("MXNet has no numbers of this kind")
    if not array.size:
        with mx.util.np_shape(True):  # else an axis of 0 is one of unknown size
            return mx.nd.zeros(array.shape, dtype=array.dtype.name)
    flags, is_native = array.flags, array.dtype.isnative
    if is_native and flags.c_contiguous and flags.writeable and array.dtype.kind != "b":
        return mx.nd.from_dlpack(array.__dlpack__())
    copied = np.array(array, dtype=array.dtype.newbyteorder("="), order="C")
    if array.dtype.kind == "b":
        return mx.nd.array(copied, dtype=bool)
    return mx.nd.from_dlpack(copied.__dlpack__())


def mxnet2xp(mx_tensor: Any, *, ops: Ops | None = None) -> Any:
    """An NDArray as an array that shares its memory through DLPack, and so may not be written.

    What cannot be shared is copied: bools, empty and sparse NDArrays, and those on a GPU.

    Args:
        ops: Backend that the array is for.
    """
    mx = import_mxnet()
    with mx.util.np_shape(True):
        is_dense = mx_tensor.stype == "default" and mx_tensor.context.device_type == "cpu"
        if is_dense and mx_tensor.size and mx_tensor.dtype is not np.bool_:
            array = np.from_dlpack(_Exported(mx_tensor))
        else:
            array = mx_tensor.asnumpy()
    return array if ops is None else ops.asarray(array)


class _Exported:
    """An NDArray as NumPy asks for what it imports through DLPack."""

    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor

    def __dlpack__(self, **options: Any) -> Any:
        return self._tensor.to_dlpack_for_read()

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0  # the CPU
