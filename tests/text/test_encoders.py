from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet import Model
from combinet.testing import assert_is_gradient
from combinet.text import (
    BagOfEmbeddings,
    BiLSTMEncoder,
    MaxoutWindowEncoder,
    MishWindowEncoder,
    TransformerEncoder,
)

Make = Callable[[], Model[Any, Any]]
ENCODERS: dict[str, Make] = {
    "maxout": lambda: MaxoutWindowEncoder(8, 1, 2, 2),
    "mish": lambda: MishWindowEncoder(8, 1, 2),
    "lstm": lambda: BiLSTMEncoder(8, 2),
    "transformer": lambda: TransformerEncoder(8, 2, heads=2),
}


def sized(make: Make) -> Model[Any, Any]:
    return make().initialize(seed=0)


def rows(*lengths: int, seed: int = 0) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((n, 8)).astype("float32") for n in lengths]


@pytest.mark.parametrize("name", ENCODERS)
def test_a_document_is_encoded_as_if_it_were_alone(name: str) -> None:
    model, docs = sized(ENCODERS[name]), rows(3, 1, 5)
    together = model.predict(docs)
    for doc, found in zip(docs, together, strict=True):
        assert np.allclose(model.predict([doc])[0], found, atol=1e-5)


@pytest.mark.parametrize("name", ENCODERS)
def test_the_gradient_is_right(name: str) -> None:
    assert_is_gradient(sized(ENCODERS[name]), rows(3, 1))


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("lengths", [(), (0,), (0, 2, 0)])
def test_empty_documents_go_forward_and_back(name: str, lengths: tuple[int, ...]) -> None:
    found, backprop = sized(ENCODERS[name]).begin_update(rows(*lengths))
    assert [each.shape for each in found] == [(n, 8) for n in lengths]
    assert [len(each) for each in backprop(found)] == list(lengths)


@pytest.mark.parametrize("make", [MaxoutWindowEncoder, MishWindowEncoder])
def test_a_word_sees_as_far_as_window_and_depth_say(make: Any) -> None:
    pieces = (2,) if make is MaxoutWindowEncoder else ()
    model = make(8, 2, *pieces, 3).initialize(seed=0)
    (doc,) = rows(20)
    changed = doc.copy()
    changed[0] += 1
    is_touched = (model.predict([doc])[0] != model.predict([changed])[0]).any(axis=1)
    assert is_touched[:7].all()
    assert not is_touched[7:].any()


@pytest.mark.parametrize(
    "make", [lambda: MaxoutWindowEncoder(8, 1, 2, 0), lambda: BiLSTMEncoder(8, 0)]
)
def test_without_layers_the_vectors_stay(make: Make) -> None:
    docs = rows(2, 3)
    found = sized(make).predict(docs)
    assert all(np.array_equal(a, b) for a, b in zip(found, docs, strict=True))


def test_a_bag_is_the_sum_or_the_mean() -> None:
    docs = rows(3, 0)
    assert np.allclose(BagOfEmbeddings().predict(docs)[0], docs[0].sum(axis=0), atol=1e-6)
    mean = BagOfEmbeddings(averaged=True).predict(docs)
    assert np.allclose(mean[0], docs[0].mean(axis=0), atol=1e-6)
    assert not mean[1].any()


def test_a_transformer_knows_the_order_of_the_words() -> None:
    model, (doc,) = sized(ENCODERS["transformer"]), rows(3)
    swapped = model.predict([doc[[1, 0, 2]]])[0]
    assert not np.allclose(model.predict([doc])[0][2], swapped[2])
