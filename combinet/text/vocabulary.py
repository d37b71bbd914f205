"""Vocabulary: numbers for names, by namespace, in the order in which they were added."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from .._guards import is_dict, is_list, is_tuple
from .._replace import replacing
from ..errors import LabelError, LoadError, UnknownName
from ..registry import did_you_mean

PADDING, UNKNOWN = "@@PADDING@@", "@@UNKNOWN@@"


class Vocabulary:
    """Names and their numbers, a table for each namespace such as "tokens" or "labels".

    A namespace has two names at its start that stand for no name: number 0 fills the room of
    shorter sequences, number 1 is what an unknown name gets. Labels have neither, for a network
    would predict them: a namespace whose name ends in "labels" or "tags" is without.

    Args:
        namespaces: Names in the order of their numbers, by namespace.
        non_padded_namespaces: Patterns of the namespaces without padding and unknown.
        padding, unknown: The two names.

    Example:
        >>> vocab = Vocabulary({"tokens": ["the", "dog"], "labels": ["noun"]})
        >>> vocab.indices(["the", "cat"]), vocab.get_token_index("noun", "labels")
        ([2, 1], 0)
    """

    __slots__ = ("_indices", "_names", "non_padded_namespaces", "padding", "unknown")

    def __init__(
        self,
        namespaces: Mapping[str, Iterable[str]] = {},
        *,
        non_padded_namespaces: Sequence[str] = ("*tags", "*labels"),
        padding: str = PADDING,
        unknown: str = UNKNOWN,
    ) -> None:
        self.non_padded_namespaces = tuple(non_padded_namespaces)
        self.padding, self.unknown = padding, unknown
        self._names: dict[str, list[str]] = {}
        self._indices: dict[str, dict[str, int]] = {}
        for namespace, names in namespaces.items():
            for name in names:
                self.add_token_to_namespace(name, namespace)

    @classmethod
    def from_instances(
        cls,
        instances: Iterable[Mapping[str, Any]],
        namespaces: Mapping[str, str],
        *,
        min_count: Mapping[str, int] = {},
        max_size: Mapping[str, int] = {},
    ) -> Vocabulary:
        """A new one of what the fields of instances hold; see ``extend_from_instances``."""
        vocab = cls()
        vocab.extend_from_instances(instances, namespaces, min_count=min_count, max_size=max_size)
        return vocab

    def extend_from_instances(
        self,
        instances: Iterable[Mapping[str, Any]],
        namespaces: Mapping[str, str],
        *,
        min_count: Mapping[str, int] = {},
        max_size: Mapping[str, int] = {},
    ) -> None:
        """Add what the fields of instances hold, the most frequent name first.

        Numbers that were given before stay. Names of one frequency come in sorted order.

        Args:
            instances: Their fields hold a name, or a list of names; None is no name.
            namespaces: From the name of a field to the namespace of what is in it.
            min_count: How often a name must occur, by namespace; once when omitted.
            max_size: How many names to add at most, by namespace; all when omitted.

        Raises:
            UnknownName: A limit is set for a namespace that no field has.
            LabelError: A limit is set for a namespace without an unknown name.
        """
        counts: dict[str, Counter[str]] = {name: Counter() for name in namespaces.values()}
        for limited in (*min_count, *max_size):
            self._check_limit(limited, list(counts))
        for instance in instances:
            for field, namespace in namespaces.items():
                counts[namespace].update(_names_in(instance.get(field)))
        for namespace, counter in counts.items():
            ranked = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
            kept = [name for name, count in ranked if count >= min_count.get(namespace, 1)]
            for name in kept[: max_size.get(namespace)]:
                self.add_token_to_namespace(name, namespace)

    def extend_from_vocab(self, other: Vocabulary) -> None:
        """Add the names of another; numbers that were given before stay."""
        for namespace in other.namespaces:
            for name in other.get_tokens(namespace):
                if name not in (other.padding, other.unknown) or not other.is_padded(namespace):
                    self.add_token_to_namespace(name, namespace)

    def add_token_to_namespace(self, token: str, namespace: str = "tokens") -> int:
        """The number of a name, a new one if it has none yet."""
        if namespace not in self._indices:
            at_start = [] if self._wants_none(namespace) else [self.padding, self.unknown]
            self._names[namespace] = at_start
            self._indices[namespace] = {name: i for i, name in enumerate(at_start)}
        indices = self._indices[namespace]
        index = indices.setdefault(token, len(indices))
        if index == len(self._names[namespace]):
            self._names[namespace].append(token)
        return index

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Every namespace that has names."""
        return tuple(self._names)

    def is_padded(self, namespace: str) -> bool:
        """Whether the namespace begins with the names for padding and unknown."""
        if namespace in self._names:
            return self._names[namespace][:2] == [self.padding, self.unknown]
        return not self._wants_none(namespace)

    def get_vocab_size(self, namespace: str = "tokens") -> int:
        """How many names the namespace has, padding and unknown among them."""
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
        """The number of a name; that of the unknown, where the namespace has it.

        Raises:
            LabelError: It has none.
        """
        index = self._indices.get(namespace, {}).get(token)
        if index is not None:
            return index
        if namespace in self._names and self.is_padded(namespace):
            return self._indices[namespace][self.unknown]
        names = self.get_tokens(namespace)
        shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        raise LabelError(
            f"{token!r} is not among the {len(names)} {namespace}",
            known=shown or "none",
            fix="train on data that has it, or leave the row out",
        )

    def indices(self, tokens: Iterable[str], namespace: str = "tokens") -> list[int]:
        """The number of each name, as ``get_token_index`` gives it."""
        known = self._indices.get(namespace, {})
        return [
            known[token] if token in known else self.get_token_index(token, namespace)
            for token in tokens
        ]

    def to_dict(self) -> dict[str, list[str]]:
        """Names by namespace, as JSON can hold them."""
        return {namespace: list(names) for namespace, names in self._names.items()}

    @classmethod
    def from_dict(cls, data: Any, *, padding: str = PADDING, unknown: str = UNKNOWN) -> Vocabulary:
        """The inverse of ``to_dict``: a namespace is padded if its names begin with the two.

        Raises:
            LoadError: ``data`` is not of that form.
        """
        if not is_dict(data):
            raise LoadError("a vocabulary is a table of lists of names")
        vocab = cls(padding=padding, unknown=unknown)
        for namespace, names in data.items():
            if not isinstance(namespace, str) or not _is_list_of_different_strings(names):
                raise LoadError(f"the names in {namespace!r} are not a list of different strings")
            vocab._names[namespace] = list(names)
            vocab._indices[namespace] = {name: i for i, name in enumerate(names)}
        return vocab

    def to_disk(self, path: str | os.PathLike[str]) -> None:
        """Write ``to_dict`` as JSON: the file that is there stays until the new one is whole."""
        import json

        with replacing(path) as file:
            file.write(json.dumps(self.to_dict(), indent=1).encode("ascii"))

    @classmethod
    def from_disk(
        cls, path: str | os.PathLike[str], *, padding: str = PADDING, unknown: str = UNKNOWN
    ) -> Vocabulary:
        """Read what ``to_disk`` wrote.

        Raises:
            LoadError: There is no such file, or it holds no vocabulary.
        """
        import json

        try:
            data = json.loads(Path(path).read_text("utf-8"))
            return cls.from_dict(data, padding=padding, unknown=unknown)
        except LoadError as error:
            raise LoadError(f"{os.fspath(path)!r} holds no vocabulary: {error.what}") from error
        except (OSError, ValueError, RecursionError) as error:
            raise LoadError(f"{os.fspath(path)!r} holds no vocabulary: {error}") from error

    def _wants_none(self, namespace: str) -> bool:
        return any(fnmatchcase(namespace, pattern) for pattern in self.non_padded_namespaces)

    def _check_limit(self, namespace: str, known: list[str]) -> None:
        if namespace not in known:
            raise UnknownName(
                f"a limit is set for {namespace!r}, which no field goes into",
                known=", ".join(known),
                fix=did_you_mean(namespace, known),
            )
        if not self.is_padded(namespace):
            raise LabelError(
                f"{namespace!r} has no unknown name, so none of its names can be left out",
                fix="leave out instances in place of labels",
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}: {len(names)}" for name, names in self._names.items())
        return f"Vocabulary({sizes})"


def _names_in(value: Any) -> Iterable[str]:
    """The names in a field."""
    if value is None:
        return ()
    values = value if is_list(value) or is_tuple(value) else (value,)
    return (str(each) for each in values if each is not None)


def _is_list_of_different_strings(names: Any) -> bool:
    return (
        is_list(names)
        and all(isinstance(name, str) for name in names)
        and len(set(names)) == len(names)
    )
