"""Neural networks as composed functions: layers return their output and a backprop closure.

What a program may do without is imported when it is first asked for: losses and metrics, bridges,
configs, files of archives. The layers and what runs them are here at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .chain import chain as chain
from .combinators import add as add
from .combinators import bidirectional as bidirectional
from .combinators import clip_gradient as clip_gradient
from .combinators import clone as clone
from .combinators import concatenate as concatenate
from .combinators import freeze as freeze
from .combinators import map_list as map_list
from .combinators import microbatch as microbatch
from .combinators import named as named
from .combinators import noop as noop
from .combinators import parallel as parallel
from .combinators import recompute as recompute
from .combinators import residual as residual
from .combinators import resizable as resizable
from .combinators import resize_linear_weighted as resize_linear_weighted
from .combinators import resize_model as resize_model
from .combinators import reverse_gradient as reverse_gradient
from .combinators import scale_gradient as scale_gradient
from .combinators import select as select
from .combinators import siamese as siamese
from .combinators import switch as switch
from .combinators import tap as tap
from .combinators import tapped as tapped
from .combinators import tie as tie
from .combinators import tuplify as tuplify
from .combinators import uniqued as uniqued
from .combinators import use_nvtx_range as use_nvtx_range
from .combinators import with_array as with_array
from .combinators import with_array2d as with_array2d
from .combinators import with_cpu as with_cpu
from .combinators import with_debug as with_debug
from .combinators import with_flatten as with_flatten
from .combinators import with_flatten_v2 as with_flatten_v2
from .combinators import with_getitem as with_getitem
from .combinators import with_list as with_list
from .combinators import with_nvtx_range as with_nvtx_range
from .combinators import with_padded as with_padded
from .combinators import with_ragged as with_ragged
from .combinators import with_reshape as with_reshape
from .combinators import with_signpost_interval as with_signpost_interval
from .edit import change_attr_values as change_attr_values
from .edit import set_dropout_rate as set_dropout_rate
from .edit import wrap_model_recursive as wrap_model_recursive
from .errors import CombinetError as CombinetError
from .errors import ConfigError as ConfigError
from .fusion import fusion as fusion
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
from .layers import GEGLU as GEGLU
from .layers import GRU as GRU
from .layers import LSTM as LSTM
from .layers import AttentionPool as AttentionPool
from .layers import CauchySimilarity as CauchySimilarity
from .layers import ClippedLinear as ClippedLinear
from .layers import Conv1d as Conv1d
from .layers import CrossAttention as CrossAttention
from .layers import Dish as Dish
from .layers import Dropout as Dropout
from .layers import Embed as Embed
from .layers import Gelu as Gelu
from .layers import HardSigmoid as HardSigmoid
from .layers import HardSwish as HardSwish
from .layers import HardSwishMobilenet as HardSwishMobilenet
from .layers import HardTanh as HardTanh
from .layers import HashEmbed as HashEmbed
from .layers import LayerNorm as LayerNorm
from .layers import LearnedPositions as LearnedPositions
from .layers import Linear as Linear
from .layers import Logistic as Logistic
from .layers import Maxout as Maxout
from .layers import Mish as Mish
from .layers import MultiHeadAttention as MultiHeadAttention
from .layers import MultiSoftmax as MultiSoftmax
from .layers import ParametricAttention as ParametricAttention
from .layers import ParametricAttention_v2 as ParametricAttention_v2
from .layers import Relu as Relu
from .layers import ReluK as ReluK
from .layers import RMSNorm as RMSNorm
from .layers import RotaryPositions as RotaryPositions
from .layers import Sigmoid as Sigmoid
from .layers import Softmax as Softmax
from .layers import Softmax_v2 as Softmax_v2
from .layers import SparseLinear as SparseLinear
from .layers import SparseLinear_v2 as SparseLinear_v2
from .layers import SwiGLU as SwiGLU
from .layers import Swish as Swish
from .layers import TransformerEncoderBlock as TransformerEncoderBlock
from .layers import array_getitem as array_getitem
from .layers import elementwise as elementwise
from .layers import expand_window as expand_window
from .layers import floats_getitem as floats_getitem
from .layers import from_function as from_function
from .layers import ints_getitem as ints_getitem
from .layers import layer as layer
from .layers import list2array as list2array
from .layers import list2padded as list2padded
from .layers import list2ragged as list2ragged
from .layers import padded2list as padded2list
from .layers import premap_ids as premap_ids
from .layers import ragged2list as ragged2list
from .layers import reduce_first as reduce_first
from .layers import reduce_last as reduce_last
from .layers import reduce_max as reduce_max
from .layers import reduce_mean as reduce_mean
from .layers import reduce_sum as reduce_sum
from .layers import remap_ids as remap_ids
from .layers import remap_ids_v2 as remap_ids_v2
from .layers import sigmoid_activation as sigmoid_activation
from .layers import softmax_activation as softmax_activation
from .layers import strings2arrays as strings2arrays
from .model import Model as Model
from .model import Weight as Weight
from .ops import CupyOps as CupyOps
from .ops import NumpyOps as NumpyOps
from .ops import Ops as Ops
from .ops import get_current_ops as get_current_ops
from .ops import get_num_threads as get_num_threads
from .ops import get_ops as get_ops
from .ops import prefer_gpu as prefer_gpu
from .ops import require_cpu as require_cpu
from .ops import require_gpu as require_gpu
from .ops import set_active_gpu as set_active_gpu
from .ops import set_current_ops as set_current_ops
from .ops import set_gpu_allocator as set_gpu_allocator
from .ops import set_num_threads as set_num_threads
from .ops import use_ops as use_ops
from .ops import use_pytorch_for_gpu_memory as use_pytorch_for_gpu_memory
from .ops import use_tensorflow_for_gpu_memory as use_tensorflow_for_gpu_memory
from .optimizers import SGD as SGD
from .optimizers import Adam as Adam
from .optimizers import AdamW as AdamW
from .optimizers import Optimizer as Optimizer
from .optimizers import RAdam as RAdam
from .optimizers import Rows as Rows
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
    from .bridges import MXNetShim as MXNetShim
    from .bridges import MXNetWrapper as MXNetWrapper
    from .bridges import PyTorchFunction as PyTorchFunction
    from .bridges import PyTorchGradScaler as PyTorchGradScaler
    from .bridges import PyTorchLSTM as PyTorchLSTM
    from .bridges import PyTorchRNNWrapper as PyTorchRNNWrapper
    from .bridges import PyTorchShim as PyTorchShim
    from .bridges import PyTorchWrapper as PyTorchWrapper
    from .bridges import PyTorchWrapper_v2 as PyTorchWrapper_v2
    from .bridges import PyTorchWrapper_v3 as PyTorchWrapper_v3
    from .bridges import TensorFlowShim as TensorFlowShim
    from .bridges import TensorFlowWrapper as TensorFlowWrapper
    from .bridges import TorchScriptShim as TorchScriptShim
    from .bridges import TorchScriptWrapper_v1 as TorchScriptWrapper_v1
    from .bridges import as_torch_module as as_torch_module
    from .bridges import enable_mxnet as enable_mxnet
    from .bridges import enable_tensorflow as enable_tensorflow
    from .bridges import from_thinc as from_thinc
    from .bridges import keras_subclass as keras_subclass
    from .bridges import load_thinc_weights as load_thinc_weights
    from .bridges import mxnet2xp as mxnet2xp
    from .bridges import pytorch_to_torchscript_wrapper as pytorch_to_torchscript_wrapper
    from .bridges import tensorflow2xp as tensorflow2xp
    from .bridges import to_thinc as to_thinc
    from .bridges import torch2xp as torch2xp
    from .bridges import xp2mxnet as xp2mxnet
    from .bridges import xp2tensorflow as xp2tensorflow
    from .bridges import xp2torch as xp2torch
    from .config import Config as Config
    from .config import ConfigValidationError as ConfigValidationError
    from .losses import BinaryCrossentropy as BinaryCrossentropy
    from .losses import BinaryCrossentropyWithLogits as BinaryCrossentropyWithLogits
    from .losses import CategoricalCrossentropy as CategoricalCrossentropy
    from .losses import CosineDistance as CosineDistance
    from .losses import HingeLoss as HingeLoss
    from .losses import L2Distance as L2Distance
    from .losses import Loss as Loss
    from .losses import SequenceCategoricalCrossentropy as SequenceCategoricalCrossentropy
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
    from .saving import Archive as Archive
    from .saving import load as load
    from .saving import load_archive as load_archive
    from .saving import save as save

__version__ = "0.1.0"

_LATER = {
    "MXNetShim": ".bridges",
    "MXNetWrapper": ".bridges",
    "PyTorchFunction": ".bridges",
    "PyTorchGradScaler": ".bridges",
    "PyTorchLSTM": ".bridges",
    "PyTorchRNNWrapper": ".bridges",
    "PyTorchShim": ".bridges",
    "PyTorchWrapper": ".bridges",
    "PyTorchWrapper_v2": ".bridges",
    "PyTorchWrapper_v3": ".bridges",
    "TensorFlowShim": ".bridges",
    "TensorFlowWrapper": ".bridges",
    "TorchScriptShim": ".bridges",
    "TorchScriptWrapper_v1": ".bridges",
    "as_torch_module": ".bridges",
    "enable_mxnet": ".bridges",
    "enable_tensorflow": ".bridges",
    "from_thinc": ".bridges",
    "keras_subclass": ".bridges",
    "load_thinc_weights": ".bridges",
    "mxnet2xp": ".bridges",
    "pytorch_to_torchscript_wrapper": ".bridges",
    "tensorflow2xp": ".bridges",
    "to_thinc": ".bridges",
    "torch2xp": ".bridges",
    "xp2mxnet": ".bridges",
    "xp2tensorflow": ".bridges",
    "xp2torch": ".bridges",
    "Config": ".config",
    "ConfigValidationError": ".config",
    "BinaryCrossentropy": ".losses",
    "BinaryCrossentropyWithLogits": ".losses",
    "CategoricalCrossentropy": ".losses",
    "CosineDistance": ".losses",
    "HingeLoss": ".losses",
    "L2Distance": ".losses",
    "Loss": ".losses",
    "SequenceCategoricalCrossentropy": ".losses",
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
    "Archive": ".saving",
    "load": ".saving",
    "load_archive": ".saving",
    "save": ".saving",
}

__all__ = [
    "Accumulator",
    "Adam",
    "AdamW",
    "Archive",
    "ArgsKwargs",
    "AttentionPool",
    "Auc",
    "Average",
    "BLEU",
    "BinaryCrossentropy",
    "BinaryCrossentropyWithLogits",
    "BooleanAccuracy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CauchySimilarity",
    "ClippedLinear",
    "CombinetError",
    "Config",
    "ConfigError",
    "ConfigValidationError",
    "Conv1d",
    "CosineDistance",
    "CrossAttention",
    "CupyOps",
    "DataValidationError",
    "Dish",
    "Dropout",
    "Embed",
    "Entropy",
    "F1Measure",
    "F1MultiLabelMeasure",
    "FBetaMeasure",
    "FBetaMeasureMultiLabel",
    "GEGLU",
    "GRU",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "HardSwishMobilenet",
    "HardTanh",
    "HashEmbed",
    "HingeLoss",
    "InitializerApplicator",
    "L1Regularizer",
    "L2Distance",
    "L2Regularizer",
    "LSTM",
    "LayerNorm",
    "LearnedPositions",
    "Linear",
    "Logistic",
    "Loss",
    "MXNetShim",
    "MXNetWrapper",
    "Maxout",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Metric",
    "Mish",
    "Model",
    "MultiHeadAttention",
    "MultiSoftmax",
    "NumpyOps",
    "Ops",
    "Optimizer",
    "Padded",
    "Pairs",
    "ParametricAttention",
    "ParametricAttention_v2",
    "Perplexity",
    "PyTorchFunction",
    "PyTorchGradScaler",
    "PyTorchLSTM",
    "PyTorchRNNWrapper",
    "PyTorchShim",
    "PyTorchWrapper",
    "PyTorchWrapper_v2",
    "PyTorchWrapper_v3",
    "RAdam",
    "RMSNorm",
    "Ragged",
    "Regularizer",
    "RegularizerApplicator",
    "Relu",
    "ReluK",
    "RotaryPositions",
    "Rows",
    "SGD",
    "Schedule",
    "SequenceCategoricalCrossentropy",
    "Shim",
    "Sigmoid",
    "Softmax",
    "Softmax_v2",
    "SpanBasedF1Measure",
    "SparseLinear",
    "SparseLinear_v2",
    "Spec",
    "SquadEmAndF1",
    "SwiGLU",
    "Swish",
    "TensorFlowShim",
    "TensorFlowWrapper",
    "TorchScriptShim",
    "TorchScriptWrapper_v1",
    "TransformerEncoderBlock",
    "Unserializable",
    "Weight",
    "__version__",
    "add",
    "array_getitem",
    "as_torch_module",
    "bidirectional",
    "block_orthogonal_init",
    "chain",
    "change_attr_values",
    "clip_gradient",
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
    "elementwise",
    "enable_mxnet",
    "enable_tensorflow",
    "expand_window",
    "eye_init",
    "fix_random_seed",
    "floats_getitem",
    "freeze",
    "from_function",
    "from_thinc",
    "fusion",
    "get_array_module",
    "get_current_ops",
    "get_num_threads",
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
    "keras_subclass",
    "layer",
    "lecun_normal_init",
    "lecun_uniform_init",
    "list2array",
    "list2padded",
    "list2ragged",
    "load",
    "load_archive",
    "load_tensors",
    "load_thinc_weights",
    "lstm_hidden_bias_init",
    "map_list",
    "microbatch",
    "mxnet2xp",
    "named",
    "noop",
    "normal_init",
    "one_init",
    "orthogonal_init",
    "padded2list",
    "parallel",
    "plateau",
    "prefer_gpu",
    "premap_ids",
    "pretrained_init",
    "pytorch_to_torchscript_wrapper",
    "ragged2list",
    "recompute",
    "reduce_first",
    "reduce_last",
    "reduce_max",
    "reduce_mean",
    "reduce_sum",
    "registry",
    "remap_ids",
    "remap_ids_v2",
    "require_cpu",
    "require_gpu",
    "residual",
    "resizable",
    "resize_linear_weighted",
    "resize_model",
    "reverse_gradient",
    "save",
    "scale_gradient",
    "select",
    "serialize_attr",
    "set_active_gpu",
    "set_current_ops",
    "set_dropout_rate",
    "set_gpu_allocator",
    "set_num_threads",
    "siamese",
    "sigmoid_activation",
    "slanted_triangular",
    "softmax_activation",
    "sparse_init",
    "strings2arrays",
    "switch",
    "tap",
    "tapped",
    "tensorflow2xp",
    "tie",
    "to_categorical",
    "to_numpy",
    "to_thinc",
    "torch2xp",
    "tuplify",
    "uniform_init",
    "uniform_unit_scaling_init",
    "uniqued",
    "use_nvtx_range",
    "use_ops",
    "use_pytorch_for_gpu_memory",
    "use_tensorflow_for_gpu_memory",
    "warmup_linear",
    "with_array",
    "with_array2d",
    "with_cpu",
    "with_debug",
    "with_flatten",
    "with_flatten_v2",
    "with_getitem",
    "with_list",
    "with_nvtx_range",
    "with_padded",
    "with_ragged",
    "with_reshape",
    "with_signpost_interval",
    "wrap_model_recursive",
    "xavier_normal_init",
    "xavier_uniform_init",
    "xp2mxnet",
    "xp2tensorflow",
    "xp2torch",
    "zero_init",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_LATER[name], __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
