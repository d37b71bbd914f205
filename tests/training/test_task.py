"""Tasks: written by hand as AllenNLP's models are, or made of a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet import (
    Adam,
    CategoricalCrossentropy,
    Dropout,
    Embed,
    Linear,
    Relu,
    Softmax,
    chain,
    glorot_uniform_init,
    list2ragged,
    reduce_mean,
    with_array,
)
from combinet.errors import CombinetError, DataError, LabelError
from combinet.metrics import CategoricalAccuracy
from combinet.model import Model
from combinet.text import Vocabulary
from combinet.training import Batches, SupervisedTask, Task, Trainable, Trainer, as_task, collate
from tests.training.problems import equal, instances, network, task, trainer, weights

VOCAB = Vocabulary({"labels": "abc"})
X = np.stack([each["x"] for each in instances()])
Y = np.array(["abc".index(each["label"]) for each in instances()])


class Classifier(Task):
    """As the README of AllenNLP has it: forward by the names of fields, metrics, labels."""

    def __init__(self, vocab: Vocabulary, encoder: Model[Any, Any]) -> None:
        super().__init__(vocab)
        self.network = encoder >> Softmax(
            vocab.get_vocab_size("labels"), init_W=glorot_uniform_init
        )
        self.loss = CategoricalCrossentropy()
        self.accuracy = CategoricalAccuracy()

    def forward(self, x: Any, label: Any = None) -> tuple[Any, Callable[[], Any] | None]:
        probs, backprop = self.network.begin_update(x)
        output = {"probs": probs}
        if label is None:
            return output, None
        self.accuracy(probs, label)
        gradient, output["loss"] = self.loss(probs, label)
        return output, lambda: backprop(gradient)

    def make_output_human_readable(self, output: Any) -> Any:
        best = output["probs"].argmax(axis=1)
        return {**output, "label": [self.vocab.get_token_from_index(i, "labels") for i in best]}

    def get_metrics(self, reset: bool = False) -> dict[str, float]:
        return {"accuracy": self.accuracy.get_metric(reset)}


class Two(Task):
    """Two networks, one behind the other, and one of their parts under a name of its own."""

    def __init__(self) -> None:
        super().__init__(VOCAB)
        self.first_layer = Relu(6)
        self.encoder = self.first_layer >> Relu(5)
        self.head = Softmax(3, init_W=glorot_uniform_init)
        self.loss = CategoricalCrossentropy()

    def forward(self, x: Any, label: Any) -> tuple[Any, Callable[[], Any] | None]:
        hidden, into_encoder = self.encoder.begin_update(x)
        probs, into_head = self.head.begin_update(hidden)
        gradient, loss = self.loss(probs, label)
        return {"loss": loss}, lambda: into_encoder(into_head(gradient))


class Shared(Task):
    """Two networks with a layer in common, each with a loss."""

    def __init__(self) -> None:
        super().__init__(VOCAB)
        body = Relu(6)
        self.one = body >> Softmax(3, init_W=glorot_uniform_init)
        self.two = body >> Softmax(3, init_W=glorot_uniform_init)
        self.loss = CategoricalCrossentropy()

    def forward(self, x: Any, label: Any) -> tuple[Any, Callable[[], Any] | None]:
        (P, into_one), (Q, into_two) = self.one.begin_update(x), self.two.begin_update(x)
        (dP, loss), (dQ, more) = self.loss(P, label), self.loss(Q, label)
        return {"loss": loss + more}, lambda: (into_one(dP), into_two(dQ))


def classifier(dropout: float = 0.0) -> Classifier:
    return Classifier(VOCAB, Relu(8) >> Dropout(dropout)).initialize(seed=1, x=X)


def test_a_network_is_initialized_by_the_first_input_that_reaches_it() -> None:
    made = classifier()
    assert {row.path: row.weights.shape for row in made.parameters()} == {
        "0/W": (8, 3), "0/b": (8,), "2/W": (3, 8), "2/b": (3,),
    }  # fmt: skip


def test_initializing_counts_nothing() -> None:
    made = Classifier(VOCAB, Relu(8)).initialize(x=X, label=Y)
    assert made.get_metrics() == {"accuracy": 0.0}


def test_a_seed_gives_the_same_weights_again() -> None:
    assert equal(weights(classifier()), weights(classifier()))


def test_forward_gives_a_loss_and_its_backprop_where_there_are_labels() -> None:
    made = classifier()
    output, backprop = made.forward(x=X, label=Y)
    assert set(output) == {"probs", "loss"}
    assert np.ndim(output["loss"]) == 0
    assert backprop is not None
    backprop()
    assert any(row.gradient is not None and row.gradient.any() for row in made.parameters())


def test_without_labels_there_is_no_backprop() -> None:
    output, backprop = classifier().forward(x=X)
    assert set(output) == {"probs"}
    assert backprop is None


def test_evaluate_uses_no_dropout() -> None:
    made = classifier(dropout=0.9)
    plain = made.network.predict(X)
    assert np.array_equal(made.evaluate(x=X)["probs"], plain)
    assert not np.array_equal(made.forward(x=X)[0]["probs"], plain)
    assert np.array_equal(task(dropout=0.9).evaluate(x=X)["probs"], task().network.predict(X))


def test_readable_output_comes_by_instance() -> None:
    made = classifier()
    one = made.forward_on_instance({"x": X[1]})
    many = made.forward_on_instances([{"x": row} for row in X])
    assert len(many) == len(X)
    assert one["label"] == many[1]["label"]
    np.testing.assert_allclose(one["probs"], many[1]["probs"], rtol=1e-6)
    assert "loss" not in made.forward_on_instances([{"x": X[0], "label": 1}])[0]


def test_of_no_instances_there_are_no_outputs() -> None:
    assert classifier().forward_on_instances([]) == []


def test_a_task_of_ones_own_is_trained() -> None:
    batches = [{"x": X[i : i + 8], "label": Y[i : i + 8]} for i in range(0, 40, 8)]
    made = Trainer(classifier(), Adam(0.05), batches, validation_metric="+accuracy")
    assert made.train()["training_accuracy"] > 0.9


def test_of_several_networks_paths_begin_with_their_names() -> None:
    made = Two().initialize(seed=1, x=X, label=Y)
    paths = [row.path for row in made.parameters()]
    assert paths == [
        *("encoder.0/W", "encoder.0/b", "encoder.1/W", "encoder.1/b"),
        *("head.W", "head.b"),
    ]


def test_networks_of_one_seed_have_weights_of_their_own() -> None:
    made = Shared().initialize(seed=1, x=X, label=Y)
    rows = {row.path: row.weights for row in made.parameters()}
    assert not np.array_equal(rows["one.1/W"], rows["two.1/W"])


def test_a_part_of_a_network_under_a_name_of_its_own_takes_one_step() -> None:
    made = Two().initialize(seed=1, x=X, label=Y)
    assert list(made.networks()) == ["encoder", "head"]
    optimizer = Adam(0.1)
    _, backprop = made.forward(x=X, label=Y)
    assert backprop is not None
    backprop()
    made.finish_update(optimizer)
    assert set(optimizer.nr_update.values()) == {1}


def test_a_layer_in_two_networks_takes_one_step_on_both_gradients() -> None:
    made = Shared().initialize(seed=1, x=X, label=Y)
    assert len(list(made.parameters())) == 6
    optimizer = Adam(0.1)
    _, backprop = made.forward(x=X, label=Y)
    assert backprop is not None
    backprop()
    made.finish_update(optimizer)
    assert sorted(optimizer.nr_update.values()) == [1] * 6


def test_groups_and_freezing_see_the_paths_of_all_networks() -> None:
    made = Two().initialize(seed=1, x=X, label=Y)
    before = weights(made)
    batches = [{"x": X, "label": Y}]

    class Scored(Two):
        def get_metrics(self, reset: bool = False) -> dict[str, float]:
            return {"loss": 0.0}

    made.__class__ = Scored
    list(Trainer(made, Adam(0.1, freeze=["^head"]), batches, num_epochs=1))
    after = weights(made)
    changed = {path for path in before if not np.array_equal(before[path], after[path])}
    assert {path.split(".")[0] for path in changed} == {"encoder"}


def test_a_task_without_forward_says_what_to_write() -> None:
    with pytest.raises(CombinetError, match=r"Task has no forward\(\)") as raised:
        Task().forward(x=X)
    assert "return" in raised.value.fix


def test_a_model_becomes_a_supervised_task() -> None:
    made = as_task(network(), vocab=VOCAB, input="x")
    assert isinstance(made, SupervisedTask)
    assert (made.input, made.label, made.vocab) == ("x", "label", VOCAB)


def test_a_task_stays_what_it_is() -> None:
    made = task()
    assert as_task(made) is made
    assert isinstance(made, Trainable)


@pytest.mark.parametrize("other", [None, 3, "model", object(), [network()], lambda x: x])
def test_what_cannot_be_trained_is_refused_with_the_seam(other: object) -> None:
    with pytest.raises(CombinetError, match=f"cannot train {type(other).__name__}") as raised:
        as_task(other)
    assert "combinet.training.Trainable" in raised.value.fix


def test_a_plain_model_is_trained_by_the_trainer() -> None:
    model = network().initialize(X, np.eye(3, dtype="float32"), seed=1)
    batches = [{"text": X, "label": Y}]
    assert Trainer(model, Adam(0.05), batches, num_epochs=40).train()["training_accuracy"] > 0.9


def test_labels_are_numbered_in_sorted_order() -> None:
    made = SupervisedTask(network(), input="x")
    made.index([{"label": "b"}, {"label": 3}, {"x": 1}, {"label": "a"}])
    assert made.vocab.get_tokens("labels") == ("3", "a", "b")
    made.index([{"label": "0"}])
    assert made.vocab.get_tokens("labels") == ("3", "a", "b", "0")


def test_the_mean_loss_is_over_rows_not_batches() -> None:
    data = instances(10)
    made = task(data)
    for fields in Batches(data, 7):
        made.evaluate(**fields)
    whole = made.get_metrics(reset=True)
    made.evaluate(**next(iter(Batches(data, 10))))
    assert made.get_metrics()["loss"] == pytest.approx(whole["loss"], rel=1e-6)


def test_reset_forgets() -> None:
    made = task()
    made.evaluate(x=X, label=list("abc") * 13 + ["a"])
    assert made.get_metrics(reset=True)["loss"] > 0
    assert made.get_metrics() == {"loss": 0.0, "accuracy": 0.0}


def test_the_label_and_its_probability_come_first() -> None:
    [answer] = task().forward_on_instances([{"x": X[0]}])
    assert list(answer) == ["label", "probability", "probs"]
    assert answer["probability"] == answer["probs"].max()
    assert answer["label"] == "abc"[int(answer["probs"].argmax())]


def test_sequences_that_happen_to_be_of_one_length_are_a_list_all_the_same() -> None:
    ids = with_array(Embed(8, 20), of="ragged")
    data = [
        {"text": np.array(numbers), "label": label}
        for numbers, label in (([1, 2, 3], "a"), ([4, 5], "b"), ([6, 7], "a"))
    ]
    made = SupervisedTask(chain(list2ragged(of="ints"), ids, reduce_mean(), Softmax()))
    made.index(data)
    made.initialize(seed=0, **collate(data))
    apart = [made.forward_on_instance(each)["probs"] for each in data]
    for size in (1, 2, 3):
        parts = [made.evaluate(**fields)["probs"] for fields in Batches(data, size)]
        np.testing.assert_allclose(np.concatenate(parts), apart, rtol=1e-5)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(DataError, match="no field 'x'") as raised:
        task().forward(y=X)
    assert raised.value.facts == {"fields": "y"}


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(LabelError, match="'d' is not among the 3 labels"):
        task().forward(x=X[:1], label=["d"])


def test_a_network_that_ends_in_true_probabilities_is_trained_on_their_gradient() -> None:
    from combinet.layers.softmax_activation import softmax_activation

    logits = SupervisedTask(Relu(8) >> Softmax(3), VOCAB, input="x").initialize(seed=1, x=X)
    made = SupervisedTask(Relu(8) >> Linear(3) >> softmax_activation(), VOCAB, input="x")
    made.initialize(seed=1, x=X)
    for row, other in zip(made.parameters(), logits.parameters(), strict=True):
        row.weights[...] = other.weights
    gradients = []
    for each in (logits, made):
        _, backprop = each.forward(x=X, label=[instance["label"] for instance in instances()])
        assert backprop is not None
        backprop()
        gradients.append([row.gradient for row in each.parameters()])
    for one, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_training_leaves_the_best_weights_in_the_network() -> None:
    made = task()
    trainer(made, num_epochs=10).train()
    accuracy = (made.network.predict(X).argmax(axis=1) == Y).mean()
    assert accuracy > 0.9
