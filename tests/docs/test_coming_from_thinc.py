"""The page for those who come from Thinc says which of its names are not here."""

from __future__ import annotations

from pathlib import Path

import combinet
from tests.docs.run_page import blocks

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "coming-from-thinc.md"
#: ``thinc.api.__all__`` of 8.3.14.
THINC = """
Adam ArgsKwargs CategoricalCrossentropy CauchySimilarity ClippedLinear Config
ConfigValidationError CosineDistance CupyOps DataValidationError Dish Dropout Embed Gelu
HardSigmoid HardSwish HardSwishMobilenet HardTanh HashEmbed L2Distance LSTM LayerNorm Linear
Logistic MPSOps MXNetShim MXNetWrapper Maxout Mish Model MultiSoftmax NumpyOps Ops Optimizer
Padded ParametricAttention ParametricAttention_v2 PyTorchGradScaler PyTorchLSTM PyTorchRNNWrapper
PyTorchShim PyTorchWrapper PyTorchWrapper_v2 PyTorchWrapper_v3 RAdam Ragged Relu ReluK SGD
SequenceCategoricalCrossentropy Shim Sigmoid Softmax Softmax_v2 SparseLinear SparseLinear_v2 Swish
TensorFlowShim TensorFlowWrapper TorchScriptShim TorchScriptWrapper_v1 Unserializable add
array_getitem bidirectional chain change_attr_values clone compounding concatenate
configure_normal_init constant constant_then cyclic_triangular data_validation decaying
deserialize_attr enable_mxnet enable_tensorflow expand_window fix_random_seed get_array_module
get_current_ops get_ops get_torch_default_device get_width glorot_uniform_init has_cupy
is_cupy_array keras_model_fns keras_subclass list2array list2padded list2ragged map_list
maybe_handshake_model mxnet2xp noop normal_init padded2list prefer_gpu premap_ids
pytorch_to_torchscript_wrapper ragged2list reduce_first reduce_last reduce_max reduce_mean
reduce_sum registry remap_ids remap_ids_v2 require_cpu require_gpu residual resizable
serialize_attr set_active_gpu set_current_ops set_dropout_rate set_gpu_allocator siamese
sigmoid_activation slanted_triangular softmax_activation strings2arrays tensorflow2xp
to_categorical to_numpy torch2xp tuplify uniform_init uniqued use_ops use_pytorch_for_gpu_memory
use_tensorflow_for_gpu_memory warmup_linear with_array with_array2d with_cpu with_debug
with_flatten with_flatten_v2 with_getitem with_list with_nvtx_range with_padded with_ragged
with_reshape with_signpost_interval wrap_model_recursive xp2mxnet xp2tensorflow xp2torch zero_init
""".split()


def test_the_page_lists_the_names_of_thinc_that_are_not_here() -> None:
    *_, last = [block for block in blocks(PAGE.read_text("utf-8")) if block.info == "text"]
    assert last.text.split() == [name for name in THINC if not hasattr(combinet, name)]
