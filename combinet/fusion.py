"""Plans: a chain that runs several of its layers as one.

What a user composed stays what it is: the tree, its paths, files, hooks, errors and random
numbers. A plan is made of a chain when it runs, from patterns that know the built-in layers by
their forward functions, and is kept for as long as nothing in the chain changes. A layer with a
function of its own, or with code put around it, is called as ever.

``COMBINET_FUSE=0`` in the environment, or ``with combinet.fusion(False)``, runs every layer by
itself.
"""

# Plans are kept in the nodes, and made of what only nodes themselves may know.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from operator import is_
from typing import Any, ClassVar, TypeAlias, TypeVar

from ._live import EPOCH
from .model import Model, without_dX

Step: TypeAlias = Callable[[Any, bool], tuple[Any, Callable[..., Any]]]
Pattern: TypeAlias = Callable[[Sequence[Any]], "Fused | None"]

Forward = TypeVar("Forward", bound=Callable[..., Any])

_patterns: list[Pattern] = []
_kinds: dict[Any, str] = {}
#: Whether plans are run, in this thread or task.
is_fusing: ContextVar[bool] = ContextVar(
    "combinet_fusion", default=os.environ.get("COMBINET_FUSE", "1") != "0"
)


@contextmanager
def fusion(enabled: bool) -> Generator[None]:
    """Inside the block, in this thread, run layers fused where they can be, or each by itself.

    The outputs and gradients are the same but for rounding.

    Example:
        >>> import numpy as np
        >>> from combinet import Relu, Softmax, fusion
        >>> model = (Relu(4, 3) >> Softmax(2, 4)).initialize()
        >>> X = np.ones((1, 3), dtype="float32")
        >>> with fusion(False):
        ...     one_by_one = model.predict(X)
        >>> bool(np.allclose(one_by_one, model.predict(X)))
        True
    """
    token = is_fusing.set(enabled)
    try:
        yield
    finally:
        is_fusing.reset(token)


class Fused(ABC):
    """Layers that run as one; called as a layer is, ``(X, is_train) -> (Y, backprop)``.

    Args:
        places: The layers of the chain in whose place it stands.
        nodes: Those of them, or inside them, that do something.
    """

    __slots__ = ("nodes", "places")

    #: The op that does the work.
    op: ClassVar[str]

    def __init__(self, places: Sequence[Model[Any, Any]], nodes: Sequence[Model[Any, Any]]) -> None:
        self.places, self.nodes = tuple(places), tuple(nodes)

    @property
    def shown(self) -> set[Model[Any, Any]]:
        """Every node that has a part in it."""
        return {*self.places, *self.nodes}

    @abstractmethod
    def __call__(self, X: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        """Run all of it."""

    def one_by_one(self, X: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
        """Run the layers themselves: the op does not take this input, or nobody should."""
        with fusion(False):
            return run_in_turn(self.places, X, is_train)


def known_as(kind: str) -> Callable[[Forward], Forward]:
    """Give the forward function of a built-in layer a name that patterns know it by."""

    def register(forward: Forward) -> Forward:
        _kinds[forward] = kind
        return forward

    return register


def fused_as(kind: str) -> Callable[[Any], Any]:
    """``known_as``, for a layer that is run by a plan also where it stands alone."""

    def register(forward: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(forward)
        def run(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
            step = _alone(model) if is_fusing.get() else model
            return forward(model, X, is_train) if step is model else step(X, is_train)

        return known_as(kind)(run)

    return register


def _alone(model: Model[Any, Any]) -> Step:
    """What runs one layer: itself, or what a pattern makes of it."""
    plan: Plan | None = model._plan
    if plan is None or plan.epoch != EPOCH.number:
        plan = plan_of(model, _itself)
    step: Step = plan.steps[0]
    return step


def _itself(model: Model[Any, Any]) -> list[Model[Any, Any]]:
    return [model]


def kind_of(node: Model[Any, Any]) -> str:
    """What patterns know a node by; empty for one with a function or a class of its own."""
    try:
        return _kinds.get(node._func, "") if type(node) is Model else ""
    except TypeError:  # somebody's object that can be called but not hashed
        return ""


def share_ops(*nodes: Model[Any, Any]) -> bool:
    """Whether they run on backends of one kind, on one device."""
    return len({(type(node.ops), node.ops.device_id) for node in nodes}) == 1


def has_floats(node: Model[Any, Any], *names: str) -> bool:
    """Whether these parameters are made, on the node's own backend, of one floating type."""
    arrays = [node._params.get(name) for name in names]
    if not all(isinstance(array, node.ops.xp.ndarray) for array in arrays):
        return False
    dtypes = {array.dtype for array in arrays if array is not None}
    return len(dtypes) == 1 and dtypes.pop().kind == "f"


def pattern(match: Pattern) -> Pattern:
    """Let ``match`` look at every plan that is made from now on.

    Args:
        match: Gets the layers of a chain from some place on; returns what runs the first of
            them as one, or None.
    """
    _patterns.append(match)
    return match


def run_in_turn(steps: Sequence[Step], X: Any, is_train: bool) -> tuple[Any, Callable[..., Any]]:
    """Each on the output of the one before, and backprop the other way round."""
    if not steps:
        return X, _unchanged
    if len(steps) == 1:
        return steps[0](X, is_train)
    backprops: list[Callable[..., Any]] = []
    data = X
    for step in steps:
        data, backprop_step = step(data, is_train)
        backprops.append(backprop_step)

    def backprop(dY: Any, *, need_dX: bool = True) -> Any:
        for backprop_step in backprops[:0:-1]:
            dY = backprop_step(dY)
        first = backprops[0] if need_dX else without_dX(backprops[0])
        return first(dY)

    return data, backprop


def _unchanged(dY: Any) -> Any:
    return dY


class Plan:
    """What a node runs in place of its layers.

    Attributes:
        epoch: When it was last known to hold.
        steps: Layers, and ``Fused`` in the place of several.
    """

    __slots__ = ("_seen", "epoch", "steps")

    def __init__(self, model: Model[Any, Any], entries: Sequence[Model[Any, Any]]) -> None:
        self.epoch = EPOCH.number
        self._seen = [(node, _traits(node)) for node in model.walk()]
        self.steps: list[Any] = []
        place = 0
        while place < len(entries):
            fused = match(entries[place:])
            self.steps.append(fused or entries[place])
            place += len(fused.places) if fused else 1

    def holds(self) -> bool:
        """Whether the tree is still the one it was made of."""
        epoch = EPOCH.number
        if self.epoch == epoch:
            return True
        for node, before in self._seen:
            now = _traits(node)
            if len(now) != len(before) or not all(map(is_, now, before)):
                return False
        self.epoch = epoch
        return True


def match(entries: Sequence[Model[Any, Any]]) -> Fused | None:
    """What runs the first of ``entries`` as one, by the first pattern that knows them."""
    for each in _patterns:
        fused = each(entries)
        if fused is not None:
            return fused
    return None


def plan_of(
    model: Model[Any, Any], entries: Callable[[Model[Any, Any]], Iterable[Model[Any, Any]]]
) -> Plan:
    """The plan of a node, made anew where it has none that holds.

    Args:
        entries: Finds the layers that the node runs in turn.
    """
    plan: Plan | None = model._plan
    if plan is None or not plan.holds():
        plan = model._plan = Plan(model, list(entries(model)))
    return plan


def _traits(node: Model[Any, Any]) -> list[Any]:
    """What of a node a pattern may go by; held, so that no other takes its identity."""
    return [type(node), node._func, node.ops, *node._layers, *node._params.values()]
