"""load_thinc_weights: what Thinc saved, in the same network of our layers."""

# The slots of a node are private to users, not to the modules that load files into it.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

from ..errors import LoadError
from ..model import Model
from ..paths import node_paths, parameter_path
from ..serialize.compare import NodeChange, parameter_problems
from ..serialize.files import naming_file
from ..serialize.load import apply, refuse, restored_on_error, settle
from ._thinc_bytes import as_message, read_msgpack


def load_thinc_weights(
    model: Model[Any, Any], bytes_or_path: bytes | str | PathLike[str]
) -> Model[Any, Any]:
    """Set on a model the weights that Thinc saved of the same network; all of it, or nothing.

    "The same" means the same calls: ``chain(Relu(8), Softmax(3))`` here and there. Nodes are
    matched in the order of ``walk()``, by name. Sizes may be open here: they come from the
    bytes, and so do settings that both have, such as the seed of ``HashEmbed``.

    Thinc need not be installed. The bytes are read by a reader of our own, which runs nothing
    that they say; weights that Thinc keeps in a shim (PyTorch's, say) are not read.

    Args:
        model: It may be initialized or not.
        bytes_or_path: What ``to_bytes`` of Thinc's gave, or the path of what ``to_disk`` wrote;
            so is the file ``model`` in the directory of a trained pipe of spaCy's.

    Returns:
        The model itself.

    Raises:
        LoadError: The bytes are malformed or do not fit; every difference is listed, and
            nothing was changed.
    """
    if isinstance(bytes_or_path, bytes):
        _load(model, bytes_or_path)
    else:
        with naming_file(bytes_or_path):
            _load(model, Path(bytes_or_path).read_bytes())
    return model


def _load(model: Model[Any, Any], data: bytes) -> None:
    message = as_message(read_msgpack(data))
    nodes = list(model.walk())
    if len(nodes) != len(message["nodes"]):
        refuse(_other_nodes(nodes, message["nodes"]))
    problems: list[str] = []
    changes: list[NodeChange] = []
    paths = node_paths(model)
    for index, node in enumerate(nodes):
        parts = {name: message[name][index] for name in ("nodes", "attrs", "params", "shims")}
        change = NodeChange(node, {"key": node.key, "draws": node._draws})
        changes.append(change)
        where = paths[node]
        mine = [*_compare_node(node, parts, change), *_compare_params(node, where, parts, change)]
        problems += [f"{where} ({node.name}): {p}" if where else f"{node.name}: {p}" for p in mine]
    refuse(problems)
    with restored_on_error(model):
        apply(changes)
        settle(model)


def _other_nodes(nodes: list[Model[Any, Any]], infos: list[Any]) -> list[str]:
    here, there = Counter(node.name for node in nodes), Counter(info["name"] for info in infos)
    return [
        f"{len(nodes)} nodes here, {len(infos)} in the file",
        *(f"missing in the file: {name!r}" for name in (here - there).elements()),
        *(f"unexpected in the file: {name!r}" for name in (there - here).elements()),
    ]


def _compare_node(
    node: Model[Any, Any], parts: dict[str, Any], change: NodeChange
) -> Iterator[str]:
    """Name, sizes, settings and shims."""
    info = parts["nodes"]
    if not node.layers and node.name != info["name"]:
        yield f"name {node.name!r} here, {info['name']!r} in the file"
    change.dims = dict(node._dims)
    for name, there in info["dims"].items():
        here = node.maybe_get_dim(name)
        if name in change.dims and there is not None:
            change.dims[name] = there
        if here is not None and there is not None and here != there:
            yield f"dim {name} is {here} here, {there} in the file"
    for name, packed in parts["attrs"].items():
        try:
            value = read_msgpack(packed) if isinstance(packed, bytes) else None
        except LoadError:
            value = None  # of a type that Thinc has and we have not
        if name in node.attrs and type(value) in (int, float, bool, str):
            change.attrs[name] = value
    if parts["shims"]:
        yield f"{len(parts['shims'])} shims in the file, which only Thinc can read"


def _compare_params(
    node: Model[Any, Any], where: str, parts: dict[str, Any], change: NodeChange
) -> Iterator[str]:
    """Names and shapes of the parameters."""
    found = parts["params"]
    for name in node.param_names:
        if found.get(name) is None:
            yield f"parameter {name!r} is missing in the file"
    for name, array in found.items():
        if name not in node.param_names:
            yield f"parameter {name!r} of the file is unexpected"
        elif array is not None:
            change.params[name] = array
            whole = parameter_path(where, name)
            problems = parameter_problems(whole, node, name, change.dims, array)
            yield from (problem.removeprefix(f"{whole}: ") for problem in problems)
