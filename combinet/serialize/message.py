"""A model as plain data: what ``to_dict`` gives and a file holds.

``{"format": 1, "nodes": {address: entry}, "tensors": {name: array}}``. An entry holds what one
node is: name, dims, shapes of its parameters, attributes, references, shims, random stream.
Format 2 has a ``probe`` besides: ``{"input": ..., "output": ...}``, see ``probe``.
"""

# The slots of a node are private to users, not to the modules that make up Model.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import CombinetError, LoadError, SaveError
from ..paths import parameter_path
from ..types import Unserializable
from .addresses import addresses, is_transparent
from .attributes import encode_attr
from .safetensors_file import DTYPES, is_dict, is_list
from .tags import encode

if TYPE_CHECKING:
    from ..model import Model

#: The versions of the format: a file has the first that can hold what is in it, so that a model
#: without a probe is read by every combinet. A file of another version is refused.
PLAIN, PROBED = 1, 2
_KEYS = {
    PLAIN: {"format", "nodes", "tensors"},
    PROBED: {"format", "nodes", "tensors", "probe"},
}

_ENTRY: dict[str, type | tuple[type, ...]] = {
    "attrs": dict,
    "dims": dict,
    "draws": int,
    "key": (int, type(None)),
    "name": str,
    "params": dict,
    "refs": dict,
    "shims": list,
}


def to_dict(model: Model[Any, Any]) -> dict[str, Any]:
    """Everything that a file holds; the arrays are copies.

    Raises:
        SaveError: An attribute has no faithful form, or a reference leads out of the tree.
    """
    return message_of(model, lambda array: np.array(array, array.dtype.newbyteorder("=")))


def message_of(
    model: Model[Any, Any], own: Callable[[Any], Any], *, is_saved: bool = True
) -> dict[str, Any]:
    """``to_dict`` with ``own`` to make an array the message's.

    Args:
        model: What is described.
        own: From an array to what the message holds of it.
        is_saved: Refuse what could not be loaded again.
    """
    named = addresses(model)
    tensors: dict[str, Any] = {}
    nodes: dict[str, Any] = {}
    for node, address in named.items():
        writer = _Writer(node, address, tensors, own, is_saved)
        entry = writer.entry(named)
        if not is_transparent(address) or entry["attrs"] or entry["refs"]:
            nodes[address] = entry
    return {"format": PLAIN, "nodes": nodes, "tensors": tensors}


class _Writer:
    """Writes one node; its arrays go among the tensors of the message."""

    def __init__(
        self,
        node: Model[Any, Any],
        address: str,
        tensors: dict[str, Any],
        own: Callable[[Any], Any],
        is_saved: bool,
    ) -> None:
        self.node, self.address, self.tensors, self.own = node, address, tensors, own
        self.is_saved = is_saved

    def entry(self, named: dict[Model[Any, Any], str]) -> dict[str, Any]:
        node, address = self.node, self.address
        if is_transparent(address):
            if node.param_names or node.shims:
                raise SaveError(
                    f"{node.name!r} has parameters and takes no place in paths",
                    fix="only a node with role 'layer' may hold parameters",
                )
            return self._empty() | {"attrs": self._attrs(), "refs": self._refs(named)}
        return {
            "attrs": self._attrs(),
            "dims": dict(node._dims),
            "draws": node._draws,
            "key": node.key,
            "name": node.name,
            "params": {n: self._param(n, value) for n, value in node._params.items()},
            "refs": self._refs(named),
            "shims": [self._shim(i) for i in range(len(node.shims))],
        }

    def _empty(self) -> dict[str, Any]:
        nothing: dict[str, Any] = {"dims": {}, "params": {}, "shims": []}
        return nothing | {"name": self.node.name, "key": None, "draws": 0}

    def _param(self, name: str, value: Any) -> list[int] | None:
        if value is None:
            return None
        self._put(parameter_path(self.address, name), value)
        return list(value.shape)

    def _refs(self, named: dict[Model[Any, Any], str]) -> dict[str, str | None]:
        refs: dict[str, str | None] = {}
        for name, target in self.node._refs.items():
            if target is not None and target not in named:
                raise SaveError(
                    f"reference {name!r} of {self.node.name!r} leads out of the tree",
                    target=target.name,
                    fix="save the model that holds both, or unset the reference",
                )
            refs[name] = None if target is None else named[target]
        return refs

    def _shim(self, index: int) -> dict[str, Any]:
        shim = self.node.shims[index]
        prefix = parameter_path(self.address, f"shim.{index}")
        try:
            arrays = shim.tensors()
        except CombinetError as error:
            raise SaveError(
                f"{self.node.name!r} cannot be saved", path=prefix, reason=error
            ) from error
        for name, array in arrays.items():
            if array is not None:
                self._put(f"{prefix}/{name}", array)
            elif self.is_saved:
                raise SaveError(
                    f"a weight of {self.node.name!r} is not made yet",
                    path=f"{prefix}/{name}",
                    fix="call initialize() first",
                )
        return {"config": self._faithful(shim.cfg, f"{prefix}/config"), "tensors": sorted(arrays)}

    def _attrs(self) -> dict[str, Any]:
        return {
            name: self._faithful(value, parameter_path(self.address, f"attr.{name}"), name)
            for name, value in self.node.attrs.items()
            if not isinstance(value, Unserializable)
        }

    def _faithful(self, value: Any, where: str, attr: str | None = None) -> Any:
        """The JSON of a value; its arrays are named after ``where``."""
        count = 0

        def put(array: Any) -> str:
            nonlocal count
            name = where if count == 0 else f"{where}#{count}"
            count += 1
            return self._put(name, array)

        try:
            return encode(value, put) if attr is None else encode_attr(value, attr, self.node, put)
        except RecursionError as error:
            raise self._refused(where, "it contains itself") from error
        except CombinetError as error:
            raise self._refused(where, error.what) from error

    def _refused(self, where: str, reason: str) -> SaveError:
        return SaveError(
            f"attribute {where.rpartition('attr.')[2]!r} of {self.node.name!r} cannot be saved",
            path=where,
            reason=reason,
            fix="register the function or class, register serialize_attr for its type, or wrap it "
            "in Unserializable to leave it out on purpose",
        )

    def _put(self, name: str, array: Any) -> str:
        if name in self.tensors:
            raise SaveError(f"two arrays would be called {name!r}", fix="rename one of them")
        if array.dtype.name not in DTYPES:
            raise SaveError(f"{name!r} holds {array.dtype}, which cannot be saved")
        self.tensors[name] = self.own(self.node.ops.to_numpy(array))
        return name


def refuse_malformed(message: Mapping[str, Any]) -> None:
    """Raise unless the message has the form that ``to_dict`` gives it."""
    version = message.get("format")
    if type(version) is not int or version not in _KEYS:
        raise LoadError(
            f"the format is version {version!r}, and this combinet reads 1 to {PROBED}"[:200],
            fix="load it with the combinet that wrote it, or a newer one",
        )
    entries = message.get("nodes")
    if set(message) != _KEYS[version] or not is_dict(entries):
        raise LoadError("this is not the structure of a model")
    probe = message.get("probe")
    if version == PROBED and not (is_dict(probe) and set(probe) == {"input", "output"}):
        raise LoadError("the probe of the file is malformed")
    for address, entry in entries.items():
        if not _is_entry(entry):
            raise LoadError(f"the entry of layer {address!r} is malformed"[:200])


def _is_entry(entry: Any) -> bool:
    if not is_dict(entry) or set(entry) != set(_ENTRY):
        return False
    if any(not isinstance(entry[key], kind) for key, kind in _ENTRY.items()):
        return False
    sizes = [entry["draws"], *(n for n in (entry["key"], *entry["dims"].values()) if n is not None)]
    refs_are_names = all(ref is None or type(ref) is str for ref in entry["refs"].values())
    are_sizes = all(type(n) is int and 0 <= n < 2**64 for n in sizes)
    return are_sizes and refs_are_names and all(map(_is_shim, entry["shims"]))


def _is_shim(entry: Any) -> bool:
    return (
        is_dict(entry)
        and set(entry) == {"config", "tensors"}
        and is_list(entry["tensors"])
        and all(type(name) is str for name in entry["tensors"])
    )
