"""What a message holds, held against a model: every difference is found before any change."""

# The slots of a node are private to users, not to the modules that make up Model.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import CombinetError, DimError, LoadError
from ..paths import parameter_path, short_name
from ..types import Unserializable
from .addresses import addresses, is_transparent
from .attributes import decode_attr
from .message import message_of, refuse_malformed
from .probe import read_probe
from .safetensors_file import Stored
from .tags import decode

if TYPE_CHECKING:
    from ..model import Model


class NodeChange:
    """What loading will set on one node."""

    __slots__ = ("attrs", "dims", "draws", "key", "node", "params", "refs", "shims")

    def __init__(self, node: Model[Any, Any], entry: Mapping[str, Any]) -> None:
        self.node, self.key, self.draws = node, entry["key"], entry["draws"]
        self.dims: dict[str, int | None] = {}
        self.params: dict[str, Any] = {}
        self.attrs: dict[str, Any] = {}
        self.refs: dict[str, Model[Any, Any] | None] = {}
        self.shims: list[tuple[Any, dict[str, Any]]] = []


class Comparison:
    """The differences between a model and a message, and what loading would change.

    Args:
        model: The model that would be changed.
        message: What ``to_dict`` gave, or a file; not trusted.

    Raises:
        LoadError: The message is not one, or of another version.
    """

    def __init__(self, model: Model[Any, Any], message: Mapping[str, Any]) -> None:
        refuse_malformed(message)
        self.model, self.entries = model, message["nodes"]
        self.tensors: Mapping[str, Any] = message["tensors"]
        self.named = addresses(model)
        self.nodes = {address: node for node, address in self.named.items()}
        self.unused = set(self.tensors)
        self.problems: list[str] = []
        self.changes = list(self._compare_nodes())
        #: The sample and the output of the probe, where there is one.
        self.probe = self._probe(message["probe"]) if "probe" in message else None
        self.problems += [f"{name}: unexpected in the file" for name in sorted(self.unused)]

    def _compare_nodes(self) -> Iterator[NodeChange]:
        for address, node in self.nodes.items():
            if address in self.entries and not self._is_another_wrapper(address):
                yield self._compare(address, node, self.entries[address])
            elif not is_transparent(address):
                self._note(address, "missing in the file")
            elif node.role == "chain" and _saved_attrs(node):
                self._note(address, "its attributes are missing in the file")
        for address, entry in self.entries.items():
            if address not in self.nodes and not address.endswith("^"):
                self.problems.append(f"{address} ({entry['name']}): unexpected in the file")
                self.unused -= {n for n in self.unused if n.startswith(f"{address}/")}

    def _is_another_wrapper(self, address: str) -> bool:
        """Wrappers may be put around a layer, left out or exchanged: the file is the layer's."""
        here, there = self.nodes[address].name, str(self.entries[address]["name"])
        return address.endswith("^") and here.partition("(")[0] != there.partition("(")[0]

    def _compare(self, address: str, node: Model[Any, Any], entry: Mapping[str, Any]) -> NodeChange:
        change = NodeChange(node, entry)
        if not node.layers and node.name != entry["name"]:
            self._note(address, f"name {node.name!r} here, {entry['name']!r} in the file")
        self._compare_dims(address, change, entry["dims"])
        self._compare_params(address, change, entry["params"])
        self._compare_attrs(address, change, entry["attrs"])
        self._compare_refs(address, change, entry["refs"])
        self._compare_shims(address, change, entry["shims"])
        return change

    def _compare_dims(self, address: str, change: NodeChange, dims: Mapping[str, Any]) -> None:
        node = change.node
        for name in node.dim_names:
            there = dims.get(name)
            change.dims[name] = node.maybe_get_dim(name) if there is None else there
        if node.role in ("chain", "see-through"):
            return  # it has the dims of its layers, and those are compared
        self._compare_names(address, "dim", node.dim_names, dims)
        for name, there in change.dims.items():
            here = node.maybe_get_dim(name)
            if here is not None and here != there:
                self._note(address, f"dim {name} is {here} here, {there} in the file")

    def _compare_params(self, address: str, change: NodeChange, shapes: Mapping[str, Any]) -> None:
        node = change.node
        self._compare_names(address, "parameter", node.param_names, shapes)
        for name, shape in shapes.items():
            where = parameter_path(address, name)
            if shape is None:
                change.params[name] = None
            elif self._take(where) is not None and name in node.param_names:
                stored = change.params[name] = self.tensors[where]
                self.problems += parameter_problems(where, node, name, change.dims, stored)
                if shape != list(stored.shape):
                    self.problems.append(f"{where}: {shape} by the structure of the file")

    def _compare_attrs(self, address: str, change: NodeChange, attrs: Mapping[str, Any]) -> None:
        node = change.node
        self._compare_names(address, "attribute", _saved_attrs(node), attrs)
        for name, tagged in attrs.items():
            where = parameter_path(address, f"attr.{name}")
            on_host = isinstance(node.attrs.get(name), np.ndarray)

            def take(content: Any, where: str = where, on_host: bool = on_host) -> Any:
                array = self._array_of(content, where)
                return array if on_host else node.ops.asarray(array)

            try:
                change.attrs[name] = decode_attr(tagged, name, node, take)
            except (CombinetError, RecursionError) as error:
                self.problems.append(f"{where}: {_reason(error)}")

    def _compare_refs(self, address: str, change: NodeChange, refs: Mapping[str, Any]) -> None:
        for name, target in refs.items():
            if target is not None and target not in self.nodes:
                self._note(address, f"reference {name!r} leads to {target}, which is not here")
            change.refs[name] = None if target is None else self.nodes.get(target)

    def _compare_shims(self, address: str, change: NodeChange, shims: list[Any]) -> None:
        node = change.node
        if len(shims) != len(node.shims):
            self._note(address, f"{len(node.shims)} shims here, {len(shims)} in the file")
            return
        for index, (shim, entry) in enumerate(zip(node.shims, shims, strict=True)):
            where = parameter_path(address, f"shim.{index}")
            here: Mapping[str, Any] = shim.tensors()
            found: dict[str, Any] = {}
            self._compare_names(address, f"tensor of shim {index}", here, entry["tensors"])
            for name in entry["tensors"]:
                stored = self._take(f"{where}/{name}")
                if stored is not None and name in here:
                    found[name] = stored
                    if here[name] is not None and name not in shim.of_any_size:
                        self.problems += array_problems(f"{where}/{name}", here[name], stored)
            config = self._config(entry["config"], f"{where}/config")
            self.problems += [f"{where}: {misfit}" for misfit in shim.misfits(config)]
            change.shims.append((config, found))

    def _config(self, tagged: Any, where: str) -> Any:
        def find(tag: str, content: Any) -> Any:
            if tag != "!array":
                raise LoadError("a function cannot be part of a shim's config")
            return self._array_of(content, where)

        try:
            return decode(tagged, find)
        except (CombinetError, RecursionError) as error:
            self.problems.append(f"{where}: {_reason(error)}")
            return None

    def _probe(self, probe: Mapping[str, Any]) -> tuple[Any, Any] | None:
        def take(part: str, name: Any) -> Any:
            return self.model.ops.asarray(self._array_of(name, part))

        try:
            return read_probe(probe, take)
        except (CombinetError, RecursionError) as error:
            self.problems.append(f"probe: {_reason(error)}")
            return None

    def _array_of(self, name: Any, where: str) -> Any:
        if type(name) is not str or name.partition("#")[0] != where or name not in self.tensors:
            raise LoadError(f"its array {str(name)[:100]!r} is missing in the file")
        self.unused.discard(name)
        return owned(self.tensors[name])

    def _take(self, name: str) -> Any:
        """A tensor by name, or None and a problem."""
        stored = self.tensors.get(name)
        self.unused.discard(name)
        if stored is None:
            self.problems.append(f"{name}: missing in the file")
        return stored

    def _compare_names(self, address: str, kind: str, here: Any, there: Any) -> None:
        for name in here:
            if name not in there:
                self._note(address, f"{kind} {name!r} is missing in the file")
        for name in there:
            if name not in here:
                self._note(address, f"{kind} {name!r} of the file is unexpected")

    def _note(self, address: str, what: str) -> None:
        name = short_name(self.nodes[address])
        self.problems.append(f"{address} ({name}): {what}" if address else f"{name}: {what}")


def strict_problems(model: Model[Any, Any], message: Mapping[str, Any]) -> list[str]:
    """Names and attributes in which a model differs from a message that would load."""
    mine = message_of(model, lambda array: array, is_saved=False)
    found: list[str] = []
    for address in sorted(mine["nodes"].keys() | message["nodes"].keys()):
        here, there = mine["nodes"].get(address, {}), message["nodes"].get(address, {})
        if here.get("name") != there.get("name"):
            found.append(f"{address}: {here.get('name')!r} here, {there.get('name')!r} in the file")
        if here.get("attrs") != there.get("attrs"):
            found.append(f"{address}: its attributes differ")
    for name, array in mine["tensors"].items():
        of_attribute = name.rpartition("/")[2].startswith("attr.")
        if of_attribute and not np.array_equal(array, owned(message["tensors"][name])):
            found.append(f"{name}: differs")
    return found


def parameter_problems(
    where: str, node: Model[Any, Any], name: str, dims: Mapping[str, int | None], stored: Any
) -> list[str]:
    """How a stored array does not fit a parameter, made or declared, under these dims."""
    weight, made = node._weights.get(name), node.maybe_get_param(name)
    if made is not None:
        return array_problems(where, made, stored)
    if weight is None:
        return []
    # A stand-in with these dims, so that the node itself is not touched.
    trial = object.__new__(type(node))
    for slot in ("name", "_params", "_attrs", "_layers", "_refs", "ops"):
        setattr(trial, slot, getattr(node, slot))
    trial._dims = dict(dims)
    try:
        shape = weight.shape(trial)
    except DimError:
        return [f"{where}: a size that it is made of is open, here and in the file"]
    problems = _shape_problems(where, shape, stored)
    if stored.dtype.kind != "f":
        problems.append(f"{where}: floats here, {stored.dtype} in the file")
    return problems


def array_problems(where: str, here: Any, stored: Any) -> list[str]:
    """How two arrays differ in form."""
    problems = _shape_problems(where, here.shape, stored)
    if here.dtype.name != stored.dtype.name:
        problems.append(f"{where}: {here.dtype} here, {stored.dtype} in the file")
    return problems


def _shape_problems(where: str, shape: tuple[int, ...], stored: Any) -> list[str]:
    if tuple(shape) == tuple(stored.shape):
        return []
    return [f"{where}: shape {tuple(shape)} here, {tuple(stored.shape)} in the file"]


def owned(stored: Any) -> Any:
    """A NumPy array of its own, contiguous and writable, from a file or from a message."""
    if isinstance(stored, Stored):
        return stored.array()
    return np.array(stored, dtype=stored.dtype.newbyteorder("="), order="C")


def _reason(error: Exception) -> str:
    return error.what if isinstance(error, CombinetError) else "it is nested too deep"


def _saved_attrs(node: Model[Any, Any]) -> list[str]:
    return [n for n, value in node.attrs.items() if not isinstance(value, Unserializable)]
