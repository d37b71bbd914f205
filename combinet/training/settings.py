"""The sections ``[data]`` and ``[training]`` of a config, and reading what they name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from ..errors import ConfigError, DataError
from ..losses import Loss
from ..metrics import Metric
from ..optimizers import Optimizer
from .batchers import Batcher
from .batches import Batches, Instance
from .task import Task
from .trainer import Trainer

Reader = Callable[[str], Iterable[Instance]]


class DataSettings:
    """The section ``[data]``.

    Args:
        reader: From a source, such as a path, to instances.
        train, validation: The sources to train on, and to find the best epoch on.
        test: What the best epoch is tried on, once, at the end.
    """

    def __init__(
        self,
        reader: Reader,
        train: str,
        validation: str | None = None,
        test: str | None = None,
    ) -> None:
        self.reader, self.train, self.validation, self.test = reader, train, validation, test

    def read(self) -> tuple[list[Instance], list[Instance], list[Instance]]:
        """The instances of all three; none for a source that is not named."""
        validation = [] if self.validation is None else read_instances(self.reader, self.validation)
        test = [] if self.test is None else read_instances(self.reader, self.test)
        return read_instances(self.reader, self.train), validation, test


class TrainingSettings:
    """The section ``[training]``; see ``Trainer`` for what is not said here.

    Args:
        batch_size: Instances in a batch.
        batcher: What makes the batches to train on, in place of ``batch_size``.
        seed: Of weights, masks and the order of the batches.
        loss, metrics: Of the task; cross-entropy and accuracy when omitted.
        gpu_allocator: Whose pool CuPy takes its memory from, see ``set_gpu_allocator``.
        serialization_dir: Where a training that is killed finds itself again.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        num_epochs: int = 20,
        batch_size: int = 32,
        patience: int | None = None,
        validation_metric: str = "-loss",
        num_gradient_accumulation_steps: int = 1,
        grad_norm: float | None = None,
        grad_clipping: float | None = None,
        seed: int = 0,
        loss: Loss[Any, Any] | None = None,
        metrics: dict[str, Metric] | None = None,
        batcher: Batcher | None = None,
        gpu_allocator: Literal["pytorch", "tensorflow"] | None = None,
        serialization_dir: str | None = None,
    ) -> None:
        if batch_size < 1:
            raise ConfigError(f"batch_size = {batch_size} makes no sense", fix="batch_size >= 1")
        self.optimizer, self.num_epochs, self.batch_size = optimizer, num_epochs, batch_size
        self.patience, self.validation_metric = patience, validation_metric
        self.num_gradient_accumulation_steps = num_gradient_accumulation_steps
        self.grad_norm, self.grad_clipping, self.seed = grad_norm, grad_clipping, seed
        self.loss, self.metrics, self.batcher = loss, metrics, batcher
        self.gpu_allocator, self.serialization_dir = gpu_allocator, serialization_dir

    def trainer(
        self, task: Task, train: Sequence[Instance], validation: Sequence[Instance]
    ) -> Trainer:
        """The trainer with these settings."""
        return Trainer(
            task,
            self.optimizer,
            Batches(train, self.batcher or self.batch_size, shuffle=True, seed=self.seed),
            self.patience,
            self.validation_metric,
            Batches(validation, self.batch_size) if validation else None,
            self.num_epochs,
            num_gradient_accumulation_steps=self.num_gradient_accumulation_steps,
            grad_norm=self.grad_norm,
            grad_clipping=self.grad_clipping,
            serialization_dir=self.serialization_dir,
        )


def read_instances(reader: Reader, source: str) -> list[Instance]:
    """All instances of a source.

    Raises:
        DataError: It is not there, or is empty.
    """
    try:
        instances = list(reader(source))
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        what = f"there is no data file {str(error.filename or source)!r}"
        raise DataError(
            what if missing else f"{source!r} cannot be read: {error}",
            looked_in=Path.cwd(),
            fix="give the path of a file that is there",
        ) from error
    if not instances:
        raise DataError(f"{source!r} holds no instances")
    for i, instance in enumerate(instances):
        if not isinstance(instance, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise DataError(f"instance {i} of {source!r} is {type(instance).__name__}, not a dict")
    return instances
