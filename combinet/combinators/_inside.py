"""How a ``with_*`` combinator runs its layer in another container."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..errors import DTypeError
from ..model import Model, without_dX
from ._gradient import check_like
from ._pack import Restore, kind_of


def apply_inside(
    model: Model[Any, Any], Xs: Any, is_train: bool, convert: Callable[..., tuple[Any, Restore]]
) -> tuple[Any, Callable[[Any], Any]]:
    """``convert`` the input, run the layer, restore; backprop does the same with gradients.

    Raises:
        DTypeError: The layer gives another container than it takes.
    """
    if kind_of(Xs) == "list" and len(Xs) == 0:
        return Xs, partial(_give_back, Xs)  # nobody knows how wide its rows would be
    inside, restore = convert(model.ops, Xs)
    Y, backprop_layer = model.layers[0](inside, is_train)
    if kind_of(Y) != kind_of(inside):
        raise DTypeError(
            f"{model.name} cannot put back what its layer gives: it takes a {kind_of(inside)} "
            f"and gives a {kind_of(Y)}",
            fix=f"use a layer that gives a {kind_of(inside)}, or convert before",
        )

    restored = restore(Y)

    def backprop(dYs: Any, *, need_dX: bool = True) -> Any:
        if len(Xs):
            check_like(model, dYs, restored)
        dY, _ = convert(model.ops, dYs)
        if not need_dX:
            return without_dX(backprop_layer)(dY)
        dX = backprop_layer(dY)
        return restore(dX) if len(Xs) else Xs

    return restored, backprop


def _give_back(Xs: Any, dYs: Any) -> Any:
    """The gradient of nothing: itself."""
    return Xs
