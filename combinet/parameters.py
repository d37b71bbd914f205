"""The parameters of a tree: what an optimizer takes of them, and running with others."""

# The slots of a node are private to users, not to the modules that make up Model.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from operator import is_
from typing import TYPE_CHECKING, Any

from ._live import EPOCH
from .optimizers import Optimizer, Rows, refuse_not_finite
from .paths import node_paths, parameter_path
from .shims import shim_rows
from .types import Parameter

if TYPE_CHECKING:
    from .model import Model
    from .node import Node


def parameters(root: Model[Any, Any]) -> Iterator[Parameter]:
    """Every made parameter once, with its path."""
    taken: set[int] = set()
    for node, path in node_paths(root).items():
        yield from _own_rows(node, path)
        yield from shim_rows(node, path, taken)


def _own_rows(node: Node, path: str) -> Iterator[Parameter]:
    for name, weights in node._params.items():
        if weights is not None:
            key, grad = (node.id, name), node._grads.get(name)
            yield Parameter(parameter_path(path, name), key, weights, grad, node.name)


class KeptRows:
    """The rows of a tree, and what they were read off."""

    __slots__ = ("_epoch", "_lent", "_seen", "rows", "shims")

    def __init__(self, root: Model[Any, Any]) -> None:
        self._epoch = EPOCH.number
        paths = node_paths(root)
        self._seen = [(node, _traits(node)) for node in paths]
        self.shims = list(dict.fromkeys(shim for node in paths for shim in node._shims))
        self._lent: list[Parameter] = []
        rows: list[Parameter] = []
        taken: set[int] = set()
        for node, path in paths.items():
            lent = list(shim_rows(node, path, taken))
            rows += [*_own_rows(node, path), *lent]
            self._lent += lent
        self.rows = Rows(rows, root.ops)

    def hold(self) -> bool:
        """Whether the tree is still the one they were read off."""
        if self.shims and not self._shims_hold():
            return False
        epoch = EPOCH.number
        if self._epoch == epoch:
            return True
        for node, before in self._seen:
            now = _traits(node)
            if len(now) != len(before) or not all(map(is_, now, before)):
                return False
        self._epoch = epoch
        return True

    def _shims_hold(self) -> bool:
        """Whether shims still give these arrays. What they change, no epoch tells."""
        if not all(shim.shares_arrays for shim in self.shims):
            return False
        taken: set[int] = set()
        now = [row for shim in self.shims for row in shim.untaken(taken)]
        return len(now) == len(self._lent) and all(
            weights is kept.weights and gradient is kept.gradient
            for (_, weights, gradient), kept in zip(now, self._lent, strict=True)
        )


def _traits(node: Node) -> list[Any]:
    """What of a node decides the rows of its tree; held, so that no other takes its identity."""
    params, grads = node._params, node._grads
    tables = (*params, *params.values(), *grads, *grads.values())
    return [node.role, node.ops, *node._layers, *node._shims, *tables]


def finish_update(root: Model[Any, Any], optimizer: Callable[..., tuple[Any, Any]]) -> None:
    """Take one step on every parameter that has a gradient."""
    if not isinstance(optimizer, Optimizer):
        _step_one_by_one(root, optimizer)
        return
    kept: KeptRows | None = root._rows
    if kept is None or not kept.hold():
        kept = KeptRows(root)
        root._rows = kept if kept.hold() else None  # copies are of this step alone
    optimizer.update(kept.rows)
    for shim in kept.shims:
        shim.after_update(optimizer)


def _step_one_by_one(root: Model[Any, Any], optimizer: Callable[..., tuple[Any, Any]]) -> None:
    refuse_not_finite(parameters(root), optimizer)
    for shim in dict.fromkeys(shim for node in root.walk() for shim in node._shims):
        shim.finish_update(optimizer)
    for node in root.walk():
        for name, grad in list(node._grads.items()):
            weights = node.get_param(name)
            stepped, left = optimizer((node.id, name), weights, grad)
            if stepped is not weights:
                node._params[name] = stepped
            if left is not grad:
                node._grads[name] = left


def gradients(root: Model[Any, Any]) -> dict[tuple[int, str], tuple[Any, Any]]:
    """(parameter, gradient) by (node id, name)."""
    return {
        (node.id, name): (node._params.get(name), grad)
        for node in root.walk()
        for name, grad in node._grads.items()
    }


@contextmanager
def use_params(root: Model[Any, Any], params: Mapping[Any, Any]) -> Generator[None]:
    """Run with other parameters inside the block."""
    with ExitStack() as stack:
        for node in root.walk():
            mine = {n: params[node.id, n] for n in node._params if (node.id, n) in params}
            stack.callback(node._params.update, {n: node._params[n] for n in mine})
            node._params.update(mine)
            for shim in node._shims:
                stack.enter_context(shim.use_params(params))
        yield
