"""SequenceTask: a network that maps the words of one field to the labels in another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import DataError
from .supervised import SupervisedTask, gives_gradient_of_logits
from .task import Output


class SequenceTask(SupervisedTask):
    """Classification of every word: a network from documents to probabilities for each word.

    The arguments are those of ``SupervisedTask``; there is one label for each word, and None for
    a word of which nothing is known. Loss and metrics see the words of a batch as its rows, so
    the loss is divided by the number of words.
    """

    def index(self, instances: Iterable[Mapping[str, Any]]) -> None:
        """Give every label among the instances a number, in sorted order."""
        labels = (each for instance in instances for each in instance.get(self.label, ()))
        for name in sorted({str(label) for label in labels if label is not None}):
            self.vocab.add_token_to_namespace(name, "labels")

    def forward(self, **fields: Any) -> tuple[Output, Callable[[], Any] | None]:
        """Scores of each word; with labels the loss too, and its backprop."""
        inputs, network = self._inputs(fields), self.network
        probs, backprop = network.begin_update(inputs, need_dX=False)
        output: Output = {"probs": probs}
        if self.label not in fields:
            return output, None
        sizes = [len(each) for each in probs]
        labels, known = self._labels_of_words(fields[self.label], sizes)
        rows: Any = network.ops.xp.concatenate(probs) if probs else np.zeros((0, 1), "float32")
        guesses = rows if known is None else rows[known]
        takes_logits = gives_gradient_of_logits(network)
        get_grad = self.loss.get_grad if takes_logits else self.loss.get_output_grad
        gradient: Any = get_grad(guesses, labels)
        output["loss"] = float(self.loss.value(guesses, labels))
        for metric in self.metrics.values():
            metric(guesses, labels)
        self._loss_sum += output["loss"] * len(labels)
        self._rows += len(labels)
        if known is not None:
            whole: Any = network.ops.alloc(rows.shape, dtype=rows.dtype)
            whole[known] = gradient
            gradient = whole
        return output, lambda: backprop(network.ops.unflatten(gradient, sizes))

    def make_output_human_readable(self, output: Output) -> Output:
        """Add the best label of each word, and its probability."""
        found = [self.network.ops.to_numpy(each) for each in output["probs"]]
        names = self.vocab.get_tokens("labels")
        labels: list[list[str]] = [[names[i] for i in each.argmax(axis=1)] for each in found]
        highest = [each.max(axis=1, initial=0).tolist() for each in found]
        return {"label": labels, "probability": highest, **output}

    def _labels_of_words(self, labels: Sequence[Any], sizes: Sequence[int]) -> tuple[Any, Any]:
        """The numbers of the labels that are known, and which words have them; None for all.

        Raises:
            DataError: A document has not one label for each word.
            LabelError: A label is not in the vocabulary.
        """
        for i, (each, size) in enumerate(zip(labels, sizes, strict=True)):
            if len(each) != size:
                raise DataError(
                    f"document {i} of a batch has {size} words and {len(each)} labels",
                    fix="give one label for each word, None where nothing is known",
                )
        flat: list[Any] = [label for each in labels for label in each]
        index = {name: i for i, name in enumerate(self.vocab.get_tokens("labels"))}
        numbers: list[int | None] = [index.get(str(label)) for label in flat]
        if None not in numbers:
            return np.array(numbers, dtype="int64"), None
        known = np.array([label is not None for label in flat])
        given = [str(label) for label in flat if label is not None]
        found = [self.vocab.get_token_index(label, "labels") for label in given]
        return np.array(found, dtype="int64"), known


#: Tasks by the name that the meta data of a model directory has for them.
KINDS: dict[str, type[SupervisedTask]] = {"rows": SupervisedTask, "words": SequenceTask}


def kind_of(instances: Iterable[Mapping[str, Any]], label: str = "label") -> str:
    """Which of ``KINDS``: "words" where an instance has a list of labels, one for each word."""
    first = next((instance[label] for instance in instances if label in instance), None)
    return "words" if isinstance(first, (list, tuple)) else "rows"
