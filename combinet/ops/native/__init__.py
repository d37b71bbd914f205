"""NumPy's arrays with compiled kernels: what NumpyOps does, for float32 in C order, faster.

Every method asks its kernel first. A kernel that cannot serve the arguments - another type,
strided, sizes that do not fit - says so by None, having written nothing; then the method of
the reference does the work, or raises the error.
"""

from __future__ import annotations

from .activations import NativeActivations
from .attention import NativeAttention
from .embedding import NativeEmbedding
from .fused import NativeFused
from .gru import NativeGRU
from .linear import NativeLinear
from .loss import NativeLoss
from .lstm import NativeLSTM
from .maxout import NativeMaxout
from .norm import NativeNorm
from .pooling import NativePooling
from .reductions import NativeReductions
from .softmax import NativeSoftmax
from .sparse import NativeSparse
from .step import NativeStep
from .training import NativeTraining
from .windows import NativeWindows


class NativeOps(
    NativeActivations,
    NativeAttention,
    NativeEmbedding,
    NativeFused,
    NativeGRU,
    NativeLinear,
    NativeLoss,
    NativeLSTM,
    NativeMaxout,
    NativeNorm,
    NativePooling,
    NativeReductions,
    NativeSoftmax,
    NativeSparse,
    NativeStep,
    NativeTraining,
    NativeWindows,
):
    """The default on the CPU where the kernels were built."""
