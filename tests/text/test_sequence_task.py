"""Tagging words: what ``SequenceTask`` adds to ``SupervisedTask``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from combinet import Adam, Model
from combinet.errors import DataError, LabelError
from combinet.text import HashEmbedCNN, Tagger
from combinet.training import Batches, Trainer
from combinet.training.sequence import KINDS, SequenceTask, kind_of

WORDS = "the a dog cat runs sleeps".split()
TAGS = dict(zip(WORDS, "DT DT NN NN VB VB".split(), strict=True))


def instances(n: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    docs = [[str(word) for word in rng.choice(WORDS, size=rng.integers(1, 6))] for _ in range(n)]
    return [{"text": doc, "label": [TAGS[word] for word in doc]} for doc in docs]


def cnn() -> Model[Any, Any]:
    return HashEmbedCNN(
        width=8, depth=1, embed_size=60, window_size=1, maxout_pieces=2, subword_features=True
    )


def made() -> SequenceTask:
    task = SequenceTask(Tagger(cnn()))
    task.index(instances(40))
    return task.initialize(seed=0, text=[["the"]])


def test_labels_are_numbered_in_sorted_order() -> None:
    assert made().vocab.get_tokens("labels") == ("DT", "NN", "VB")


def test_the_loss_is_the_mean_over_the_words() -> None:
    text = [["the", "dog"], ["a"]]
    output, _ = made().forward(text=text, label=[["DT", "NN"], ["DT"]])
    assert math.isclose(output["loss"], math.log(3), rel_tol=1e-5)


def test_every_word_counts_the_same() -> None:
    together, apart = made(), made()
    text, label = [["the", "dog"], ["a"]], [["DT", "NN"], ["DT"]]
    _, backprop = together.forward(text=text, label=label)
    assert backprop is not None
    backprop()
    for doc, labels in zip(text, label, strict=True):
        _, backprop = apart.forward(text=[doc], label=[labels])
        assert backprop is not None
        for _ in doc:  # as many times as it has words
            backprop()
    for one, two in zip(together.parameters(), apart.parameters(), strict=True):
        assert one.path[-2:] != "/b" or np.allclose(3 * one.gradient, two.gradient, atol=1e-5)


def test_a_word_without_a_label_gets_no_gradient_and_is_not_counted() -> None:
    task = made()
    text = [["the", "dog"]]
    output, backprop = task.forward(text=text, label=[["DT", None]])
    assert backprop is not None
    assert math.isclose(output["loss"], math.log(3), rel_tol=1e-5)
    backprop()
    bias = next(row for row in task.parameters() if row.weights.shape == (3,))
    assert np.allclose(bias.gradient, np.array([-2, 1, 1]) / 3, atol=1e-6)
    assert task.get_metrics()["accuracy"] == 1.0


def test_a_trainer_trains_it() -> None:
    data, task = instances(60), made()
    metrics = Trainer(task, Adam(0.02), Batches(data, 10), num_epochs=6).train()
    assert metrics["training_accuracy"] > 0.9
    found = task.forward_on_instance({"text": ["the", "cat", "sleeps"]})
    assert found["label"] == ["DT", "NN", "VB"]
    assert len(found["probability"]) == 3


def test_documents_without_words_have_no_labels() -> None:
    task = made()
    output, backprop = task.forward(text=[[], []], label=[[], []])
    assert output["loss"] == 0
    assert backprop is not None
    backprop()
    assert task.forward_on_instance({"text": []})["label"] == []


def test_as_many_labels_as_words_are_needed() -> None:
    with pytest.raises(DataError, match="document 1 of a batch has 2 words and 1 labels"):
        made().forward(text=[["a"], ["the", "dog"]], label=[["DT"], ["DT"]])


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(LabelError, match="'XX' is not among the 3 labels"):
        made().forward(text=[["a"]], label=[["XX"]])


def test_lists_of_labels_make_it_a_task_of_words() -> None:
    assert KINDS[kind_of(instances(2))] is SequenceTask
    assert kind_of([{"text": "a"}, {"text": "b", "label": "x"}]) == "rows"
    assert kind_of([]) == "rows"


def test_no_label_is_no_name() -> None:
    task = SequenceTask(Tagger(cnn()))
    task.index([{"label": ["B", None, "A"]}, {"text": ["no labels"]}])
    assert task.vocab.get_tokens("labels") == ("A", "B")
