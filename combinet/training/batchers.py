"""Batchers: how instances, in the order of an epoch, are put together into batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from .._guards import is_list, is_tuple
from ..errors import CombinetError, DataError
from ..registry import registry

Instance: TypeAlias = Mapping[str, Any]
#: From instances, in order, to the batches of an epoch.
Batcher: TypeAlias = Callable[[Sequence[Instance]], Iterable[Sequence[Instance]]]


@registry.batchers("combinet.batch_by_count.v1")
def batch_by_count(size: int) -> Batcher:
    """``size`` instances in each batch; the last has what is left.

    Raises:
        CombinetError: ``size`` is below 1.
    """
    return partial(_by_count, size=_at_least_one(size))


@registry.batchers("combinet.batch_by_words.v1")
def batch_by_words(size: int, tolerance: float = 0.2, discard_oversize: bool = False) -> Batcher:
    """Batches of about ``size`` words, whatever the lengths of the documents.

    A batch takes instances while it has fewer than ``size`` words, and one more only if that
    leaves it within the tolerance. An instance that is larger by itself is a batch of its own.

    Args:
        size: Words in a batch.
        tolerance: By what part of ``size`` a batch may be larger.
        discard_oversize: Leave out instances that are larger by themselves.

    Raises:
        CombinetError: ``size`` is below 1, or the tolerance below 0.
        DataError: Once it runs: an instance has no list of words.
    """
    if not tolerance >= 0:
        raise CombinetError(f"tolerance = {tolerance} makes no sense", fix="tolerance >= 0")
    most = _at_least_one(size) * (1 + tolerance)
    return partial(_by_words, size=size, most=most, discard_oversize=discard_oversize)


@registry.batchers("combinet.batch_by_padded.v1")
def batch_by_padded(size: int, buffer: int = 256, discard_oversize: bool = False) -> Batcher:
    """Batches of at most ``size`` words once each document is padded to the longest among them.

    ``buffer`` instances at a time are sorted by length, so that those of like lengths come
    together and little is padded. An instance that is larger by itself is a batch of its own.

    Args:
        size: The number of instances of a batch times the words of its longest.
        buffer: Instances that are sorted together; the larger, the less is padded, and the
            less is left of the order they came in.
        discard_oversize: Leave out instances that are larger by themselves.

    Raises:
        CombinetError: ``size`` or ``buffer`` is below 1.
        DataError: Once it runs: an instance has no list of words.
    """
    _at_least_one(size, "size")
    _at_least_one(buffer, "buffer")
    return partial(_by_padded, size=size, buffer=buffer, discard_oversize=discard_oversize)


def count_words(instance: Instance) -> int:
    """How many words an instance has: the items of the first field that is a list.

    Raises:
        DataError: No field is one.
    """
    for value in instance.values():
        if is_list(value) or is_tuple(value):
            return len(value)
    raise DataError(
        "this way of batching counts words, and an instance has no list of words",
        fields=", ".join(instance),
        fix="give the reader a tokenizer, or batch by count",
    )


def _by_count(instances: Sequence[Instance], *, size: int) -> Iterator[Sequence[Instance]]:
    for start in range(0, len(instances), size):
        yield instances[start : start + size]


def _by_words(
    instances: Sequence[Instance], *, size: int, most: float, discard_oversize: bool
) -> Iterator[Sequence[Instance]]:
    batch: list[Instance] = []
    filled = 0
    for instance in instances:
        words = count_words(instance)
        if words > most and discard_oversize:
            continue
        if batch and (filled >= size or filled + words > most):
            yield batch
            batch, filled = [], 0
        batch.append(instance)
        filled += words
    if batch:
        yield batch


def _by_padded(
    instances: Sequence[Instance], *, size: int, buffer: int, discard_oversize: bool
) -> Iterator[Sequence[Instance]]:
    for start in range(0, len(instances), buffer):
        batch: list[Instance] = []
        for instance in sorted(instances[start : start + buffer], key=count_words):
            words = count_words(instance)  # no shorter than any that is in the batch
            if words > size and discard_oversize:
                break
            if batch and (len(batch) + 1) * words > size:
                yield batch
                batch = []
            batch.append(instance)
        if batch:
            yield batch


def _at_least_one(value: int, name: str = "size") -> int:
    if value < 1:
        raise CombinetError(f"{name} = {value} makes no sense", fix=f"{name} >= 1")
    return value
