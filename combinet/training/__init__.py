"""Training: tasks, batches, the trainer."""

from __future__ import annotations

from .batchers import Batcher as Batcher
from .batchers import batch_by_count as batch_by_count
from .batchers import batch_by_padded as batch_by_padded
from .batchers import batch_by_words as batch_by_words
from .batches import Batches as Batches
from .batches import collate as collate
from .candidates import Relations as Relations
from .candidates import SpanCategorization as SpanCategorization
from .found_items import FoundItems as FoundItems
from .multi_label import MultiLabelTask as MultiLabelTask
from .multi_task import MultiTask as MultiTask
from .sequence import SequenceTask as SequenceTask
from .sequence import SpanTask as SpanTask
from .span_labels import SpanLabels as SpanLabels
from .supervised import SupervisedTask as SupervisedTask
from .supervised import as_task as as_task
from .task import Task as Task
from .task import Trainable as Trainable
from .trainer import Trainer as Trainer
from .words import WordLabels as WordLabels

__all__ = [
    "Batcher",
    "Batches",
    "FoundItems",
    "MultiLabelTask",
    "MultiTask",
    "Relations",
    "SequenceTask",
    "SpanCategorization",
    "SpanLabels",
    "SpanTask",
    "SupervisedTask",
    "Task",
    "Trainable",
    "Trainer",
    "WordLabels",
    "as_task",
    "batch_by_count",
    "batch_by_padded",
    "batch_by_words",
    "collate",
]
