"""Progress: what a person sees while a network trains.

A bar with loss, accuracy, speed and time left on a terminal; a line an epoch anywhere else.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from ..training.batches import count_units


class ProgressBar:
    """Both callbacks of a trainer in one: pass ``bar.batch`` and ``bar.epoch``; use as a context.

    Args:
        epochs: How many there are to be.
        batches: Batches in an epoch.
        file: Where to write; standard error when omitted.
    """

    def __init__(self, epochs: int, batches: int, *, file: TextIO | None = None) -> None:
        self.console = Console(file=file or sys.stderr, soft_wrap=True, markup=False)
        self.epochs, self.batches = epochs, batches
        self._units, self._unit, self._started = 0, "rows", time.monotonic()
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]:>3}/{task.fields[epochs]}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}", markup=False),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        self._task = self._bar.add_task(
            "train", total=self.epochs * self.batches, epoch=1, epochs=self.epochs, state=""
        )
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def batch(
        self,
        trainer: Any,
        inputs: Sequence[Mapping[str, Any]],
        outputs: Any,
        metrics: Mapping[str, float],
        epoch: int,
        batch_number: int,
        is_training: bool,
        is_primary: bool = True,
    ) -> None:
        """After a batch."""
        if not is_training or self._task is None:
            return
        if batch_number == 0:
            self._units, self._started = 0, time.monotonic()
        units, self._unit = count_units(inputs[0])
        self._units += units
        self._bar.update(
            self._task, advance=1, epoch=epoch + 1, state=f"{_shown(metrics)}  {self._speed()}"
        )

    def epoch(
        self, trainer: Any, metrics: Mapping[str, Any], epoch: int, is_primary: bool = True
    ) -> None:
        """After an epoch: a line that stays."""
        if epoch < 0:
            return
        parts = [f"epoch {epoch + 1:>3}/{self.epochs}"]
        for part in ("training", "validation"):
            found = {
                name.removeprefix(f"{part}_"): value
                for name, value in metrics.items()
                if name.startswith(f"{part}_")
            }
            if found:
                parts.append(f"{part} {_shown(found)}")
        best = "  *" if metrics.get("best_epoch") == epoch else ""
        self.console.print(f"{'  '.join(parts)}  {self._speed()}{best}", highlight=False)

    def _speed(self) -> str:
        seconds = max(time.monotonic() - self._started, 1e-9)
        return f"{self._units / seconds:,.0f} {self._unit}/s"


def _shown(metrics: Mapping[str, float]) -> str:
    """Names and values; of figures by label only those of all labels together, "-overall"."""
    parted = tuple(n.removesuffix("overall") for n in metrics if n.endswith("-overall"))
    metrics = {
        name: value
        for name, value in metrics.items()
        if name.endswith("-overall") or not (parted and name.startswith(parted))
    }
    return " ".join(f"{name} {value:.4f}" for name, value in metrics.items())
