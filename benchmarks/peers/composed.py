"""combinet and thinc, which share the vocabulary: a workload builds both from one text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np

from ..workload import Arrays, Builder, Entrant, Settings, Work

#: So small that the last of many steps meets the numbers that the first one met.
LEARN_RATE = 1e-10

#: A parameter's node, its name there, and its name among the given weights.
Place: TypeAlias = tuple[Any, str, str]


class Composed:
    """The names of combinet or thinc, and what they do not have in common."""

    def __init__(self, library: str, variant: str) -> None:
        self.is_combinet = library == "combinet"
        self.api: Any = import_module("combinet" if self.is_combinet else "thinc.api")
        if variant == "no BLIS":
            self.api.set_current_ops(self.api.NumpyOps(use_blis=False))

    def layer(self, name: str) -> Any:
        """The constructor of a layer, by its registered name."""
        if self.is_combinet:
            return self.api.registry.layers.get(name)
        return self.api.registry.get("layers", name)

    def plain_adam(self) -> Any:
        """Adam as the other libraries have it: no clipping, no averages."""
        return self.api.Adam(LEARN_RATE, grad_clip=0.0, use_averages=False)

    def gradient_of_loss(self, y: Any, classes: int) -> Callable[[Any], Any]:
        """From probabilities to the gradient of the mean cross-entropy, by the library's best.

        That is combinet's loss, as its users call it. Thinc's is left out for its own sake: the
        same by hand is faster.
        """
        if self.is_combinet:
            loss = self.api.CategoricalCrossentropy()
            return lambda guess: loss(guess, y)[0]
        target = np.eye(classes, dtype="f")[y]

        def gradient(guess: Any) -> Any:
            d_guess = guess - target
            d_guess /= len(target)
            return d_guess

        return gradient

    def entrant(
        self,
        model: Any,
        X: Any,
        gradient: Callable[[Any], Any],
        places: list[Place],
        given: Arrays,
        *,
        rows: Callable[[Any], Any] = np.asarray,
        unchecked: Collection[str] = (),
    ) -> Entrant:
        """An initialized model on one batch.

        Args:
            gradient: From the output to the gradient of the loss.
            rows: The output as one array, to compare it.
            unchecked: Weights whose gradients are known to be wrong in the library.
        """
        for node, name, ours in places:
            node.set_param(name, given[ours].reshape(node.get_param(name).shape).copy())
        optimizer = self.plain_adam()
        options: Mapping[str, Any] = {"need_dX": False} if self.is_combinet else {}

        def train() -> None:
            Y, backprop = model.begin_update(X, **options)
            backprop(gradient(Y))
            model.finish_update(optimizer)

        def answers() -> dict[str, Any]:
            Y, backprop = model.begin_update(X)
            backprop(gradient(Y))
            gradients = {
                f"d{ours}": node.get_grad(name)
                for node, name, ours in places
                if ours not in unchecked
            }
            return {"Y": rows(model.predict(X)), **gradients}

        works = {"train": Work(train), "predict": Work(lambda: model.predict(X))}
        return Entrant(works, answers)

    def over_rows(self, gradient: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """The gradient of a Ragged from one of its rows."""
        return lambda Yr: self.api.Ragged(gradient(Yr.dataXd), Yr.lengths)


def both(
    build: Callable[[Composed, Settings, Arrays], Entrant],
) -> dict[str, Builder]:
    """Builders for both libraries from one function."""

    def builder(library: str) -> Builder:
        return lambda settings, given, variant: build(Composed(library, variant), settings, given)

    return {library: builder(library) for library in ("combinet", "thinc")}


def named(model: Any, name: str) -> Any:
    """The first node of that name."""
    return next(node for node in model.walk() if node.name == name)
