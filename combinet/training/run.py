"""What a training ``.cfg`` describes, built in the order in which the parts need each other."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from .._guards import is_dict
from ..archive import CONFIG, Archive, load_directory, save_directory
from ..config import Config
from ..errors import ConfigError, DataError, LoadError
from ..model import Model, is_model
from ..registry import registry
from ..rng import fix_random_seed
from ..serialize.files import can_keep
from ..text.vocabulary import Vocabulary
from ._gpu_memory import share_gpu_memory
from .batches import Batches, Instance, collate
from .sequence import KINDS, kind_of
from .settings import DataSettings, TrainingSettings, read_instances
from .supervised import SupervisedTask

#: The kind of a task that the section ``[task]`` describes.
CONFIGURED = "configured"


class Run:
    """A config made into data, a task and a trainer.

    Args:
        config: With the sections ``[data]``, ``[model]`` and ``[training]``; and ``[task]``, where
            what is learned is more than the labels of rows or of words.

    Raises:
        ConfigError: All that is wrong with the config.
        DataError: The data cannot be read.
    """

    def __init__(self, config: Config) -> None:
        with_task = ["task"] if "task" in config else []
        sections = _checked(config, "data", "model", "training", *with_task)
        self.config = config
        data = DataSettings(**sections.build("data"))
        settings = TrainingSettings(**sections.build("training"))
        share_gpu_memory(settings.gpu_allocator)
        fix_random_seed(settings.seed)
        train, validation, self.test_instances = data.read()
        model, names = _as_model(sections.build("model")), _field_names(train)
        self.kind = CONFIGURED if with_task else kind_of(train, names["label"], model)
        make_task = _as_maker(sections.build("task")) if with_task else KINDS[self.kind]
        self.task = make_task(model, loss=settings.loss, metrics=settings.metrics, **names)
        for instances in (train, validation, self.test_instances):
            self.task.index(instances)
        if missing := self.task.unlabelled():
            raise DataError(
                "the training data has no labels",
                fields=", ".join(train[0]),
                fix=f"let the reader give {', '.join(map(repr, missing))}",
            )
        self.task.initialize(seed=settings.seed, **collate(train[: settings.batch_size]))
        self.sizes = {"train": len(train), "validation": len(validation)}
        self.batches_per_epoch = len(Batches(train, settings.batcher or settings.batch_size))
        self.trainer = settings.trainer(self.task, train, validation)
        #: What proves a saved model: the input of two instances.
        self.sample = self.task.network_input(**collate((validation or train)[:2]))

    def test(self) -> dict[str, float]:
        """The metrics on the test data; empty where there is none."""
        return evaluate(self.task, self.test_instances) if self.test_instances else {}

    def save(self, path: str | os.PathLike[str], metrics: Mapping[str, Any]) -> None:
        """Write the model directory."""
        meta = {
            "task": {"input": self.task.input, "label": self.task.label, "kind": self.kind},
            "metrics": {name: value for name, value in metrics.items() if value is not None},
        }
        vocabulary = self.task.vocab.to_dict()
        network, config = self.task.network, self.config.to_str()
        sample = self.sample if can_keep(network, self.sample) else None
        save_directory(Archive(network, config, vocabulary, meta, sample=sample), path)


def load_task(path: str | os.PathLike[str]) -> tuple[SupervisedTask, Config]:
    """The task in a model directory, and its config.

    Raises:
        LoadError: There is none, or it is damaged.
    """
    archive = load_directory(path, _model_of)
    names: Any = archive.meta.get("task")
    if names is None:
        raise LoadError(
            f"{path} was not written by combinet train: nothing says what goes in and comes out",
            fix="load it in Python: combinet.load(path)",
        )
    is_whole = is_dict(names) and set(names) == {"input", "label", "kind"}
    known = {*KINDS, CONFIGURED}
    if not is_whole or names["kind"] not in known or archive.vocabulary is None:
        raise LoadError(
            f"{path} is damaged: it does not say what goes in and comes out",
            fix="train or copy it again",
        )
    config = Config().from_str(archive.config, file=str(Path(path) / CONFIG))
    given = KINDS.get(names.pop("kind"))
    make_task = given or _as_maker(_checked(config, "task").build("task"))
    task = make_task(archive.model, Vocabulary.from_dict(archive.vocabulary), **names)
    return task, config


def tokenizer_of(config: Config) -> Callable[[str], Any] | None:
    """What the config's reader cuts a text into words with; None where it leaves texts whole."""
    return getattr(DataSettings(**_checked(config, "data").build("data")).reader, "tokenizer", None)


def score_as_in_training(task: SupervisedTask, config: Config) -> None:
    """Give a loaded task the loss and the metrics of the config it was trained from."""
    settings = TrainingSettings(**_checked(config, "training").build("training"))
    task.set_scoring(settings.loss, settings.metrics)


def evaluate(
    task: SupervisedTask, instances: Sequence[Instance], batch_size: int = 256
) -> dict[str, float]:
    """The metrics of a task on instances."""
    task.get_metrics(reset=True)
    for fields in Batches(instances, batch_size):
        if "loss" not in task.evaluate(**fields):
            raise DataError("data to evaluate on needs labels", fields=", ".join(fields))
    return task.get_metrics(reset=True)


def read_from_config(config: Config, source: str | None) -> list[Instance]:
    """What the config's reader gives for ``source``; for its test or validation data if None."""
    data = DataSettings(**_checked(config, "data").build("data"))
    chosen = source or data.test or data.validation
    if chosen is None:
        raise ConfigError("the config names no test data", fix="name the data to evaluate on")
    return read_instances(data.reader, chosen)


def _checked(config: Config, *names: str) -> Any:
    for name in names:
        if name not in config:
            raise ConfigError(f"the config has no section [{name}]", fix=f"add [{name}]")
    wanted = Config({name: config[name] for name in names})
    wanted.source = config.source
    schema = {"data": DataSettings, "training": TrainingSettings}
    return registry.check(wanted, schema={n: s for n, s in schema.items() if n in names})


def _model_of(text: str, file: str) -> Model[Any, Any]:
    return _as_model(_checked(Config().from_str(text, file=file), "model").build("model"))


def _as_model(built: Any) -> Model[Any, Any]:
    if not is_model(built):
        raise ConfigError(
            f"[model] gives {type(built).__name__}, not a Model",
            fix="name a function that returns one: @architectures or @layers",
        )
    return built


def _as_maker(built: Any) -> Callable[..., SupervisedTask]:
    try:
        inspect.signature(built).bind(None, None, loss=None, metrics=None, input="", label="")
    except TypeError:
        raise ConfigError(
            f"[task] gives {type(built).__name__}, which makes no task",
            fix='name a function that returns one, as @misc = "combinet.SpanTask.v1"',
        ) from None
    return built  # type: ignore[no-any-return]


class _FieldNames(TypedDict):
    input: str
    label: str


def _field_names(instances: Sequence[Instance], label: str = "label") -> _FieldNames:
    """Which field goes in: the only one beside the label, or "text"."""
    names = [name for name in instances[0] if name != label]
    if len(names) != 1 and "text" not in names:
        raise DataError(
            f"the reader gives {len(names)} fields beside {label!r}; which one goes in?",
            fields=", ".join(names) or "none",
            fix='call it "text"',
        )
    return {"input": "text" if "text" in names else names[0], "label": label}
