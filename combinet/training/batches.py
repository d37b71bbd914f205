"""Batches: instances in, fields out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .._guards import is_host_array, is_list
from ..errors import CombinetError, DataError
from ..rng import shuffle_generator
from .batchers import Batcher, batch_by_count
from .batchers import Instance as Instance


class Batches:
    """Instances in batches, in a new order each epoch; the order depends on (seed, epoch) alone.

    Args:
        instances: What to batch; each has the same fields.
        size: Instances in a batch, the last has what is left; or a batcher, which may make
            batches of other sizes.
        shuffle: Change the order each epoch.
        seed: Of the order; the process's own when omitted.
    """

    def __init__(
        self,
        instances: Sequence[Instance],
        size: int | Batcher,
        *,
        shuffle: bool = False,
        seed: int | None = None,
    ) -> None:
        if not callable(size) and size < 1:
            raise CombinetError(f"a batch has at least one instance, got size {size}")
        self.batcher = size if callable(size) else batch_by_count(size)
        self.instances, self.size, self.shuffle, self.seed = instances, size, shuffle, seed
        self.epoch = 0

    def __len__(self) -> int:
        """How many batches the next epoch has."""
        if not callable(self.size):
            return -(-len(self.instances) // self.size)
        return sum(1 for _ in self.batcher(self._in_order()))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        ordered = self._in_order()
        self.epoch += 1
        for batch in self.batcher(ordered):
            yield collate(batch)

    def _in_order(self) -> Sequence[Instance]:
        if not self.shuffle:
            return self.instances
        order: Any = np.arange(len(self.instances))
        shuffle_generator(self.seed, self.epoch).shuffle(order)
        chosen: list[int] = order.tolist()
        return [self.instances[i] for i in chosen]


def collate(instances: Sequence[Instance]) -> dict[str, Any]:
    """One dict of fields: numbers, and rows of one length, are stacked; all else is a list.

    Raises:
        DataError: The instances differ in their fields, or there are none.
    """
    if not instances:
        raise DataError("a batch has no instances", fix="let the batcher leave out empty batches")
    names = list(instances[0])
    for i, instance in enumerate(instances):
        if instance.keys() != instances[0].keys():
            raise DataError(
                f"instance {i} of a batch has other fields than the first",
                first=", ".join(names),
                other=", ".join(instance),
            )
    return {name: _stacked([instance[name] for instance in instances]) for name in names}


def _stacked(values: list[Any]) -> Any:
    first = values[0]
    if all(isinstance(value, (int, float, np.number)) for value in values):
        array = np.asarray(values)
        return array.astype("float32") if array.dtype.kind == "f" else array
    alike = all(is_host_array(value) and value.shape == first.shape for value in values)
    return np.stack(values) if alike and first.ndim == 1 else values


def count_units(fields: Mapping[str, Any]) -> tuple[int, str]:
    """How much a batch holds, and of what: words, where a field is lists of words, or rows."""
    for values in fields.values():
        if is_list(values) and values and is_list(values[0]):
            return sum(len(each) for each in values), "words"
    return max((len(values) for values in fields.values()), default=0), "rows"
