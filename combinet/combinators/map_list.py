"""map_list: a layer applied to each item of a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import DTypeError
from ..infer import Spec, fit, solve
from ..model import NO_DX, Model, without_dX
from ._gradient import check_like
from ._specs import moved

In = TypeVar("In")
Out = TypeVar("Out")


def map_list(layer: Model[In, Out]) -> Model[list[In], list[Out]]:
    """Apply the layer to each item by itself: ``Y_i = f(X_i)``.

    ``with_array`` runs a layer of rows on all items at once, which is faster.

    Args:
        layer: Acts on one item, of any kind.

    Raises:
        DTypeError: The input is no list.
    """
    return Model("map_list", _forward, layers=[layer], infer=_infer)


def _forward(
    model: Model[Any, Any], Xs: list[Any], is_train: bool
) -> tuple[list[Any], Callable[[list[Any]], list[Any]]]:
    if not isinstance(Xs, (list, tuple)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise DTypeError(f"{model.name} takes a list, got {type(Xs).__name__}")
    ran = [model.layers[0](X, is_train) for X in Xs]

    def backprop(dYs: list[Any], *, need_dX: bool = True) -> list[Any]:
        check_like(model, dYs, ran)
        backward = [run if need_dX else without_dX(run) for _, run in ran]
        dXs = [run(dY) for run, dY in zip(backward, dYs, strict=True)]
        return dXs if need_dX else NO_DX

    return [Y for Y, _ in ran], backprop


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    x, y = fit(model, x or Spec(), Spec("list")), fit(model, y or Spec(), Spec("list"))
    item_x, item_y = solve(model.layers[0], _item(x), _item(y))
    return _list_of(item_x), _list_of(item_y)


def _item(spec: Spec) -> Spec | None:
    """What is known of one item: it may be no array where the rank is not known."""
    if spec.rank is not None:
        return moved(spec, "array")
    return None if spec.width is None else Spec(width=spec.width, origin=spec.origin)


def _list_of(spec: Spec | None) -> Spec:
    if spec is None or spec.container != "array":
        return Spec("list")
    return spec.but(container="list")
