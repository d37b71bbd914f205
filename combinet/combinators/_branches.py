"""What the combinators share that give one input to several layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from ..model import NO_DX, Model, without_dX
from ._entries import add_entries


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
        return reduce(add_entries, found) if need_dX else NO_DX

    return Ys, backprop
