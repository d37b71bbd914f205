"""What the gated linear units share: one half of an affine map, activated, times the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..initializers import Initializer
from ..model import Model
from ..types import Floats2d, FloatsXd, Shape
from ._dense import affine, infer_dense
from ._inputs import as_gradient
from ._weights import NodeWeight

#: Gives the activated gate, and the function that takes its gradient back through it.
Activate = Callable[[Model[Any, Any], Floats2d], tuple[Any, Callable[[Any], Any]]]


def gated(
    name: str,
    forward: Callable[..., Any],
    nO: int | None,
    nI: int | None,
    init_W: Initializer,
    init_b: Initializer,
) -> Model[Floats2d, Floats2d]:
    """A node with W (2 nO, nI) and b (2 nO,): the gate's halves first."""
    W, b = partial(_make, init_W), partial(_make, init_b)
    return Model(
        name,
        forward,
        dims={"nO": nO, "nI": nI},
        params={
            "W": NodeWeight(W, "nO", "nI", shape_of=_matrix_shape),
            "b": NodeWeight(b, "nO", shape_of=_bias_shape),
        },
        infer=infer_dense,
    )


def run_gated(
    model: Model[Any, Any], X: Floats2d, activate: Activate
) -> tuple[Floats2d, Callable[..., Floats2d]]:
    """``Y = activate(gate) * value`` with ``[gate, value] = X W' + b``, and its backprop."""
    Z, backprop_affine = affine(model, X)
    nO = model.get_dim("nO")
    gate, value = Z[:, :nO], Z[:, nO:]
    opened, backprop_activate = activate(model, gate)
    Y = opened * value

    def backprop(dY: Floats2d, *, need_dX: bool = True) -> Floats2d:
        dY = as_gradient(model, dY, Y)
        halves = [backprop_activate(dY * value), dY * opened]
        return backprop_affine(model.ops.xp.concatenate(halves, axis=1), need_dX)

    return Y, backprop


def _make(init: Initializer, model: Model[Any, Any], shape: Shape) -> FloatsXd:
    """The halves one by one, so that the scale of each is that of its own matrix."""
    half = (shape[0] // 2, *shape[1:])
    made: FloatsXd = model.ops.xp.concatenate([init(model.ops, half) for _ in range(2)])
    return made


def _matrix_shape(model: Model[Any, Any]) -> Shape:
    return (2 * model.get_dim("nO"), model.get_dim("nI"))


def _bias_shape(model: Model[Any, Any]) -> Shape:
    return (2 * model.get_dim("nO"),)
