"""Vocabulary: numbers for names, by namespace, in the order in which they were first seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._guards import is_dict, is_list
from ..errors import LabelError, LoadError


class Vocabulary:
    """Names and their numbers, a table for each namespace such as "labels".

    Args:
        namespaces: Names in the order of their numbers, by namespace.
    """

    __slots__ = ("_indices", "_names")

    def __init__(self, namespaces: Mapping[str, Iterable[str]] = {}) -> None:
        self._names: dict[str, list[str]] = {}
        self._indices: dict[str, dict[str, int]] = {}
        for namespace, names in namespaces.items():
            for name in names:
                self.add_token_to_namespace(name, namespace)

    def add_token_to_namespace(self, token: str, namespace: str = "tokens") -> int:
        """The number of a name, a new one if it has none yet."""
        indices = self._indices.setdefault(namespace, {})
        index = indices.setdefault(token, len(indices))
        names = self._names.setdefault(namespace, [])
        if index == len(names):
            names.append(token)
        return index

    def get_vocab_size(self, namespace: str = "tokens") -> int:
        """How many names the namespace has."""
        return len(self._names.get(namespace, ()))

    def get_tokens(self, namespace: str = "tokens") -> tuple[str, ...]:
        """All names of the namespace, in the order of their numbers."""
        return tuple(self._names.get(namespace, ()))

    def get_token_from_index(self, index: int, namespace: str = "tokens") -> str:
        """The name of a number.

        Raises:
            LabelError: There is none.
        """
        names = self._names.get(namespace, [])
        if not 0 <= index < len(names):
            raise LabelError(f"{namespace!r} has {len(names)} names, so none is number {index}")
        return names[index]

    def get_token_index(self, token: str, namespace: str = "tokens") -> int:
        """The number of a name.

        Raises:
            LabelError: It has none.
        """
        index = self._indices.get(namespace, {}).get(token)
        if index is None:
            names = self.get_tokens(namespace)
            shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
            raise LabelError(
                f"{token!r} is not among the {len(names)} {namespace}",
                known=shown or "none",
                fix="train on data that has it, or leave the row out",
            )
        return index

    def to_dict(self) -> dict[str, list[str]]:
        """Names by namespace, as JSON can hold them."""
        return {namespace: list(names) for namespace, names in self._names.items()}

    @classmethod
    def from_dict(cls, data: Any) -> Vocabulary:
        """The inverse of ``to_dict``.

        Raises:
            LoadError: ``data`` is not of that form.
        """
        if not is_dict(data):
            raise LoadError("a vocabulary is a table of lists of names")
        for namespace, names in data.items():
            if not _is_list_of_different_strings(names):
                raise LoadError(f"the names in {namespace!r} are not a list of different strings")
        return cls(data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}: {len(names)}" for name, names in self._names.items())
        return f"Vocabulary({sizes})"


def _is_list_of_different_strings(names: Any) -> bool:
    return (
        is_list(names)
        and all(isinstance(name, str) for name in names)
        and len(set(names)) == len(names)
    )
