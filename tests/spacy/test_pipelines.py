"""Our architectures in the components of spaCy: they learn, and come back from files."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

spacy: Any = pytest.importorskip("spacy", reason="spaCy is not installed", exc_type=ImportError)

from tests.spacy import pipelines as p  # noqa: E402


def loads_the_same(nlp: Any, folder: Path) -> bool:
    """Whether it predicts the same after ``to_disk`` and ``spacy.load``."""
    nlp.to_disk(folder / "pipeline")
    return p.predictions(spacy.load(folder / "pipeline")) == p.predictions(nlp)


@pytest.mark.parametrize("encode", p.ENCODE)
@pytest.mark.parametrize("embed", p.EMBED)
def test_a_tagger_learns_and_comes_back(embed: str, encode: str, tmp_path: Path) -> None:
    nlp, _ = p.trained(p.pipeline(tagger=p.tagger(p.tok2vec(embed, encode))), 40)
    assert [tags for tags, *_ in p.predictions(nlp)] == p.gold(nlp)
    assert loads_the_same(nlp, tmp_path)


@pytest.mark.parametrize("head", ["combinet.Tagger.v1", "spacy.Tagger.v2"])
@pytest.mark.parametrize("by", ["combinet.Tok2Vec.v1", "spacy.Tok2Vec.v2"])
def test_either_librarys_sublayers_go_into_either(by: str, head: str, tmp_path: Path) -> None:
    nlp, _ = p.trained(p.pipeline(tagger=p.tagger(p.tok2vec("spaCy's", "maxout", by), head)))
    assert [tags for tags, *_ in p.predictions(nlp)] == p.gold(nlp)
    assert loads_the_same(nlp, tmp_path)


@pytest.mark.parametrize("name", p.TEXTCATS)
def test_a_text_classifier_learns_and_comes_back(name: str, tmp_path: Path) -> None:
    nlp, _ = p.trained(p.pipeline(textcat=p.TEXTCATS[name]), 60)
    best = [max(scores, key=scores.get) for *_, scores in p.predictions(nlp)]  # type: ignore[arg-type]
    assert best == ["OTHER", "QUESTION", "OTHER", "QUESTION"]
    assert loads_the_same(nlp, tmp_path)


def test_a_parser_for_names_learns_over_our_tok2vec(tmp_path: Path) -> None:
    nlp, _ = p.trained(p.pipeline(ner=p.parser(p.tok2vec())), 60)
    found = [[start for start, _ in names] for _, names, *_ in p.predictions(nlp)]
    assert found == [[0, 2], [3], [], [1]]
    assert loads_the_same(nlp, tmp_path)


@pytest.mark.parametrize("blocks", [p.span_categorizer, p.our_span_categorizer])
def test_a_span_categorizer_learns_and_comes_back(blocks: Any, tmp_path: Path) -> None:
    nlp, _ = p.trained(p.pipeline(spancat=blocks(p.CNN)), 60)
    found = [[start for start, _ in spans] for _, _, spans, _ in p.predictions(nlp)]
    assert found == [[0, 2], [3], [], [1]]
    assert loads_the_same(nlp, tmp_path)


def shared() -> Any:
    """One tok2vec of ours that four components listen to, two of them inside our models."""
    return p.pipeline(
        tok2vec=p.tok2vec(),
        tagger=p.tagger(p.LISTENER),
        ner=p.parser(p.LISTENER),
        textcat={"": p.REDUCE, **p.under("tok2vec", p.LISTENER)},
        spancat=p.span_categorizer(p.LISTENER),
    )


def weights(nlp: Any, name: str) -> list[Any]:
    """Of everything in a component's model that is ours."""
    shims = [shim for node in nlp.get_pipe(name).model.walk() for shim in node.shims]
    return [row.weights.copy() for shim in shims for row in shim.rows()]


def test_components_share_a_tok2vec_through_listeners(tmp_path: Path) -> None:
    nlp, _ = p.trained(shared(), 40)
    assert nlp.get_pipe("tok2vec").listening_components == ["tagger", "ner", "textcat", "spancat"]
    assert [tags for tags, *_ in p.predictions(nlp)] == p.gold(nlp)
    assert loads_the_same(nlp, tmp_path)


@pytest.mark.parametrize("listening", ["tagger", "textcat"])
def test_what_a_listener_inside_our_model_learns_reaches_the_tok2vec(listening: str) -> None:
    nlp = shared()
    batch = p.examples(nlp)
    nlp.initialize(lambda: batch)
    optimizer = spacy.util.registry.optimizers.get("Adam.v1")(0.01)
    nlp.update(batch, sgd=optimizer)  # a softmax that is all zeros passes no gradient on
    before = weights(nlp, "tok2vec")
    with nlp.select_pipes(enable=["tok2vec", listening]):
        nlp.update(batch, sgd=optimizer)
    changed = [
        not np.array_equal(a, b) for a, b in zip(before, weights(nlp, "tok2vec"), strict=True)
    ]
    assert all(changed)


def test_listeners_inside_our_models_can_be_replaced(tmp_path: Path) -> None:
    nlp, _ = p.trained(shared(), 20)
    before = p.predictions(nlp)
    for name in ("tagger", "textcat"):
        nlp.replace_listeners("tok2vec", name, ["model.tok2vec"])
    assert p.predictions(nlp) == before
    assert loads_the_same(nlp, tmp_path)
    with nlp.select_pipes(enable=["tagger"]):
        assert [tags for tags, *_ in p.predictions(nlp)] == [tags for tags, *_ in before]


def test_a_replaced_listener_learns_for_itself() -> None:
    nlp, _ = p.trained(shared(), 5)
    nlp.replace_listeners("tok2vec", "tagger", ["model.tok2vec"])
    old = weights(nlp, "tok2vec")
    with nlp.select_pipes(enable=["tagger"]):
        mine = weights(nlp, "tagger")
        nlp.update(p.examples(nlp), sgd=spacy.util.registry.optimizers.get("Adam.v1")(0.01))
        assert not any(
            np.array_equal(a, b) for a, b in zip(mine, weights(nlp, "tagger"), strict=True)
        )
    assert all(np.array_equal(a, b) for a, b in zip(old, weights(nlp, "tok2vec"), strict=True))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_two_processes_predict_what_one_does() -> None:
    nlp, _ = p.trained(shared(), 10)
    assert p.predictions(nlp, n_process=2, batch_size=2) == p.predictions(nlp)


def test_bytes_of_a_pipeline_bring_it_back() -> None:
    nlp, _ = p.trained(shared(), 10)
    again = spacy.blank("en").from_config(nlp.config).from_bytes(nlp.to_bytes())
    assert p.predictions(again) == p.predictions(nlp)


def test_a_loaded_pipeline_is_trained_on(tmp_path: Path) -> None:
    nlp, _ = p.trained(p.pipeline(tagger=p.tagger(p.tok2vec())), 3)
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    before = weights(again, "tagger")
    again.update(p.examples(again), sgd=again.resume_training())
    assert not any(
        np.array_equal(a, b) for a, b in zip(before, weights(again, "tagger"), strict=True)
    )


def test_averages_of_spacys_optimizer_are_used_and_put_back() -> None:
    from thinc.api import Adam

    nlp, _ = p.trained(p.pipeline(tagger=p.tagger(p.tok2vec())), 1)
    optimizer = Adam(0.01)
    for _ in range(3):
        nlp.update(p.examples(nlp), sgd=optimizer)
    own = weights(nlp, "tagger")
    with nlp.use_params(optimizer.averages):
        averages = weights(nlp, "tagger")
    assert not any(np.array_equal(a, b) for a, b in zip(own, averages, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(own, weights(nlp, "tagger"), strict=True))


def test_spacys_seed_decides_our_weights_and_dropout() -> None:
    one, two = (p.trained(p.pipeline(tagger=p.tagger(p.tok2vec())), 3)[1] for _ in range(2))
    assert one == two


def test_a_model_copied_for_rehearsal_keeps_what_it_says() -> None:
    nlp, _ = p.trained(p.pipeline(tagger=p.tagger(p.tok2vec())), 3)
    docs = [eg.x for eg in p.examples(nlp)]
    model = nlp.get_pipe("tagger").model
    before, twin = model.predict(docs), copy.deepcopy(model)
    nlp.update(p.examples(nlp), sgd=nlp.resume_training())
    assert all(np.array_equal(a, b) for a, b in zip(before, twin.predict(docs), strict=True))


@pytest.mark.parametrize("words", [[], ["x"], ["👩‍👩‍👧", "é", "日本語"], ["w"] * 3000])
def test_documents_of_any_length_are_tagged(words: list[str]) -> None:
    from spacy.tokens import Doc

    nlp, _ = p.trained(shared(), 1)
    docs = list(nlp.pipe([Doc(nlp.vocab, words=words), Doc(nlp.vocab, words=["a", "b"])]))
    assert len(docs[0]) == len(words)


def test_a_pipe_of_ones_own_runs_our_model(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    blocks = {
        "": '@architectures = "test.Counter.v1"',
        **p.under("tok2vec", p.tok2vec()),
    }
    nlp = p.pipeline(combinet_counter=blocks)
    batch = p.examples(nlp)
    nlp.initialize(lambda: batch)
    optimizer = nlp.create_optimizer()
    losses = [nlp.update(batch, sgd=optimizer)["combinet_counter"] for _ in range(20)]
    assert losses[-1] < losses[0]
    nlp.to_disk(tmp_path)
    docs = [eg.x for eg in p.examples(nlp)]
    pipe, again = (each.get_pipe("combinet_counter") for each in (nlp, spacy.load(tmp_path)))
    assert np.array_equal(pipe.predict(docs), again.predict(docs))
    assert again.model.attrs["get_instances"] == "words"


@spacy.registry.architectures("test.Counter.v1")  # type: ignore[misc, unused-ignore]
def counter(tok2vec: Any) -> Any:
    """A number for each document; the attribute is what such pipes keep their functions in."""
    from combinet import Linear, chain, list2ragged, reduce_mean
    from combinet.bridges import from_thinc
    from combinet.spacy import as_thinc

    model: Any = chain(from_thinc(tok2vec), list2ragged(), reduce_mean(), Linear(1))
    model.attrs["get_instances"] = "words"
    return as_thinc(model)


class Counter(spacy.pipeline.TrainablePipe):  # type: ignore[misc]
    """Learns how many words a document has."""

    def predict(self, docs: Any) -> Any:
        return self.model.predict(docs)

    def set_annotations(self, docs: Any, scores: Any) -> None:
        """Nothing to write."""

    def get_loss(self, examples: Any, scores: Any) -> tuple[float, Any]:
        difference = scores - np.array([[len(eg.x)] for eg in examples], dtype="float32")
        return float((difference**2).sum()), difference

    def initialize(self, get_examples: Any, *, nlp: Any = None) -> None:
        self.model.initialize(X=[eg.x for eg in get_examples()])


@spacy.Language.factory("combinet_counter")  # type: ignore[misc, unused-ignore]
def make_counter(nlp: Any, name: str, model: Any) -> Counter:
    return Counter(nlp.vocab, model, name)
