"""The reference backend: every op, in plain array code, right for every input."""

from __future__ import annotations

from ._activations import ActivationOps
from ._attention import AttentionOps
from ._batches import BatchOps
from ._cross_entropy import CrossEntropyOps
from ._embedding import EmbeddingOps
from ._fused import FusedOps
from ._gru import GRUOps
from ._hashing import HashingOps
from ._linear import LinearOps
from ._lookup import LookupOps
from ._lstm import LSTMOps
from ._maxout import MaxoutOps
from ._norm import NormOps
from ._piecewise import PiecewiseOps
from ._position import PositionOps
from ._reductions import ReductionOps
from ._rms_norm import RMSNormOps
from ._sequences import SequenceOps
from ._softmax import SoftmaxOps
from ._sparse import SparseOps
from ._step import StepOps
from ._training import TrainingOps


class Ops(
    SparseOps,
    FusedOps,
    LinearOps,
    BatchOps,
    SequenceOps,
    EmbeddingOps,
    ReductionOps,
    MaxoutOps,
    LookupOps,
    HashingOps,
    PositionOps,
    ActivationOps,
    PiecewiseOps,
    SoftmaxOps,
    CrossEntropyOps,
    NormOps,
    RMSNormOps,
    LSTMOps,
    GRUOps,
    AttentionOps,
    TrainingOps,
    StepOps,
):
    """Operators over arrays. Backends override them and never add any.

    An op never writes into an argument, unless that is its purpose: then the argument is
    called ``out``, or the op's name or an ``inplace`` says so. Floats keep their type.
    """
