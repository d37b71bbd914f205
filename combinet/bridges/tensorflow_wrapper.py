"""TensorFlowWrapper: a Keras model as a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import DTypeError, SaveError
from ..infer import Spec, meet
from ..model import Model
from ..registry import registry
from ..types import ArgsKwargs
from ..util import convert_recursive
from ._framework_shim import Differentiate, FrameworkShim
from ._framework_wrapper import wrapped
from ._keras_module import Blueprint, import_keras, named_variables, sizes_of
from ._lent import Variable
from ._wrapper import Convert
from .tensorflow_arrays import import_tensorflow, tensorflow2xp, xp2tensorflow


@registry.layers("TensorFlowWrapper.v1")
def TensorFlowWrapper(
    tensorflow_model: Any,
    convert_inputs: Convert | None = None,
    convert_outputs: Convert | None = None,
    optimizer: Any = None,
    model_name: str = "tensorflow",
) -> Model[Any, Any]:
    """A model or layer of Keras 3 as a layer: it runs, learns, saves and copies like any other.

    The input may be one array, a tuple or list (positional arguments), a dict (keywords) or
    ``ArgsKwargs``. Arrays anywhere in it become tensors, floats in the dtype of the weights; ints
    stay ints and get zeros for a gradient. Every tensor of the output becomes an array. What
    regularizers of Keras add to a loss is no output, and so not in the gradient.

    Its parameters are the optimizer's and the files' under ``shim.0/name``, named by the layers
    they are in.

    Args:
        tensorflow_model: Any ``keras.Model`` or ``keras.Layer``. It is not copied: training
            changes it.
        convert_inputs: ``f(model, X, is_train) -> (ArgsKwargs, get_dX)``.
        convert_outputs: ``f(model, (X, Yt), is_train) -> (Y, get_dYt)``, where ``get_dYt(dY)``
            gives gradients in the form of ``Yt``.
        optimizer: One of ``keras.optimizers``, which then takes the steps of this model in place
            of ours. Its state is not saved.
        model_name: Of the layer.

    Raises:
        MissingPackageError: TensorFlow is not installed.
        DTypeError: It is no model of Keras on TensorFlow.
    """
    shim = TensorFlowShim(tensorflow_model, optimizer=optimizer)
    model = wrapped(model_name, shim, convert_inputs, convert_outputs)
    sizes = dict(zip(("nI", "nO"), sizes_of(tensorflow_model), strict=True))
    if None not in sizes.values():  # so no sample has to run through it
        model.infer = _infer
    for dim, size in sizes.items():
        if size is not None:
            model.set_dim(dim, size)
    return model


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    return meet(model, "nI", x), meet(model, "nO", y)


class TensorFlowShim(FrameworkShim):
    """Runs, differentiates, updates and saves a Keras model on TensorFlow.

    ``training`` is an argument of each call, so predicting changes nothing for a thread that
    trains. Our optimizers step on the CPU.

    Args:
        model: The Keras model or layer.
        config: Settings that are saved with it.
        optimizer: One of ``keras.optimizers`` that takes the steps of this model in place of the
            model's optimizer. Its state is not saved.

    Raises:
        DTypeError: It is no model of Keras on TensorFlow.
    """

    framework = "TensorFlow"

    def __init__(self, model: Any, config: Any = None, optimizer: Any = None) -> None:
        import_tensorflow()
        keras = import_keras()
        if not isinstance(model, keras.layers.Layer):
            raise DTypeError(f"a model of Keras is wanted, got {type(model).__name__}")
        if keras.backend.backend() != "tensorflow":
            raise DTypeError(
                f"Keras runs on {keras.backend.backend()} in this process",
                fix="set the environment variable KERAS_BACKEND to tensorflow",
            )
        super().__init__(model, config, optimizer)
        self._sample: Any = None

    # --- what TensorFlow says of itself -------------------------------------------------

    def variables(self) -> dict[str, Variable]:
        """Every variable by the names of the layers it is in, numbered among their like."""
        if not self._model.built:
            return {}
        return {name: _Weight(v) for name, v in named_variables(self._model).items()}

    def run(self, inputs: ArgsKwargs, is_train: bool) -> tuple[Any, Differentiate | None]:
        """The output and, in training, what differentiates it: a tape."""
        if self._sample is None:
            self._sample = convert_recursive(self.is_tensor, _shape_and_dtype, inputs)
        kwargs = {"training": is_train, **inputs.kwargs}
        if not is_train:
            return self._model(*inputs.args, **kwargs), None
        tf = import_tensorflow()
        with tf.GradientTape() as tape:
            convert_recursive(self.is_tensor, lambda x: _watch(tape, x), inputs)
            outputs = self._model(*inputs.args, **kwargs)

        def differentiate(
            ys: Sequence[Any], dys: Sequence[Any], xs: Sequence[Any]
        ) -> tuple[Sequence[Any], Mapping[str, Any]]:
            trained = self._trained()
            heads = [(y, tf.cast(dy, y.dtype)) for y, dy in zip(ys, dys, strict=True) if _flows(y)]
            sources = [*xs, *trained.values()]
            found = tape.gradient([y for y, _ in heads], sources, [dy for _, dy in heads])
            dWs = zip(trained, found[len(xs) :], strict=True)
            return found[: len(xs)], {n: tensorflow2xp(dW) for n, dW in dWs if dW is not None}

        return outputs, differentiate

    def _trained(self) -> dict[str, Any]:
        named = named_variables(self._model)
        return {name: v.value for name, v in named.items() if _is_trained(v)}

    def is_tensor(self, value: Any) -> bool:
        """Whether this is a tensor of TensorFlow."""
        return bool(import_tensorflow().is_tensor(value))

    def to_tensor(self, array: Any) -> Any:
        """An array as a tensor; floats in the dtype of the weights."""
        tensor, dtype = xp2tensorflow(array), self.dtype
        if dtype is None or not tensor.dtype.is_floating or tensor.dtype == dtype:
            return tensor
        return import_tensorflow().cast(tensor, dtype)

    def to_array(self, tensor: Any) -> Any:
        """A tensor as an array that may not be written."""
        return tensorflow2xp(tensor)

    @property
    def dtype(self) -> str | None:
        """The kind of floats that the first layer with weights computes in; None without one."""
        for layer in self._model._flatten_layers():
            if layer.trainable_variables or layer.non_trainable_variables:
                return str(layer.compute_dtype)
        return None

    # --- updating, copies ---------------------------------------------------------------

    def after_update(self, optimizer: Any) -> None:
        """Let the model have the new weights, or let an optimizer of its own step."""
        super().after_update(optimizer)
        if self._optimizer is None or not self._gradients:
            return
        named = named_variables(self._model)
        gradients = [xp2tensorflow(gradient) for gradient in self._gradients.values()]
        self._optimizer.apply(gradients, [named[name] for name in self._gradients])
        self._gradients.clear()

    def tensors(self) -> dict[str, Any]:
        """Variables by name.

        Raises:
            SaveError: The model has none yet.
        """
        if not self._model.built:
            raise SaveError(
                "the weights of the Keras model are not made yet",
                fix="call initialize() with a sample of the data first",
            )
        return super().tensors()

    def pack(self) -> Blueprint:
        """The model as its class, its config and its variables."""
        return Blueprint.of(self._model, self._sample)

    def unpack(self, packed: Blueprint) -> Any:
        """The model made anew."""
        return packed.made()

    def __getstate__(self) -> dict[str, Any]:
        optimizer, self._optimizer = self._optimizer, None
        try:
            state = super().__getstate__()
        finally:
            self._optimizer = optimizer
        made: Any = None if optimizer is None else (type(optimizer), optimizer.get_config())
        return {**state, "_optimizer": made}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if self._optimizer is not None:
            kind, config = self._optimizer
            self._optimizer = kind.from_config(config)

    def to_dtype(self, dtype: str) -> None:
        """Make the model anew in "float32" or "float64": ``module`` is another one afterwards."""
        self._lent.settle()
        self._model = Blueprint.of(self._model, self._sample).made(dtype)
        self._gradients = {name: dW.astype(dtype) for name, dW in self._gradients.items()}


class _Weight:
    """A variable of Keras."""

    __slots__ = ("_variable",)

    def __init__(self, variable: Any) -> None:
        self._variable = variable

    @property
    def is_trained(self) -> bool:
        return _is_trained(self._variable)

    def read(self) -> Any:
        return tensorflow2xp(self._variable.value)

    def write(self, array: Any) -> None:
        self._variable.assign(np.array(array))


def _is_trained(variable: Any) -> bool:
    return bool(variable.trainable) and "float" in str(variable.dtype)


def _flows(y: Any) -> bool:
    return bool(y.dtype.is_floating)


def _watch(tape: Any, x: Any) -> None:
    if _flows(x):
        tape.watch(x)


def _shape_and_dtype(x: Any) -> Any:
    return import_tensorflow().TensorSpec(x.shape, x.dtype)
