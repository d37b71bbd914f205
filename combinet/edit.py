"""Walking a tree of models, copying it, moving it and changing it in place."""

# pyright: reportPrivateUsage=false
# Copies and edits reach what Node keeps, and the users of Node may not.

from __future__ import annotations

import copy as deep
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ._live import LiveDict, LiveList
from .explain import in_words
from .initialize import renew
from .node import STORED, Node
from .rng import derive_key

if TYPE_CHECKING:
    from .model import Model
    from .ops import Ops

_copies: Counter[int] = Counter()

AnyModel = TypeVar("AnyModel", bound="Model[Any, Any]")


def walk(root: Model[Any, Any], order: str) -> Iterator[Model[Any, Any]]:
    """Every node once: "bfs", "dfs_pre" or "dfs_post"."""
    orders = {"bfs": _breadth_first, "dfs_pre": _depth_first, "dfs_post": _depth_last}
    if order not in orders:
        raise ValueError(f"order is one of {', '.join(orders)}; got {order!r}")
    return orders[order](root, set())


def _breadth_first(root: Model[Any, Any], seen: set[Model[Any, Any]]) -> Iterator[Model[Any, Any]]:
    queue = deque([root])
    while queue:
        node = queue.popleft()
        if node not in seen:
            seen.add(node)
            yield node
            queue.extend(node.layers)


def _depth_first(root: Model[Any, Any], seen: set[Model[Any, Any]]) -> Iterator[Model[Any, Any]]:
    if root not in seen:
        seen.add(root)
        yield root
        for layer in root.layers:
            yield from _depth_first(layer, seen)


def _depth_last(root: Model[Any, Any], seen: set[Model[Any, Any]]) -> Iterator[Model[Any, Any]]:
    if root not in seen:
        seen.add(root)
        for layer in root.layers:
            yield from _depth_last(layer, seen)
        yield root


def remove_node(root: Model[Any, Any], node: Model[Any, Any]) -> None:
    """Take ``node`` out of every list of layers; references to what left are unset."""
    above = _above(root, node)
    for parent in list(root.walk()):
        parent.layers[:] = [layer for layer in parent.layers if layer is not node]
    stayed = set(root.walk())
    for parent in stayed:
        for name in parent.ref_names:
            if parent.maybe_get_ref(name) not in stayed:
                parent.set_ref(name, None)
    renew(root, above)


def replace_node(root: Model[Any, Any], old: Model[Any, Any], new: Model[Any, Any]) -> bool:
    """Put ``new`` where ``old`` is, among layers and references; whether it was there.

    The root has no place to be replaced in: it stays.
    """
    nodes = list(root.walk(order="dfs_post"))
    if old not in nodes or old is root:
        return old is root
    above = _above(root, old)
    for node in nodes:
        node.layers[:] = [new if layer is old else layer for layer in node.layers]
    inside = set(root.walk())
    for node in inside:
        for name in node.ref_names:
            target = node.maybe_get_ref(name)
            if target is old or (target is not None and target not in inside):
                node.set_ref(name, new if target is old and new in inside else None)
    renew(root, above)
    return True


def _above(root: Model[Any, Any], node: Model[Any, Any]) -> list[Model[Any, Any]]:
    """The nodes that ``node`` is under."""
    return [each for each in root.walk() if each is not node and node in set(each.walk())]


def copy(root: AnyModel) -> AnyModel:
    """A deep copy under new ids and random streams; what is shared inside stays shared."""
    made: dict[int, Any] = {}
    for node in root.walk(order="dfs_post"):
        made[id(node)] = _copy_node(node, made)
    for node in root.walk():
        made[id(node)]._refs = {
            name: made.get(id(target), target) for name, target in node._refs.items()
        }
    duplicate: AnyModel = made[id(root)]
    return duplicate


def _copy_node(node: Model[Any, Any], made: dict[int, Any]) -> Any:
    twin = object.__new__(type(node))
    for slot in STORED:
        setattr(twin, slot, getattr(node, slot))
    twin._plan = twin._rows = None
    twin.id = Node._next_id()
    twin.key, twin._draws = _key_of_copy(node.key), 0
    twin._dims, twin._origins = dict(node._dims), in_words(node._origins)
    twin._params = LiveDict((n, p if p is None else p.copy()) for n, p in node._params.items())
    twin._grads = LiveDict((name, grad.copy()) for name, grad in node._grads.items())
    twin._attrs = deep.deepcopy(node._attrs)
    twin._weights = dict(node._weights)
    twin._layers = LiveList(made[id(layer)] for layer in node.layers)
    twin._shims = LiveList(_once(made, shim, shim.copy) for shim in node.shims)
    return twin


def _key_of_copy(key: int | None) -> int | None:
    """Each copy of a node draws from a stream of its own, the same in every process."""
    if key is None:
        return None
    _copies[key] += 1
    return derive_key(key, "copy", _copies[key])


def _once(made: dict[int, Any], original: object, make: Callable[[], Any]) -> Any:
    if id(original) not in made:
        made[id(original)] = make()
    return made[id(original)]


def convert(root: AnyModel, change: Callable[[Any], Any]) -> AnyModel:
    """Put every parameter and gradient through ``change``."""
    for node in root.walk():
        for table in (node._params, node._grads):
            table.update({n: change(array) for n, array in table.items() if array is not None})
    return root


def to_dtype(root: AnyModel, dtype: str) -> AnyModel:
    """Cast every parameter and gradient, those of shims too."""
    for node in root.walk():
        for shim in node.shims:
            shim.to_dtype(dtype)
    return convert(root, lambda array: array.astype(dtype))


def to_ops(root: AnyModel, ops: Ops) -> AnyModel:
    """Let every node run on ``ops``, with its arrays there."""
    for node in root.walk():
        node.ops = ops
        for shim in node.shims:
            shim.to_device(ops.device_type, ops.device_id)
    return convert(root, ops.asarray)


def set_dropout_rate(
    model: AnyModel, drop: float, attrs: Sequence[str] = ("dropout_rate",)
) -> AnyModel:
    """Set these attributes on every node that has them."""
    for node in model.walk():
        node.attrs.update({name: drop for name in attrs if name in node.attrs})
    return model


def change_attr_values(model: AnyModel, mapping: Mapping[str, Mapping[str, Any]]) -> AnyModel:
    """Set attributes by node name; those that a node does not have are left out."""
    for node in model.walk():
        wanted = mapping.get(node.name, {})
        node.attrs.update({name: value for name, value in wanted.items() if name in node.attrs})
    return model


def wrap_model_recursive(
    model: Model[Any, Any], wrapper: Callable[[Model[Any, Any]], Model[Any, Any]]
) -> Model[Any, Any]:
    """Wrap every node of the tree, in place, and return the wrapped root."""
    wrapped = {node: wrapper(node) for node in list(model.walk()) if node is not model}
    for node in [model, *wrapped]:
        node.layers[:] = [wrapped[layer] for layer in node.layers]
    return wrapper(model)
