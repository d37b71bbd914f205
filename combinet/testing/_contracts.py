"""What a model declares of its backprop, and whether it keeps to it."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..model import Model
from ..paths import node_paths
from ._differences import measure
from ._run import Run, Variable
from ._scores import Score
from ._values import Leaf, host, leaves, replace
from ._wrong import WrongGradient


def gives_gradient_of_logits(run: Run, model: Model[Any, Any]) -> bool:
    """Whether the output is what nodes with a gradient "of logits" put out.

    They are watched while the model runs: what comes out at the end must be their numbers, in
    whatever container and order.
    """
    nodes = [node for node in model.walk() if node.gradient == "of logits"]
    if not nodes:
        return False
    seen: list[Any] = []
    forwards = {node: node._func for node in nodes}
    for node, forward in forwards.items():
        node._func = _watched(forward, seen)
    try:
        Y = run.forward()[0]
    finally:
        for node, forward in forwards.items():
            node._func = forward
    known = np.concatenate([np.zeros(0), *seen])
    return all(bool(np.isin(numbers, known).all()) for numbers in _numbers(Y))


def _watched(forward: Callable[..., Any], seen: list[Any]) -> Callable[..., Any]:
    def watched(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        Y, backprop = forward(model, X, is_train)
        seen.extend(_numbers(Y))
        return Y, backprop

    return watched


def _numbers(Y: Any) -> list[Any]:
    """The numbers in a value, without padding."""
    found: list[Any] = []
    for leaf in leaves(Y).values():
        if leaf.is_float:
            array = host(leaf.array)
            keep = leaf.masked(host(np.ones(array.shape)))
            found.append(array[keep > 0])
    return found


def compare_with_declared(run: Run, score: Score, variables: list[Variable], rtol: float) -> None:
    """Compare backprop with what the model's own function makes of the exact gradient.

    The function gets a dict: the gradient of the input under "X", in the form of the input,
    and those of parameters by path, ``0/W``. It returns one; what it leaves out is to be 0.
    Every entry is measured, so this is for small data.
    """
    assert run.model is not None
    exact: dict[str, Any] = {}
    for variable in variables:
        arrays = {where: _measured(run, score, variable, where) for where in variable.values}
        if variable.is_input:
            exact["X"] = replace(run.input, arrays)
        else:
            exact.update(arrays)
    declared: dict[str, Any] = {"X": None, **run.model.gradient(exact)}  # type: ignore[operator]
    wanted = {**declared, **{w: leaf.array for w, leaf in leaves(declared["X"]).items()}}
    for variable in variables:
        for where, says in variable.gradients.items():
            _compare(run, variable, where, says, wanted.get(where), rtol)


def _measured(run: Run, score: Score, variable: Variable, where: str) -> Any:
    leaf: Leaf = variable.values[where]
    made = leaf.array * 0
    for index in np.ndindex(*leaf.array.shape):
        made[index] = measure(run, score, variable, where, index)
    return leaf.masked(made)


def _compare(run: Run, variable: Variable, where: str, says: Any, wanted: Any, rtol: float) -> None:
    wanted = says * 0 if wanted is None else wanted
    tolerance = rtol * max(1.0, float(np.sqrt((wanted * wanted).sum())))
    off = abs(says - wanted)
    if off.size and not float(off.max()) <= tolerance:
        index = np.unravel_index(int(off.argmax()), off.shape)
        raise WrongGradient(
            f"{run.name}: the gradient of {variable.name} is not what the model declares",
            **{
                f"worst, {where}{[int(i) for i in index]}": f"backprop says {says[index]:.6g}, "
                f"declared is {wanted[index]:.6g}"
            },
            fix="mend backprop, or the function given as gradient=",
        )


def what_else(model: Model[Any, Any] | None, loss: Any) -> str:
    """What may be behind a wrong gradient besides a wrong formula."""
    if model is None:
        return "mend the formula in backprop"
    if loss is not None:
        wanted = getattr(loss, "gradient_of", "output")
        if wanted == "logits":
            return (
                f"{type(loss).__name__} hands over the gradient of logits: end the model in a "
                "layer that takes one (Softmax), or train with loss.get_output_grad"
            )
        return "mend the formula in a backprop, or in the loss's get_grad"
    paths = node_paths(model)
    odd = [
        f"{node.name} (path {paths[node]}) declares {node.gradient!r}"
        for node in model.walk()
        if node is not model and node.gradient not in ("exact", "none")
    ]
    return "; ".join(odd) if odd else "mend the formula in backprop"
