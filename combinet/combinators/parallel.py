"""parallel: each layer gets its own item of a tuple."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from .._guards import is_tuple
from ..errors import DimError, DTypeError, StructureError
from ..infer import Spec, fit, solve
from ..model import NO_DX, Model, without_dX
from ..registry import registry
from ._gradient import check_like

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")


@overload
def parallel(f: Model[A, B], g: Model[C, D], /) -> Model[tuple[A, C], tuple[B, D]]: ...
@overload
def parallel(
    f: Model[A, B], g: Model[C, D], h: Model[E, F], /
) -> Model[tuple[A, C, E], tuple[B, D, F]]: ...
@overload
def parallel(
    f: Model[Any, Any],
    g: Model[Any, Any],
    h: Model[Any, Any],
    next: Model[Any, Any],
    /,
    *rest: Model[Any, Any],
) -> Model[tuple[Any, ...], tuple[Any, ...]]: ...
@registry.layers("parallel.v1")
def parallel(*layers: Model[Any, Any]) -> Model[Any, Any]:
    """Run layers side by side: ``(X1, X2) -> (f(X1), g(X2))``.

    Raises:
        StructureError: There are fewer than two layers.
        DTypeError: The input is no tuple of as many items.
    """
    if len(layers) < 2:
        raise StructureError(
            f"parallel() takes two layers or more, got {len(layers)}", fix="use the layer itself"
        )
    name = f"parallel({', '.join(layer.name for layer in layers)})"
    return Model(name, _forward, layers=layers, infer=_infer)


def _forward(
    model: Model[Any, Any], X: tuple[Any, ...], is_train: bool
) -> tuple[tuple[Any, ...], Callable[[tuple[Any, ...]], Any]]:
    layers = model.layers
    if not is_tuple(X) or len(X) != len(layers):
        got = f"one of {len(X)}" if is_tuple(X) else type(X).__name__
        raise DTypeError(
            f"{model.name} takes a tuple of {len(layers)}, got {got}",
            fix="tuplify(f, g) gives several layers one input",
        )
    made = [layer(item, is_train) for layer, item in zip(layers, X, strict=True)]

    def backprop(dYs: tuple[Any, ...], *, need_dX: bool = True) -> Any:
        check_like(model, dYs, made)
        backward = [run if need_dX else without_dX(run) for _, run in made]
        dXs = tuple(run(dY) for run, dY in zip(backward, dYs, strict=True))
        return dXs if need_dX else NO_DX

    return tuple(Y for Y, _ in made), backprop


def _infer(model: Model[Any, Any], x: Spec | None, y: Spec | None) -> tuple[Spec, Spec]:
    xs, ys = _items(model, x), _items(model, y)
    for i, layer in enumerate(model.layers):
        xs[i], ys[i] = solve(layer, xs[i], ys[i])
    return Spec("tuple", items=xs), Spec("tuple", items=ys)


def _items(model: Model[Any, Any], spec: Spec | None) -> list[Spec | None]:
    count = len(model.layers)
    items = list(fit(model, spec, Spec("tuple")).items) if spec is not None else []
    if items and len(items) != count:
        raise DimError(f"{model.name} has tuples of {count}, and is met by one of {len(items)}")
    return items or [None] * count
