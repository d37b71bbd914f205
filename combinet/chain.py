"""chain: one layer after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from .errors import DTypeError, StructureError
from .infer import Spec, mirror, solve
from .model import Model, without_dX
from .operators import default_operator
from .paths import spliced
from .registry import registry

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")


@overload
def chain(f: Model[A, B], g: Model[B, C], /) -> Model[A, C]: ...
@overload
def chain(f: Model[A, B], g: Model[B, C], h: Model[C, D], /) -> Model[A, D]: ...
@overload
def chain(f: Model[A, B], g: Model[B, C], h: Model[C, D], i: Model[D, E], /) -> Model[A, E]: ...
@overload
def chain(
    f: Model[A, B], g: Model[B, C], h: Model[C, D], i: Model[D, E], j: Model[E, F], /
) -> Model[A, F]: ...
@overload
def chain(
    f: Model[A, B],
    g: Model[B, C],
    h: Model[C, D],
    i: Model[D, E],
    j: Model[E, F],
    k: Model[F, G],
    /,
) -> Model[A, G]: ...
@overload
def chain(
    f: Model[A, B],
    g: Model[B, C],
    h: Model[C, D],
    i: Model[D, E],
    j: Model[E, F],
    k: Model[F, G],
    next: Model[G, Any],
    /,
    *rest: Model[Any, Any],
) -> Model[A, Any]: ...
@registry.layers("chain.v1")
def chain(*layer: Model[Any, Any]) -> Model[Any, Any]:
    """Compose left to right: ``chain(f, g)(X)`` is ``g(f(X))``; so is ``f >> g``.

    Raises:
        StructureError: There are fewer than two layers.
        DTypeError: One of them is no model.
    """
    if len(layer) < 2:
        raise StructureError(
            f"chain() composes two layers or more, got {len(layer)}",
            fix="use the layer itself, or noop() for none",
        )
    for each in layer:
        if not isinstance(each, Model):  # pyright: ignore[reportUnnecessaryIsInstance]
            name = getattr(each, "__name__", repr(each))
            raise DTypeError(
                f"chain() composes models, got {type(each).__name__} {name}",
                fix=f"call it: {name}()" if callable(each) else "put a layer in its place",
            )
    dims = {"nO": layer[-1].maybe_get_dim("nO")}
    if layer[0].has_dim("nI") is not False:
        dims["nI"] = layer[0].maybe_get_dim("nI")
    name = ">>".join(each.name for each in layer)
    return Model(name, _forward, dims=dims, layers=layer, infer=_infer, role="chain")


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    backprops: list[Callable[[Any], Any]] = []
    data = X
    for layer in model.layers:
        data, backprop_layer = layer(data, is_train)
        backprops.append(backprop_layer)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        for backprop_layer in backprops[:0:-1]:
            dY = backprop_layer(dY)
        first = backprops[0] if need_dX else without_dX(backprops[0])
        return first(dY)

    return data, backprop


def _infer(
    model: Model[Any, Any], x: Spec | None, y: Spec | None
) -> tuple[Spec | None, Spec | None]:
    layers = list(spliced(model))
    between: list[Spec | None] = [None] * (len(layers) + 1)
    between[0], between[-1] = mirror(model, "nI", x), mirror(model, "nO", y)
    for order in (range(len(layers)), reversed(range(len(layers)))):
        for i in order:
            between[i], between[i + 1] = solve(layers[i], between[i], between[i + 1])
    _mirror_inner(model, between, 0)
    return mirror(model, "nI", between[0]), mirror(model, "nO", between[-1])


def _mirror_inner(model: Model[Any, Any], between: list[Spec | None], start: int) -> int:
    """Give chains inside this one the sizes at their ends; the place after the last layer."""
    place = start
    for layer in model.layers:
        if layer.role == "chain":
            first, place = place, _mirror_inner(layer, between, place)
            mirror(layer, "nI", between[first])
            mirror(layer, "nO", between[place])
        else:
            place += 1
    return place


default_operator(">>", chain)
