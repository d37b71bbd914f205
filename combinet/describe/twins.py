"""Two trees of layers, node by node: whether one is the other but for its weights."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from reprlib import repr as short_repr
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from .._guards import is_dict, is_list, is_tuple
from ..node import SET_LATER, Node
from ..ops import Ops
from ..paths import node_paths, short_name
from ..registry.calls import Call
from ..weight import Weight
from .functions import unfolded

if TYPE_CHECKING:
    from ..model import Model

ABSENT: Any = object()
_CODE = ("_func", "init", "infer", "gradient")


class Twins:
    """A model, and what is meant to be the same one built anew.

    Args:
        live: The model.
        built: The other; its open sizes may be set in ``live``, and it has no weights.

    Attributes:
        differences: Lines that say where the two differ, by path.
        again: Where a node stands once more, what was built for that place, and what stands for
            the node elsewhere.
    """

    def __init__(self, live: Model[Any, Any], built: Model[Any, Any]) -> None:
        self.live, self.built = live, built
        self.differences: list[str] = []
        self.again: list[tuple[Model[Any, Any], Model[Any, Any]]] = []
        self._twin: dict[Model[Any, Any], Model[Any, Any]] = {}
        self._taken: set[Model[Any, Any]] = set()
        self._comparing: set[tuple[int, int]] = set()
        self._paths = node_paths(live)
        self._pair(live, built)

    def calls(self) -> Iterator[tuple[Model[Any, Any], Call]]:
        """Each node of the model, with the call that made its twin."""
        for live, built in self._twin.items():
            if built.made_by is not None:
                yield live, built.made_by

    def _pair(self, live: Model[Any, Any], built: Model[Any, Any]) -> None:
        if live in self._twin or built in self._taken:
            self._pair_again(live, built)
            return
        self._twin[live] = built
        self._taken.add(built)
        if len(live.layers) != len(built.layers):
            counts = f"{len(live.layers)} layers, and the config gives it {len(built.layers)}"
            self._differ(live, f"it has {counts}")
            return
        for one, other in zip(live.layers, built.layers, strict=True):
            self._pair(one, other)
        self._compare(live, built)

    def _pair_again(self, live: Model[Any, Any], built: Model[Any, Any]) -> None:
        first = self._twin.get(live)
        if first is None:
            self._differ(live, "it stands in one place of several for which a config builds one")
        elif first is not built:
            self.again.append((built, first))
            self._differ(live, "it stands in several places, and a config builds it for each")

    def _compare(self, live: Model[Any, Any], built: Model[Any, Any]) -> None:
        for what in ("name", "role"):
            self._expect(live, what, getattr(live, what), getattr(built, what))
        if any(not self._same(getattr(live, part), getattr(built, part)) for part in _CODE):
            self._differ(live, "it runs another function than the config gives it")
        self._compare_attributes(live, built)
        self._compare_sizes(live, built)
        if not self._same_parameters(live, built):
            self._differ(live, "it has other parameters than the config gives it")
        if not self._same(live._refs, built._refs):
            self._differ(live, "its references were changed")
        shims = [[(type(shim), shim.cfg) for shim in node.shims] for node in (live, built)]
        if not self._same(*shims):
            self._differ(live, "it wraps something else than the config gives it")

    def _same_parameters(self, live: Model[Any, Any], built: Model[Any, Any]) -> bool:
        ours, theirs = live._params, built._params
        given = {name: array.shape for name, array in theirs.items() if array is not None}
        fits = all(ours.get(name) is None or ours[name].shape == s for name, s in given.items())
        return fits and ours.keys() == theirs.keys() and self._same(live._weights, built._weights)

    def _compare_attributes(self, live: Model[Any, Any], built: Model[Any, Any]) -> None:
        for name in {**live.attrs, **built.attrs}:
            ours, theirs = live.attrs.get(name, ABSENT), built.attrs.get(name, ABSENT)
            if not (theirs is None and _has_made_attributes(live)):
                self._expect(live, f"attribute {name!r}", ours, theirs)

    def _compare_sizes(self, live: Model[Any, Any], built: Model[Any, Any]) -> None:
        """Sizes that the config leaves open may have been inferred, and not set by hand."""
        is_opaque = live.infer is None and live.init is not None
        for name in {**live._dims, **built._dims}:
            ours, theirs = live._dims.get(name, ABSENT), built._dims.get(name, ABSENT)
            by_hand = live.origin_of(name) == SET_LATER and not is_opaque
            if theirs is not None or ours is ABSENT or (ours is not None and by_hand):
                self._expect(live, f"dim {name!r}", ours, theirs)

    def _expect(self, node: Model[Any, Any], what: str, ours: Any, theirs: Any) -> None:
        if not self._same(ours, theirs):
            self._differ(
                node, f"its {what} is {_shown(ours)}, and the config gives {_shown(theirs)}"
            )

    def _differ(self, node: Model[Any, Any], what: str) -> None:
        self.differences.append(f"{placed(node, self._paths.get(node, ''))}: {what}")

    def _same(self, one: Any, other: Any) -> bool:
        """Whether two values do the same: functions by what they run and hold."""
        one, other = _plain(one), _plain(other)
        if one is other or (id(one), id(other)) in self._comparing:
            return True
        if _is_node(one) and _is_node(other):
            return self._same_models(one, other)
        if is_tuple(one) and is_tuple(other):
            return self._same_rows(one, other)
        if _is_number(one) and _is_number(other):
            return one == other and isinstance(one, bool) is isinstance(other, bool)
        if _is_partial(one) or _is_partial(other):
            (one, *ours), (other, *theirs) = unfolded(one), unfolded(other)
            return one is other and self._same(ours, theirs)
        if type(one) is not type(other):
            return False
        if _is_array(one):
            return one.dtype == other.dtype and bool(np.array_equal(one, other))
        if is_dict(one):
            values = [other.get(key, ABSENT) for key in one]
            return one.keys() == other.keys() and self._same_rows(one.values(), values)
        return bool(one == other) if _has_equality(one) else self._same_parts(one, other)

    def _same_parts(self, one: Any, other: Any) -> bool:
        ours, theirs = _parts(one), _parts(other)
        if ours is None or theirs is None:
            return False
        pair = id(one), id(other)
        self._comparing.add(pair)
        same = self._same_rows(ours, theirs)
        self._comparing.discard(pair)
        return same

    def _same_rows(self, one: Iterable[Any], other: Iterable[Any]) -> bool:
        ours, theirs = list(one), list(other)
        return len(ours) == len(theirs) and all(map(self._same, ours, theirs))

    def _same_models(self, one: Any, other: Any) -> bool:
        """A node in a reference, an attribute or a closure; it may be none of the tree's."""
        if one not in self._twin:
            self._pair(one, other)
        return self._twin.get(one) is other


def placed(node: Model[Any, Any], path: str) -> str:
    """A node for a message: its name, and its path where it has one."""
    return f"{short_name(node)} (path {path})" if path else short_name(node)


def _is_node(value: Any) -> TypeGuard[Model[Any, Any]]:
    return isinstance(value, Node)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float)


def _is_array(value: Any) -> TypeGuard[np.ndarray[Any, Any]]:
    return hasattr(value, "dtype") and hasattr(value, "shape")


def _is_partial(value: Any) -> TypeGuard[functools.partial[Any]]:
    return isinstance(value, functools.partial)


def _has_equality(value: Any) -> bool:
    """Whether its class says what equal means; by itself, an object is only itself."""
    equality: Any = type(value).__eq__
    return equality is not object.__eq__


def _plain(value: Any) -> Any:
    """A value as a config would give it back: it knows lists and numbers of one kind only."""
    if is_list(value):
        return tuple(value)
    if isinstance(value, PurePath):
        return str(value)
    number: Any = value
    return number.item() if isinstance(value, np.generic) else value


def _parts(value: Any) -> list[Any] | None:
    """What makes up a function or an object without an equality of its own; None: nothing does."""
    if isinstance(value, FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        return [value.__code__, value.__defaults__, value.__kwdefaults__, *cells]
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, Ops):
        return []
    names = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    state = {name: getattr(value, name, ABSENT) for name in names}
    state |= getattr(value, "__dict__", {})
    return None if not state and type(value).__module__ == "builtins" else [state]


def _has_made_attributes(node: Model[Any, Any]) -> bool:
    """Whether a parameter that depends on the node is made: its seed may be an attribute."""
    return any(
        type(weight) is not Weight and node.has_param(name)
        for name, weight in node._weights.items()
    )


def _shown(value: Any) -> str:
    return "nothing" if value is ABSENT else short_repr(value)
