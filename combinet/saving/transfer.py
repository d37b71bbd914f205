"""Taking over some of the weights of one model into another."""

# pyright: reportPrivateUsage=false
# Weights are written into the nodes, as loading does.

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import LoadError
from ..model import Model, Weight
from ..paths import node_paths, parameter_path
from ..serialize.load import restored_on_error


class Transfer:
    """What was taken over, by ``path/name``.

    Attributes:
        loaded: Parameters that have the weights of the archive now.
        kept: Parameters of the model that are as they were.
        unused: Parameters of the archive that were left out.
    """

    def __init__(self, loaded: list[str], kept: list[str], unused: list[str]) -> None:
        self.loaded, self.kept, self.unused = loaded, kept, unused

    def __repr__(self) -> str:
        rows = {"loaded": self.loaded, "kept": self.kept, "unused": self.unused}
        return "\n".join(f"{what}: {', '.join(names) or 'none'}" for what, names in rows.items())


class _Weights(NamedTuple):
    """An array of a node, or of what a node of another framework holds."""

    node: Model[Any, Any]
    name: str
    shim: Any
    array: Any

    def misfit(self, wanted: _Weights | None) -> str:
        """Why these cannot be taken over into those; empty where they can."""
        if wanted is None:
            return "the model has no such parameter"
        if self.shim is not None and self.name in self.shim.of_any_size:
            return ""
        here, there = wanted.array, self.array
        if here.shape != there.shape:
            return f"{there.shape} in the archive, {here.shape} in the model"
        if here.dtype != there.dtype:
            return f"{there.dtype} in the archive, {here.dtype} in the model"
        return ""


def transfer(
    source: Model[Any, Any], target: Model[Any, Any], pattern: str, file: Path
) -> Transfer:
    """Copy the parameters that ``pattern`` finds from one model to the same paths of another.

    Raises:
        LoadError: It finds none, or one that the other lacks or has in another form; nothing
            was changed.
    """
    ours, theirs = _weights(source), _weights(target)
    chosen = [name for name in ours if _compiled(pattern).search(name)]
    if not chosen:
        raise LoadError(
            f"partial={pattern!r} finds no parameter of {file}", known=", ".join(ours) or "none"
        )
    misfits = {name: ours[name].misfit(theirs.get(name)) for name in chosen}
    if any(misfits.values()):
        found = [f"\n    {name}: {misfit}" for name, misfit in misfits.items() if misfit]
        raise LoadError(
            f"{file} does not fit the model it is to be taken over into",
            differences="".join(found),
            fix="initialize the model first; choose other parameters with partial=",
        )
    with restored_on_error(target):
        _take_over([(ours[name], theirs[name]) for name in chosen])
    kept = [name for name in theirs if name not in chosen]
    return Transfer(chosen, kept, [name for name in ours if name not in chosen])


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise LoadError(
            f"partial={pattern!r} is no regular expression: {error}",
            fix='write one such as "^0/", which finds all parameters of the first layer',
        ) from error


def _weights(model: Model[Any, Any]) -> dict[str, _Weights]:
    """All that is made, by path; what a shim holds under the names that it has in a file."""
    found: dict[str, _Weights] = {}
    seen: set[Any] = set()
    for node, path in node_paths(model).items():
        for name in filter(node.has_param, node.param_names):
            found[parameter_path(path, name)] = _Weights(node, name, None, node.get_param(name))
        for index, shim in enumerate(node.shims):
            if shim in seen:
                continue
            seen.add(shim)
            for name, array in shim.tensors().items():
                where = parameter_path(path, f"shim.{index}/{name}")
                if array is not None:
                    found[where] = _Weights(node, name, shim, array)
    return found


def _take_over(pairs: list[tuple[_Weights, _Weights]]) -> None:
    of_shims: dict[Any, dict[str, Any]] = {}
    for ours, theirs in pairs:
        node, name = theirs.node, theirs.name
        if theirs.shim is not None:
            of_shims.setdefault(theirs.shim, theirs.shim.tensors())[name] = ours.array
            continue
        node.set_param(name, node.ops.asarray(ours.node.ops.to_numpy(ours.array)))
        if type(ours.node._weights.get(name)) is not Weight:
            # Made from the node, as the rows of a hash table are from its seed.
            node.attrs.update({k: v for k, v in ours.node.attrs.items() if k in node.attrs})
    for shim, tensors in of_shims.items():
        shim.load_tensors(tensors)
