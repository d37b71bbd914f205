"""More labels for a network that is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet import (
    Adam,
    Linear,
    Model,
    Relu,
    Softmax,
    chain,
    concatenate,
    residual,
    resizable,
    resize_linear_weighted,
)
from combinet.errors import DimError, StructureError
from combinet.text import (
    HashEmbedCNN,
    Tagger,
    TextCatBOW,
    TextCatCNN,
    TextCatEnsemble,
    TextCatEnsemble_v2,
    TextCatParametricAttention,
    TextCatReduce,
    resize_output,
)
from combinet.training import SequenceTask, SupervisedTask
from combinet.training.supervised import gives_gradient_of_logits

DOCS: Any = [["Good", "morning"], ["Guten", "Morgen", "!"], ["Moin"]]
ROWS = np.random.default_rng(0).standard_normal((3, 5)).astype("float32")


def cnn() -> Model[Any, Any]:
    return HashEmbedCNN(
        width=8, depth=1, embed_size=40, window_size=1, maxout_pieces=2, subword_features=False
    )


def bow() -> Model[Any, Any]:
    return TextCatBOW(True, 2, False, length=64)


NETWORKS: dict[str, Callable[[], Model[Any, Any]]] = {
    "tagger": lambda: Tagger(cnn()),
    "bow": bow,
    "bow, several labels": lambda: TextCatBOW(False, 2, False, length=64),
    "bow, sums": lambda: TextCatBOW(True, 2, True, length=64),
    "cnn": lambda: TextCatCNN(cnn(), True),
    "reduce, several labels": lambda: TextCatReduce(cnn(), False, True, True, True, True),
    "attention": lambda: TextCatParametricAttention(cnn(), True),
    "ensemble": lambda: TextCatEnsemble_v2(cnn(), bow()),
    "ensemble.v1": lambda: TextCatEnsemble(8, 40, None, True, 1, 1, 1, None),
    "linear": Linear,
    "alone": Softmax,
    "softmax": lambda: chain(Relu(4), Softmax()),
    "resizable": lambda: chain(Relu(4), resizable(Softmax(), resize_linear_weighted)),
}


def sample(name: str) -> Any:
    return ROWS if name in ("linear", "softmax", "resizable", "alone") else DOCS


def trained(name: str) -> Model[Any, Any]:
    """Of two labels, with weights of which none is zero."""
    X = sample(name)
    Y: Any = np.zeros((3, 2), "float32")
    model = NETWORKS[name]().initialize(X, [Y[:1]] if name == "tagger" else Y, seed=0)
    rng = np.random.default_rng(1)
    for row in model.parameters():
        row.weights[...] = rng.standard_normal(row.weights.shape) * 0.3
    return model


def flat(scores: Any) -> Any:
    return np.concatenate(scores) if isinstance(scores, list) else scores


@pytest.mark.parametrize("name", NETWORKS)
def test_old_labels_keep_their_scores_among_themselves(name: str) -> None:
    model, X = trained(name), sample(name)
    before = flat(model.predict(X))
    bias = -60.0 if "ensemble" in name else 0.0  # its parts make probabilities of their own
    assert resize_output(model, 5, bias=bias) is model
    after = flat(model.predict(X))
    assert after.shape == (len(before), 5)
    if np.allclose(before.sum(axis=1), 1):  # probabilities: their ratios stay
        after = after / after[:, :2].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(after[:, :2], before, rtol=1e-4, atol=1e-5)
    assert len(np.unique(after[:, 2:].round(5), axis=1).T) <= 1 or "ensemble" in name


@pytest.mark.parametrize("name", NETWORKS)
def test_its_sizes_are_those_of_its_weights(name: str) -> None:
    model = resize_output(trained(name), 5)
    assert model.maybe_get_dim("nO") in (5, None)
    check = model.check(sample(name))
    assert check, check
    assert model.copy().from_bytes(model.to_bytes()) is not model


@pytest.mark.parametrize("name", ["tagger", "bow", "attention", "ensemble", "resizable", "alone"])
def test_a_new_label_is_learned_by_the_optimizer_that_trained_the_old_ones(name: str) -> None:
    model, X, optimizer = trained(name), sample(name), Adam(0.05)
    task = (SequenceTask if name == "tagger" else SupervisedTask)(model)
    task.index([{"label": ["a", "b"] if name == "tagger" else each} for each in "ab"])

    def steps(labels: Any, n: int) -> None:
        for _ in range(n):
            _, backprop = task.forward(text=X, label=labels)
            assert backprop is not None
            backprop()
            task.finish_update(optimizer)

    spread: Any = [["a", "b"], ["b", "a", "a"], ["b"]] if name == "tagger" else ["a", "b", "a"]
    steps(spread, 3)
    task.vocab.add_token_to_namespace("c", "labels")
    resize_output(model, 3)
    spread[2] = ["c"] if name == "tagger" else "c"
    steps(spread, 80)
    assert flat(model.predict(X))[-1].argmax() == 2


def test_an_unlikely_label_is_not_predicted_at_first() -> None:
    model = trained("cnn")
    before = model.predict(DOCS)
    after = resize_output(model, 3, bias=-50.0).predict(DOCS)
    np.testing.assert_allclose(after[:, :2], before, rtol=1e-5)


def test_references_lead_to_the_new_layer() -> None:
    model = resize_output(trained("bow"), 4)
    assert model.get_ref("output_layer") in set(model.walk())
    assert model.get_ref("output_layer").get_dim("nO") == 4


def test_a_network_without_weights_yet_is_set_to_the_labels() -> None:
    model = resize_output(Tagger(cnn(), nO=2), 4).initialize(DOCS)
    assert model.predict(DOCS)[0].shape == (2, 4)
    assert resize_output(model, 4).predict(DOCS)[0].shape == (2, 4)


def test_fewer_labels_are_refused() -> None:
    with pytest.raises(DimError, match="has 2 labels, and 1 would lose some"):
        resize_output(trained("cnn"), 1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: concatenate(Linear(2), Linear(2)),
        lambda: residual(Linear(5, 5)),
        lambda: chain(Linear(2), concatenate(Softmax(2), Softmax(2))),
        lambda: Model("nothing", lambda model, X, is_train: (X, lambda dY: dY)),
    ],
)
def test_what_does_not_end_in_a_layer_of_labels_is_refused(make: Any) -> None:
    model = make().initialize(ROWS)
    with pytest.raises(StructureError, match="no row of weights for each label"):
        resize_output(model, 7)


def test_a_resizable_softmax_gets_the_gradient_of_its_logits() -> None:
    assert gives_gradient_of_logits(trained("resizable"))
    assert not gives_gradient_of_logits(resizable(Linear(2), resize_linear_weighted))
