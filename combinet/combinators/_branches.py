"""What the combinators share that give one input to several layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from ..model import Model, without_dX
from ._pack import add_up


def run_branches(
    model: Model[Any, Any], X: Any, is_train: bool
) -> tuple[list[Any], Callable[[Sequence[Any], bool], Any]]:
    """Every layer's output, and ``backprop(dYs, need_dX)``, which sums what they return."""
    Ys: list[Any] = []
    backprops: list[Callable[[Any], Any]] = []
    for layer in model.layers:
        Y, backprop_layer = layer(X, is_train)
        Ys.append(Y)
        backprops.append(backprop_layer)

    def backprop(dYs: Sequence[Any], need_dX: bool) -> Any:
        backward = backprops if need_dX else [without_dX(each) for each in backprops]
        found = [run(dY) for run, dY in zip(backward, dYs, strict=True)]
        # Layers of words return an empty list: their input has no gradient.
        dXs = [dX for dX in found if not _is_nothing(dX)]
        return reduce(add_up, dXs) if dXs else found[0]

    return Ys, backprop


def _is_nothing(dX: Any) -> bool:
    return dX is None or (type(dX) is list and not dX)
