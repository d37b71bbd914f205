"""PyTorchWrapper: a PyTorch module as a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import BackpropError
from ..model import Model
from ..ops import Ops
from ..registry import registry
from ..types import ArgsKwargs
from ..util import convert_recursive, is_xp_array
from ._nested import convert_outputs as convert_nested
from ._nested import pairs
from ._wrapper import Convert, as_arguments, plain_inputs, wrap
from .arrays import is_tensor, torch2xp, xp2torch
from .grad_scaler import PyTorchGradScaler
from .torch_shim import Precision, PyTorchShim


@registry.layers("PyTorchWrapper.v1")
def PyTorchWrapper(
    pytorch_model: Any,
    convert_inputs: Convert | None = None,
    convert_outputs: Convert | None = None,
) -> Model[Any, Any]:
    """A ``torch.nn.Module`` as a layer: it runs, learns, saves and copies like any other.

    The input may be one array, a tuple or list (positional arguments), a dict (keywords) or
    ``ArgsKwargs``. Arrays anywhere in it become tensors, floats in the dtype of the module's
    parameters; ints stay ints and get zeros for a gradient. Every tensor of the output becomes
    an array, in tuples, dicts, dataclasses and transformers' outputs too; the gradient has the
    same form, and may be None for what has no gradient.

    Its parameters are the optimizer's and the files' under ``shim.0/name``, with torch's names.

    Args:
        pytorch_model: Any module. It is not copied: training changes it.
        convert_inputs: ``f(model, X, is_train) -> (ArgsKwargs, get_dX)``.
        convert_outputs: ``f(model, (X, Yt), is_train) -> (Y, get_dYt)``, where ``get_dYt(dY)``
            gives the arguments of ``torch.autograd.backward`` as ArgsKwargs.

    Raises:
        MissingPackageError: PyTorch is not installed.

    Example:
        >>> from torch import nn
        >>> from combinet import PyTorchWrapper, Relu
        >>> model = Relu(8, 4) >> PyTorchWrapper(nn.Linear(8, 3))
    """
    return wrapped("pytorch", PyTorchShim(pytorch_model), convert_inputs, convert_outputs)


@registry.layers("PyTorchWrapper.v2")
def PyTorchWrapper_v2(
    pytorch_model: Any,
    convert_inputs: Convert | None = None,
    convert_outputs: Convert | None = None,
    mixed_precision: Precision = False,
    grad_scaler: PyTorchGradScaler | None = None,
    device: Any = None,
) -> Model[Any, Any]:
    """``PyTorchWrapper`` with a choice of device and precision, see ``PyTorchShim``."""
    shim = PyTorchShim(
        pytorch_model, mixed_precision=mixed_precision, grad_scaler=grad_scaler, device=device
    )
    return wrapped("pytorch", shim, convert_inputs, convert_outputs)


@registry.layers("PyTorchWrapper.v3")
def PyTorchWrapper_v3(
    pytorch_model: Any,
    convert_inputs: Convert | None = None,
    convert_outputs: Convert | None = None,
    mixed_precision: Precision = False,
    grad_scaler: PyTorchGradScaler | None = None,
    device: Any = None,
    serialize_model: Callable[[Any], bytes] | None = None,
    deserialize_model: Callable[[Any, bytes, Any], Any] | None = None,
) -> Model[Any, Any]:
    """``PyTorchWrapper_v2`` with a choice of how the module becomes bytes, see ``PyTorchShim``."""
    shim = PyTorchShim(
        pytorch_model,
        mixed_precision=mixed_precision,
        grad_scaler=grad_scaler,
        device=device,
        serialize_model=serialize_model,
        deserialize_model=deserialize_model,
    )
    return wrapped("pytorch", shim, convert_inputs, convert_outputs)


def wrapped(
    name: str,
    shim: PyTorchShim,
    convert_inputs: Convert | None,
    convert_outputs: Convert | None,
) -> Model[Any, Any]:
    """A model around a shim; converters that are left out are those of ``PyTorchWrapper``."""
    return wrap(name, shim, convert_inputs or arguments_of, convert_outputs or arrays_of)


def arguments_of(
    model: Model[Any, Any], X: Any, is_train: bool
) -> tuple[ArgsKwargs, Callable[[ArgsKwargs], Any]]:
    """The input as the arguments of the module, and the inverse for gradients."""
    shim, ops = model.shims[0], model.ops
    if is_xp_array(X):
        Xt = _to_tensor(shim, X, is_train)
        return ArgsKwargs((Xt,), {}), lambda dXt: _to_array(dXt.args[0], ops)

    def to_arrays(dXt: Any) -> Any:
        return convert_recursive(is_tensor, lambda dx: _to_array(dx, ops), dXt)

    given = plain_inputs(model, X)
    Xt = convert_recursive(_holds_numbers, lambda x: _to_tensor(shim, x, is_train), given)
    return as_arguments(Xt, to_arrays)


def _holds_numbers(value: Any) -> bool:
    return is_xp_array(value) or is_tensor(value)


def _to_tensor(shim: Any, array: Any, is_train: bool) -> Any:
    dtype = shim.dtype
    if is_xp_array(array):
        tensor = xp2torch(array, device=shim.device)
    else:  # a layer before may have made it; whose graph it is in is not ours to say
        tensor = array.detach().to(shim.device)
    if tensor.is_floating_point():
        if dtype is not None and tensor.dtype != dtype:
            tensor = tensor.to(dtype)
        if is_train:
            tensor.requires_grad_()
    return tensor


def _to_array(tensor: Any, ops: Ops) -> Any:
    """As an array in float32 or more."""
    is_half = tensor.is_floating_point() and tensor.dtype.itemsize < 4
    return torch2xp(tensor.float() if is_half else tensor, ops=ops)


def arrays_of(
    model: Model[Any, Any], X_Yt: tuple[Any, Any], is_train: bool
) -> tuple[Any, Callable[[Any], ArgsKwargs]]:
    """The output with arrays in place of tensors, and the inverse for gradients."""
    _, Yt = X_Yt
    ops = model.ops

    def get_dYt(dY: Any) -> ArgsKwargs:
        is_one = is_tensor(Yt) and dY is not None
        given = [(Yt, dY)] if is_one else pairs(is_tensor, Yt, dY)
        every = [(y, dy) for y, dy in given if y.requires_grad]
        gradients = tuple(as_gradient(model, y, dy) for y, dy in every)
        return ArgsKwargs((tuple(y for y, _ in every),), {"grad_tensors": gradients})

    return convert_nested(is_tensor, lambda y: _to_array(y, ops), Yt), get_dYt


def as_gradient(model: Model[Any, Any], y: Any, dy: Any) -> Any:
    """A gradient in the dtype of the output tensor.

    Raises:
        BackpropError: It is no array of that shape.
    """
    if not is_xp_array(dy) or dy.shape != tuple(y.shape):
        raise BackpropError(
            f"the gradient given to {model.name} does not fit its output",
            dY=getattr(dy, "shape", type(dy).__name__),
            Y=tuple(y.shape),
            fix="pass the gradient with respect to what begin_update() returned",
        )
    return xp2torch(dy, device=y.device).to(y.dtype)
