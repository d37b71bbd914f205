"""Layers of other frameworks as models, and models as layers of other frameworks.

A framework is imported when something of it is wrapped, and not before.
"""

from .arrays import torch2xp as torch2xp
from .arrays import xp2torch as xp2torch
from .grad_scaler import PyTorchGradScaler as PyTorchGradScaler
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
