"""Trainer: epochs of batches, an evaluation after each, and the best weights kept.

A trainer is an iterable: it trains an epoch, yields its metrics, and goes on when asked for
the next. ``train()`` runs it to the end.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import CombinetError, NonFiniteError
from ..optimizers import Optimizer
from ._kept import Kept, averaged
from .checkpoint import FILE, read_checkpoint, refuse_what_cannot_go_on, write_checkpoint
from .supervised import as_task

Metrics = dict[str, Any]


class Trainer:
    """Train a task; keep the weights of the best epoch.

    Where the optimizer keeps averages of the weights (``use_averages``), it is with these that
    the task is validated, and these are kept; a step is taken on the weights themselves.

    Args:
        model: A task, or a ``Model``: see ``as_task``.
        optimizer: Ours, or any ``optimizer(key, weights, gradient)``.
        data_loader: Batches, each a dict of fields; iterated once an epoch.
        patience: Stop after this many epochs without a better one; never when omitted.
        validation_metric: "-loss", "+accuracy": which metric says what is better, and whether
            less or more of it.
        validation_data_loader: Batches that the metric is taken on; the training batches' own
            metrics are used when omitted.
        num_epochs: The most epochs.
        num_gradient_accumulation_steps: Batches whose mean gradient makes one step.
        grad_norm: Scale all gradients together down to this norm.
        grad_clipping: Clip each value of a gradient to within plus and minus this.
        batch_callbacks: Called after every batch, as ``callback(trainer, inputs, outputs,
            metrics, epoch, batch_number, is_training, is_primary)``.
        epoch_callbacks: Called after every epoch, and with epoch -1 before the first, as
            ``callback(trainer, metrics, epoch, is_primary)``.
        serialization_dir: A folder for a file that says, after every epoch, where the training
            stands. A trainer of the same task that finds one goes on from it, with a warning, and
            comes to the same weights to the bit; ``train`` removes it at the end. Omitted: none.

    Raises:
        CombinetError: An argument that makes no sense, by its name.
    """

    def __init__(
        self,
        model: Any,
        optimizer: Callable[..., tuple[Any, Any]],
        data_loader: Iterable[Mapping[str, Any]],
        patience: int | None = None,
        validation_metric: str = "-loss",
        validation_data_loader: Iterable[Mapping[str, Any]] | None = None,
        num_epochs: int = 20,
        *,
        num_gradient_accumulation_steps: int = 1,
        grad_norm: float | None = None,
        grad_clipping: float | None = None,
        batch_callbacks: Sequence[Callable[..., None]] = (),
        epoch_callbacks: Sequence[Callable[..., None]] = (),
        serialization_dir: str | Path | None = None,
    ) -> None:
        _at_least_one(
            patience=patience,
            num_epochs=num_epochs,
            num_gradient_accumulation_steps=num_gradient_accumulation_steps,
        )
        if validation_metric[:1] not in ("+", "-"):
            raise CombinetError(
                f"validation_metric = {validation_metric!r} does not say which way is better",
                fix=f'"+{validation_metric}" for more, "-{validation_metric}" for less',
            )
        self.model, self.optimizer, self.patience = as_task(model), optimizer, patience
        self.data_loader, self.validation_data_loader = data_loader, validation_data_loader
        self.validation_metric, self.num_epochs = validation_metric, num_epochs
        self.num_gradient_accumulation_steps = num_gradient_accumulation_steps
        self.batch_callbacks, self.epoch_callbacks = list(batch_callbacks), list(epoch_callbacks)
        _set_clipping(optimizer, grad_norm, grad_clipping)
        self.epoch = 0
        self.best_epoch: int | None = None
        self.best_metrics: Metrics = {}
        self.best: Kept | None = None
        self._checkpoint = None if serialization_dir is None else Path(serialization_dir) / FILE
        if self._checkpoint is not None:
            refuse_what_cannot_go_on(self)

    def train(self) -> Metrics:
        """Run every epoch; leave the best weights in the model, and return the metrics.

        An interrupt leaves the best weights there too, before it goes on its way.
        """
        started = time.monotonic()
        metrics: Metrics = {}
        try:
            for latest in self:
                metrics = latest
        finally:
            self.restore_best()
        if self._checkpoint is not None:
            self._checkpoint.unlink(missing_ok=True)
        best = {f"best_{name}": value for name, value in self.best_metrics.items()}
        duration = time.monotonic() - started
        return {**metrics, **best, "best_epoch": self.best_epoch, "training_duration": duration}

    def __iter__(self) -> Iterator[Metrics]:
        """An epoch of training and its evaluation a turn; yields the metrics of both."""
        self._go_on()
        self._tell_epoch({}, -1)
        while self.epoch < self.num_epochs and not self._out_of_patience():
            metrics: Metrics = {"epoch": self.epoch}
            metrics.update(_prefixed("training", self._train_epoch()))
            with averaged(self.model, self.optimizer):
                if self.validation_data_loader is not None:
                    metrics.update(_prefixed("validation", self._validate()))
                self._keep_if_best(metrics)
            metrics["best_epoch"] = self.best_epoch
            self._tell_epoch(metrics, self.epoch)
            self.epoch += 1
            if self._checkpoint is not None:
                write_checkpoint(self, self._checkpoint)
            yield metrics

    def restore_best(self) -> None:
        """Put the weights of the best epoch into the model."""
        if self.best is not None:
            self.best.put_back(self.model)

    def _go_on(self) -> None:
        """Stand where a training that was killed stood, if it left a file."""
        if self.epoch == 0 and self._checkpoint is not None and self._checkpoint.exists():
            read_checkpoint(self, self._checkpoint)
            what = f"going on after epoch {self.epoch}, where {self._checkpoint} stands"
            warnings.warn(what, stacklevel=3)

    def _train_epoch(self) -> dict[str, float]:
        waiting, number = 0, -1
        self._forget_gradients()
        self.model.get_metrics(reset=True)
        for number, fields in enumerate(self.data_loader):
            output, backprop = self.model.forward(**fields)
            if backprop is None:
                raise _no_labels("training", fields)
            backprop()
            waiting += 1
            if waiting == self.num_gradient_accumulation_steps:
                self._step(waiting, number)
                waiting = 0
            self._tell_batch(fields, output, number, is_training=True)
        if waiting:
            self._step(waiting, number)
        if number < 0:
            raise self._no_batches("data_loader")
        return self.model.get_metrics(reset=True)

    def _forget_gradients(self) -> None:
        """Those that an epoch which was cut short has left."""
        for row in self.model.parameters():
            if row.gradient is not None:
                row.gradient[...] = 0

    def _no_batches(self, loader: str) -> CombinetError:
        return CombinetError(
            f"{loader} gave no batches in epoch {self.epoch + 1}",
            fix="pass what can be iterated once an epoch: a list or Batches, no generator",
        )

    def _step(self, batches: int, last: int) -> None:
        if batches > 1:
            for row in self.model.parameters():
                if row.gradient is not None:
                    row.gradient[...] = row.gradient / batches
        try:
            self.model.finish_update(self.optimizer)
        except NonFiniteError as error:
            numbers = f"{last + 1}" if batches == 1 else f"{last + 2 - batches} to {last + 1}"
            error.facts["batch"] = f"{numbers} of epoch {self.epoch + 1}, counted from 1"
            raise
        if isinstance(self.optimizer, Optimizer):
            self.optimizer.step_schedules()

    def _validate(self) -> dict[str, float]:
        number = -1
        self.model.get_metrics(reset=True)
        for number, fields in enumerate(self.validation_data_loader or ()):
            output = self.model.evaluate(**fields)
            if "loss" not in output:
                raise _no_labels("validation", fields)
            self._tell_batch(fields, output, number, is_training=False)
        if number < 0:
            raise self._no_batches("validation_data_loader")
        return self.model.get_metrics(reset=True)

    def _keep_if_best(self, metrics: Metrics) -> None:
        score = self._score(metrics)
        if isinstance(self.optimizer, Optimizer):
            self.optimizer.last_score = score
        if self.best_epoch is None or score > self._score(self.best_metrics):
            self.best_epoch, self.best_metrics = self.epoch, dict(metrics)
            self.best = Kept(self.model)

    def _score(self, metrics: Metrics) -> float:
        """The validation metric, so that more is better; a NaN is worse than anything."""
        name = self.validation_metric[1:]
        part = "training" if self.validation_data_loader is None else "validation"
        if f"{part}_{name}" not in metrics:
            known = [key.removeprefix(f"{part}_") for key in metrics if key.startswith(part)]
            raise CombinetError(
                f"validation_metric = {self.validation_metric!r}: no metric of that name",
                known=", ".join(known),
            )
        value = float(metrics[f"{part}_{name}"])
        if math.isnan(value):
            return -math.inf
        return value if self.validation_metric[0] == "+" else -value

    def _out_of_patience(self) -> bool:
        if self.patience is None or self.best_epoch is None:
            return False
        return self.epoch - 1 - self.best_epoch >= self.patience

    def _tell_batch(
        self, fields: Mapping[str, Any], output: Mapping[str, Any], number: int, is_training: bool
    ) -> None:
        if self.batch_callbacks:
            metrics = self.model.get_metrics()
            for callback in self.batch_callbacks:
                callback(self, [fields], [output], metrics, self.epoch, number, is_training, True)

    def _tell_epoch(self, metrics: Metrics, epoch: int) -> None:
        for callback in self.epoch_callbacks:
            callback(self, metrics, epoch, True)


def _no_labels(part: str, fields: Mapping[str, Any]) -> CombinetError:
    return CombinetError(
        f"a batch of {part} data has no labels",
        fields=", ".join(fields),
        fix=f"let the reader give labels for the {part} data",
    )


def _prefixed(part: str, metrics: Mapping[str, float]) -> Metrics:
    return {f"{part}_{name}": value for name, value in metrics.items()}


def _set_clipping(optimizer: Any, grad_norm: float | None, grad_clipping: float | None) -> None:
    if grad_norm is None and grad_clipping is None:
        return
    for name, limit in (("grad_norm", grad_norm), ("grad_clipping", grad_clipping)):
        if limit is not None and not 0 < limit < math.inf:
            raise CombinetError(f"{name} = {limit} makes no sense", fix=f"{name} > 0, or omit it")
    if not isinstance(optimizer, Optimizer):
        raise CombinetError(
            "grad_norm and grad_clipping need an optimizer of combinet",
            fix="clip inside your own optimizer",
        )
    if grad_norm is not None:
        optimizer.grad_norm = grad_norm
    if grad_clipping is not None:
        optimizer.grad_clipping = grad_clipping


def _at_least_one(**arguments: int | None) -> None:
    for name, value in arguments.items():
        if value is not None and (isinstance(value, bool) or value < 1):
            raise CombinetError(f"{name} = {value} makes no sense", fix=f"{name} >= 1")
