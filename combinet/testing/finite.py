"""blame: find the node that made the first NaN or infinite number."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..fusion import fusion
from ..model import Model
from ..paths import node_paths, parameter_path, short_name
from ._values import host, leaves, rebuild


class Blame:
    """Who made the first number that is not finite.

    Attributes:
        node: The node; the root for what was given to it.
        path: Its path.
        phase: "given" for input, parameters and gradients that came in so; "forward"; "backprop".
        what: What holds the numbers: ``output``, ``dX``, ``gradient of W``, ...
        count: How many of how many numbers they are.
    """

    def __init__(
        self, node: Model[Any, Any], path: str, phase: str, what: str, count: tuple[int, int]
    ) -> None:
        self.node, self.path, self.phase, self.what, self.count = node, path, phase, what, count

    def __repr__(self) -> str:
        name = f"{short_name(self.node)} (path {self.path})" if self.path else short_name(self.node)
        holds = f"{self.count[0]:,} of {self.count[1]:,} numbers"
        if self.phase == "given":
            return f"{self.what} of {name} is not finite to begin with: {holds}"
        made = f"its input is finite, its {self.what} is not: {holds}"
        return f"the {self.phase} of {name} made it: {made}"


def blame(
    model: Model[Any, Any],
    X: Any,
    Y: Any = None,
    *,
    loss: Callable[[Any, Any], tuple[Any, Any]] | None = None,
    dY: Any = None,
) -> Blame | None:
    """Run one step and say which node made the first NaN or infinity; None where all is finite.

    A node is to blame when what it was given is finite and what it made is not: the first to
    finish with such a number is. The model is left as it was, its gradients too.

    Args:
        model: Initialized.
        X: The batch at which it happened.
        Y: With ``loss``, what was to be predicted.
        loss: The gradient that comes in is ``loss(guess, Y)[0]``.
        dY: That gradient itself; ones where neither is given.

    Example:
        >>> import numpy as np
        >>> from combinet import Linear
        >>> from combinet.testing import blame
        >>> model = (Linear(2, 2) >> Linear(2, 2)).initialize()
        >>> model.layers[1].set_param("W", np.full((2, 2), 3e38, dtype="float32"))
        >>> model.layers[0].set_param("W", np.full((2, 2), 10, dtype="float32"))
        >>> blame(model, np.ones((1, 2), dtype="float32"))
        the forward of linear (path 1) made it: its input is finite, its output is not: 2 of ...
    """
    watch = _Watch(model)
    with np.errstate(all="ignore"), _gradients_aside(model), watch.running():
        watch.given("the input", X)
        for node, path in watch.paths.items():
            for name in node.param_names:
                watch.given(f"parameter {parameter_path(path, name)}", node.maybe_get_param(name))
        if watch.found is None:
            guess, backprop = model(X, True)
            if watch.found is None:
                dY = _incoming(guess, Y, loss) if dY is None else dY
                watch.given("the gradient dY", dY)
                backprop(dY)
    return watch.found


def _incoming(guess: Any, Y: Any, loss: Callable[[Any, Any], tuple[Any, Any]] | None) -> Any:
    if loss is not None:
        return loss(guess, Y)[0]
    return rebuild(guess, lambda leaf: leaf.array * 0 + 1)


class _Watch:
    """Looks at what goes into and comes out of every node of a tree, in the order of time."""

    def __init__(self, root: Model[Any, Any]) -> None:
        self.root, self.paths = root, node_paths(root)
        self.found: Blame | None = None

    def given(self, what: str, value: Any) -> None:
        """Blame nobody for what came in."""
        self._note(self.root, "given", what, value)

    @contextmanager
    def running(self) -> Generator[None]:
        """Inside the block, look at every call of a node."""
        plain = vars(Model)["__call__"]

        def watched(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
            Y, backprop = plain(model, X, is_train)
            if model not in self.paths:
                return Y, backprop
            self._note(model, "forward", "output", Y)
            return Y, self._around(model, backprop)

        Model.__call__ = watched  # type: ignore[method-assign,assignment]
        try:
            with fusion(False):
                yield
        finally:
            Model.__call__ = plain  # type: ignore[method-assign]

    def _around(self, node: Model[Any, Any], backprop: Callable[..., Any]) -> Callable[..., Any]:
        def watched(dY: Any) -> Any:
            dX = backprop(dY)
            for name in node.grad_names:
                gradient = node.maybe_get_grad(name)
                self._note(node, "backprop", f"gradient of {name}", gradient)
            self._note(node, "backprop", "dX", dX)
            return dX

        return watched

    def _note(self, node: Model[Any, Any], phase: str, what: str, value: Any) -> None:
        bad, of = _bad(value)
        if bad and self.found is None:
            path = "" if phase == "given" else self.paths[node]
            self.found = Blame(node, path, phase, what, (bad, of))


def _bad(value: Any) -> tuple[int, int]:
    """How many numbers are not finite, of how many."""
    arrays = [host(leaf.array) for leaf in leaves(value).values() if leaf.is_float]
    return sum(int((~np.isfinite(a)).sum()) for a in arrays), sum(a.size for a in arrays)


@contextmanager
def _gradients_aside(model: Model[Any, Any]) -> Generator[None]:
    """Gather gradients from nothing inside the block; put back what there was, and the draws."""
    before = [(node, node._grads, node._draws) for node in model.walk()]
    for node, _, _ in before:
        node._grads = {}
    try:
        yield
    finally:
        for node, gradients, draws in before:
            node._grads, node._draws = gradients, draws
