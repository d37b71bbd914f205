"""spaCy's documents in our layers, where spaCy is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.text import (
    FeatureExtractor,
    MultiHashEmbed,
    TextCatBOW,
    as_vector_table,
    attributes,
    set_vectors,
    utf8_bytes,
)
from combinet.text.hash_string import hash_string

spacy: Any = pytest.importorskip("spacy", reason="spaCy is not installed", exc_type=ImportError)

WORDS = ["Hello", "Apollo-11", "“", "jumping", "A1b", "é", "x" * 120, "👩‍👩‍👧", "日本語"]


def spacy_doc(words: list[str]) -> Any:
    from spacy.tokens import Doc

    return Doc(spacy.blank("en").vocab, words=words)


def test_words_have_spacys_hashes_and_attributes() -> None:
    doc = spacy_doc(WORDS)
    for name in ("ORTH", "LOWER", "PREFIX", "SUFFIX", "SHAPE"):
        assert attributes(WORDS, [name])[:, 0].tolist() == doc.to_array([name]).tolist(), name


def test_norms_are_spacys_where_it_has_no_exception() -> None:
    doc = spacy_doc(WORDS)
    same = attributes(WORDS, ["NORM"])[:, 0] == doc.to_array(["NORM"])
    assert [word for word, is_same in zip(WORDS, same, strict=True) if not is_same] == ["“"]


def test_strings_have_spacys_hashes() -> None:
    from spacy.strings import hash_string as spacys

    for word in [*WORDS, "", "a" * 7, "a" * 8, "a" * 9]:
        assert hash_string(word) == spacys(word)


def test_bytes_are_those_that_spacy_takes() -> None:
    doc, docs = spacy_doc(WORDS), [WORDS]
    assert np.array_equal(utf8_bytes(8).predict(docs)[0], doc.to_utf8_array(nr_char=8))  # type: ignore[arg-type]


def test_both_kinds_of_document_are_one_to_a_model() -> None:
    layer = FeatureExtractor(["NORM", "ORTH", "SHAPE"])
    assert np.array_equal(layer.predict([spacy_doc(WORDS)])[0], layer.predict([WORDS])[0])
    model = TextCatBOW(True, 2, False, nO=2, length=64).initialize()
    assert np.array_equal(model.predict([spacy_doc(WORDS)]), model.predict([WORDS]))


def test_vectors_of_a_vocabulary_are_taken() -> None:
    from spacy.vocab import Vocab

    vocab: Any = Vocab()
    rng = np.random.default_rng(0)
    for word in ("apple", "pear"):
        vocab.set_vector(word, rng.standard_normal(5).astype("float32"))
    vocab.vectors.add("pome", row=vocab.vectors.key2row[vocab.strings["apple"]])
    table = as_vector_table(vocab.vectors)
    assert (len(table), table.width) == (3, 5)
    model = MultiHashEmbed(8, ["NORM"], [40], True)
    assert set_vectors(model, vocab.vectors) == 1
    docs: Any = [["apple", "pome", "plum"]]
    (node,) = [each for each in model.initialize().walk() if each.name == "static_vectors"]
    keys = FeatureExtractor(["ORTH"]).predict(docs)[0]
    found: Any = node.predict(keys[:, 0])  # type: ignore[index]
    W = node.get_param("W")
    np.testing.assert_allclose(found[0], W @ vocab.get_vector("apple"), rtol=1e-4, atol=1e-6)
    assert np.array_equal(found[0], found[1])
    assert not found[2].any()
