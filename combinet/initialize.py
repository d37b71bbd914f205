"""Initialization: solve the sizes, then make the parameters; all of it, or nothing.

The rules of sizes run to a fixpoint with no data at all. Only nodes without a rule
(Thinc-style ``init``) and sizes that are still open see data: the sample runs through the
model, and such a node is initialized as the sample reaches it.
"""

# pyright: reportPrivateUsage=false
# Initialization writes what Node keeps, and the users of Node may not.

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import DimError, DTypeError, ShapeError
from .explain import explained
from .infer import Misfit, Mismatch, Spec, solve, targets_seen
from .paths import node_paths, note_where, parameter_path
from .rng import derive_key, generator, next_root_seed, using_generator
from .util import check_forward, validates_data

if TYPE_CHECKING:
    from .model import Model

_running: ContextVar[Initialization | None] = ContextVar("initialization", default=None)


class Check:
    """What solving the sizes found, without making anything.

    ``sizes`` are the dims of each node by path, ``open`` those that a parameter needs and
    nothing says, ``opaque`` the paths of nodes that only data can size.
    """

    def __init__(
        self,
        sizes: dict[str, dict[str, int | None]],
        unset: list[str],
        opaque: list[str],
        x: Spec | None,
        y: Spec | None,
    ) -> None:
        self.sizes, self.open, self.opaque, self.x, self.y = sizes, unset, opaque, x, y

    def __bool__(self) -> bool:
        return not self.open and not self.opaque

    def __repr__(self) -> str:
        lines = [f"takes {self.x or 'anything'}", f"gives {self.y or 'anything'}"]
        lines += [f"open: {', '.join(self.open)}"] if self.open else []
        lines += [f"opaque: {', '.join(self.opaque)}"] if self.opaque else []
        return "\n".join(lines)


def initialize(root: Model[Any, Any], X: Any, Y: Any, seed: int | None) -> None:
    """What ``Model.initialize`` does. Inside another initialization, a part of that one."""
    running = _running.get()
    if running is not None and root in running.paths:
        running.visit(root, X, Y)
        return
    if validates_data():
        for node in root.walk():
            check_forward(node.name, node._func)
    run = Initialization(root, X, Y)
    with _restored(root, only_on_error=True), _naming_sizes(root):
        token, seen = _running.set(run), targets_seen.set({})
        try:
            run.give_keys(next_root_seed() if seed is None else seed)
            run.visit(root, X, Y)
            run.refuse_open()
        finally:
            _running.reset(token)
            targets_seen.reset(seen)


def check(root: Model[Any, Any], X: Any, Y: Any, *, keep: bool = False) -> Check:
    """What ``Model.check`` does; with ``keep``, the sizes that were found stay set."""
    run = Initialization(root, X, Y)
    with _restored(root, only_on_error=keep), _naming_sizes(root):
        x, y = run.settle()
        return Check(
            {path: dict(node._dims) for node, path in run.paths.items()},
            run.open_dims(),
            [path or node.name for node, path in run.paths.items() if _is_opaque(node)],
            x,
            y,
        )


def renew(root: Model[Any, Any], nodes: Iterable[Model[Any, Any]]) -> None:
    """After an edit below these nodes, read the sizes that they mirror off their layers again."""
    changed = [node for node in nodes if node.infer is not None and not node._params]
    for node in changed:
        node._dims, node._origins = dict.fromkeys(node._dims), {}
    with _restored(root, only_on_error=False):
        with suppress(DimError, DTypeError):  # a misfit is for check() and initialize() to tell
            Initialization(root, None, None).settle()
        found = {node: dict(node._dims) for node in changed}
    for node, dims in found.items():
        node._dims = dims


class Initialization:
    """One run over one tree."""

    def __init__(self, root: Model[Any, Any], X: Any, Y: Any) -> None:
        self.root, self.paths = root, node_paths(root)
        for node in [n for n in self.paths if n.role == "inert"]:
            for unused in node.walk():
                if unused is not node:
                    self.paths.pop(unused, None)
        self.x, self.y = Spec.of(X), Spec.of_target(Y)
        self.unmade = {(node, name) for node in self.paths for name in node._weights}
        self.arrived: set[Model[Any, Any]] = set()

    def give_keys(self, seed: int | tuple[int, ...]) -> None:
        """Every node gets its random stream from the seed and its path."""
        parts = seed if isinstance(seed, tuple) else (seed,)
        for node, path in self.paths.items():
            node.key, node._draws = derive_key(*parts, path), 0

    def settle(self) -> tuple[Spec | None, Spec | None]:
        """Run the rules until they find no more sizes."""
        known, x, y = -1, self.x, self.y
        while known != (known := _known_dims(self.paths)):
            x, y = solve(self.root, x, y)
        return x, y

    def visit(self, node: Model[Any, Any], X: Any, Y: Any) -> None:
        """Initialize a subtree, with whatever data there is."""
        self.arrived.difference_update(node.walk())
        if node is not self.root:
            solve(node, Spec.of(X), Spec.of_target(Y))
        self.settle()
        self.make()
        waiting = [n for n in node.walk(order="dfs_post") if n in self.paths and self._waits(n)]
        if not waiting:
            return
        if waiting == [node] and _is_opaque(node):
            self.arrive(node, X, Y)
            return
        if X is not None:
            self._feed(node, waiting, X, Y)
            return
        for each in waiting:
            if _is_opaque(each):
                self.arrive(each, None, Y if each is node else None)

    def arrive(self, node: Model[Any, Any], X: Any, Y: Any) -> None:
        """Initialize one node with the data that reached it."""
        self.arrived.add(node)
        if _is_opaque(node):
            target = (targets_seen.get() or {}).get(node)
            sample = _example(target) if Y is None and target is not None else Y
            with using_generator(generator(derive_key(node.key or 0, "init"))):
                node.init(node, X=X, Y=sample)  # type: ignore[misc]
        else:
            solve(node, Spec.of(X), None)
        self.settle()
        self.make()

    def make(self) -> None:
        """Make every parameter whose shape is known by now."""
        for node, name in sorted(self.unmade, key=lambda pair: (self.paths[pair[0]], pair[1])):
            try:
                shape = node._weights[name].shape(node)
            except DimError:
                continue
            with using_generator(generator(derive_key(node.key or 0, name))):
                array = node._weights[name].make(node, shape)
            if array.shape != shape:
                raise ShapeError(
                    f"the initializer of {name!r} made {array.shape}, not {shape}",
                    parameter=parameter_path(self.paths[node], name),
                )
            node._grads.pop(name, None)
            node._params[name] = node.ops.xp.ascontiguousarray(array, dtype="float32")
            self.unmade.discard((node, name))

    def open_dims(self) -> list[str]:
        """The dims that a parameter still needs, by path."""
        found: list[str] = []
        for node, path in self.paths.items():
            wanted = [dim for weight in node._weights.values() for dim in weight.dims]
            if any(w.shape_of is not None for w in node._weights.values()):
                wanted += node.dim_names
            unset = [dim for dim in dict.fromkeys(wanted) if node.maybe_get_dim(dim) is None]
            found += [f"{parameter_path(path, dim)} ({node.name})" for dim in unset]
        return found

    def refuse_open(self) -> None:
        """Raise when a parameter could not be made."""
        if self.unmade:
            raise DimError(
                "sizes stay open: nothing says them",
                open=", ".join(self.open_dims()),
                fix="give them to the constructors, or give initialize() samples X and Y; "
                "Y sets the width of the last layer only",
            )

    def _waits(self, node: Model[Any, Any]) -> bool:
        return _is_opaque(node) or any(owner is node for owner, _ in self.unmade)

    def _feed(self, top: Model[Any, Any], waiting: list[Model[Any, Any]], X: Any, Y: Any) -> None:
        """Run the sample through ``top``; nodes in wait are initialized as it reaches them."""

        def on_arrival(node: Model[Any, Any], X: Any) -> None:
            if node not in self.arrived:
                self.arrive(node, X, Y if node is top else None)
            if any(owner is node for owner, _ in self.unmade):
                self.refuse_open()

        with before_first_call(waiting, on_arrival):
            top(X, False)


def _is_opaque(node: Model[Any, Any]) -> bool:
    return node.infer is None and node.init is not None


def _known_dims(nodes: dict[Model[Any, Any], str]) -> int:
    return sum(size is not None for node in nodes for size in node._dims.values())


def _example(spec: Spec) -> Any:
    """The smallest array that has the width of ``spec``."""
    if spec.width is None:
        return None
    array = np.zeros((1, spec.width), dtype="float32")
    return [array] if spec.container == "list" else array


@contextmanager
def before_first_call(
    nodes: Iterable[Model[Any, Any]], action: Callable[[Model[Any, Any], Any], None]
) -> Generator[None]:
    """Inside the block, call ``action(node, X)`` before the first forward of each node."""
    forwards = {node: node._func for node in nodes}

    def forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        model._func = forwards.pop(model)
        action(model, X)
        return model._func(model, X, is_train)

    for node in forwards:
        node._func = forward
    try:
        yield
    finally:
        for node, own in forwards.items():
            node._func = own


@contextmanager
def _restored(root: Model[Any, Any], *, only_on_error: bool) -> Generator[None]:
    """Put dims, parameters, attributes and random streams back as they were."""
    slots = ("_dims", "_origins", "_params", "_grads", "_attrs", "_refs")
    before = {n: [dict(getattr(n, s)) for s in slots] for n in root.walk()}
    streams = {node: (node.key, node._draws) for node in before}
    done = False
    try:
        yield
        done = only_on_error
    finally:
        if not done:
            for node, tables in before.items():
                for slot, table in zip(slots, tables, strict=True):
                    live = getattr(node, slot)
                    live.clear()
                    live.update(table)
                node.key, node._draws = streams[node]


@contextmanager
def _naming_sizes(root: Model[Any, Any]) -> Generator[None]:
    """Turn a bare mismatch into the message that shows both sides and who said what."""
    try:
        yield
    except Mismatch as error:
        raise explained(error, root) from None
    except Misfit as error:
        note_where(error, root)
        raise
    except DimError as error:
        if not error.where:
            error.where = root.name
        raise
