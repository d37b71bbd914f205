"""Training: tasks, batches, the trainer."""

from __future__ import annotations

from .batches import Batches as Batches
from .batches import collate as collate
from .sequence import SequenceTask as SequenceTask
from .supervised import SupervisedTask as SupervisedTask
from .supervised import as_task as as_task
from .task import Task as Task
from .task import Trainable as Trainable
from .trainer import Trainer as Trainer

__all__ = [
    "Batches",
    "SequenceTask",
    "SupervisedTask",
    "Task",
    "Trainable",
    "Trainer",
    "as_task",
    "collate",
]
