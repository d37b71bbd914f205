"""Spans, tags and candidates beside spaCy's own, where it is installed."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from combinet import reduce_mean
from combinet.text import (
    HashEmbedCNN,
    LinearLogistic,
    SpanCategorizer,
    bio_to_biluo,
    mean_max_reducer,
    ngram_range_suggester,
    ngram_suggester,
    preset_spans_suggester,
    rel_cand_generator_v2,
    rel_classification_layer,
    rel_instance_tensor,
    rel_model,
    spans_of_tags,
    tags_of_spans,
)
from combinet.training import Relations

spacy: Any = pytest.importorskip("spacy", reason="spaCy is not installed", exc_type=ImportError)

WORDS = "Ada met Bob in New York".split()
BIO = ["B-PER", "O", "B-PER", "O", "B-LOC", "I-LOC"]


def spacy_doc(entities: bool = True) -> Any:
    return spacy.tokens.Doc(spacy.blank("en").vocab, words=WORDS, ents=BIO if entities else None)


def cnn() -> Any:
    return HashEmbedCNN(
        width=4, depth=1, embed_size=30, window_size=1, maxout_pieces=2, subword_features=True
    )


def test_biluo_is_spacys() -> None:
    training: Any = importlib.import_module("spacy.training")
    assert bio_to_biluo(BIO) == training.iob_to_biluo(BIO)
    theirs = training.biluo_tags_to_spans(spacy_doc(), training.iob_to_biluo(BIO))
    ours = spans_of_tags(BIO, "BIO")
    assert list(map(tuple, ours)) == [(span.start, span.end, span.label_) for span in theirs]
    spans = [(ent.start, ent.end, ent.label_) for ent in spacy_doc().ents]
    assert tags_of_spans(spans, len(WORDS), "BIO") == BIO


def test_suggesters_suggest_what_spacys_do() -> None:
    docs = [spacy_doc(), spacy_doc()[:2].as_doc(), spacy_doc()[:1].as_doc()]
    docs[0].spans["x"] = list(docs[0].ents)
    for other in docs[1:]:
        other.spans["x"] = []
    pairs: list[tuple[Any, str, dict[str, Any]]] = [
        (ngram_suggester([1, 3]), "ngram_suggester", {"sizes": [1, 3]}),
        (ngram_range_suggester(2, 4), "ngram_range_suggester", {"min_size": 2, "max_size": 4}),
        (preset_spans_suggester("x"), "preset_spans_suggester", {"spans_key": "x"}),
    ]
    for ours, name, settings in pairs:
        theirs = spacy.registry.misc.get(f"spacy.{name}.v1")(**settings)(docs)
        found: Any = ours(docs)
        assert np.array_equal(found.data, theirs.data), name
        assert np.array_equal(found.lengths, theirs.lengths), name


def test_a_span_categorizer_takes_spacys_documents() -> None:
    docs = [spacy_doc(), spacy_doc(entities=False)]
    spans = ngram_suggester([1, 2])(docs)
    model: Any = SpanCategorizer(cnn(), mean_max_reducer(6), LinearLogistic(3))
    plain = [WORDS, WORDS]
    model.initialize((plain, spans), seed=0)
    assert np.array_equal(model.predict((docs, spans)), model.predict((plain, spans)))


def test_relations_are_between_spacys_entities() -> None:
    tensor = rel_instance_tensor(cnn(), reduce_mean(), rel_cand_generator_v2(3))
    task = Relations(rel_model(tensor, rel_classification_layer()))
    task.index([{"label": [(0, 1, 2, 3, "KNOWS")]}])
    task.initialize(seed=0, text=[spacy_doc()])
    output, backprop = task.forward(text=[spacy_doc()], label=[[(0, 1, 2, 3, "KNOWS")]])
    assert backprop is not None
    assert output["candidates"] == [[(0, 1, 2, 3), (2, 3, 0, 1), (2, 3, 4, 6), (4, 6, 2, 3)]]
