"""One node in several places of a tree: what a config cannot say by its sections alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import StructureError
from ..registry import registry

if TYPE_CHECKING:
    from ..model import Model

NAME = "combinet.shared.v1"


@registry.architectures(NAME)
def shared(model: Model[Any, Any], same: Mapping[str, str]) -> Model[Any, Any]:
    """The model, with one node in places for which its config built a like one each.

    Args:
        model: As its config builds it; changed in place.
        same: From a place to the one whose node it gets. Places are the indices among
            ``layers`` from the root down, such as ``0.2``, in chains inside chains too.

    Raises:
        StructureError: There is no such place, or another node stands there.

    Example:
        >>> from combinet import Linear, Relu, chain
        >>> from combinet.describe import shared
        >>> model = shared(chain(Linear(4, 4), Relu(4), Linear(4, 4)), {"2": "0"})
        >>> model.layers[2] is model.layers[0]
        True
    """
    for place, first in same.items():
        old, new = _at(model, place), _at(model, first)
        nodes, others = list(old.walk(order="dfs_pre")), list(new.walk(order="dfs_pre"))
        twins = dict(zip(nodes, others, strict=False))
        unlike = any(a.name != b.name or len(a.layers) != len(b.layers) for a, b in twins.items())
        if unlike or len(nodes) != len(others) or old in others:  # the last would be a circle
            raise StructureError(
                f"{old.name!r} and {new.name!r} cannot be one node",
                places=f"{place}, {first}",
                fix="describe the same layer in both places",
            )
        _repoint(model, twins)
        # Not replace_node(): sizes of nodes above, read off a like layer, stay as they were built.
        above, _, index = place.rpartition(".")
        _at(model, above).layers[int(index)] = new
    return model


def places(root: Model[Any, Any]) -> dict[Model[Any, Any], str]:
    """The first place of every node, depth first."""
    found: dict[Model[Any, Any], str] = {}
    for place, node in _every_place(root, ""):
        found.setdefault(node, place)
    return found


def _every_place(node: Model[Any, Any], place: str) -> Iterator[tuple[str, Model[Any, Any]]]:
    yield place, node
    for index, layer in enumerate(node.layers):
        yield from _every_place(layer, f"{place}.{index}" if place else str(index))


def _at(root: Model[Any, Any], place: str) -> Model[Any, Any]:
    node = root
    for part in place.split(".") if place else ():
        if not part.isdecimal() or int(part) >= len(node.layers):
            raise StructureError(
                f"there is no place {place!r} in {root.name!r}",
                fix="count the layers from 0, from the root down: 0.2 is the third of the first",
            )
        node = node.layers[int(part)]
    return node


def _repoint(root: Model[Any, Any], twins: Mapping[Model[Any, Any], Model[Any, Any]]) -> None:
    """Let references to nodes that go name those that stay."""
    for node in root.walk():
        for name in node.ref_names:
            target = node.maybe_get_ref(name)
            if target is not None and target in twins:
                node.set_ref(name, None)  # either may stand outside the tree at this moment
                node.set_ref(name, twins[target])
