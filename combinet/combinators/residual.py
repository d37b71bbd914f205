"""residual: a layer's output plus its input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..fusion import fused_as
from ..infer import Spec, mirror, same, solve
from ..model import Model, without_dX
from ..registry import registry
from ._pack import add_up
from ._specs import adopt

Both = TypeVar("Both")


@registry.layers("residual.v1")
def residual(layer: Model[Both, Both]) -> Model[Both, Both]:
    """Add the input to the output: ``Y = f(X) + X``.

    Shapes:
        (n, nI) -> (n, nI): arrays, lists of them, Ragged or Padded.

    Raises:
        ShapeError: The layer changes the shape.
    Source:
        He et al., Deep Residual Learning for Image Recognition, 2015.
    """
    model = Model[Both, Both](
        f"residual({layer.name})",
        _forward,
        dims={"nO": None, "nI": None},
        layers=[layer],
        infer=_infer,
    )
    return adopt(model, "nO", "nI")


@fused_as("residual")
def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    Y, backprop_layer = model.layers[0](X, is_train)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        if not need_dX:
            return without_dX(backprop_layer)(dY)
        return add_up(backprop_layer(dY), dY)

    return add_up(Y, X), backprop


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    x, y = same(model, mirror(model, "nI", x), mirror(model, "nO", y))
    x, y = solve(model.layers[0], x, y)
    return mirror(model, "nI", x), mirror(model, "nO", y)
