"""The state of an optimizer of ``torch.optim`` as NumPy arrays by name, and back: no pickle.

``0.weight/exp_avg`` is of a parameter, ``group.0/lr`` of a group. What was a number of Python's
and no tensor has a name that ends in ``:number``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._guards import is_list, is_tuple
from ..errors import LoadError, SaveError
from ._torch_state import as_stored, as_tensor
from .arrays import import_torch, is_tensor

_NUMBER = ":number"


def optimizer_arrays(optimizer: Any, named: Sequence[tuple[str, Any, Any]]) -> dict[str, Any]:
    """The state of every parameter that was stepped, and the numbers of each group.

    Args:
        optimizer: Of ``torch.optim``, or None, which has no state.
        named: ``ParameterTable.named`` of the module.

    Raises:
        SaveError: It keeps something that is neither a tensor nor a number, or of parameters
            that are not the module's.
    """
    found: dict[str, Any] = {}
    if optimizer is None:
        return found
    names = {id(p): name for name, p, _ in named}
    for p, state in optimizer.state.items():
        if id(p) not in names:
            raise SaveError(
                f"the optimizer steps a parameter of {tuple(p.shape)} that is not of the module",
                fix="give each wrapped module an optimizer of its own",
            )
        for key, value in state.items():
            found.update(_stored(f"{names[id(p)]}/{key}", value))
    for index, group in enumerate(optimizer.param_groups):
        found |= {f"group.{index}/{key}": np.array(x) for key, x in _numbers(group).items()}
    return found


def load_optimizer_arrays(
    optimizer: Any, named: Sequence[tuple[str, Any, Any]], arrays: Mapping[str, Any]
) -> None:
    """Go on from what ``optimizer_arrays`` of a like optimizer gave.

    Raises:
        LoadError: The arrays are of other parameters or groups; every difference is listed.
    """
    if optimizer is None:
        if arrays:
            raise LoadError("the module has no optimizer of its own", fix="pass optimizer=")
        return
    torch, state = import_torch(), optimizer.state_dict()
    groups = {f"group.{i}": _numbers(g) for i, g in enumerate(optimizer.param_groups)}
    shapes: dict[str, Any] = {name: tuple(p.shape) for name, p, _ in named}
    wanted = {f"{group}/{key}" for group, numbers in groups.items() for key in numbers}
    problems = [f"{name}: missing" for name in sorted(wanted - arrays.keys())]
    made: dict[str, dict[str, Any]] = {}
    for name, array in arrays.items():
        owner, _, key = name.rpartition("/")
        if name not in wanted and owner not in shapes:
            problems.append(f"{name}: unexpected")
        elif owner in shapes and not _fits(array.shape, shapes[owner]):
            problems.append(f"{name}: {array.shape} of a parameter that is {shapes[owner]}")
        else:
            made.setdefault(owner, {}).update(_restored(torch, key, array))
    if problems:
        raise LoadError(
            f"the state does not fit the optimizer: {len(problems)} differences",
            differences="".join(f"\n    {problem}" for problem in problems),
            fix="make the optimizer as when it was saved; nothing was changed",
        )
    names = {id(p): name for name, p, _ in named}
    order = [names.get(id(p)) for group in optimizer.param_groups for p in group["params"]]
    state["state"] = {i: made[name] for i, name in enumerate(order) if name in made}
    for index, group in enumerate(state["param_groups"]):
        group |= {key: _like(group[key], arrays[f"group.{index}/{key}"]) for key in _numbers(group)}
    optimizer.load_state_dict(state)


def _stored(name: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if is_tensor(value):
        return dict([as_stored(name, value)])
    if not isinstance(value, int | float):
        raise SaveError(
            f"{name!r} in the state of the optimizer is {type(value).__name__}, no tensor",
            fix="use one that keeps tensors: SGD, Adam, AdamW, ...",
        )
    return {name + _NUMBER: np.array(value)}


def _restored(torch: Any, key: str, array: Any) -> dict[str, Any]:
    if key.endswith(_NUMBER):
        return {key.removesuffix(_NUMBER): array.item()}
    return dict([as_tensor(torch, key, array)])


def _numbers(group: Mapping[str, Any]) -> dict[str, Any]:
    """Learning rate, betas and the like: what a scheduler may have changed."""
    found: dict[str, Any] = {}
    for key, value in group.items():
        is_several = is_list(value) or is_tuple(value)
        numbers: Any = value if is_several else (value,)
        if key != "params" and all(type(x) in (int, float) or is_tensor(x) for x in numbers):
            found[key] = [float(x) for x in numbers] if is_several else float(numbers[0])
    return found


def _like(here: Any, array: Any) -> Any:
    if is_list(here) or is_tuple(here):
        return type(here)(_like(x, stored) for x, stored in zip(here, array, strict=True))
    return here.new_tensor(float(array)) if is_tensor(here) else type(here)(array)


def _fits(shape: tuple[int, ...], parameter: tuple[int, ...]) -> bool:
    """Whether a state has the shape of its parameter, or one that is repeated over it."""
    try:
        return np.broadcast_shapes(shape, parameter) == parameter
    except ValueError:
        return False
