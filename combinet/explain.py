"""The message for two sizes that should be one: both sides, and who said each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import DimError
from .paths import node_paths, parameter_path, short_name

if TYPE_CHECKING:
    from .infer import Mismatch, Origin
    from .model import Model


def explained(error: Mismatch, root: Model[Any, Any]) -> DimError:
    """The error that a user sees."""
    paths = node_paths(root)
    node, dim, size = error.model, error.dim, error.spec.width
    one: Origin | None = error.other.origin if error.other is not None else (node, dim)
    if error.other is None:
        node, has = _said_by(node, dim), node.get_dim(dim)
    else:
        has = error.other.width or 0
    verb, end = ("gives", "is to give") if dim == "nO" else ("takes", "gets")
    full = DimError(
        f"{node.name} {verb} rows of {has} numbers, and {end} rows of {size}",
        fix="make the two equal, or leave one out to have it inferred",
        **dict(_side(origin, paths) for origin in (error.spec.origin, one)),
    )
    full.where = f"{short_name(root)} > {node.name} (path {paths.get(node) or 'root'})"
    return full


def in_words(origins: Mapping[str, Any]) -> dict[str, str]:
    """Who said the inferred sizes of a node, without holding on to the nodes that did."""
    return {
        dim: said if isinstance(said, str) else f"{said[1]} of {said[0].name}"
        for dim, said in origins.items()
        if said is not None
    }


def _said_by(node: Model[Any, Any], dim: str) -> Model[Any, Any]:
    """The node that a combinator has this dim from."""
    while node.layers and not node.param_names:
        layers = node.layers[::-1] if dim == "nO" else node.layers[:]
        if node.role != "chain":  # side by side: rather one that was given its size
            layers.sort(key=lambda layer: layer.origin_of(dim) is not None)
        inner = next((layer for layer in layers if layer.maybe_get_dim(dim) is not None), None)
        if inner is None or inner.maybe_get_dim(dim) != node.maybe_get_dim(dim):
            break
        node = inner
    return node


def _side(origin: Origin | None, paths: dict[Model[Any, Any], str]) -> tuple[str, str]:
    """A size for the message: where it stands, how large it is, and who said so."""
    if origin is None or isinstance(origin, str):
        return str(origin or "neighbour"), "the sample given to initialize()"
    node, dim = _said_by(*origin), origin[1]
    said = node.origin_of(dim)
    who = "given to its constructor"
    if isinstance(said, str):
        who = f"read off {said}"
    elif said is not None:
        who = f"inferred from {parameter_path(paths.get(said[0], '?'), said[1])} ({said[0].name})"
    label = f"{parameter_path(paths.get(node, '?'), dim)} ({node.name})"
    return label, f"{node.maybe_get_dim(dim)}, {who}"
