"""A function at the point where it is tested, and what its backprop says there."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..model import Model
from ..paths import node_paths, parameter_path
from ..types import Parameter
from ._scores import Score
from ._values import Leaf, form, host, leaves, lock, replace
from ._wrong import WrongGradient
from .ownership import naming_writes


class Variable:
    """Arrays that the number depends on: one parameter, or all of the input.

    Args:
        name: For messages: ``0.2/W of linear``, ``the input``.
        values: The arrays by place.
        put: Installs other arrays in their places.

    Attributes:
        gradients: What backprop says, by place.
    """

    def __init__(
        self,
        name: str,
        values: dict[str, Leaf],
        put: Callable[[dict[str, Any]], None],
        *,
        is_input: bool = False,
    ) -> None:
        self.name, self.values, self.put, self.is_input = name, values, put, is_input
        self.gradients: dict[str, Any] = {}


class Run:
    """Runs a function again and again, each time with the same dropout masks."""

    def __init__(self, function: Any, X: Any, Y: Any, *, seed: int, jitter: float) -> None:
        self.input = X
        self.random = np.random.Generator(np.random.Philox(key=seed))
        self.model: Model[Any, Any] | None = None
        self.function = function
        self.xp: Any = np
        if isinstance(function, Model):
            self.model = self._prepared(function, Y, seed, jitter)  # pyright: ignore[reportUnknownArgumentType]
            self.function = self.model.begin_update
            self.xp = self.model.ops.xp

    def normal(self, shape: tuple[int, ...]) -> Any:
        """Random numbers in float64."""
        return self.xp.asarray(self.random.standard_normal(shape))

    def forward(self) -> tuple[Any, Callable[[Any], Any]]:
        """Output and backprop at the current point."""
        for node in self.model.walk() if self.model is not None else ():
            node._draws = 0
        with naming_writes(self.name):
            Y, backprop = self.function(self.input)
        return Y, backprop

    @property
    def name(self) -> str:
        """What is tested."""
        if self.model is not None:
            return self.model.name
        return getattr(self.function, "__name__", "the function")

    def output(self) -> Any:
        """The output, which must be in float64 for anything to be measured."""
        Y = self.forward()[0]
        for leaf in leaves(Y, "Y").values():
            if leaf.is_float and leaf.array.dtype != np.float64:
                raise WrongGradient(
                    f"{self.name} gives {leaf.array.dtype} for float64: nothing can be measured",
                    Y=form(Y),
                    fix="compute in the dtype of the input and the parameters",
                )
        return Y

    def variables(self, score: Score) -> list[Variable]:
        """The input and every parameter, with the gradients that backprop gives them."""
        for node in self.model.walk() if self.model is not None else ():
            node._grads.clear()
        for row in self._rows():
            if row.gradient is not None:
                row.gradient[...] = 0
        Y, backprop = self.forward()
        dY = lock(score.gradient(Y))
        with naming_writes(f"the backprop of {self.name}"):
            dX = backprop(dY)
        found = [self._input(dX)] if self._differentiates_input() else []
        return found + self._parameters()

    def _differentiates_input(self) -> bool:
        if self.model is not None and self.model.gradient == "none":
            return False
        return any(leaf.is_float for leaf in leaves(self.input).values())

    def _input(self, dX: Any) -> Variable:
        values = {where: leaf for where, leaf in leaves(self.input).items() if leaf.is_float}
        original = self.input

        def put(arrays: dict[str, Any]) -> None:
            self.input = replace(original, arrays)

        variable = Variable("the input", values, put, is_input=True)
        given = leaves(dX)
        for where, leaf in values.items():
            if where not in given or given[where].array.shape != leaf.array.shape:
                raise WrongGradient(
                    f"the backprop of {self.name} returns no gradient for {where}",
                    X=form(self.input),
                    dX=form(dX),
                    fix="return a gradient of the form of the input",
                )
            variable.gradients[where] = leaf.masked(given[where].array)
        return variable

    def _parameters(self) -> list[Variable]:
        found: list[Variable] = []
        for node, path in node_paths(self.model).items() if self.model is not None else ():
            for name in node.param_names:
                array = node.maybe_get_param(name)
                if array is not None and array.dtype.kind == "f":
                    found.append(_parameter(node, name, parameter_path(path, name)))
        return found + [_of_shim(row) for row in self._rows()]

    def _rows(self) -> list[Parameter]:
        """The parameters that belong to shims: their arrays are written where they are."""
        if self.model is None:
            return []
        shims = {shim.id for node in self.model.walk() for shim in node.shims}
        return [row for row in self.model.parameters() if row.key[0] in shims]

    def _prepared(
        self, model: Model[Any, Any], Y: Any, seed: int, jitter: float
    ) -> Model[Any, Any]:
        """A copy in float64, with noise on its parameters."""
        twin = model.copy()
        if any(node.has_param(name) is None for node in twin.walk() for name in node.param_names):
            twin.initialize(X=self.input, Y=Y, seed=seed)
        twin.to_dtype("float64")
        for node in twin.walk():
            for name in node.param_names:
                array = node.maybe_get_param(name)
                if array is not None and array.dtype.kind == "f":
                    noise = host(self.random.standard_normal(array.shape)) * jitter
                    node.set_param(name, array + node.ops.xp.asarray(noise))
        return twin


def _of_shim(row: Parameter) -> Variable:
    def put(arrays: dict[str, Any]) -> None:
        (array,) = arrays.values()
        row.weights[...] = array

    values = {row.path: Leaf(row.path, row.weights.copy())}
    variable = Variable(row.path, values, put)
    dW: Any = row.gradient
    variable.gradients[row.path] = row.weights * 0 if dW is None else dW.copy()
    return variable


def _parameter(node: Model[Any, Any], name: str, place: str) -> Variable:
    def put(arrays: dict[str, Any]) -> None:
        (node._params[name],) = arrays.values()

    array, grad = node.get_param(name), node.maybe_get_grad(name)
    variable = Variable(f"{place} of {node.name}", {place: Leaf(place, array)}, put)
    if grad is not None and grad.shape != array.shape:
        raise WrongGradient(
            f"the gradient of {variable.name} has another shape",
            parameter=array.shape,
            gradient=grad.shape,
        )
    variable.gradients[place] = array * 0 if grad is None else grad.copy()
    return variable
