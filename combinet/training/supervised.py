"""SupervisedTask: a network that maps one field to scores for the classes in another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from .._guards import is_host_array
from ..errors import CombinetError, ConfigError, DataError
from ..losses import CategoricalCrossentropy, Loss
from ..metrics import CategoricalAccuracy, Metric
from ..model import Model, is_model
from ..text.vocabulary import Vocabulary
from .task import Output, Task, Trainable


class SupervisedTask(Task):
    """Classification of one field: a network from inputs to probabilities of labels.

    Args:
        network: From a batch of ``input`` to scores, (batch, classes).
        vocab: Knows the names in ``label``, under the namespace "labels".
        loss: Of scores and class numbers.
        metrics: Counted on every batch that has labels, by name.
        input, label: Names of the two fields.
    """

    def __init__(
        self,
        network: Model[Any, Any],
        vocab: Vocabulary | None = None,
        *,
        loss: Loss[Any, Any] | None = None,
        metrics: Mapping[str, Metric] | None = None,
        input: str = "text",
        label: str = "label",
    ) -> None:
        super().__init__(vocab)
        self.network, self.input, self.label = network, input, label
        self.set_scoring(loss, metrics)
        self._loss_sum, self._rows = 0.0, 0
        self._takes_list: bool | None = None  # until somebody asks

    def set_scoring(
        self, loss: Loss[Any, Any] | None, metrics: Mapping[str, Metric] | None
    ) -> None:
        """Take this loss and these metrics; cross-entropy and accuracy for None."""
        self.loss = CategoricalCrossentropy() if loss is None else loss
        usual: Mapping[str, Metric] = {"accuracy": CategoricalAccuracy()}
        self.metrics = dict(usual if metrics is None else metrics)

    def index(self, instances: Iterable[Mapping[str, Any]]) -> None:
        """Give every label among the instances a number, in sorted order."""
        names = {str(instance[self.label]) for instance in instances if self.label in instance}
        for name in sorted(names):
            self.vocab.add_token_to_namespace(name, "labels")

    def count_labels(self) -> int:
        """How many labels there are."""
        return self.vocab.get_vocab_size("labels")

    def unlabelled(self) -> list[str]:
        """The fields that ought to hold labels, and of which none is known."""
        return [] if self.count_labels() else [self.label]

    def initialize(self, *, seed: int | None = None, **fields: Any) -> Self:
        """The input field sizes the first layer, the number of labels the last."""
        classes = self.count_labels()
        Y = np.zeros((1, classes), dtype="float32") if classes else fields.get(self.label)
        self.network.initialize(self._inputs(fields), Y, seed=seed)
        return self

    def network_input(self, **fields: Any) -> Any:
        """What the network gets of a batch.

        Raises:
            DataError: The input field is not there.
        """
        return self._inputs(fields)

    def forward(self, **fields: Any) -> tuple[Output, Callable[[], Any] | None]:
        """Scores; with labels the loss too, counted by the metrics, and its backprop."""
        probs, backprop = self.network.begin_update(self._inputs(fields), need_dX=False)
        output: Output = {"probs": probs}
        if self.label not in fields:
            return output, None
        labels = self._numbers(fields[self.label])
        takes_logits = gives_gradient_of_logits(self.network)
        if not takes_logits and isinstance(self.loss, CategoricalCrossentropy):
            self._refuse_independent(probs)
        get_grad = self.loss.get_grad if takes_logits else self.loss.get_output_grad
        gradient = get_grad(probs, labels)
        output["loss"] = float(self.loss.value(probs, labels))
        for metric in self.metrics.values():
            metric(probs, labels)
        self._loss_sum += output["loss"] * len(labels)
        self._rows += len(labels)
        return output, lambda: backprop(gradient)

    def get_metrics(self, reset: bool = False) -> dict[str, float]:
        """The mean loss over all rows, and every metric."""
        values = {"loss": self._loss_sum / self._rows if self._rows else 0.0}
        for name, metric in self.metrics.items():
            value = metric.get_metric(reset)
            values.update(value if isinstance(value, dict) else {name: value})
        if reset:
            self._loss_sum, self._rows = 0.0, 0
        return values

    def make_output_human_readable(self, output: Output) -> Output:
        """Add the best label of each row, and its probability."""
        probs = self.network.ops.to_numpy(output["probs"])
        best = probs.argmax(axis=1)
        names = [self.vocab.get_token_from_index(int(i), "labels") for i in best]
        return {"label": names, "probability": probs.max(axis=1), **output}

    def _inputs(self, fields: Mapping[str, Any]) -> Any:
        if self.input not in fields:
            raise DataError(
                f"the data has no field {self.input!r}",
                fields=", ".join(fields) or "none",
                fix=f"let the reader give {{{self.input!r}: ..., {self.label!r}: ...}}",
            )
        X = fields[self.input]
        return list(X) if is_host_array(X) and X.ndim > 1 and self._wants_list() else X

    def _wants_list(self) -> bool:
        """Whether sequences that happen to be of one length, and so were stacked, are a list."""
        if self._takes_list is None:
            wanted = self.network.check().x
            self._takes_list = wanted is not None and wanted.container == "list"
        return self._takes_list

    def _refuse_independent(self, probs: Any) -> None:
        """Cross-entropy alone would push all of several independent probabilities up to 1."""
        are_independent = self.network.attrs.get("multi_label", False)
        # A NaN passes: the optimizer names the parameter that it reaches.
        if are_independent or bool((abs(probs.sum(axis=1) - 1) > 1e-3).any()):
            raise ConfigError(
                "the network gives each label a probability of its own, and the loss is of labels "
                "that exclude each other",
                fix='exclusive_classes = true, or @misc = "combinet.MultiLabelTask.v1" in [task]',
            )

    def _numbers(self, labels: Sequence[Any]) -> Any:
        if self.vocab.get_vocab_size("labels") == 0:
            return np.asarray(labels)
        return np.array([self.vocab.get_token_index(str(each), "labels") for each in labels])


def gives_gradient_of_logits(model: Model[Any, Any]) -> bool:
    """Whether the last layer takes the gradient of its logits, as ``Softmax`` does.

    A network that ends in true probabilities (``softmax_activation``, a wrapped softmax) needs
    the gradient of those, or it trains on a wrong one.
    """
    while model.layers and _gives_what_its_last_layer_gives(model):
        model = model.layers[-1]
    return model.gradient == "of logits"


def _gives_what_its_last_layer_gives(model: Model[Any, Any]) -> bool:
    moves_rows = model.name.startswith("with_") or "resize_layer" in model.attrs
    return moves_rows or model.role in ("chain", "see-through")


def as_task(model: Any, *, vocab: Vocabulary | None = None, **settings: Any) -> Trainable:
    """``model`` as something a trainer can train.

    Args:
        model: A task is returned as it is; a ``Model`` becomes a ``SupervisedTask``.
        settings: Of that task.

    Raises:
        CombinetError: It is neither.
    """
    if is_model(model):
        return SupervisedTask(model, vocab, **settings)
    if isinstance(model, Trainable):
        return model
    raise CombinetError(
        f"a trainer cannot train {type(model).__name__}",
        fix="pass a Model, or an object with the methods of combinet.training.Trainable",
    )
