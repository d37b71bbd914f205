"""The mappings and lists that configs consist of: asked for, walked, copied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is a section."""
    return isinstance(value, Mapping)


def is_dict(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a value is a section that can be written into."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether a value is a list."""
    return isinstance(value, list)


def is_row(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Whether a value is a list or a tuple."""
    return isinstance(value, list | tuple)


def is_text(value: object) -> bool:
    """Whether a value is a text, as every key of a section is."""
    return isinstance(value, str)


def copied(value: Any) -> Any:
    """Mappings and lists copied, so that nothing is in two places; all else as it is."""
    if is_mapping(value):
        return {key: copied(inner) for key, inner in value.items()}
    return [copied(inner) for inner in value] if is_list(value) else value


def call_of(block: Mapping[str, Any]) -> tuple[str, Any] | None:
    """The ``@registry`` key of a block and the name it gives, or None for a plain section."""
    return next(((k, v) for k, v in block.items() if str(k).startswith("@")), None)


def at(data: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value at a path, or None."""
    node: Any = data
    for part in path:
        node = node.get(part) if is_mapping(node) else None
    return node
