"""Taking over some of the weights of one model into another."""

# pyright: reportPrivateUsage=false
# Weights are written into the nodes, as loading does.

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..errors import LoadError
from ..model import Model, Weight
from ..paths import node_paths, parameter_path


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


def transfer(
    source: Model[Any, Any], target: Model[Any, Any], pattern: str, file: Path
) -> Transfer:
    """Copy the parameters that ``pattern`` finds from one model to the same paths of another.

    Raises:
        LoadError: It finds none, or one that the other lacks or has in another shape; nothing
            was changed.
    """
    ours, theirs = _parameters(source), _parameters(target)
    chosen = [name for name in ours if re.search(pattern, name)]
    if not chosen:
        raise LoadError(
            f"partial={pattern!r} finds no parameter of {file}", known=", ".join(ours) or "none"
        )
    misfits = [_misfit(name, ours[name], theirs.get(name)) for name in chosen]
    if found := [misfit for misfit in misfits if misfit]:
        raise LoadError(
            f"{file} does not fit the model it is to be taken over into",
            differences="".join(f"\n    {each}" for each in found),
            fix="initialize the model first; choose other parameters with partial=",
        )
    for name in chosen:
        (node, param), (from_node, _) = theirs[name], ours[name]
        array = from_node.ops.to_numpy(from_node.get_param(param))
        node.set_param(param, node.ops.asarray(array))
        if type(from_node._weights.get(param)) is not Weight:
            # Made from the node, as the rows of a hash table are from its seed.
            node.attrs.update({k: v for k, v in from_node.attrs.items() if k in node.attrs})
    kept = [name for name in theirs if name not in chosen]
    return Transfer(chosen, kept, [name for name in ours if name not in chosen])


def _parameters(model: Model[Any, Any]) -> dict[str, tuple[Model[Any, Any], str]]:
    """Node and name of each parameter that is made, by path."""
    return {
        parameter_path(path, name): (node, name)
        for node, path in node_paths(model).items()
        for name in node.param_names
        if node.has_param(name)
    }


def _misfit(
    name: str, ours: tuple[Model[Any, Any], str], theirs: tuple[Model[Any, Any], str] | None
) -> str:
    if theirs is None:
        return f"{name}: the model has no such parameter"
    shape, wanted = (node.get_param(param).shape for node, param in (ours, theirs))
    return f"{name}: {shape} in the archive, {wanted} in the model" if shape != wanted else ""
