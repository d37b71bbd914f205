"""FrameworkShim: what the modules of all frameworks have in common that share no weights with us.

A framework is added by two methods: ``variables`` names the weights and buffers, ``run`` gives
the output and what differentiates it. Everything else is here: steps, averages, files, copies.
"""

from __future__ import annotations

import copy as deep
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from ..errors import BackpropError, StructureError
from ..model import NO_DX
from ..shims import Shim
from ..types import ArgsKwargs
from ..util import convert_recursive
from ._framework_state import load_state_arrays, state_arrays, using
from ._lent import Lent, Variable
from ._nested import pairs

#: ``(outputs, their gradients, inputs) -> (gradients of the inputs, of the trained variables)``:
#: tensors by place and arrays by name; None where nothing reached.
Differentiate: TypeAlias = Callable[
    [Sequence[Any], Sequence[Any], Sequence[Any]], tuple[Sequence[Any], Mapping[str, Any]]
]

#: What is of one process and one moment, and is neither copied nor pickled. ``_turn`` is for
#: frameworks whose modules cannot run in two threads at once.
_TRANSIENT: dict[str, Callable[[], Any]] = {
    "_lent": Lent,
    "_gradients": dict,
    "_turn": threading.RLock,
}


class FrameworkShim(Shim):
    """Runs, differentiates, updates and saves a module of another framework.

    Gradients are gathered in arrays of our own, by the names of the variables, so that the module
    itself is left alone by a backward pass.

    Args:
        model: The module.
        config: Settings that are saved with it.
        optimizer: One of the framework's own, if it has a use for it.
    """

    #: How errors call it.
    framework = ""

    _lent: Lent
    _gradients: dict[str, Any]
    _turn: threading.RLock

    def __init__(self, model: Any, config: Any = None, optimizer: Any = None) -> None:
        super().__init__(model, config, optimizer)
        self._prepare()

    def _prepare(self) -> None:
        for name, make in _TRANSIENT.items():
            setattr(self, name, make())

    # --- what a framework says of itself ------------------------------------------------

    def variables(self) -> dict[str, Variable]:
        """Every weight and buffer by a name that the same module made anew has too."""
        raise self._cannot("name weights")

    def run(self, inputs: ArgsKwargs, is_train: bool) -> tuple[Any, Differentiate | None]:
        """The output and, in training, what differentiates it."""
        raise self._cannot("run")

    def is_tensor(self, value: Any) -> bool:
        """Whether this is a tensor of the framework."""
        raise self._cannot("tell tensors")

    def to_tensor(self, array: Any) -> Any:
        """An array as a tensor; floats in the dtype of the module."""
        raise self._cannot("make tensors")

    def to_array(self, tensor: Any) -> Any:
        """A tensor as an array of NumPy."""
        raise self._cannot("make arrays")

    def pack(self) -> Any:
        """The module as something that can be pickled and shares nothing with it."""
        raise self._cannot("copy")

    def unpack(self, packed: Any) -> Any:
        """A module of what ``pack`` gave."""
        return packed

    # --- running ------------------------------------------------------------------------

    @property
    def module(self) -> Any:
        """The module itself."""
        return self._model

    def predict(self, inputs: ArgsKwargs) -> Any:
        """The output as in inference."""
        self._lent.settle()
        return self.run(inputs, False)[0]

    def begin_update(self, inputs: ArgsKwargs) -> tuple[Any, Callable[..., Any]]:
        """The output as in training, and its backprop, which can be called once.

        Backprop takes gradients in the form of the output, and returns the inputs with each
        tensor's gradient in its place, zeros where it has none.
        """
        self._lent.settle()
        outputs, differentiate = self.run(inputs, True)
        left: list[Differentiate | None] = [differentiate]

        def backprop(gradients: Any, *, need_dX: bool = True) -> Any:
            heads = [(y, self._fitting(y, dy)) for y, dy in self._pairs(outputs, gradients)]
            once, left[0] = left[0], None
            if once is None:
                raise BackpropError(
                    f"the backprop of a {self.framework} module runs once: what it stored is gone",
                    fix="call begin_update(X) again",
                )
            tensors: list[Any] = []
            convert_recursive(self.is_tensor, tensors.append, inputs)
            wanted = tensors if need_dX else []
            dXs: Sequence[Any] = [None] * len(wanted)
            if heads:
                ys, dys = zip(*heads, strict=True)
                dXs, found = once(ys, dys, wanted)
                self._gather(found)
            if not need_dX:
                return NO_DX
            made = iter([self._or_zeros(x, dx) for x, dx in zip(wanted, dXs, strict=True)])
            return convert_recursive(self.is_tensor, lambda _: next(made), inputs)

        return outputs, backprop

    def _pairs(self, outputs: Any, gradients: Any) -> Iterator[tuple[Any, Any]]:
        return ((y, dy) for y, dy in pairs(self.is_tensor, outputs, gradients) if dy is not None)

    def _fitting(self, y: Any, dy: Any) -> Any:
        if not self.is_tensor(dy) or tuple(dy.shape) != tuple(y.shape):
            raise BackpropError(
                f"the gradient given to a {self.framework} module does not fit its output",
                dY=getattr(dy, "shape", type(dy).__name__),
                Y=tuple(y.shape),
                fix="pass the gradient with respect to what begin_update() returned",
            )
        return dy

    def _gather(self, found: Mapping[str, Any]) -> None:
        for name, gradient in found.items():
            if name in self._gradients:
                self._gradients[name] += gradient
            else:
                wide = "float32" if gradient.dtype.itemsize < 4 else gradient.dtype
                self._gradients[name] = np.array(gradient, dtype=wide, order="C")

    def _or_zeros(self, x: Any, dx: Any) -> Any:
        if dx is not None:
            return dx
        return self.to_tensor(np.zeros(tuple(x.shape), self.to_array(x).dtype))

    # --- updating -----------------------------------------------------------------------

    def parameters(self) -> Iterator[tuple[str, Any, Any]]:
        """Weights and gradients by name; what is written into the weights reaches the module."""
        self._lent.settle()
        if self._optimizer is not None:
            return
        for name, variable in self.variables().items():
            if variable.is_trained:
                yield name, self._lent.array(name, variable), self._gradients.get(name)

    def untaken(self, taken: set[int]) -> Iterator[tuple[str, Any, Any]]:
        """``parameters``, if no other shim of the tree has the same module.

        Raises:
            StructureError: One has: each would step on arrays of its own, and one step be lost.
        """
        if id(self._model) in taken:
            raise StructureError(
                f"two layers wrap the same module of {self.framework}",
                fix="wrap it once, and put that one layer in both places",
            )
        taken.add(id(self._model))
        return self.parameters()

    def finish_update(self, optimizer: Any) -> None:
        """One step of ``optimizer(key, weights, gradient)`` on each parameter with a gradient."""
        for name, weights, gradient in self.parameters():
            if gradient is not None:
                new = optimizer((self.id, name), weights, gradient)[0]
                if new is not weights:
                    weights[...] = new
                gradient[...] = 0
        self.after_update(optimizer)

    def after_update(self, optimizer: Any) -> None:
        """Let the module have the new weights."""
        self._lent.settle()

    @contextmanager
    def use_params(self, params: Mapping[Any, Any]) -> Generator[None]:
        """Inside the block, run with these weights, by ``(id, name)``.

        Raises:
            ShapeError: One has another shape than the weight.
        """
        self._lent.settle()
        found = {
            name: (variable, params[self.id, name])
            for name, variable in self.variables().items()
            if (self.id, name) in params
        }
        with using(found):
            yield

    # --- copies and files ---------------------------------------------------------------

    def tensors(self) -> dict[str, Any]:
        """Weights and buffers by name."""
        self._lent.settle()
        return state_arrays(self.variables())

    def load_tensors(self, tensors: Mapping[str, Any]) -> None:
        """Take over what ``tensors`` of a like shim gave; all of it, or nothing."""
        self._lent.settle()
        load_state_arrays(self.framework, self.variables(), tensors)
        self._gradients.clear()

    def copy(self) -> FrameworkShim:
        """A deep copy under an id of its own; gradients are not taken along."""
        twin = object.__new__(type(self))
        twin.__setstate__(self.__getstate__())
        return twin

    def __getstate__(self) -> dict[str, Any]:
        self._lent.settle()
        left_out = {*_TRANSIENT, "_model"}
        own = {name: value for name, value in self.__dict__.items() if name not in left_out}
        return {**deep.deepcopy(own), "_model": self.pack()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._prepare()
        self._model = self.unpack(self._model)
