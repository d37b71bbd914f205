"""chain: one layer after another."""

# Plans are made of what only nodes themselves may know.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, overload

from ._live import EPOCH
from .errors import DTypeError, StructureError
from .fusion import Fused, Plan, is_fusing, kind_of, known_as, plan_of, run_in_turn
from .infer import Spec, mirror, solve
from .model import Model
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


@known_as("chain")
def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    if not is_fusing.get():
        return run_in_turn(model.layers, X, is_train)
    plan: Plan | None = model._plan
    if plan is None or plan.epoch != EPOCH.number:
        plan = plan_of(model, in_turn)
    return run_in_turn(plan.steps, X, is_train)


def in_turn(model: Model[Any, Any]) -> Iterator[Model[Any, Any]]:
    """The layers that a chain runs, with those of chains that run as a part of it."""
    for layer in model.layers:
        if kind_of(layer) == "chain":
            yield from in_turn(layer)
        else:
            yield layer


def fused_nodes(root: Model[Any, Any]) -> dict[Model[Any, Any], str]:
    """Which nodes under ``root`` run together: the number and the op of what runs them."""
    found: dict[Model[Any, Any], str] = {}
    parts = 0

    def look(node: Model[Any, Any]) -> None:
        nonlocal parts
        for step in Plan(node, list(in_turn(node)) if kind_of(node) == "chain" else [node]).steps:
            if isinstance(step, Fused):
                parts += 1
                found.update((inside, f"{parts} {step.op}") for inside in step.shown)
            else:
                for child in step.layers:
                    look(child)

    if is_fusing.get():
        look(root)
    return found


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
