"""Where a node stands in its tree: ``0.2.1``, the child indices from the root.

A chain inside a chain, and wrappers that only look through to their child (``tap``,
``freeze``, ...), take no place of their own: ``a >> b >> c``, ``a >> (b >> c)`` and
``chain(a, b, c)`` give a, b and c the same paths, so the same seeded weights and files.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .errors import CombinetError

if TYPE_CHECKING:
    from .model import Model


def node_paths(root: Model[Any, Any]) -> dict[Model[Any, Any], str]:
    """The path of every node under ``root``; a shared node has its first, depth first."""
    paths: dict[Model[Any, Any], str] = {}
    _assign(root, "", paths)
    return paths


def parameter_path(node_path: str, name: str) -> str:
    """``0.2/W``; just ``W`` for a parameter of the root."""
    return f"{node_path}/{name}" if node_path else name


def spliced(chain: Model[Any, Any]) -> Iterator[Model[Any, Any]]:
    """The layers of a chain, with those of chains directly inside it in their places."""
    for layer in chain.layers:
        if layer.role == "chain":
            yield from spliced(layer)
        else:
            yield layer


def _assign(node: Model[Any, Any], path: str, paths: dict[Model[Any, Any], str]) -> None:
    if node in paths:
        return
    paths[node] = path
    if node.role == "see-through":
        for child in node.layers:
            _assign(child, path, paths)
    elif node.role == "chain":
        _number(node, path, 0, paths)
    else:
        for index, child in enumerate(node.layers):
            _assign(child, _join(path, index), paths)


def _number(
    chain: Model[Any, Any], path: str, index: int, paths: dict[Model[Any, Any], str]
) -> int:
    """Number the layers of ``chain`` from ``index`` on; the next free index."""
    for layer in chain.layers:
        inside = layer
        while inside.role == "see-through" and len(inside.layers) == 1:
            inside = inside.layers[0]
        if inside.role == "chain":
            while layer is not inside:
                paths.setdefault(layer, path)
                layer = layer.layers[0]
            paths.setdefault(inside, path)
            index = _number(inside, path, index, paths)
        else:
            _assign(layer, _join(path, index), paths)
            index += 1
    return index


def _join(path: str, index: int) -> str:
    return f"{path}.{index}" if path else str(index)


def note_where(error: BaseException, root: Model[Any, Any]) -> None:
    """Tell ``error`` which nodes were running when it was raised, from ``root`` down.

    The nodes are read off the traceback: a forward, an infer and a backprop all know their
    node as ``model``. So a model that works pays nothing for its errors.
    """
    paths = node_paths(root)
    trail = [root]
    for node in _running(error.__traceback__, root):
        if node is trail[-1] or (node.role == "chain" and paths.get(node) == paths.get(trail[-1])):
            continue
        trail.append(node)
    path = paths.get(trail[-1], "")
    text = " > ".join(short_name(node) for node in trail) + (f" (path {path})" if path else "")
    if isinstance(error, CombinetError):
        error.where = text
        return
    notes: list[str] = getattr(error, "__notes__", [])
    notes[:] = [note for note in notes if not note.startswith("  where: ")]
    error.add_note(f"  where: {text}")


def _running(traceback: TracebackType | None, root: Model[Any, Any]) -> Iterator[Model[Any, Any]]:
    kind = type(root)
    while traceback is not None:
        node = traceback.tb_frame.f_locals.get("model")
        if isinstance(node, kind):
            yield node
        traceback = traceback.tb_next


def short_name(node: Model[Any, Any]) -> str:
    """The name of a node; long chains by their ends."""
    name = node.name
    if len(name) <= 50:
        return name
    if node.role == "chain" and len(node.layers) > 1:
        return f"{short_name(node.layers[0])}>>...>>{short_name(node.layers[-1])}"
    return f"{name[:24]}...{name[-23:]}"
