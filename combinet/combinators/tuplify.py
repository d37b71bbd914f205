"""tuplify: the outputs of several layers as a tuple."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from ..errors import DimError
from ..infer import Spec, fit, mirror, solve
from ..model import Model
from ..registry import registry
from ._branches import run_branches
from ._gradient import check_like
from ._specs import adopt, dims_of

In = TypeVar("In")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


@overload
def tuplify(f: Model[In, A], g: Model[In, B], /) -> Model[In, tuple[A, B]]: ...
@overload
def tuplify(f: Model[In, A], g: Model[In, B], h: Model[In, C], /) -> Model[In, tuple[A, B, C]]: ...
@overload
def tuplify(
    f: Model[In, A], g: Model[In, B], h: Model[In, C], i: Model[In, D], /
) -> Model[In, tuple[A, B, C, D]]: ...
@overload
def tuplify(
    f: Model[In, A],
    g: Model[In, B],
    h: Model[In, C],
    i: Model[In, D],
    next: Model[In, Any],
    /,
    *rest: Model[In, Any],
) -> Model[In, tuple[Any, ...]]: ...
@registry.layers("tuplify.v1")
def tuplify(
    layer1: Model[Any, Any], layer2: Model[Any, Any], *layers: Model[Any, Any]
) -> Model[Any, Any]:
    """Give every layer the same input and keep their outputs apart: ``Y = (f(X), g(X))``.

    The gradient comes as a tuple too; what the layers return for the input is summed.
    """
    every = (layer1, layer2, *layers)
    dims = {name: size for name, size in dims_of(every).items() if name == "nI"}
    name = f"tuple({', '.join(layer.name for layer in every)})"
    model = Model[Any, Any](name, _forward, dims=dims, layers=every, infer=_infer)
    return adopt(model, "nI")


def _forward(
    model: Model[Any, tuple[Any, ...]], X: Any, is_train: bool
) -> tuple[tuple[Any, ...], Callable[[tuple[Any, ...]], Any]]:
    Ys, backprop_layers = run_branches(model, X, is_train)

    def backprop(dYs: tuple[Any, ...], *, need_dX: bool = True) -> Any:
        check_like(model, dYs, Ys)
        return backprop_layers(dYs, need_dX)

    return tuple(Ys), backprop


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec | None, Spec]:
    x = mirror(model, "nI", x)
    items: list[Spec | None] = [None] * len(model.layers)
    if y is not None:
        items = list(fit(model, y, Spec("tuple", items=items)).items) or items
    if len(items) != len(model.layers):
        raise DimError(
            f"{model.name} gives a tuple of {len(model.layers)}, and is met by one of {len(items)}"
        )
    for order in (range(len(items)), reversed(range(len(items)))):
        for i in order:
            x, items[i] = solve(model.layers[i], x, items[i])
    return mirror(model, "nI", x), Spec("tuple", items=items)
