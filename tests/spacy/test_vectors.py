"""Vectors of spaCy's vocabulary in our architectures, as spaCy's own use them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

spacy: Any = pytest.importorskip("spacy", reason="spaCy is not installed", exc_type=ImportError)

from combinet.errors import DataError, DimError  # noqa: E402
from combinet.spacy import as_thinc  # noqa: E402
from combinet.text import StaticVectors, TextCatLowData  # noqa: E402
from tests.spacy import pipelines as p  # noqa: E402

WIDE = 5
#: The attribute says nothing about a word here: only the vectors can.
EMBED = """
    @architectures = "combinet.MultiHashEmbed.v1"
    width = 16
    attrs = ["SHAPE"]
    rows = [1]
    include_static_vectors = true
"""
BLOCKS = {**p.tok2vec(), "embed": EMBED}
LOW = """
    @architectures = "combinet.TextCatLowData.v1"
    width = 16
    dropout = 0.0
"""


def with_vectors(nlp: Any, wide: int = WIDE) -> Any:
    """The pipeline, its vocabulary with a vector for every word but "no"."""
    rng = np.random.default_rng(0)
    words = sorted({word for words in p.WORDS for word in words} - {"no"})
    data = rng.standard_normal((len(words), wide)).astype("float32")
    nlp.vocab.vectors = spacy.vectors.Vectors(strings=nlp.vocab.strings, data=data, keys=words)
    return nlp


def docs(nlp: Any) -> list[Any]:
    return [eg.x for eg in p.examples(nlp)]


def test_each_word_gets_the_projected_vector_of_the_vocabulary() -> None:
    nlp = with_vectors(spacy.blank("en"))
    model = as_thinc(StaticVectors(3)).initialize(X=docs(nlp))
    [row] = list(model.shims[0].rows())
    found = model.predict(docs(nlp))
    rows = np.concatenate([[token.vector for token in doc] for doc in docs(nlp)])
    np.testing.assert_allclose(found.dataXd, rows @ row.weights.T, rtol=1e-4, atol=1e-5)
    assert not found.dataXd[8].any()  # "no"


@pytest.mark.parametrize("by", ["combinet.Tok2Vec.v1", "spacy.Tok2Vec.v2"])
def test_a_tagger_learns_from_vectors_and_comes_back(by: str, tmp_path: Path) -> None:
    blocks = {**BLOCKS, "": f'@architectures = "{by}"'}
    nlp, _ = p.trained(with_vectors(p.pipeline(tagger=p.tagger(blocks))), 60)
    assert [tags for tags, *_ in p.predictions(nlp)] == p.gold(nlp)
    nlp.to_disk(tmp_path)
    assert p.predictions(spacy.load(tmp_path)) == p.predictions(nlp)


def test_a_classifier_with_few_weights_learns_from_vectors(tmp_path: Path) -> None:
    nlp, _ = p.trained(with_vectors(p.pipeline(textcat_multilabel={"": LOW})), 80)
    best = [max(scores, key=scores.get) for *_, scores in p.predictions(nlp)]  # type: ignore[arg-type]
    assert best == ["OTHER", "QUESTION", "OTHER", "QUESTION"]
    nlp.to_disk(tmp_path)
    assert p.predictions(spacy.load(tmp_path)) == p.predictions(nlp)


def test_listeners_share_what_was_made_of_vectors() -> None:
    nlp = with_vectors(p.pipeline(tok2vec=BLOCKS, tagger=p.tagger(p.LISTENER)))
    nlp, _ = p.trained(nlp, 60)
    assert [tags for tags, *_ in p.predictions(nlp)] == p.gold(nlp)


def test_the_vectors_are_in_the_files_of_the_vocabulary_alone() -> None:
    nlp, _ = p.trained(with_vectors(p.pipeline(tagger=p.tagger(BLOCKS)), wide=300), 1)
    vector = nlp.vocab["Paris"].vector.tobytes()
    assert vector in nlp.vocab.to_bytes()
    assert vector not in nlp.get_pipe("tagger").to_bytes(exclude=["vocab"])


def test_a_vector_that_is_added_later_is_found() -> None:
    nlp = with_vectors(spacy.blank("en"))
    model = as_thinc(StaticVectors(3)).initialize(X=docs(nlp))
    nlp.vocab.vectors.resize((nlp.vocab.vectors.shape[0] + 1, WIDE))
    nlp.vocab.set_vector("no", np.ones(WIDE, dtype="float32"))
    assert model.predict(docs(nlp)).dataXd[8].any()


def test_a_vocabulary_without_vectors_is_refused_with_what_to_do() -> None:
    with pytest.raises(DataError, match="vocabulary of the pipeline has no vectors"):
        p.trained(p.pipeline(tagger=p.tagger(BLOCKS)), 1)


def test_a_vocabulary_with_vectors_of_another_width_is_refused() -> None:
    model = as_thinc(StaticVectors(3)).initialize(X=docs(with_vectors(spacy.blank("en"))))
    with pytest.raises(DimError, match="made for vectors 5 wide, got 7"):
        model.predict(docs(with_vectors(spacy.blank("en"), wide=7)))


def test_vectors_that_are_given_go_before_those_of_the_vocabulary() -> None:
    nlp = with_vectors(spacy.blank("en"))
    given = {"Paris": [1.0, 2.0]}
    model = as_thinc(TextCatLowData(4, 0.0, nO=2, vectors=given)).initialize(X=docs(nlp))
    assert model.shims[0].model.predict([["Paris"]]).shape == (1, 2)
    [node] = [n for n in model.shims[0].model.walk() if n.name == "static_vectors"]
    assert node.get_dim("nM") == 2


def test_a_copy_looks_words_up_too() -> None:
    nlp = with_vectors(spacy.blank("en"))
    model = as_thinc(StaticVectors(3)).initialize(X=docs(nlp))
    expected = model.predict(docs(nlp)).dataXd
    assert np.array_equal(copy.deepcopy(model).predict(docs(nlp)).dataXd, expected)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_two_processes_look_words_up() -> None:
    nlp, _ = p.trained(with_vectors(p.pipeline(tagger=p.tagger(BLOCKS))), 10)
    assert p.predictions(nlp, n_process=2, batch_size=2) == p.predictions(nlp)
