"""Neural networks as composed functions: layers return their output and a backprop closure.

What few programs need is imported when it is first asked for; everything else is here at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .chain import chain as chain
from .combinators import add as add
from .combinators import clone as clone
from .combinators import concatenate as concatenate
from .combinators import noop as noop
from .combinators import residual as residual
from .combinators import tuplify as tuplify
from .combinators import with_array as with_array
from .combinators import with_list as with_list
from .combinators import with_padded as with_padded
from .combinators import with_ragged as with_ragged
from .edit import change_attr_values as change_attr_values
from .edit import set_dropout_rate as set_dropout_rate
from .edit import wrap_model_recursive as wrap_model_recursive
from .errors import CombinetError as CombinetError
from .infer import Spec as Spec
from .initializers import InitializerApplicator as InitializerApplicator
from .initializers import block_orthogonal_init as block_orthogonal_init
from .initializers import configure_block_orthogonal_init as configure_block_orthogonal_init
from .initializers import configure_constant_init as configure_constant_init
from .initializers import configure_eye_init as configure_eye_init
from .initializers import configure_glorot_normal_init as configure_glorot_normal_init
from .initializers import configure_glorot_uniform_init as configure_glorot_uniform_init
from .initializers import configure_he_normal_init as configure_he_normal_init
from .initializers import configure_he_uniform_init as configure_he_uniform_init
from .initializers import configure_kaiming_normal_init as configure_kaiming_normal_init
from .initializers import configure_kaiming_uniform_init as configure_kaiming_uniform_init
from .initializers import configure_lecun_normal_init as configure_lecun_normal_init
from .initializers import configure_lecun_uniform_init as configure_lecun_uniform_init
from .initializers import configure_lstm_hidden_bias_init as configure_lstm_hidden_bias_init
from .initializers import configure_normal_init as configure_normal_init
from .initializers import configure_one_init as configure_one_init
from .initializers import configure_orthogonal_init as configure_orthogonal_init
from .initializers import configure_pretrained_init as configure_pretrained_init
from .initializers import configure_sparse_init as configure_sparse_init
from .initializers import configure_uniform_init as configure_uniform_init
from .initializers import configure_uniform_unit_scaling_init as configure_uniform_unit_scaling_init
from .initializers import configure_xavier_normal_init as configure_xavier_normal_init
from .initializers import configure_xavier_uniform_init as configure_xavier_uniform_init
from .initializers import configure_zero_init as configure_zero_init
from .initializers import constant_init as constant_init
from .initializers import eye_init as eye_init
from .initializers import glorot_normal_init as glorot_normal_init
from .initializers import glorot_uniform_init as glorot_uniform_init
from .initializers import he_normal_init as he_normal_init
from .initializers import he_uniform_init as he_uniform_init
from .initializers import kaiming_normal_init as kaiming_normal_init
from .initializers import kaiming_uniform_init as kaiming_uniform_init
from .initializers import lecun_normal_init as lecun_normal_init
from .initializers import lecun_uniform_init as lecun_uniform_init
from .initializers import lstm_hidden_bias_init as lstm_hidden_bias_init
from .initializers import normal_init as normal_init
from .initializers import one_init as one_init
from .initializers import orthogonal_init as orthogonal_init
from .initializers import pretrained_init as pretrained_init
from .initializers import sparse_init as sparse_init
from .initializers import uniform_init as uniform_init
from .initializers import uniform_unit_scaling_init as uniform_unit_scaling_init
from .initializers import xavier_normal_init as xavier_normal_init
from .initializers import xavier_uniform_init as xavier_uniform_init
from .initializers import zero_init as zero_init
from .layers import LSTM as LSTM
from .layers import Dropout as Dropout
from .layers import Embed as Embed
from .layers import Gelu as Gelu
from .layers import HashEmbed as HashEmbed
from .layers import LayerNorm as LayerNorm
from .layers import Linear as Linear
from .layers import Maxout as Maxout
from .layers import Mish as Mish
from .layers import ParametricAttention as ParametricAttention
from .layers import Relu as Relu
from .layers import Sigmoid as Sigmoid
from .layers import Softmax as Softmax
from .layers import Softmax_v2 as Softmax_v2
from .layers import Swish as Swish
from .layers import array_getitem as array_getitem
from .layers import expand_window as expand_window
from .layers import floats_getitem as floats_getitem
from .layers import ints_getitem as ints_getitem
from .layers import list2array as list2array
from .layers import list2padded as list2padded
from .layers import list2ragged as list2ragged
from .layers import padded2list as padded2list
from .layers import ragged2list as ragged2list
from .layers import reduce_first as reduce_first
from .layers import reduce_last as reduce_last
from .layers import reduce_max as reduce_max
from .layers import reduce_mean as reduce_mean
from .layers import reduce_sum as reduce_sum
from .layers import strings2arrays as strings2arrays
from .losses import CategoricalCrossentropy as CategoricalCrossentropy
from .losses import CosineDistance as CosineDistance
from .losses import L2Distance as L2Distance
from .losses import Loss as Loss
from .losses import SequenceCategoricalCrossentropy as SequenceCategoricalCrossentropy
from .model import Model as Model
from .model import Weight as Weight
from .ops import CupyOps as CupyOps
from .ops import NumpyOps as NumpyOps
from .ops import Ops as Ops
from .ops import get_current_ops as get_current_ops
from .ops import get_ops as get_ops
from .ops import prefer_gpu as prefer_gpu
from .ops import require_cpu as require_cpu
from .ops import require_gpu as require_gpu
from .ops import set_active_gpu as set_active_gpu
from .ops import set_current_ops as set_current_ops
from .ops import set_gpu_allocator as set_gpu_allocator
from .ops import use_ops as use_ops
from .optimizers import SGD as SGD
from .optimizers import Adam as Adam
from .optimizers import AdamW as AdamW
from .optimizers import Optimizer as Optimizer
from .optimizers import RAdam as RAdam
from .registry import registry as registry
from .rng import fix_random_seed as fix_random_seed
from .schedules import Schedule as Schedule
from .schedules import compounding as compounding
from .schedules import constant as constant
from .schedules import constant_then as constant_then
from .schedules import cyclic_triangular as cyclic_triangular
from .schedules import decaying as decaying
from .schedules import plateau as plateau
from .schedules import slanted_triangular as slanted_triangular
from .schedules import warmup_linear as warmup_linear
from .serialize import deserialize_attr as deserialize_attr
from .serialize import load_tensors as load_tensors
from .serialize import serialize_attr as serialize_attr
from .shims import Shim as Shim
from .types import ArgsKwargs as ArgsKwargs
from .types import Padded as Padded
from .types import Pairs as Pairs
from .types import Ragged as Ragged
from .types import Unserializable as Unserializable
from .util import DataValidationError as DataValidationError
from .util import convert_recursive as convert_recursive
from .util import data_validation as data_validation
from .util import get_array_module as get_array_module
from .util import get_width as get_width
from .util import is_cupy_array as is_cupy_array
from .util import to_categorical as to_categorical
from .util import to_numpy as to_numpy

if TYPE_CHECKING:
    from .config import Config as Config
    from .config import ConfigValidationError as ConfigValidationError
    from .metrics import BLEU as BLEU
    from .metrics import Accumulator as Accumulator
    from .metrics import Auc as Auc
    from .metrics import Average as Average
    from .metrics import BooleanAccuracy as BooleanAccuracy
    from .metrics import CategoricalAccuracy as CategoricalAccuracy
    from .metrics import Entropy as Entropy
    from .metrics import F1Measure as F1Measure
    from .metrics import F1MultiLabelMeasure as F1MultiLabelMeasure
    from .metrics import FBetaMeasure as FBetaMeasure
    from .metrics import FBetaMeasureMultiLabel as FBetaMeasureMultiLabel
    from .metrics import MeanAbsoluteError as MeanAbsoluteError
    from .metrics import MeanSquaredError as MeanSquaredError
    from .metrics import Metric as Metric
    from .metrics import Perplexity as Perplexity
    from .metrics import SpanBasedF1Measure as SpanBasedF1Measure
    from .metrics import SquadEmAndF1 as SquadEmAndF1
    from .regularizers import L1Regularizer as L1Regularizer
    from .regularizers import L2Regularizer as L2Regularizer
    from .regularizers import Regularizer as Regularizer
    from .regularizers import RegularizerApplicator as RegularizerApplicator

__version__ = "0.1.0"

_LATER = {
    "Config": ".config",
    "ConfigValidationError": ".config",
    "Accumulator": ".metrics",
    "Auc": ".metrics",
    "Average": ".metrics",
    "BLEU": ".metrics",
    "BooleanAccuracy": ".metrics",
    "CategoricalAccuracy": ".metrics",
    "Entropy": ".metrics",
    "F1Measure": ".metrics",
    "F1MultiLabelMeasure": ".metrics",
    "FBetaMeasure": ".metrics",
    "FBetaMeasureMultiLabel": ".metrics",
    "MeanAbsoluteError": ".metrics",
    "MeanSquaredError": ".metrics",
    "Metric": ".metrics",
    "Perplexity": ".metrics",
    "SpanBasedF1Measure": ".metrics",
    "SquadEmAndF1": ".metrics",
    "L1Regularizer": ".regularizers",
    "L2Regularizer": ".regularizers",
    "Regularizer": ".regularizers",
    "RegularizerApplicator": ".regularizers",
}

__all__ = [
    "Accumulator",
    "Adam",
    "AdamW",
    "ArgsKwargs",
    "Auc",
    "Average",
    "BLEU",
    "BooleanAccuracy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CombinetError",
    "Config",
    "ConfigValidationError",
    "CosineDistance",
    "CupyOps",
    "DataValidationError",
    "Dropout",
    "Embed",
    "Entropy",
    "F1Measure",
    "F1MultiLabelMeasure",
    "FBetaMeasure",
    "FBetaMeasureMultiLabel",
    "Gelu",
    "HashEmbed",
    "InitializerApplicator",
    "L1Regularizer",
    "L2Distance",
    "L2Regularizer",
    "LSTM",
    "LayerNorm",
    "Linear",
    "Loss",
    "Maxout",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Metric",
    "Mish",
    "Model",
    "NumpyOps",
    "Ops",
    "Optimizer",
    "Padded",
    "Pairs",
    "ParametricAttention",
    "Perplexity",
    "RAdam",
    "Ragged",
    "Regularizer",
    "RegularizerApplicator",
    "Relu",
    "SGD",
    "Schedule",
    "SequenceCategoricalCrossentropy",
    "Shim",
    "Sigmoid",
    "Softmax",
    "Softmax_v2",
    "SpanBasedF1Measure",
    "Spec",
    "SquadEmAndF1",
    "Swish",
    "Unserializable",
    "Weight",
    "__version__",
    "add",
    "array_getitem",
    "block_orthogonal_init",
    "chain",
    "change_attr_values",
    "clone",
    "compounding",
    "concatenate",
    "configure_block_orthogonal_init",
    "configure_constant_init",
    "configure_eye_init",
    "configure_glorot_normal_init",
    "configure_glorot_uniform_init",
    "configure_he_normal_init",
    "configure_he_uniform_init",
    "configure_kaiming_normal_init",
    "configure_kaiming_uniform_init",
    "configure_lecun_normal_init",
    "configure_lecun_uniform_init",
    "configure_lstm_hidden_bias_init",
    "configure_normal_init",
    "configure_one_init",
    "configure_orthogonal_init",
    "configure_pretrained_init",
    "configure_sparse_init",
    "configure_uniform_init",
    "configure_uniform_unit_scaling_init",
    "configure_xavier_normal_init",
    "configure_xavier_uniform_init",
    "configure_zero_init",
    "constant",
    "constant_init",
    "constant_then",
    "convert_recursive",
    "cyclic_triangular",
    "data_validation",
    "decaying",
    "deserialize_attr",
    "expand_window",
    "eye_init",
    "fix_random_seed",
    "floats_getitem",
    "get_array_module",
    "get_current_ops",
    "get_ops",
    "get_width",
    "glorot_normal_init",
    "glorot_uniform_init",
    "he_normal_init",
    "he_uniform_init",
    "ints_getitem",
    "is_cupy_array",
    "kaiming_normal_init",
    "kaiming_uniform_init",
    "lecun_normal_init",
    "lecun_uniform_init",
    "list2array",
    "list2padded",
    "list2ragged",
    "load_tensors",
    "lstm_hidden_bias_init",
    "noop",
    "normal_init",
    "one_init",
    "orthogonal_init",
    "padded2list",
    "plateau",
    "prefer_gpu",
    "pretrained_init",
    "ragged2list",
    "reduce_first",
    "reduce_last",
    "reduce_max",
    "reduce_mean",
    "reduce_sum",
    "registry",
    "require_cpu",
    "require_gpu",
    "residual",
    "serialize_attr",
    "set_active_gpu",
    "set_current_ops",
    "set_dropout_rate",
    "set_gpu_allocator",
    "slanted_triangular",
    "sparse_init",
    "strings2arrays",
    "to_categorical",
    "to_numpy",
    "tuplify",
    "uniform_init",
    "uniform_unit_scaling_init",
    "use_ops",
    "warmup_linear",
    "with_array",
    "with_list",
    "with_padded",
    "with_ragged",
    "wrap_model_recursive",
    "xavier_normal_init",
    "xavier_uniform_init",
    "zero_init",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_LATER[name], __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
