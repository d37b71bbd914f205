"""Rules of sizes for what changes the container and leaves the rows as they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar

from ..infer import Container, Infer, Spec, fit, mirror, same, solve
from ..model import Model

AnyModel = TypeVar("AnyModel", bound=Model[Any, Any])


def moved(spec: Spec | None, to: Container | None) -> Spec | None:
    """What is known of a value when its rows are put into another container."""
    if spec is None:
        return None if to is None else Spec(to)
    if to is None:
        return spec.but(container=None, rank=None)
    if spec.container == "tuple":  # (data, lengths), or the four parts of a Padded
        first = spec.items[0] if spec.items else None
        return Spec(to) if first is None else Spec(to, width=first.width, origin=first.origin)
    rank = spec.rank
    if rank is not None:
        rank += (to == "Padded") - (spec.container == "Padded")
    return spec.but(container=to, rank=rank)


def carried(
    model: Model[Any, Any], x: Spec | None, y: Spec | None, *, into: Container, out_of: Container
) -> tuple[Spec | None, Spec | None]:
    """The rule of a converter: rows of one width come in one container and leave in another.

    Raises:
        DTypeError: A neighbour has another container.
        DimError: The neighbours have different widths.
    """
    x = fit(model, x or Spec(), Spec(into))
    y = fit(model, y or Spec(), Spec(out_of))
    rows, _ = same(model, moved(x, "array"), moved(y, "array"))
    return moved(rows, into), moved(rows, out_of)


def through(inside: Container) -> Infer:
    """The rule of a ``with_*`` combinator whose layer sees this container."""
    return partial(_through, inside=inside)


def _through(
    model: Model[Any, Any], x: Spec | None, y: Spec | None, *, inside: Container
) -> tuple[Spec | None, Spec | None]:
    outside: Any = x.container if x is not None else None
    if outside is None and y is not None:
        outside = y.container
    x, y = mirror(model, "nI", x), mirror(model, "nO", y)
    if outside == "array" and inside == "Padded":  # 3-d: (steps, sequences, width)
        x, y = solve(model.layers[0], _relabelled(x, inside), _relabelled(y, inside))
        return _relabelled(x, "array"), _relabelled(y, "array")
    inner_x, inner_y = solve(model.layers[0], moved(x, inside), moved(y, inside))
    if outside == "tuple":
        return x, y
    return moved(inner_x, outside), moved(inner_y, outside)


def _relabelled(spec: Spec | None, container: Container) -> Spec:
    return Spec(container) if spec is None else spec.but(container=container)


def dims_of(layers: Sequence[Model[Any, Any]]) -> dict[str, int | None]:
    """The dims of a combinator of several layers: nO, and nI if every one of them has it."""
    has_nI = bool(layers) and all(layer.has_dim("nI") is not False for layer in layers)
    return {"nO": None, "nI": None} if has_nI else {"nO": None}


def dims_like(layer: Model[Any, Any]) -> dict[str, int | None]:
    """The dims of a combinator of one layer: its nO and nI, if it has them."""
    return {name: None for name in layer.dim_names if name in ("nO", "nI")}


def adopt(model: AnyModel, *dims: str) -> AnyModel:
    """Take over the sizes that the layers were given, and remember who said them."""
    for dim in dims:
        for layer in model.layers:
            size = layer.maybe_get_dim(dim)
            if size is not None and model.has_dim(dim) is None:
                mirror(model, dim, Spec(width=size, origin=(layer, dim)))
    return model
