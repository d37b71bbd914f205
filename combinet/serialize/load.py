"""Loading: compare everything, then change everything, or nothing at all."""

# The slots of a node are private to users, not to the modules that make up Model.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import CombinetError, DimError, DTypeError, LoadError
from ..initialize import Initialization
from .addresses import addresses, is_transparent
from .compare import Comparison, NodeChange, owned, strict_problems
from .probe import replay as replay_probe

if TYPE_CHECKING:
    from ..model import Model

_TABLES = ("_dims", "_origins", "_params", "_grads", "_attrs", "_refs")


def from_dict(model: Model[Any, Any], message: Mapping[str, Any], *, replay: bool = True) -> None:
    """Set on a model what ``to_dict`` of a like one gave.

    Gradients gathered before are dropped: they were those of other weights.

    Args:
        model: What is changed.
        message: What ``to_dict`` gave, or a file.
        replay: Predict the sample that the file may hold, and compare.

    Raises:
        LoadError: It does not fit, or predicts something else than when it was saved; every
            difference is listed, and nothing was changed.
    """
    comparison = Comparison(model, message)
    refuse(comparison.problems)
    with restored_on_error(model):
        apply(comparison.changes)
        settle(model)
        if replay and comparison.probe is not None:
            replay_probe(model, *comparison.probe)


def differences(model: Model[Any, Any], message: Mapping[str, Any], *, strict: bool) -> list[str]:
    """Why ``from_dict`` would refuse; nothing where it would not.

    Args:
        model: What would be changed.
        message: What ``to_dict`` gave.
        strict: Names and attributes must agree as well.
    """
    try:
        comparison = Comparison(model, message)
        if comparison.problems:
            return comparison.problems
        if comparison.probe is not None:
            from_dict(model.copy(), message)
        return strict_problems(model, message) if strict else []
    except CombinetError as error:
        return [error.what]


def refuse(problems: list[str]) -> None:
    """Raise one error that lists them all, if there are any.

    Raises:
        LoadError: There are.
    """
    if problems:
        count = f"{len(problems)} differences" if len(problems) > 1 else "1 difference"
        raise LoadError(
            f"the file does not fit the model: {count}",
            fix="build the model as it was when it was saved; nothing was changed",
            differences="".join(f"\n    {problem}" for problem in problems),
        )


def apply(changes: list[NodeChange]) -> None:
    """Make every new array, then put them in their places."""
    arrays = [{n: _placed(change, s) for n, s in change.params.items()} for change in changes]
    for change, params in zip(changes, arrays, strict=True):
        node = change.node
        node._dims.update(change.dims)
        node._params.update(params)
        node._grads.clear()
        node._attrs.update(change.attrs)
        node._refs.update(change.refs)
        node.key, node._draws = change.key, change.draws
    for change in changes:
        for shim, (config, tensors) in zip(change.node.shims, change.shims, strict=True):
            shim.cfg = config
            shim.load_tensors({name: owned(stored) for name, stored in tensors.items()})


def _placed(change: NodeChange, stored: Any) -> Any:
    return None if stored is None else change.node.ops.asarray(owned(stored))


def settle(model: Model[Any, Any]) -> None:
    """Let chains and wrappers have the sizes and random keys that their layers now have.

    Raises:
        LoadError: The sizes of two layers contradict each other.
    """
    try:
        Initialization(model, None, None).settle()
    except (DimError, DTypeError) as error:
        raise LoadError("the layers do not fit together", reason=error.what) from error
    named = addresses(model)
    nodes = {address: node for node, address in named.items()}
    for address, node in nodes.items():
        if is_transparent(address):
            owner = nodes.get(address.partition("[")[0].rstrip("^"))
            node.key = None if owner is None else owner.key


@contextmanager
def restored_on_error(model: Model[Any, Any]) -> Generator[None]:
    """Put everything back as it was if the block raises: nodes, and shims of other frameworks."""
    undo: list[Callable[[], None]] = [_undo(node) for node in model.walk()]
    shims = {id(shim): shim for node in model.walk() for shim in node.shims}
    for shim in shims.values():
        tensors = {
            name: None if array is None else np.array(array)
            for name, array in shim.tensors().items()
        }
        undo.append(_undo_shim(shim, shim.cfg, tensors))
    try:
        yield
    except BaseException:
        for step in undo:
            step()
        raise


def _undo(node: Model[Any, Any]) -> Callable[[], None]:
    tables = [(getattr(node, slot), dict(getattr(node, slot))) for slot in _TABLES]
    key, draws = node.key, node._draws

    def undo() -> None:
        for table, before in tables:
            table.clear()
            table.update(before)
        node.key, node._draws = key, draws

    return undo


def _undo_shim(shim: Any, config: Any, tensors: dict[str, Any]) -> Callable[[], None]:
    def undo() -> None:
        shim.cfg = config
        shim.load_tensors(tensors)

    return undo
