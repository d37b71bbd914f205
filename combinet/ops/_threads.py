"""How many threads the compiled kernels use."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from ..errors import DTypeError, RangeError
from ._native import kernels

_MOST = 1024


def get_num_threads() -> int:
    """How many threads a kernel may use; 1 where no kernels were built.

    At first that is ``COMBINET_NUM_THREADS``, else ``OMP_NUM_THREADS``, else the cores that the
    process may run on. NumPy's own BLAS has its own setting.
    """
    return 1 if kernels is None else int(kernels.get_num_threads())


def set_num_threads(count: int) -> None:
    """Let kernels use ``count`` threads, of the whole process. Results do not depend on it.

    Without compiled kernels it changes nothing.

    Raises:
        DTypeError: ``count`` is no whole number.
        RangeError: It is not from 1 to 1024.
    """
    number: Any = count
    if isinstance(number, bool) or not isinstance(number, int | np.integer):
        raise DTypeError("a number of threads is a whole number", got=repr(number))
    if not 1 <= number <= _MOST:
        raise RangeError(f"a number of threads is from 1 to {_MOST}, got {number}")
    if kernels is not None:
        kernels.set_num_threads(index(count))
