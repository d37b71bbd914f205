"""MXNetWrapper: a Gluon block as a layer."""

from __future__ import annotations

import copy as deep
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import DTypeError, SaveError
from ..model import Model
from ..registry import registry
from ..types import ArgsKwargs
from ..util import convert_recursive
from ._framework_shim import Differentiate, FrameworkShim
from ._framework_wrapper import wrapped
from ._lent import Variable
from ._mxnet_import import import_mxnet
from ._nested import convert_outputs as convert_nested
from ._wrapper import Convert
from .mxnet_arrays import mxnet2xp, xp2mxnet


@registry.layers("MXNetWrapper.v1")
def MXNetWrapper(
    mxnet_model: Any,
    convert_inputs: Convert | None = None,
    convert_outputs: Convert | None = None,
    model_name: str = "mxnet",
) -> Model[Any, Any]:
    """A ``gluon.Block`` of MXNet 1.9 as a layer: it runs, learns, saves and copies like any other.

    The input may be one array, a tuple or list (positional arguments), a dict (keywords) or
    ``ArgsKwargs``. Arrays anywhere in it become NDArrays, floats in the dtype of the weights; ints
    stay ints and get zeros for a gradient. Every NDArray of the output becomes an array.

    Its parameters are the optimizer's and the files' under ``shim.0/name``, with Gluon's names.

    Args:
        mxnet_model: A block on which ``initialize()`` was called. It is not copied: training
            changes it.
        convert_inputs: ``f(model, X, is_train) -> (ArgsKwargs, get_dX)``.
        convert_outputs: ``f(model, (X, Yt), is_train) -> (Y, get_dYt)``, where ``get_dYt(dY)``
            gives gradients in the form of ``Yt``.
        model_name: Of the layer.

    Raises:
        MissingPackageError: MXNet is not installed.
        DTypeError: It is no block of Gluon.
    """
    return wrapped(model_name, MXNetShim(mxnet_model), convert_inputs, convert_outputs)


class MXNetShim(FrameworkShim):
    """Runs, differentiates, updates and saves a Gluon block of MXNet.

    Whether MXNet records and trains is of one thread, so predicting changes nothing for another
    one; blocks are not made to run in two threads at once, and so forwards take turns. Our
    optimizers step on the CPU.

    Args:
        model: The block.
        config: Settings that are saved with it.

    Raises:
        DTypeError: It is no block of Gluon.
    """

    framework = "MXNet"

    def __init__(self, model: Any, config: Any = None) -> None:
        mx = import_mxnet()
        if not isinstance(model, mx.gluon.Block):
            raise DTypeError(f"a block of Gluon is wanted, got {type(model).__name__}")
        super().__init__(model, config)

    # --- what MXNet says of itself ------------------------------------------------------

    def variables(self) -> dict[str, Variable]:
        """Every parameter that is made, once, by the names that ``save_parameters`` gives it."""
        named = self._model._collect_params_with_prefix()
        once = {id(parameter): name for name, parameter in reversed(named.items())}
        return {
            name: _Weight(parameter)
            for name, parameter in named.items()
            if once[id(parameter)] == name and parameter._data is not None
        }

    def run(self, inputs: ArgsKwargs, is_train: bool) -> tuple[Any, Differentiate | None]:
        """The output and, in training, what differentiates it: the recorded graph."""
        mx = import_mxnet()
        tensors: list[Any] = []
        convert_recursive(self.is_tensor, tensors.append, inputs)
        if any(0 in tensor.shape for tensor in tensors):
            return self._of_nothing(mx, inputs), self._differentiate if is_train else None
        for tensor in tensors:
            if is_train and _has_floats(tensor):
                tensor.attach_grad()
        mode = mx.autograd.record() if is_train else mx.autograd.pause(train_mode=False)
        with self._turn, mode:
            outputs = self._model(*inputs.args, **inputs.kwargs)
            mx.nd.waitall()  # until here the engine may read memory of our arrays
        return outputs, self._differentiate if is_train else None

    def _of_nothing(self, mx: Any, inputs: ArgsKwargs) -> Any:
        """The output for an empty batch, on which MXNet's kernels fail: that of one row, cut."""

        def one_row(tensor: Any) -> Any:
            return mx.nd.zeros([size or 1 for size in tensor.shape], dtype=tensor.dtype)

        def cut(tensor: Any) -> Any:
            return tensor[0:0] if tensor.shape[0] == 1 else tensor

        padded = convert_recursive(self.is_tensor, one_row, inputs)
        with self._turn, mx.util.np_shape(True), mx.autograd.pause(train_mode=False):
            outputs = self._model(*padded.args, **padded.kwargs)
            return convert_nested(self.is_tensor, cut, outputs)

    def _differentiate(
        self, ys: Sequence[Any], dys: Sequence[Any], xs: Sequence[Any]
    ) -> tuple[Sequence[Any], Mapping[str, Any]]:
        mx = import_mxnet()
        if any(0 in x.shape for x in (*xs, *ys)):  # nothing comes of an empty batch
            return [None] * len(xs), {}
        with self._turn:
            trained = {n: v.parameter for n, v in self._weights().items() if v.is_trained}
            for parameter in trained.values():
                parameter.zero_grad()  # what the output does not depend on is left as it is
            mx.autograd.backward(
                list(ys), [dy.astype(y.dtype) for y, dy in zip(ys, dys, strict=True)]
            )
            dWs = {n: _dense(p.list_grad()[0]).asnumpy() for n, p in trained.items()}
            mx.nd.waitall()
        return [x.grad if _has_floats(x) else None for x in xs], dWs

    def _weights(self) -> dict[str, _Weight]:
        found: Any = self.variables()
        weights: dict[str, _Weight] = found
        return weights

    def is_tensor(self, value: Any) -> bool:
        """Whether this is an NDArray."""
        return isinstance(value, import_mxnet().nd.NDArray)

    def to_tensor(self, array: Any) -> Any:
        """An array as an NDArray; floats in the dtype of the weights."""
        dtype = self.dtype
        if dtype is not None and array.dtype.kind == "f" and array.dtype != dtype:
            array = array.astype(dtype)
        return xp2mxnet(array)

    def to_array(self, tensor: Any) -> Any:
        """An NDArray as an array that may not be written."""
        return mxnet2xp(tensor)

    @property
    def dtype(self) -> Any:
        """The kind of floats of the first parameter; None without one."""
        every = self._model._collect_params_with_prefix().values()
        return next((np.dtype(p.dtype) for p in every if np.dtype(p.dtype).kind == "f"), None)

    # --- copies -------------------------------------------------------------------------

    def tensors(self) -> dict[str, Any]:
        """Parameters by name.

        Raises:
            SaveError: Some are not made yet.
        """
        named = self._model._collect_params_with_prefix()
        unmade = [name for name, parameter in named.items() if parameter._data is None]
        if unmade:
            raise SaveError(
                "weights of the Gluon block are not made yet",
                weights=", ".join(unmade),
                fix="call initialize() of the block, and of the model with a sample of the data",
            )
        return super().tensors()

    def pack(self) -> Any:
        """A deep copy of the block."""
        with self._turn:
            self._model.apply(_forget_compiled)  # it is compiled again when it is called
            return deep.deepcopy(self._model)

    def unpack(self, packed: Any) -> Any:
        """The block, whose parameters gather gradients again: a copy has forgotten it."""
        for parameter in packed.collect_params().values():
            wanted, parameter.grad_req = parameter.grad_req, "null"
            parameter.grad_req = wanted
        return packed

    def to_dtype(self, dtype: str) -> None:
        """Cast the block: "float32" or "float64"."""
        self._lent.settle()
        self._model.cast(dtype)
        self._gradients = {name: dW.astype(dtype) for name, dW in self._gradients.items()}


class _Weight:
    """A parameter of Gluon."""

    __slots__ = ("parameter",)

    def __init__(self, parameter: Any) -> None:
        self.parameter = parameter

    @property
    def is_trained(self) -> bool:
        return bool(self.parameter.grad_req != "null") and _has_floats(self.parameter)

    def read(self) -> Any:
        return _dense(self.parameter.data()).asnumpy()

    def write(self, array: Any) -> None:
        self.parameter.set_data(import_mxnet().nd.array(array, dtype=self.parameter.dtype))


def _dense(tensor: Any) -> Any:
    return tensor if tensor.stype == "default" else tensor.tostype("default")


def _has_floats(tensor: Any) -> bool:
    return bool(np.dtype(tensor.dtype).kind == "f")


def _forget_compiled(block: Any) -> None:
    clear: Callable[[], None] | None = getattr(block, "_clear_cached_op", None)
    if clear is not None:
        clear()
