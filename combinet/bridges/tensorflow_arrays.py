"""Arrays across the border to TensorFlow and back, sharing memory wherever both sides allow it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from .._guards import is_host_array
from ..errors import DTypeError, MissingPackageError
from ..ops import Ops

#: What the vectorized kernels of TensorFlow ask of an address.
_ALIGNMENT = 64


def import_tensorflow() -> Any:
    """The package itself.

    Raises:
        MissingPackageError: It is not installed.
    """
    try:
        return import_module("tensorflow")
    except ImportError as error:
        raise MissingPackageError(
            "wrapping a Keras model needs TensorFlow", fix='pip install "combinet[tensorflow]"'
        ) from error


def enable_tensorflow() -> None:
    """Import TensorFlow now. Nothing here needs that; Thinc's code calls it.

    Raises:
        MissingPackageError: It is not installed.
    """
    import_tensorflow()


def xp2tensorflow(xp_array: Any, requires_grad: bool = False, as_variable: bool = False) -> Any:
    """An array as a tensor that shares its memory through DLPack.

    What cannot be shared is copied: arrays that do not start at a multiple of 64 bytes (the
    kernels of TensorFlow abort the process on these), that may not be written (DLPack cannot
    say so), that are not contiguous, or in foreign byte order.

    Args:
        xp_array: Of NumPy or CuPy.
        requires_grad: Give a ``tf.Variable``, which tapes watch by themselves.
        as_variable: The same for what gathers no gradient. A variable has memory of its own.

    Raises:
        DTypeError: TensorFlow has no numbers of this kind.
    """
    tf = import_tensorflow()
    try:
        tensor = _to_tensor(tf, xp_array)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DTypeError(
            f"an array of {xp_array.dtype} cannot become a tensor",
            reason=error,
            fix="strings2arrays() makes numbers of words; X.astype('float32') of other things",
        ) from error
    if requires_grad or as_variable:
        return tf.Variable(tensor, trainable=requires_grad)
    return tensor


def _to_tensor(tf: Any, array: Any) -> Any:
    if not is_host_array(array):
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    if array.dtype.kind not in "biufc":
        raise TypeError("these are no numbers")
    flags, is_native = array.flags, array.dtype.isnative
    is_aligned = array.ctypes.data % _ALIGNMENT == 0
    if is_aligned and is_native and flags.c_contiguous and flags.writeable and array.size:
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.constant(array if is_native else array.astype(array.dtype.newbyteorder("=")))


def tensorflow2xp(tf_tensor: Any, *, ops: Ops | None = None) -> Any:
    """A tensor or variable as an array that shares its memory, and so may not be written.

    Args:
        ops: Backend that the array is for.
    """
    tensor = import_tensorflow().convert_to_tensor(tf_tensor)
    array = np.asarray(memoryview(tensor)) if _is_shareable(tensor) else tensor.numpy()
    return array if ops is None else ops.asarray(array)


def _is_shareable(tensor: Any) -> bool:
    return tensor.dtype.name != "bfloat16" and "CPU" in tensor.device
