"""SpanCategorization and Relations: labels of candidates that documents have many of."""

from __future__ import annotations

import functools
import itertools
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self, TypeAlias

import numpy as np

from .._guards import is_list, is_tuple
from ..errors import ConfigError, DataError
from ..metrics import Metric
from ..model import Model
from ..registry import registry
from ..text.document import as_document
from ..text.relations import keys_of
from ..text.suggesters import Suggester
from ..text.vocabulary import Vocabulary
from ..types import Ragged
from .found_items import FoundItems
from .supervised import SupervisedTask
from .task import Output
from .threshold import ThresholdTask

#: What is labelled: (start, end) of a span, or of both spans of a relation.
Key: TypeAlias = tuple[int, ...]


class CandidatesTask(ThresholdTask):
    """Any number of labels for each candidate: the base of the two tasks below.

    The label field of a document is a list of what is true, ``[*key, label]`` each. What is true
    and no candidate counts as missed.

    Args:
        network: From a batch to probabilities, (candidates, labels).
        threshold: A label is given where its probability is above it.
        vocab, input, label: As ``SupervisedTask`` says.
        loss: Of probabilities and zeros and ones; binary cross-entropy when omitted.
        metrics: Get, for each document, what was found and what is true; precision, recall and
            F1, ``f1-measure-overall`` and by label, when omitted.
    """

    #: How many numbers a key has.
    key_size = 2

    def usual_metrics(self) -> Mapping[str, Metric]:
        """Of what was found and what is true."""
        return {"items": FoundItems()}

    def index(self, instances: Iterable[Mapping[str, Any]]) -> None:
        """Give every label among the instances a number, in sorted order."""
        names: set[str] = set()
        for i, instance in enumerate(instances):
            for item in instance.get(self.label, ()):
                names.add(self._item(item, f"instance {i}")[-1])
        for name in sorted(names):
            self.vocab.add_token_to_namespace(name, "labels")

    def initialize(self, *, seed: int | None = None, **fields: Any) -> Self:
        """The documents size the first layer, the number of labels the last."""
        Y = np.zeros((1, self.count_labels()), dtype="float32") if self.count_labels() else None
        self.network.initialize(self.network_input(**fields), Y, seed=seed)
        return self

    def network_input(self, **fields: Any) -> Any:
        """What the network gets of a batch."""
        return self.batch(*self._docs_and_keys(fields))

    def forward(self, **fields: Any) -> tuple[Output, Callable[[], Any] | None]:
        """Probabilities for the candidates of each document; with labels the loss too."""
        docs, keys = self._docs_and_keys(fields)
        probs, backprop = self.network.begin_update(self.batch(docs, keys), need_dX=False)
        bounds = np.cumsum([len(each) for each in keys])[:-1]
        rows: Any = self.network.ops.to_numpy(probs)
        output: Output = {"candidates": keys, "probs": list(np.split(rows, bounds)) if keys else []}
        if self.label not in fields:
            return output, None
        true = self._true_items(fields[self.label], len(keys))
        targets = np.asarray(self._targets(keys, true), dtype=probs.dtype, like=probs)
        gradient = self.loss.get_output_grad(probs, targets)
        output["loss"] = float(self.loss.value(probs, targets))
        found = [{tuple(item) for item in each} for each in self._found(output)]
        for metric in self.metrics.values():
            metric(found, true)
        self._loss_sum += output["loss"] * len(probs)
        self._rows += len(probs)
        return output, lambda: backprop(gradient)

    def make_output_human_readable(self, output: Output) -> Output:
        """Add what was found, ``[*key, label]`` each, and how probable it is."""
        kept = {name: values for name, values in output.items() if name != "candidates"}
        probabilities = [rows[rows > self.threshold].tolist() for rows in output["probs"]]
        return {"label": self._found(output), "probability": probabilities, **kept}

    @abstractmethod
    def documents(self, docs: Sequence[Any]) -> list[Any]:
        """Documents as the network wants them."""

    @abstractmethod
    def keys(self, docs: list[Any]) -> list[list[Key]]:
        """The candidates of each document, in the order of the network's rows."""

    @abstractmethod
    def batch(self, docs: list[Any], keys: list[list[Key]]) -> Any:
        """What the network gets."""

    def _docs_and_keys(self, fields: Mapping[str, Any]) -> tuple[list[Any], list[list[Key]]]:
        docs = self.documents(self._inputs(fields))
        return docs, self.keys(docs)

    def _found(self, output: Output) -> list[list[list[Any]]]:
        names = self.vocab.get_tokens("labels")
        return [
            [[*keys[i], names[j]] for i, j in np.argwhere(rows > self.threshold).tolist()]
            for keys, rows in zip(output["candidates"], output["probs"], strict=True)
        ]

    def _true_items(self, labels: Sequence[Any], count: int) -> list[set[tuple[Any, ...]]]:
        if len(labels) != count:
            raise DataError(f"a batch has {count} documents and the labels of {len(labels)}")
        return [
            {self._item(item, f"document {i} of a batch") for item in items}
            for i, items in enumerate(labels)
        ]

    def _item(self, item: Any, owner: str) -> tuple[Any, ...]:
        row: list[Any] = [*item] if is_list(item) or is_tuple(item) else []
        numbers, label = row[:-1], row[-1] if row else ""
        if len(numbers) != self.key_size or not all(isinstance(n, int) for n in numbers):
            raise DataError(
                f"{owner} has the label {item!r:.60}",
                fix=f"{self.key_size} numbers of words, then the name of the label",
            )
        return (*numbers, str(label))

    def _targets(self, keys: list[list[Key]], true: list[set[tuple[Any, ...]]]) -> Any:
        n, row = self.count_labels(), 0
        targets: Any = np.zeros((sum(map(len, keys)), n), dtype="float32")
        for candidates, items in zip(keys, true, strict=True):
            places = {key: row + i for i, key in enumerate(candidates)}
            for item in items:
                number = self.vocab.get_token_index(item[-1], "labels")
                if item[:-1] in places:
                    targets[places[item[:-1]], number] = 1
            row += len(candidates)
        return targets


class SpanCategorization(CandidatesTask):
    """Labels of spans, which may overlap: (start, end, label), the end not included.

    Args:
        network: A ``SpanCategorizer``.
        suggester: Says which spans to look at.
        settings: As ``CandidatesTask`` says.
    """

    def __init__(
        self,
        network: Model[Any, Any],
        vocab: Vocabulary | None = None,
        *,
        suggester: Suggester,
        **settings: Any,
    ) -> None:
        self.suggester = suggester
        super().__init__(network, vocab, **settings)

    def documents(self, docs: Sequence[Any]) -> list[Any]:
        """As they are; {"words": ..., "spans": ...} becomes a ``Document``."""
        return [as_document(doc) if isinstance(doc, Mapping) else doc for doc in docs]

    def keys(self, docs: list[Any]) -> list[list[Key]]:
        """What the suggester suggests."""
        suggested = self.suggester(docs)
        rows: list[list[int]] = self.network.ops.to_numpy(suggested.data).tolist()
        ends = suggested.starts_ends.tolist()
        return [
            [(start, end) for start, end in rows[first:last]]
            for first, last in itertools.pairwise(ends)
        ]

    def batch(self, docs: list[Any], keys: list[list[Key]]) -> Any:
        """Documents and a Ragged of their spans."""
        ops, every = self.network.ops, [key for each in keys for key in each]
        spans: Any = np.array(every, dtype="int32").reshape((-1, 2))
        lengths = ops.asarray1i(np.array([len(each) for each in keys], dtype="int32"))
        return docs, Ragged(ops.asarray2i(spans), lengths)


class Relations(CandidatesTask):
    """Labels of pairs of entities: (start, end, start of the other, its end, label).

    A document is a ``Document``, spaCy's, {"words": ..., "ents": ...}, or a list of words, of
    which each is an entity then.

    Args:
        network: A ``rel_model``; its attribute "get_instances" says which pairs to look at.
        settings: As ``CandidatesTask`` says.
    """

    key_size = 4

    def __init__(
        self, network: Model[Any, Any], vocab: Vocabulary | None = None, **settings: Any
    ) -> None:
        if "get_instances" not in network.attrs:
            raise ConfigError(
                f"{network.name!r} does not say which pairs it looks at",
                fix="use combinet.rel_model.v1, or set model.attrs['get_instances']",
            )
        super().__init__(network, vocab, **settings)

    def documents(self, docs: Sequence[Any]) -> list[Any]:
        """With entities."""
        return [as_document(doc) for doc in docs]

    def keys(self, docs: list[Any]) -> list[list[Key]]:
        """The pairs that the network looks at."""
        return keys_of(self.network, docs)

    def batch(self, docs: list[Any], keys: list[list[Key]]) -> Any:
        """The documents."""
        return docs


@registry.misc("combinet.SpanCategorization.v1")
def configure_SpanCategorization(
    suggester: Suggester, threshold: float = 0.5
) -> Callable[..., SupervisedTask]:
    """``SpanCategorization`` for the section ``[task]`` of a config.

    Args:
        suggester: Says which spans to look at, as ``combinet.ngram_suggester.v1``.
        threshold: A label is given where its probability is above it.
    """
    return functools.partial(SpanCategorization, suggester=suggester, threshold=threshold)


@registry.misc("combinet.Relations.v1")
def configure_Relations(threshold: float = 0.5) -> Callable[..., SupervisedTask]:
    """``Relations`` for the section ``[task]`` of a config.

    Args:
        threshold: A label is given where its probability is above it.
    """
    return functools.partial(Relations, threshold=threshold)
