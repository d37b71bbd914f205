"""Vectors that were trained before, in the layers that use them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import combinet
from combinet import Adam, Config, Model, registry
from combinet.errors import DataError, DimError
from combinet.testing import LAWS, Case
from combinet.text import (
    CharacterEmbed,
    HashEmbedCNN,
    MultiHashEmbed,
    StaticVectors,
    TextCatLowData,
    Vocabulary,
    as_vector_table,
    set_vectors,
)
from combinet.text.static_vectors import borrowers, lend_vectors
from combinet.training import MultiLabelTask

VECTORS: Any = {
    "the": [1.0, 2, 3],
    "dog": [-1, 0, 1],
    "a": [0, 5, 0],
    "in": [5, 0, 5],
    "of": [0, 0, 7],
}
DOCS: Any = [["the", "cat"], [], ["dog", "the"]]
FILE = "the 1 2 3\ndog -1 0 1\n"


def weights(model: Model[Any, Any]) -> Any:
    (node,) = [node for node in model.walk() if node.name == "static_vectors"]
    return node.get_param("W")


def test_each_word_gets_its_projected_vector_and_zeros_if_it_has_none() -> None:
    model = StaticVectors(4, vectors=VECTORS).initialize()
    W, found = weights(model), model.predict(DOCS)
    V = np.array([[1, 2, 3], [0, 0, 0], [-1, 0, 1], [1, 2, 3]], "float32")
    assert W.shape == (4, 3)
    np.testing.assert_allclose(found.data, V @ W.T, rtol=1e-5, atol=1e-6)
    assert found.lengths.tolist() == [2, 0, 2]


def test_only_the_matrix_is_trained() -> None:
    model = StaticVectors(4, vectors=VECTORS).initialize()
    Y, backprop = model.begin_update(DOCS)
    backprop(Y)
    [row] = list(model.parameters())
    V = np.array([[1, 2, 3], [0, 0, 0], [-1, 0, 1], [1, 2, 3]], "float32")
    np.testing.assert_allclose(row.gradient, Y.data.T @ V, rtol=1e-4, atol=1e-5)


def test_a_word_may_be_looked_up_in_lower_case() -> None:
    lower = StaticVectors(4, vectors=VECTORS, key_attr="LOWER").initialize()
    one, two = lower.predict([["The", "the"]]).data
    assert np.array_equal(one, two)
    assert one.any()
    assert not StaticVectors(4, vectors=VECTORS).initialize().predict([["The"]]).data.any()


def test_columns_are_dropped_in_training_only() -> None:
    model = StaticVectors(40, vectors=VECTORS, dropout=0.5).initialize(seed=0)
    dropped = model.begin_update(DOCS)[0].data
    kept = dropped.any(axis=0)
    assert 5 < kept.sum() < 35
    np.testing.assert_allclose(dropped[:, kept], 2 * model.predict(DOCS).data[:, kept], rtol=1e-5)


def multi() -> Model[Any, Any]:
    return MultiHashEmbed(8, ["NORM", "SHAPE"], [40, 20], True, vectors=VECTORS)


LAYERS: dict[str, Any] = {
    "StaticVectors": lambda: StaticVectors(4, vectors=VECTORS),
    "MultiHashEmbed": multi,
    "TextCatLowData": lambda: TextCatLowData(4, 0.1, vectors=VECTORS),
    "CharacterEmbed": lambda: CharacterEmbed(8, 40, 3, 4, True, vectors=VECTORS),
}


def documents(rng: np.random.Generator, n: int) -> list[list[str]]:
    words = ["the", "dog", "cat", ""]
    return [list(map(str, rng.choice(words, size=rng.integers(0, 4)))) for _ in range(n)]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", LAYERS)
def test_law(name: str, law: str) -> None:
    LAWS[law](Case(name, LAYERS[name], documents))


@pytest.mark.parametrize("name", LAYERS)
def test_a_word_with_a_vector_is_told_from_one_without(name: str) -> None:
    Y = np.zeros((3, 2), "float32") if name == "TextCatLowData" else None
    model = LAYERS[name]().initialize(X=DOCS, Y=Y, seed=0)
    before = model.predict([["dog"]])
    for node in model.walk():
        if node.name == "static_vectors":
            node.attrs["table"] = np.zeros_like(node.attrs["table"])
    after = model.predict([["dog"]])
    assert not np.allclose(getattr(before, "data", before), getattr(after, "data", after))


CONFIG = """
[model]
@architectures = "combinet.Tagger.v1"
nO = 2

[model.tok2vec]
@architectures = "combinet.Tok2Vec.v1"

[model.tok2vec.embed]
@architectures = "combinet.MultiHashEmbed.v1"
width = 8
attrs = ["NORM"]
rows = [40]
include_static_vectors = true
vectors = "vectors.txt"

[model.tok2vec.encode]
@architectures = "combinet.MishWindowEncoder.v1"
width = 8
window_size = 1
depth = 1
"""


def test_a_saved_model_needs_its_file_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vectors.txt").write_text(FILE)
    model = registry.resolve(Config().from_str(CONFIG))["model"].initialize(seed=0)
    for row in model.parameters():
        row.weights[...] = np.random.default_rng(0).standard_normal(row.weights.shape)
    combinet.save(model, "model.zip", config=CONFIG)
    Path("vectors.txt").unlink()
    again = combinet.load("model.zip", trusted=True)
    for one, two in zip(model.predict(DOCS), again.predict(DOCS), strict=True):
        assert np.array_equal(one, two)
    with pytest.raises(DataError, match=r"vectors\.txt"):
        registry.resolve(Config().from_str(CONFIG))["model"].initialize()


def test_a_model_is_copied_and_pickled_with_its_vectors() -> None:
    model = multi().initialize(seed=0)
    for other in (model.copy(), pickle.loads(pickle.dumps(model))):
        for one, two in zip(model.predict(DOCS), other.predict(DOCS), strict=True):
            assert np.array_equal(one, two)


def test_vectors_may_be_given_later() -> None:
    model = MultiHashEmbed(8, ["NORM"], [40], True)
    assert set_vectors(model, VECTORS) == 1
    model.initialize()
    assert [each.shape for each in model.predict(DOCS)] == [(2, 8), (0, 8), (2, 8)]
    assert set_vectors(MultiHashEmbed(8, ["NORM"], [40]), VECTORS) == 0


def test_vectors_of_another_width_are_refused() -> None:
    model = StaticVectors(4, vectors=VECTORS).initialize()
    with pytest.raises(DimError, match="3 wide, got 2"):
        set_vectors(model, {"a": [1, 2]})
    with pytest.raises(DimError, match="nM"):
        StaticVectors(4, 5, vectors=VECTORS)


def test_a_model_without_its_vectors_says_so() -> None:
    with pytest.raises(DataError, match="static_vectors has no vectors") as raised:
        StaticVectors(4, 3).initialize().predict(DOCS)
    assert "set_vectors" in raised.value.fix
    with pytest.raises(DimError, match="nM"):
        StaticVectors(4).initialize()


def test_a_cnn_takes_them_too() -> None:
    model = HashEmbedCNN(
        width=8,
        depth=1,
        embed_size=40,
        window_size=1,
        maxout_pieces=2,
        subword_features=True,
        pretrained_vectors=True,
        vectors=VECTORS,
    )
    assert weights(model.initialize()).shape == (8, 3)


def test_few_data_are_enough_where_vectors_tell_the_words() -> None:
    Y = np.zeros((1, 2), "float32")
    model = TextCatLowData(8, None, vectors=VECTORS).initialize(Y=Y, seed=0)
    assert model.attrs["multi_label"]
    task, optimizer = MultiLabelTask(model, Vocabulary({"labels": "ab"})), Adam(0.02)
    for _ in range(60):
        _, backprop = task.forward(text=[["the"], ["dog"]], label=["a", "b"])
        assert backprop is not None
        backprop()
        task.finish_update(optimizer)
    assert model.predict([["dog", "dog"], ["the"]]).argmax(axis=1).tolist() == [1, 0]


class Lent:
    """What ``lend_vectors`` asks of the vectors of a spaCy vocabulary."""

    def __init__(self, words: Any) -> None:
        table = as_vector_table(words)
        self.data = table.table
        self.key2row = dict(zip(table.keys.tolist(), table.rows.tolist(), strict=True))


def test_vectors_that_are_lent_are_in_no_file_and_no_pickle() -> None:
    lent, owner = StaticVectors(4), StaticVectors(4, vectors=VECTORS)
    lend_vectors(lent, Lent(VECTORS))
    for model in (lent, owner):
        model.initialize(seed=0)
    np.testing.assert_allclose(lent.predict(DOCS).data, owner.predict(DOCS).data, rtol=1e-5)
    assert [name for name in lent.to_dict()["tensors"] if "table" in name] == []
    again: Any = pickle.loads(pickle.dumps(lent))
    with pytest.raises(DataError, match="has no vectors"):
        again.predict(DOCS)
    lend_vectors(again, Lent(VECTORS))
    assert np.array_equal(again.predict(DOCS).data, lent.predict(DOCS).data)


def test_vectors_from_a_file_are_not_replaced_by_those_that_are_lent(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text(FILE)
    model = StaticVectors(4, vectors=tmp_path / "v.txt")
    assert not borrowers(model)
    lend_vectors(model, Lent({"the": [1.0]}))
    assert model.initialize().predict(DOCS).data.shape == (4, 4)


def test_vectors_that_are_replaced_where_they_stand_are_looked_up_anew() -> None:
    model, source = StaticVectors(4), Lent(VECTORS)
    lend_vectors(model, source)
    before = model.initialize(seed=0).predict(DOCS).data
    source.data = 2 * source.data
    lend_vectors(model, source)
    np.testing.assert_allclose(model.predict(DOCS).data, 2 * before, rtol=1e-5)
