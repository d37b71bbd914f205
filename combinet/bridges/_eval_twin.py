"""A PyTorch module in eval mode, beside the same module in training.

``module.eval()`` changes the module for every thread. A twin shares its parameters, buffers and
hooks and differs in ``training`` alone, so that predicting and training go on side by side.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from operator import is_
from types import CellType, FunctionType, MethodType, ModuleType
from typing import Any

from .._guards import is_dict, is_list, is_tuple
from .arrays import import_torch

#: How deep in an attribute's lists and dicts other modules are looked for.
_DEPTH = 4
_SHARED = ("_parameters", "_buffers")
_PLAIN = (bool, int, float, str, type(None))
_VALUES: Any = dict.values  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


class EvalTwin:
    """The twin of a module, and what it was made from.

    Args:
        original: A module that ``can_have_twin``.
    """

    __slots__ = ("_seen", "_watched", "module")

    def __init__(self, original: Any) -> None:
        modules: list[Any] = list(original.modules())
        self._watched = [d for module in modules for d in (module.__dict__, module._modules)]
        self._seen = self._values()
        twins: dict[int, Any] = {id(m): object.__new__(m.__class__) for m in modules}
        for module in modules:
            _fill(twins[id(module)], module, twins)
        self.module: Any = twins[id(original)]

    def is_current(self) -> bool:
        """Whether no attribute of the original and no module in it was exchanged since."""
        try:
            return self._values() == self._seen  # what is the same object is not compared
        except (RuntimeError, TypeError, ValueError):  # arrays that are not the same object
            return False

    def _values(self) -> tuple[Any, ...]:
        return tuple(chain.from_iterable(map(_VALUES, self._watched)))


def can_have_twin(module: Any) -> bool:
    """Whether a shallow copy would run as the module does.

    Not so for what is compiled or scripted, for a forward that was put on one instance (it may
    remember that instance), before lazy parameters are made, and where a module of the tree is
    kept in a place that its twin cannot take: a closure, ``functools.partial``, a plain object.
    """
    torch = import_torch()
    modules: list[Any] = list(module.modules())
    tree = set(map(id, modules))
    return not any(
        isinstance(each, torch.jit.ScriptModule)
        or "forward" in each.__dict__
        or each.__dict__.get("_compiled_call_impl") is not None
        or any(map(torch.nn.parameter.is_lazy, each._parameters.values()))
        or any(
            _hides(value, tree, _DEPTH)
            for name, value in each.__dict__.items()
            if name not in _SHARED
        )
        for each in modules
    )


def _hides(value: Any, tree: set[int], depth: int) -> bool:
    """Whether a module of the tree is reached through ``value`` on ways closed to a twin."""
    if id(value) in tree or depth == 0 or type(value) in _PLAIN:
        return False
    if is_list(value) or is_tuple(value):
        return any(_hides(item, tree, depth - 1) for item in value)
    if is_dict(value):
        return any(_hides(item, tree, depth - 1) for item in value.values())
    if isinstance(value, MethodType) and id(value.__self__) in tree:
        return False
    inside = _inside(value)
    return any(id(each) in tree or _hides(each, tree, depth - 2) for each in inside)


def _inside(value: Any) -> list[Any]:
    """What a function or an object holds."""
    if isinstance(value, partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, MethodType):
        return [value.__self__]
    if isinstance(value, FunctionType):
        cells, empty = value.__closure__ or (), CellType()
        return [cell.cell_contents for cell in cells if cell != empty]
    is_object = not isinstance(value, (type, ModuleType, import_torch().Tensor))
    return list(getattr(value, "__dict__", {}).values()) if is_object else []


@contextmanager
def in_eval_mode(module: Any) -> Generator[None]:
    """Inside the block the module itself is in eval mode; the caller keeps others away."""
    training = [each for each in module.modules() if each.training]
    module.eval()
    try:
        yield
    finally:
        for each in training:
            each.training = True


def _fill(twin: Any, module: Any, twins: dict[int, Any]) -> None:
    # The dicts of parameters, buffers and hooks are the original's: what is put there later
    # is there for both.
    for name, value in module.__dict__.items():
        twin.__dict__[name] = value if name in _SHARED else _with_twins(value, twins, _DEPTH)
    twin.__dict__["training"] = False


def _with_twins(value: Any, twins: dict[int, Any], depth: int) -> Any:
    """``value`` with twins in place of modules; the very same where there are none in it."""
    if id(value) in twins:
        return twins[id(value)]
    if isinstance(value, MethodType) and id(value.__self__) in twins:
        return MethodType(value.__func__, twins[id(value.__self__)])
    if depth and (is_list(value) or is_tuple(value)) and not hasattr(value, "_fields"):
        items: list[Any] = [_with_twins(item, twins, depth - 1) for item in value]
        return value if all(map(is_, items, value)) else value.__class__(items)
    if depth and is_dict(value):
        pairs: dict[Any, Any] = {
            key: _with_twins(item, twins, depth - 1) for key, item in value.items()
        }
        return value if all(map(is_, pairs.values(), value.values())) else value.__class__(pairs)
    return value
