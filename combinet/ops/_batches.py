"""Minibatches of sequences, in order or shuffled by a stream of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, repeat
from typing import Any, cast

import numpy as np

from ..errors import DataError, DTypeError, ShapeError
from ..rng import shuffle_generator
from ..types import SizedGenerator
from ._base import BaseOps


class BatchOps(BaseOps):
    """Cutting data into batches.

    A size is an int, or ints to iterate over (a schedule) that is drawn from at the call.
    ``shuffle=True`` takes a new order at each iteration, from the shuffling stream of
    ``combinet.rng`` and from no other. ``buffer`` batches are cut at a time.
    """

    def minibatch(
        self,
        size: int | Iterable[int],
        sequence: Any,
        *,
        shuffle: bool = False,
        buffer: int = 1,
    ) -> SizedGenerator[Any]:
        """Batches of one sequence: lists of a list, tuples of a tuple, else what indexing gives.

        Raises:
            DTypeError: ``sequence`` has no length.
            ShapeError: A size is below 1.
        """
        batches = self.multibatch(size, sequence, shuffle=shuffle, buffer=buffer)

        def get_items() -> Iterator[Any]:
            return (batch for (batch,) in batches)

        return SizedGenerator(get_items, len(batches))

    def multibatch(
        self,
        size: int | Iterable[int],
        sequence: Any,
        *others: Any,
        shuffle: bool = False,
        buffer: int = 1,
    ) -> SizedGenerator[list[Any]]:
        """Batches of several sequences in one order: a list with one batch of each.

        Raises:
            DTypeError: A sequence has no length.
            ShapeError: The sequences differ in length, or a size is below 1.
        """
        sequences = (sequence, *others)
        total = _common_length(sequences)
        bounds = _bounds(size, total)

        def get_items() -> Iterator[list[Any]]:
            order = shuffle_generator().permutation(total) if shuffle else None
            for first in range(0, len(bounds) - 1, buffer):
                spans = pairwise(bounds[first : first + buffer + 1])
                yield from [
                    [self._take(each, start, stop, order) for each in sequences]
                    for start, stop in spans
                ]

        return SizedGenerator(get_items, len(bounds) - 1)

    def _take(self, sequence: Any, start: int, stop: int, order: Any) -> Any:
        """Items ``start`` to ``stop`` of ``sequence``, in that order where there is one."""
        if order is None and isinstance(sequence, list | tuple):
            return cast(Any, sequence[start:stop])
        places: Any = np.arange(start, stop) if order is None else order[start:stop]
        if isinstance(sequence, list | tuple):
            items: list[Any] = [sequence[i] for i in places.tolist()]
            return items if isinstance(sequence, list) else tuple(items)
        on_device = isinstance(sequence, self.xp.ndarray)
        return sequence[self.xp.asarray(places) if on_device else places]


def _common_length(sequences: Sequence[Any]) -> int:
    for each in sequences:
        if not hasattr(each, "__len__"):
            raise DTypeError(
                f"batches are cut from data that has a length, got {type(each).__name__}",
                fix="make a list of it",
            )
    lengths = [len(each) for each in sequences]
    if len(set(lengths)) > 1:
        raise ShapeError("sequences to batch together must have one length", lengths=lengths)
    return lengths[0]


def _bounds(size: int | Iterable[int], total: int) -> list[int]:
    """Where the batches begin, and the end of the last."""
    bounds = [0]
    sizes = iter(size) if isinstance(size, Iterable) else repeat(size)
    while bounds[-1] < total:
        step = next(sizes, None)
        if step is None:
            raise DataError(f"the batch sizes ended at item {bounds[-1]} of {total}")
        if step < 1:
            raise ShapeError(f"a batch has at least one item, got a size of {step}")
        bounds.append(min(total, bounds[-1] + int(step)))
    return bounds
