"""PyTorchShim: a PyTorch module behind the interface that ``Model`` calls."""

from __future__ import annotations

import copy as deep
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import BackpropError, DTypeError
from ..model import NO_DX
from ..shims import Shim
from ..types import ArgsKwargs
from ._eval_twin import EvalTwin, can_have_twin, in_eval_mode
from ._torch_backward import differentiate, gradients_of, keep_gradients, tensors_in
from ._torch_optimizer import load_optimizer_arrays, optimizer_arrays
from ._torch_parameters import ParameterTable
from ._torch_run import Call, half_of
from ._torch_run import Precision as Precision
from ._torch_state import load_state_arrays, state_arrays, using, without_graphs
from .arrays import import_torch, placed
from .grad_scaler import PyTorchGradScaler, scaler_arrays, without_scaler

_CUSTOM = "serialized"
#: What is of one process and one moment, and is neither copied nor pickled.
_TRANSIENT: dict[str, Callable[[], Any]] = {
    "_lock": threading.RLock,
    "_twin": lambda: None,
    "_call": Call,
    "_table": lambda: None,
}


class PyTorchShim(Shim):
    """Runs, differentiates, updates and saves a PyTorch module.

    ``predict`` runs a twin of the module that is in eval mode for good, so that it changes
    nothing for a thread that trains. Where there can be no twin (compiled and scripted
    modules, and parts that are called through a closure or a plain object), the module itself
    is put in eval mode, and forwards take turns.

    Args:
        model: The module.
        config: Settings that are saved with it.
        optimizer: One of ``torch.optim`` that takes the steps of this module in place of the
            model's optimizer. Its state is not part of the model, see ``optimizer_arrays``.
        mixed_precision: Run under autocast: in True, torch's choice for the device, or in the
            kind of numbers named here.
        grad_scaler: Enabled by default where autocast is in float16.
        device: Where the module is put. Where omitted: on the GPU of the current ops if they
            have one, else it stays where it is.
        serialize_model: ``module -> bytes``, in place of saving tensors.
        deserialize_model: ``(module, bytes, device) -> module``, its inverse.
    """

    of_any_size = frozenset({_CUSTOM})
    _lock: threading.RLock
    _twin: EvalTwin | None
    _call: Call
    _table: ParameterTable | None

    def __init__(
        self,
        model: Any,
        config: Any = None,
        optimizer: Any = None,
        mixed_precision: Precision = False,
        grad_scaler: PyTorchGradScaler | None = None,
        device: Any = None,
        serialize_model: Callable[[Any], bytes] | None = None,
        deserialize_model: Callable[[Any, bytes, Any], Any] | None = None,
    ) -> None:
        torch = import_torch()
        if not isinstance(model, torch.nn.Module):
            raise DTypeError(f"a PyTorch module is wanted, got {type(model).__name__}")
        super().__init__(model, config, optimizer)
        self.device = placed(model, device)
        self.mixed_precision: Precision = mixed_precision
        if grad_scaler is None:
            half = half_of(mixed_precision, self.device.type) if mixed_precision else None
            grad_scaler = PyTorchGradScaler(half == torch.float16)
        self.grad_scaler = grad_scaler
        self._serialize, self._deserialize = serialize_model, deserialize_model
        self._prepare()

    def _prepare(self) -> None:
        for name, make in _TRANSIENT.items():
            setattr(self, name, make())
        floats = (p for p in self._model.parameters() if p.is_floating_point())
        self._first_weights = next(floats, None)
        self._takes_turns = not can_have_twin(self._model)

    @property
    def module(self) -> Any:
        """The PyTorch module itself."""
        return self._model

    @property
    def optimizer(self) -> Any:
        """The optimizer of its own, or None."""
        return self._optimizer

    @property
    def dtype(self) -> Any:
        """torch's name for the kind of floats that the module computes in; None if it has none."""
        return None if self._first_weights is None else self._first_weights.dtype

    # --- running ------------------------------------------------------------------------

    def predict(self, inputs: ArgsKwargs) -> Any:
        """The output in eval mode, without a graph."""
        torch = import_torch()
        with torch.no_grad():
            twin = self._eval_twin()
            if twin is not None:
                return self._run(twin.module, inputs, is_train=False)
            with self._lock, in_eval_mode(self._model):
                return self._run(self._model, inputs, is_train=False)

    def begin_update(self, inputs: ArgsKwargs) -> tuple[Any, Callable[..., Any]]:
        """The output in training mode, and its backprop.

        Backprop takes the arguments of ``torch.autograd.backward`` and returns the inputs with
        each tensor's gradient in its place, zeros where it has none. It can be called once, or
        as long as ``retain_graph=True`` is among those arguments.
        """
        torch = import_torch()
        if torch.is_inference_mode_enabled():
            raise BackpropError(
                "nothing is recorded for backprop under torch.inference_mode()",
                fix="leave that block, or call predict(X)",
            )
        keep_gradients(inputs)
        if self._takes_turns or not torch.is_grad_enabled():
            with self._lock, torch.enable_grad():
                outputs = self._run_in_training(inputs)
        else:
            outputs = self._run_in_training(inputs)

        def backprop(grads: ArgsKwargs, *, need_dX: bool = True) -> Any:
            for tensor in tensors_in(inputs):
                tensor.grad = None  # an earlier call's, which was handed out
            wanted = inputs if need_dX else None
            with self._lock:  # another thread may be making the first gradients
                trained = self._parameters().trained()
                overflowed = differentiate(trained, self.grad_scaler, grads, wanted)
            if not need_dX:
                return NO_DX
            return gradients_of(inputs, zero=overflowed)

        return outputs, backprop

    def _run_in_training(self, inputs: ArgsKwargs) -> Any:
        if not self._model.training:
            self._model.train()
        return self._run(self._model, inputs, is_train=True)

    def _run(self, module: Any, inputs: ArgsKwargs, *, is_train: bool) -> Any:
        if not self.mixed_precision:
            return self._call(module, inputs, is_train=is_train)
        half, kind = half_of(self.mixed_precision, self.device.type), self.device.type
        with import_torch().autocast(kind, dtype=half):
            return self._call(module, inputs, is_train=is_train)

    def _eval_twin(self) -> EvalTwin | None:
        twin = self._twin
        if twin is None or not twin.is_current():
            self._takes_turns = not can_have_twin(self._model)
            twin = self._twin = None if self._takes_turns else EvalTwin(self._model)
            self._call = self._call if self._takes_turns else Call()
        return twin

    # --- updating -----------------------------------------------------------------------

    @property
    def shares_arrays(self) -> bool:
        """Whether nothing had to be copied when ``parameters`` was asked last."""
        return self._table is None or not self._table.copies

    def parameters(self) -> Iterator[tuple[str, Any, Any]]:
        """Weights and gradients by torch's names; arrays that share their memory.

        What cannot be shared, half precision and GPUs without CuPy, comes as copies in
        float32, and is written back by ``after_update``; it is left out where it is frozen.

        Raises:
            DTypeError: A complex parameter has a gradient.
        """
        return self.untaken(set())

    def untaken(self, taken: set[int]) -> Iterator[tuple[str, Any, Any]]:
        """``parameters`` without those that other modules of the tree are tied to."""
        if self._optimizer is not None:
            return iter(())
        return self._parameters().rows(taken, is_sound=not self.grad_scaler.found_inf)

    def _parameters(self) -> ParameterTable:
        table = self._table
        if table is None or not table.is_current():
            table = self._table = ParameterTable(self._model)
        return table

    def finish_update(self, optimizer: Any) -> None:
        """One step of ``optimizer(key, weights, gradient)`` on each parameter with a gradient."""
        for name, weights, gradient in self.parameters():
            if gradient is not None:
                new = optimizer((self.id, name), weights, gradient)[0]
                if new is not weights:
                    weights[...] = new
        self.after_update(optimizer)
        self._parameters().zero_gradients()

    def after_update(self, optimizer: Any) -> None:
        """Write copies back, step with an optimizer of its own, and adapt the grad scaler."""
        overflowed, table = self.grad_scaler.found_inf, self._table or self._parameters()
        if self._optimizer is not None and not overflowed:
            self._optimizer.step()
        if table.copies or overflowed or self._optimizer is not None:
            table.write_back()
            table.zero_gradients()
        self.grad_scaler.update()

    @contextmanager
    def use_params(self, params: Mapping[Any, Any]) -> Generator[None]:
        """Inside the block, run with these weights, by ``(id, name)``.

        Thinc's string keys, ``pytorch_{id}_{name}``, are honoured as well.

        Raises:
            ShapeError: One has another shape than the parameter.
        """
        found = {
            p: params.get((self.id, name), params.get(f"pytorch_{self.id}_{name}"))
            for name, p, _ in self._parameters().named
        }
        with using({p: other for p, other in found.items() if other is not None}):
            yield

    # --- copies and files ---------------------------------------------------------------

    def tensors(self) -> dict[str, Any]:
        """Parameters and buffers by torch's names, tied ones once; the grad scaler's state."""
        if self._serialize is not None:
            arrays = {_CUSTOM: np.frombuffer(self._serialize(self._model), dtype="uint8")}
        else:
            arrays = state_arrays(self._model)
        return {**arrays, **scaler_arrays(self.grad_scaler)}

    def load_tensors(self, tensors: Mapping[str, Any]) -> None:
        """Take over what ``tensors`` of a like shim gave; all of it, or nothing."""
        mine, state = without_scaler(self.grad_scaler, tensors)
        if self._deserialize is not None:
            self._model = self._deserialize(self._model, mine[_CUSTOM].tobytes(), self.device)
            self._prepare()
        else:
            load_state_arrays(self._model, mine)
        if state:
            self.grad_scaler.set_state(state)

    def optimizer_arrays(self) -> dict[str, Any]:
        """The state of the optimizer of its own, by parameter; empty where it has none."""
        return optimizer_arrays(self._optimizer, self._parameters().named)

    def load_optimizer_arrays(self, arrays: Mapping[str, Any]) -> None:
        """Let the optimizer of its own go on from what ``optimizer_arrays`` gave.

        Raises:
            LoadError: They are not of a like optimizer, or there is none here.
        """
        load_optimizer_arrays(self._optimizer, self._parameters().named, arrays)

    def copy(self) -> PyTorchShim:
        """A deep copy under an id of its own; gradients are not taken along."""
        twin = object.__new__(type(self))
        twin.__setstate__(deep.deepcopy(self.__getstate__(), without_graphs(self._model)))
        return twin

    def __getstate__(self) -> dict[str, Any]:
        return {n: v for n, v in self.__dict__.items() if n not in _TRANSIENT}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._prepare()

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move the module: "cpu", or "gpu" with a number."""
        torch = import_torch()
        self.device = torch.device("cpu" if device_type == "cpu" else f"cuda:{device_id}")
        self._model.to(self.device)

    def to_dtype(self, dtype: str) -> None:
        """Cast parameters, gradients and buffers that are floats: "float32" or "float64"."""
        self._model.to(getattr(import_torch(), dtype))
