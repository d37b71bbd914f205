"""What an optimizer makes ready once, so that a step is one call to the backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import ref

import numpy as np

from .._live import EPOCH
from ..errors import ShapeError
from ..ops import Ops, get_current_ops
from ..ops.step_table import COLUMNS, StepTable, T
from ..types import Parameter
from ._groups import FROZEN, REST, GroupTable
from ._rules import Rule, Settings

if TYPE_CHECKING:
    from .optimizer import Optimizer

Key: TypeAlias = tuple[int, str]
_REFERENCE = Ops()
_numbers = count(1)
#: Writes past the watch of a live dict, for the table that has counted itself.
_write: Callable[[dict[Key, int], dict[Key, int]], None] = dict[Any, Any].update


class Rows(list[Parameter]):
    """All parameters of a model, the same object as long as none of them is another array.

    Attributes:
        ops: What the model runs on.
        steps: Finds what the last optimizer that took a step on them made ready, which is that
            optimizer's own: it dies with it.
    """

    __slots__ = ("__weakref__", "ops", "steps")
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(self, rows: Sequence[Parameter], ops: Ops) -> None:
        super().__init__(rows)
        self.ops = ops
        self.steps: Callable[[], Steps | None] = _nothing


def _nothing() -> None:
    return None


class Steps:
    """The parameters that an optimizer steps together, and the table for the backend.

    Args:
        optimizer: Whose moments and averages these are.
        rows: Parameters; those without a gradient are left out.
        settings: By group.

    Attributes:
        number: No other has the same.
    """

    __slots__ = (
        "__weakref__",
        "_epoch",
        "_groups",
        "_optimizer",
        "_same_count",
        "_stamp",
        "frozen",
        "keys",
        "live",
        "number",
        "ops",
        "table",
    )

    def __init__(
        self, optimizer: Optimizer, rows: Sequence[Parameter], settings: Mapping[int, Settings]
    ) -> None:
        self.number = next(_numbers)
        self._optimizer = ref(optimizer)
        self.live, self._groups, self.frozen = _sorted_out(rows, optimizer.groups)
        self.keys = [row.key for row in self.live]
        slots = _moments(optimizer, self.live, [settings[g] for g in self._groups])
        averages = optimizer.averages
        self.table = StepTable(
            optimizer.rule.name,
            optimizer.rule.update,
            weights=[row.weights for row in self.live],
            gradients=[row.gradient for row in self.live],
            mom1=slots[0],
            mom2=slots[1],
            averages=None if averages is None else [_kept(averages, row) for row in self.live],
            settings=np.zeros((len(self.live), COLUMNS)),
            decay_first=optimizer.rule.decay_first,
        )
        self.ops = _ops_for(self.table.weights, rows.ops if isinstance(rows, Rows) else None)
        optimizer.paths.update((row.key, row.path) for row in self.live)
        self._stamp: tuple[Any, ...] | None = None
        self._epoch = -1
        self._same_count: int | None = None

    def holds(self, optimizer: Optimizer) -> bool:
        """Whether it is still true of the optimizer, apart from the numbers in the table."""
        if self._optimizer() is not optimizer:
            return False
        return self._epoch == EPOCH.number or self._compare(optimizer)

    def _compare(self, optimizer: Optimizer) -> bool:
        """Look up everything again; that of the optimizer's state, which anybody may replace."""
        table, averages = self.table, optimizer.averages
        kept = [(optimizer.mom1, table.mom1), (optimizer.mom2, table.mom2)]
        if (table.averages is None) != (averages is None) or table.update is not (
            optimizer.rule.update
        ):
            return False
        if averages is not None and table.averages is not None:
            kept.append((averages, table.averages))
        epoch = EPOCH.number
        for slot, arrays in kept:
            found = map(slot.get, self.keys)
            if any(a is not b for a, b in zip(arrays, found, strict=True) if a is not None):
                return False
        self._epoch, self._stamp = epoch, None
        self.read_counts(optimizer)
        return True

    def read_counts(self, optimizer: Optimizer) -> None:
        """Take how many steps each parameter has had from the optimizer."""
        counts = [optimizer.nr_update.get(key, 0) for key in self.keys]
        self.table.settings[:, T] = counts
        self._same_count = counts[0] if len(set(counts)) == 1 else None

    def write_counts(self, optimizer: Optimizer) -> None:
        """Tell the optimizer that each parameter has had a step more."""
        if self._same_count is not None:
            self._same_count += 1
            counted = dict.fromkeys(self.keys, self._same_count)
        else:
            counts = map(int, self.table.settings[:, T].tolist())
            counted = dict(zip(self.keys, counts, strict=True))
        _write(optimizer.nr_update, counted)

    def set_numbers(
        self,
        optimizer: Optimizer,
        stamp: tuple[Any, ...],
        settings: Callable[[], Mapping[int, Settings]],
    ) -> bool:
        """Write the settings into the table; False if they ask for another one.

        Args:
            stamp: Equal to the last one where the settings are what they were.
            settings: By group.
        """
        if stamp == self._stamp:
            return True
        found, table = settings(), self.table
        rates = optimizer.rates.values
        table.clip_value, table.max_norm = rates["grad_clipping"], rates["grad_norm"]
        if not self.live:
            return True
        chosen = [found[group] for group in self._groups]
        for row, moment in enumerate(table.mom1):
            if (moment is not None) != (optimizer.rule.moments(chosen[row]) > 0):
                return False
        table.settings[:, :T] = chosen if len(set(self._groups)) > 1 else chosen[0]
        self._stamp = stamp
        return True


def _sorted_out(
    rows: Sequence[Parameter], groups: GroupTable
) -> tuple[list[Parameter], list[int], list[Any]]:
    """Parameters that have a gradient, the group of each, and the gradients of frozen ones."""
    live: list[Parameter] = []
    chosen: list[int] = []
    frozen: list[Any] = []
    for row in rows:
        if row.gradient is None or not row.gradient.size:
            continue
        group = groups.of(row.path) if groups else REST
        if group == FROZEN:
            frozen.append(row.gradient)
            continue
        if row.gradient.shape != row.weights.shape:
            raise ShapeError(
                f"the gradient of {row.path} does not have the shape of its weights",
                weights=row.weights.shape,
                gradient=row.gradient.shape,
            )
        live.append(row)
        chosen.append(group)
    return live, chosen, frozen


def _moments(
    optimizer: Optimizer, rows: Sequence[Parameter], settings: Sequence[Settings]
) -> tuple[list[Any], list[Any]]:
    """The arrays that the rule keeps for each parameter, None where it keeps none."""
    rule: Rule = optimizer.rule
    counts = [rule.moments(each) for each in settings]
    first = [_kept(optimizer.mom1, row) if n else None for row, n in zip(rows, counts, strict=True)]
    second = [
        _kept(optimizer.mom2, row) if n > 1 else None for row, n in zip(rows, counts, strict=True)
    ]
    return first, second


def _kept(slot: dict[Key, Any], row: Parameter) -> Any:
    """The array kept for a parameter, zeros at first."""
    found = slot.get(row.key)
    if found is None:
        found = slot[row.key] = np.zeros_like(row.weights)
    return found


def _ops_for(arrays: Sequence[Any], ops: Ops | None) -> Ops:
    """The given backend, or the current one, if all arrays are its own; else the reference."""
    ops = ops or get_current_ops()
    return ops if all(isinstance(array, ops.xp.ndarray) for array in arrays) else _REFERENCE
