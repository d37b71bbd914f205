from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet import Model
from combinet.errors import CombinetError, UnknownName
from combinet.text import CharacterEmbed, HashEmbedCNN, MultiHashEmbed

DOCS: Any = [["Good", "morning"], [], ["Guten", "Morgen", "!"]]
Make = Callable[[], Model[Any, Any]]
EMBEDDINGS: dict[str, Make] = {
    "hashes": lambda: MultiHashEmbed(8, ["NORM", "SHAPE"], [40, 20]),
    "characters": lambda: CharacterEmbed(8, 40, 3, 4),
    "cnn": lambda: HashEmbedCNN(
        width=8,
        depth=1,
        embed_size=40,
        window_size=1,
        maxout_pieces=2,
        subword_features=True,
    ),
}


def sized(make: Make) -> Model[Any, Any]:
    return make().initialize(X=DOCS, seed=0)


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_each_word_gets_a_vector(name: str) -> None:
    found = sized(EMBEDDINGS[name]).predict(DOCS)
    assert [each.shape for each in found] == [(2, 8), (0, 8), (3, 8)]


@pytest.mark.parametrize("name", EMBEDDINGS)
@pytest.mark.parametrize(
    "docs", [[], [[]], [[], []], [["x"]], [["\0", "👩‍👩‍👧", "e\u0301", "\ud800", ""]]]
)
def test_odd_documents_go_forward_and_back(name: str, docs: Any) -> None:
    model = sized(EMBEDDINGS[name])
    found, backprop = model.begin_update(docs)
    assert [len(each) for each in found] == [len(doc) for doc in docs]
    assert all(np.isfinite(each).all() for each in found)
    backprop([np.ones_like(each) for each in found])


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_a_long_document_goes_through(name: str) -> None:
    docs: Any = [[f"word{i}" for i in range(5000)]]
    assert sized(EMBEDDINGS[name]).predict(docs)[0].shape == (5000, 8)


def test_a_word_has_the_same_vector_in_every_document() -> None:
    for name in ("hashes", "characters"):
        first, second = sized(EMBEDDINGS[name]).predict([["a", "Good"], ["Good"]])
        assert np.allclose(first[1], second[0])


def test_words_of_equal_attributes_have_equal_vectors() -> None:
    model = sized(lambda: MultiHashEmbed(8, ["LOWER"], [40]))
    (found,) = model.predict([["good", "Good", "bad"]])
    assert np.allclose(found[0], found[1])
    assert not np.allclose(found[0], found[2])


def test_words_that_differ_in_one_attribute_have_other_vectors() -> None:
    model = sized(lambda: MultiHashEmbed(8, ["LOWER", "SHAPE"], [40, 40]))
    (found,) = model.predict([["good", "Good"]])
    assert not np.allclose(found[0], found[1])


def test_a_repeated_word_gets_the_gradients_of_all_its_places() -> None:
    once, twice = (sized(EMBEDDINGS["hashes"]) for _ in range(2))
    dY = np.arange(8, dtype="float32")[None]
    once.begin_update([["a"]])[1]([2 * dY])
    twice.begin_update([["a", "a"]])[1]([np.concatenate([dY, dY])])
    for a, b in zip(once.parameters(), twice.parameters(), strict=True):
        assert np.allclose(a.gradient, b.gradient, atol=1e-5)


def test_characters_tell_words_apart_that_share_a_feature() -> None:
    model = sized(lambda: CharacterEmbed(8, 40, 3, 4, feature="PREFIX"))
    (found,) = model.predict([["going", "gone"]])
    assert not np.allclose(found[0], found[1])


def test_bytes_have_gradients() -> None:
    model = sized(EMBEDDINGS["characters"])
    found, backprop = model.begin_update(DOCS)
    backprop([np.ones_like(each) for each in found])
    tables = [row for row in model.parameters() if row.weights.shape == (256, 3)]
    assert len(tables) == 4
    assert all(row.gradient is not None and row.gradient.any() for row in tables)


def test_what_does_not_go_together_is_refused() -> None:
    with pytest.raises(CombinetError, match="one number of rows for each"):
        MultiHashEmbed(8, ["NORM", "SHAPE"], [40])
    with pytest.raises(CombinetError, match="vectors are given, and not included"):
        MultiHashEmbed(8, ["NORM"], [40], vectors={"a": np.ones(2)})
    with pytest.raises(UnknownName, match="'FORM'"):
        MultiHashEmbed(8, ["FORM"], [40])


def test_the_feature_decides_which_words_are_one() -> None:
    model = sized(lambda: CharacterEmbed(8, 40, 3, 1, feature="SUFFIX"))
    (found,) = model.predict([["going", "grazing", "gone"]])
    assert np.allclose(found[0], found[1])
    assert not np.allclose(found[0], found[2])
