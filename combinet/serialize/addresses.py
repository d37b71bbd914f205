"""How a file names a node: by its path where it has one of its own, else by what it spans.

Chains inside chains and see-through wrappers take no place in paths, so that every grouping of
the same layers has the same file. They still need names, for references and attributes: a
chain over the children 1 and 2 of ``0`` is ``0[1:3]``, a wrapper of ``0.1`` is ``0.1^``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import SaveError
from ..paths import node_paths

if TYPE_CHECKING:
    from ..model import Model


def addresses(root: Model[Any, Any]) -> dict[Model[Any, Any], str]:
    """A name for every node of the tree, in the order of ``node_paths``.

    Raises:
        SaveError: Two nodes get one name, as the children of a wrapper around two would.
    """
    paths = node_paths(root)
    found: dict[Model[Any, Any], str] = {}
    for node, path in paths.items():
        if node.role == "chain" and node not in found:
            found[node] = path
            _name_spans(node, path, 0, found)
        elif node.role == "see-through":
            inside, levels = _unwrapped(node)
            found.setdefault(node, path if inside is node else path + "^" * levels)
        else:
            found.setdefault(node, path)
    if len(set(found.values())) != len(found):
        raise SaveError("two layers stand at one place", fix="a see-through layer wraps one other")
    return {node: found[node] for node in paths}


def is_transparent(address: str) -> bool:
    """Whether a node of this address has no place of its own in paths."""
    return address.endswith(("]", "^"))


def _name_spans(
    chain: Model[Any, Any], path: str, index: int, found: dict[Model[Any, Any], str]
) -> int:
    """Name the chains inside ``chain``, whose first layer is child ``index``; the next child."""
    for layer in chain.layers:
        inside, levels = _unwrapped(layer)
        if inside.role != "chain":
            index += 1
            continue
        start, index = index, _name_spans(inside, path, index, found)
        span = f"{path}[{start}:{index}]"
        found.setdefault(inside, span)
        while layer is not inside:
            found.setdefault(layer, span + "^" * levels)
            layer, levels = layer.layers[0], levels - 1
    return index


def _unwrapped(node: Model[Any, Any]) -> tuple[Model[Any, Any], int]:
    """What see-through wrappers look through to, and how many there are."""
    levels = 0
    while node.role == "see-through" and len(node.layers) == 1:
        node, levels = node.layers[0], levels + 1
    return node, levels
