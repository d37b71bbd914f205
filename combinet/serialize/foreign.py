"""Weights out of the safetensors files of others, under names of their own."""

# The slots of a node are private to users, not to the modules that make up Model.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..paths import parameter_path
from .addresses import addresses, is_transparent
from .compare import NodeChange, array_problems, parameter_problems
from .files import naming_file
from .load import apply, refuse, restored_on_error, settle
from .safetensors_file import Stored, read_header

if TYPE_CHECKING:
    from ..model import Model

Rename: TypeAlias = Mapping[str, str | None] | Callable[[str], str | None]


def load_tensors(
    model: Model[Any, Any],
    path: str | PathLike[str],
    rename: Rename | None = None,
    *,
    partial: bool = False,
) -> list[str]:
    """Set parameters from any safetensors file; all that it should set, or nothing.

    Half-precision numbers are widened to float32. A model that is not initialized gets its
    sizes from the shapes in the file.

    Args:
        model: The model that gets the weights.
        path: The file.
        rename: From a name in the file to ``path/param`` as ``model.parameters()`` has it, or
            None to leave a tensor out. A name that a mapping lacks stays as it is; so do all
            if this is omitted.
        partial: Leave parameters that the file lacks as they are, and tensors that the model
            lacks aside. Shapes must agree all the same.

    Returns:
        The names of what was set, sorted.

    Raises:
        LoadError: The file is malformed or does not fit; every difference is listed, and
            nothing was changed.

    Example:
        ``load_tensors(model, "bert.safetensors", lambda name: table.get(name))``
    """
    with naming_file(path):
        _, stored = read_header(Path(path).read_bytes())
        loading = _Loading(model, *_renamed(stored, rename or {}))
        if not partial:
            loading.compare_names()
        refuse(loading.problems)
        with restored_on_error(model):
            apply(loading.changes)
            settle(model)
    return sorted(loading.used)


class _Loading:
    """Tensors under our names, held against a model."""

    def __init__(
        self, model: Model[Any, Any], tensors: Mapping[str, Stored], problems: list[str]
    ) -> None:
        self.tensors, self.problems = tensors, problems
        self.wanted: set[str] = set()
        self.used: set[str] = set()
        named = addresses(model)
        self.changes = [
            self._change(node, address)
            for node, address in named.items()
            if not is_transparent(address)
        ]

    def compare_names(self) -> None:
        """Note what the file lacks and what it has beyond the model."""
        missing, unexpected = self.wanted - self.used, self.tensors.keys() - self.used
        self.problems += [f"{name}: missing in the file" for name in sorted(missing)]
        self.problems += [f"{name}: unexpected in the file" for name in sorted(unexpected)]

    def _change(self, node: Model[Any, Any], address: str) -> NodeChange:
        change = NodeChange(node, {"key": node.key, "draws": node._draws})
        places = {name: parameter_path(address, name) for name in node.param_names}
        found = {name: where for name, where in places.items() if self._take(where)}
        change.dims = self._sizes(node, found)
        for name, where in found.items():
            stored = change.params[name] = self.tensors[where]
            self.problems += parameter_problems(where, node, name, change.dims, stored)
        for index, shim in enumerate(node.shims):
            prefix = parameter_path(address, f"shim.{index}")
            arrays: dict[str, Any] = {}
            for name, array in shim.tensors().items():
                where = f"{prefix}/{name}"
                is_there = self._take(where)
                if array is None:
                    self.problems.append(f"{where}: not made yet: call initialize() first")
                    continue
                if is_there:
                    self.problems += array_problems(where, array, self.tensors[where])
                arrays[name] = self.tensors[where] if is_there else np.array(array)
            change.shims.append((shim.cfg, arrays))
        return change

    def _take(self, where: str) -> bool:
        self.wanted.add(where)
        if where in self.tensors:
            self.used.add(where)
        return where in self.tensors

    def _sizes(self, node: Model[Any, Any], found: Mapping[str, str]) -> dict[str, int | None]:
        """The dims, open ones read off the shapes of parameters that are made of them."""
        dims: dict[str, int | None] = dict(node._dims)
        for name, where in found.items():
            weight, shape = node._weights.get(name), self.tensors[where].shape
            if weight is not None and len(weight.dims) == len(shape):
                for dim, size in zip(weight.dims, shape, strict=True):
                    dims[dim] = size if dims.get(dim) is None else dims[dim]
        return dims


def _renamed(stored: Mapping[str, Stored], rename: Rename) -> tuple[dict[str, Stored], list[str]]:
    """The tensors under our names, and the names that two of them would have."""
    found: dict[str, Stored] = {}
    problems: list[str] = []
    for theirs, tensor in stored.items():
        ours = rename(theirs) if callable(rename) else rename.get(theirs, theirs)
        if ours is None:
            continue
        if ours in found:
            problems.append(f"{ours}: two tensors of the file get this name, one is {theirs}")
        if tensor.dtype == np.float16:
            tensor.dtype = np.dtype("float32")
        found[ours] = tensor
    known: set[str] = set() if callable(rename) else set(rename)
    unknown = sorted(known - stored.keys())
    return found, problems + [f"{name}: to be renamed, and not in the file" for name in unknown]
