"""Layers of other frameworks as models, and models as layers of other frameworks.

A framework is imported when something of it is wrapped, and not before.
"""

from ._keras_subclass import keras_subclass as keras_subclass
from ._mxnet_import import enable_mxnet as enable_mxnet
from ._thinc_weights import load_thinc_weights as load_thinc_weights
from .arrays import torch2xp as torch2xp
from .arrays import xp2torch as xp2torch
from .grad_scaler import PyTorchGradScaler as PyTorchGradScaler
from .mxnet_arrays import mxnet2xp as mxnet2xp
from .mxnet_arrays import xp2mxnet as xp2mxnet
from .mxnet_wrapper import MXNetShim as MXNetShim
from .mxnet_wrapper import MXNetWrapper as MXNetWrapper
from .tensorflow_arrays import enable_tensorflow as enable_tensorflow
from .tensorflow_arrays import tensorflow2xp as tensorflow2xp
from .tensorflow_arrays import xp2tensorflow as xp2tensorflow
from .tensorflow_wrapper import TensorFlowShim as TensorFlowShim
from .tensorflow_wrapper import TensorFlowWrapper as TensorFlowWrapper
from .thinc import from_thinc as from_thinc
from .thinc import to_thinc as to_thinc
from .torch_function import PyTorchFunction as PyTorchFunction
from .torch_module import as_torch_module as as_torch_module
from .torch_rnn import PyTorchLSTM as PyTorchLSTM
from .torch_rnn import PyTorchRNNWrapper as PyTorchRNNWrapper
from .torch_script import TorchScriptShim as TorchScriptShim
from .torch_script import TorchScriptWrapper_v1 as TorchScriptWrapper_v1
from .torch_script import pytorch_to_torchscript_wrapper as pytorch_to_torchscript_wrapper
from .torch_shim import PyTorchShim as PyTorchShim
from .torch_wrapper import PyTorchWrapper as PyTorchWrapper
from .torch_wrapper import PyTorchWrapper_v2 as PyTorchWrapper_v2
from .torch_wrapper import PyTorchWrapper_v3 as PyTorchWrapper_v3
