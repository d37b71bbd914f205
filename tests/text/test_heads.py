from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet import Adam, Model
from combinet.errors import CombinetError, DimError
from combinet.text import (
    HashEmbedCNN,
    Tagger,
    TextCatBOW,
    TextCatCNN,
    TextCatEnsemble,
    TextCatEnsemble_v2,
    TextCatParametricAttention,
    TextCatReduce,
)
from combinet.training import as_task
from combinet.training.supervised import gives_gradient_of_logits

DOCS: Any = [["Good", "morning"], ["Guten", "Morgen", "!"], ["Moin"]]
Make = Callable[[bool], Model[Any, Any]]


def cnn() -> Model[Any, Any]:
    return HashEmbedCNN(
        width=8, depth=1, embed_size=40, window_size=1, maxout_pieces=2, subword_features=False
    )


def bow(exclusive: bool) -> Model[Any, Any]:
    return TextCatBOW(exclusive, 2, False, length=64)


CLASSIFIERS: dict[str, Make] = {
    "bow": bow,
    "cnn": lambda exclusive: TextCatCNN(cnn(), exclusive),
    "reduce": lambda exclusive: TextCatReduce(cnn(), exclusive, True, True, True, True),
    "attention": lambda exclusive: TextCatParametricAttention(cnn(), exclusive),
    "ensemble": lambda exclusive: TextCatEnsemble_v2(cnn(), bow(exclusive)),
    "ensemble.v1": lambda exclusive: TextCatEnsemble(8, 40, None, exclusive, 1, 1, 1, None),
}


def sized(name: str, exclusive: bool = True, labels: int = 3) -> Model[Any, Any]:
    Y = np.zeros((3, labels), dtype="float32")
    return CLASSIFIERS[name](exclusive).initialize(X=DOCS, Y=Y, seed=0)


@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_number_of_labels_is_read_off_Y(name: str, exclusive: bool) -> None:
    found = sized(name, exclusive).predict(DOCS)
    assert found.shape == (3, 3)
    assert ((found >= 0) & (found <= 1)).all()
    assert np.allclose(found.sum(axis=1), 1) or not exclusive


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("docs", [[[]], [[], ["a"], []]])
def test_documents_without_words_go_forward_and_back(name: str, docs: Any) -> None:
    found, backprop = sized(name).begin_update(docs)
    assert np.isfinite(found).all()
    assert len(found) == len(docs)
    backprop(np.zeros_like(found))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_no_documents_have_no_scores(name: str) -> None:
    assert sized(name).predict([]).shape == (0, 3)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_it_learns_what_it_is_shown(name: str) -> None:
    model = sized(name)
    task, optimizer = as_task(model), Adam(0.02)
    for _ in range(40):
        _, backprop = task.forward(text=DOCS, label=np.array([2, 0, 1]))
        assert backprop is not None
        backprop()
        task.finish_update(optimizer)
    assert model.predict(DOCS).argmax(axis=1).tolist() == [2, 0, 1]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_it_predicts_the_same_after_saving(name: str) -> None:
    model, other = sized(name), sized(name)
    for row in other.parameters():
        row.weights[...] += 1
    other.from_bytes(model.to_bytes())
    assert np.array_equal(model.predict(DOCS), other.predict(DOCS))
    assert np.array_equal(model.predict(DOCS), model.copy().predict(DOCS))


@pytest.mark.parametrize("name", ["cnn", "reduce", "attention", "ensemble", "ensemble.v1"])
def test_a_softmax_at_the_end_gets_the_gradient_of_its_logits(name: str) -> None:
    assert gives_gradient_of_logits(sized(name))
    assert not gives_gradient_of_logits(sized(name, exclusive=False))


def test_the_parts_of_an_ensemble_may_be_told_the_labels() -> None:
    told = TextCatEnsemble_v2(cnn(), TextCatBOW(True, 1, False, nO=3), nO=3)
    assert told.initialize(X=DOCS).predict(DOCS).shape == (3, 3)


def test_an_ensemble_whose_parts_disagree_is_refused() -> None:
    with pytest.raises(DimError):
        TextCatEnsemble_v2(cnn(), TextCatBOW(True, 1, False, nO=4), nO=3).initialize(X=DOCS)


def test_an_ensemble_asks_the_linear_model_whether_labels_exclude_each_other() -> None:
    silent = TextCatBOW(True, 1, False)
    del silent.attrs["multi_label"]
    with pytest.raises(CombinetError, match="one label or several"):
        TextCatEnsemble_v2(cnn(), silent)
    assert TextCatEnsemble_v2(cnn(), bow(False)).attrs["multi_label"]


def test_a_bag_of_words_without_an_output_layer_gives_sums() -> None:
    model = TextCatBOW(True, 1, True, length=64).initialize(X=DOCS, Y=np.eye(3, dtype="float32"))
    _, backprop = model.begin_update(DOCS)
    backprop(np.ones((3, 3), dtype="float32"))
    model.finish_update(lambda key, W, dW: (W + dW, dW))
    assert model.predict(DOCS).max() > 1


def test_pooling_in_no_way_is_refused() -> None:
    with pytest.raises(CombinetError, match="one way of pooling"):
        TextCatReduce(cnn(), True, False, False, False, False)


def test_a_tagger_starts_with_every_label_alike() -> None:
    model = Tagger(cnn()).initialize(X=DOCS, Y=[np.zeros((2, 4), "float32")])
    assert all(np.allclose(each, 0.25) for each in model.predict(DOCS))
    assert gives_gradient_of_logits(model)


def test_a_tagger_may_give_logits() -> None:
    model = Tagger(cnn(), nO=4, normalize=False).initialize(X=DOCS)
    assert all((each == 0).all() for each in model.predict(DOCS))


@pytest.mark.parametrize("make", [TextCatCNN, TextCatParametricAttention])
def test_a_classifier_may_be_told_the_number_of_labels(make: Any) -> None:
    assert make(cnn(), True, nO=5).initialize(X=DOCS).predict(DOCS).shape == (3, 5)
