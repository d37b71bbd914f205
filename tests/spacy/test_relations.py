"""Relations between names: a pipe as spaCy's page on them writes it, around our model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

spacy: Any = pytest.importorskip("spacy", reason="spaCy is not installed", exc_type=ImportError)

from tests.spacy import pipelines as p  # noqa: E402

LABELS = ["KNOWS", "KNOWN_BY"]
NEAR = '@misc = "combinet.rel_cand_generator.v2"\nmax_length = 10'
OWN = '@misc = "test.pairs.v1"'


def blocks(candidates: str = NEAR, by: str = "combinet.rel_instance_tensor.v1") -> dict[str, str]:
    """The blocks of a relation model."""
    return {
        "": '@architectures = "combinet.rel_model.v1"',
        "create_instance_tensor": f'@architectures = "{by}"',
        "create_instance_tensor.tok2vec": p.CNN[""],
        "create_instance_tensor.pooling": '@layers = "reduce_mean.v1"',
        "create_instance_tensor.get_instances": candidates,
        "classification_layer": '@architectures = "combinet.rel_hidden_layer.v1"\nwidth = 16',
    }


@spacy.registry.misc("test.pairs.v1")  # type: ignore[misc, unused-ignore]
def pairs_maker() -> Any:
    """Candidates as a user's code makes them: a function inside a function."""

    def pairs(doc: Any) -> list[tuple[Any, Any]]:
        return [(one, other) for one in doc.ents for other in doc.ents if one != other]

    return pairs


class Relations(spacy.pipeline.TrainablePipe):  # type: ignore[misc]
    """The first name of a sentence knows the second."""

    def predict(self, docs: Any) -> Any:
        get_instances = self.model.attrs["get_instances"]
        if not sum(len(get_instances(doc)) for doc in docs):
            return self.model.ops.alloc2f(0, 2)
        return self.model.predict(docs)

    def set_annotations(self, docs: Any, scores: Any) -> None:
        at = 0
        for doc in docs:
            doc.user_data["relations"] = {}
            for one, other in self.model.attrs["get_instances"](doc):
                best = LABELS[int(scores[at].argmax())]
                doc.user_data["relations"][one.text, other.text] = best
                at += 1

    def get_loss(self, examples: Any, scores: Any) -> tuple[float, Any]:
        difference = scores - self.truths(examples)
        return float((difference**2).sum()), difference

    def truths(self, examples: Any) -> Any:
        found = [
            [one.start < other.start, one.start > other.start]
            for eg in examples
            for one, other in self.model.attrs["get_instances"](eg.predicted)
        ]
        return np.array(found, dtype="float32").reshape((-1, 2))

    def initialize(self, get_examples: Any, *, nlp: Any = None) -> None:
        examples = get_examples()
        self.model.initialize(X=[eg.predicted for eg in examples], Y=self.truths(examples))


@spacy.Language.factory("combinet_relations")  # type: ignore[misc, unused-ignore]
def make_relations(nlp: Any, name: str, model: Any) -> Relations:
    return Relations(nlp.vocab, model, name)


def with_names(nlp: Any) -> list[Any]:
    """The examples, their names known before."""
    batch = p.examples(nlp)
    for eg in batch:
        eg.predicted.ents = [
            spacy.tokens.Span(eg.predicted, ent.start, ent.end, ent.label) for ent in eg.y.ents
        ]
    return batch


def relations(nlp: Any) -> list[Any]:
    return [doc.user_data["relations"] for doc in nlp.pipe([eg.x for eg in with_names(nlp)])]


@pytest.mark.parametrize("candidates", [NEAR, OWN])
def test_relations_are_learned_and_come_back(candidates: str, tmp_path: Path) -> None:
    nlp = p.pipeline(combinet_relations=blocks(candidates))
    batch = with_names(nlp)
    nlp.initialize(lambda: batch)
    optimizer = spacy.util.registry.optimizers.get("Adam.v1")(0.05)
    for _ in range(30):
        nlp.update(batch, sgd=optimizer)
    expected = {("Ada", "Bob"): "KNOWS", ("Bob", "Ada"): "KNOWN_BY"}
    assert relations(nlp) == [expected, {}, {}, {}]
    nlp.to_disk(tmp_path)
    assert relations(spacy.load(tmp_path)) == [expected, {}, {}, {}]


def test_our_classification_layer_gives_a_probability_for_each_label() -> None:
    layer = '@architectures = "combinet.rel_classification_layer.v1"\nnO = 2'
    nlp = p.pipeline(combinet_relations={**blocks(), "classification_layer": layer})
    batch = with_names(nlp)
    nlp.initialize(lambda: batch)
    scores = nlp.get_pipe("combinet_relations").predict([eg.predicted for eg in batch])
    assert scores.shape == (2, 2)
    assert ((scores > 0) & (scores < 1)).all()


def test_documents_without_names_are_no_matter() -> None:
    nlp = p.pipeline(combinet_relations=blocks())
    batch = with_names(nlp)
    nlp.initialize(lambda: batch)
    model = nlp.get_pipe("combinet_relations").model
    assert model.predict([batch[2].predicted]).shape == (0, 2)
    assert model.predict([]).shape == (0, 2)
