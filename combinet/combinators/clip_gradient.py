"""clip_gradient: what a layer passes back, made no longer than a threshold."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from ..errors import CombinetError
from ..model import NO_DX, Model, without_dX
from ..ops import Ops, get_ops
from ..registry import registry
from ._see_through import on_arrays, see_through

In = TypeVar("In")
Out = TypeVar("Out")


@registry.layers("clip_gradient.v1")
def clip_gradient(layer: Model[In, Out], threshold: float) -> Model[In, Out]:
    """``Y = f(X)``, and the gradient of ``X`` times ``min(1, threshold / norm)``.

    The norm is that of the whole batch; items of a tuple or dict are clipped each by its own.
    Parameters of ``f`` get their exact gradient: to clip those, see ``Optimizer(grad_clip=)``.
    Takes no place in paths.

    Args:
        threshold: The largest norm. Lives in ``attrs["threshold"]``.

    Raises:
        CombinetError: The threshold is not above 0.

    Source:
        Pascanu, Mikolov and Bengio, On the Difficulty of Training Recurrent Neural Networks,
        2013, algorithm 1.
    """
    if not threshold > 0:
        raise CombinetError(f"a gradient is clipped to a norm above 0, got {threshold}")
    return see_through(
        "clip_gradient",
        layer,
        _forward,
        attrs={"threshold": threshold},
        gradient=partial(_contract, threshold=threshold),
    )


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    Y, run = model.layers[0](X, is_train)
    threshold = model.attrs["threshold"]

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        if not need_dX:
            without_dX(run)(dY)
            return NO_DX
        return _clipped(model.ops, run(dY), threshold)

    return Y, backprop


def _clipped(ops: Ops, dX: Any, threshold: float) -> Any:
    return on_arrays(ops, lambda rows: ops.clip_gradient(rows.copy(), threshold), dX)


def _contract(exact: dict[str, Any], threshold: float) -> dict[str, Any]:
    """What backprop makes of the exact gradients."""
    return {**exact, "X": _clipped(get_ops("cpu"), exact.get("X"), threshold)}
