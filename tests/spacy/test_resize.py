"""More labels for a text classifier of ours inside spaCy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

spacy: Any = pytest.importorskip("spacy", reason="spaCy is not installed", exc_type=ImportError)

from combinet.errors import DimError  # noqa: E402
from combinet.spacy import as_thinc  # noqa: E402
from tests.spacy import pipelines as p  # noqa: E402


def with_another_label(name: str) -> tuple[Any, Any, Any]:
    """A pipe that was trained, then given a label; scores before and after."""
    nlp, _ = p.trained(p.pipeline(textcat=p.TEXTCATS[name]), 20)
    pipe = nlp.get_pipe("textcat")
    docs = [eg.x for eg in p.examples(nlp)]
    before = pipe.predict(docs)
    pipe.add_label("NEW")
    return nlp, before, pipe.predict(docs)


@pytest.mark.parametrize("name", ["bow", "reduce", "attention"])
def test_a_new_label_leaves_the_scores_of_the_others(name: str) -> None:
    _, before, after = with_another_label(name)
    assert after.shape == (4, 3)
    np.testing.assert_allclose(after[:, :2], before, atol=1e-3)


def test_a_new_label_among_independent_ones_leaves_their_scores_exactly() -> None:
    _, before, after = with_another_label("cnn")
    assert np.array_equal(after[:, :2], before)
    assert (after[:, 2] == 0.5).all()


@pytest.mark.parametrize("name", ["bow", "reduce", "cnn"])
def test_a_new_label_is_learned(name: str) -> None:
    nlp, _, _ = with_another_label(name)
    batch = p.examples(nlp)
    for eg in batch:
        is_new = len(eg.x) == 1
        eg.y.cats = {"QUESTION": eg.y.cats["QUESTION"], "OTHER": float(not is_new), "NEW": is_new}
        eg.y.cats["OTHER"] = 1.0 - eg.y.cats["QUESTION"] - is_new
    optimizer = spacy.util.registry.optimizers.get("Adam.v1")(0.05)
    for _ in range(300):
        nlp.update(batch, sgd=optimizer)
    scores = [doc[-1] for doc in p.predictions(nlp)]
    assert max(scores[2], key=scores[2].get) == "NEW"
    assert max(scores[1], key=scores[1].get) == "QUESTION"


def test_an_optimizer_that_knows_the_classifier_goes_on_with_it() -> None:
    nlp = p.pipeline(textcat=p.TEXTCATS["reduce"])
    batch = p.examples(nlp)
    nlp.initialize(lambda: batch)
    optimizer = spacy.util.registry.optimizers.get("Adam.v1")(0.01)
    nlp.update(batch, sgd=optimizer)
    pipe = nlp.get_pipe("textcat")
    pipe.add_label("NEW")
    for eg in batch:
        eg.y.cats = {**eg.y.cats, "NEW": 0.0}
    nlp.update(batch, sgd=optimizer)
    shapes = [array.shape for (_, name), array in optimizer.averages.items() if "#1" in name]
    assert shapes == [(3, 3 * p.WIDTH), (3,)]
    with nlp.use_params(optimizer.averages):
        assert pipe.predict([eg.x for eg in batch]).shape == (4, 3)


def test_a_resized_classifier_comes_back_from_a_file(tmp_path: Any) -> None:
    nlp, _, _ = with_another_label("reduce")
    nlp.to_disk(tmp_path)
    assert p.predictions(spacy.load(tmp_path)) == p.predictions(nlp)


def test_labels_added_before_initialization_are_all_there() -> None:
    nlp = p.pipeline(textcat=p.TEXTCATS["reduce"])
    for label in ("OTHER", "QUESTION", "NEW"):
        nlp.get_pipe("textcat").add_label(label)
    batch = p.examples(nlp)
    nlp.initialize(lambda: batch)
    assert nlp.get_pipe("textcat").model.get_dim("nO") == 3


def test_a_number_of_labels_in_the_config_grows_too() -> None:
    blocks = {**p.TEXTCATS["bow"], "": p.BOW.replace("ngram_size", "nO = 2\n    ngram_size")}
    pipe = p.pipeline(textcat=blocks).get_pipe("textcat")
    for label in ("A", "B", "C"):
        pipe.add_label(label)
    assert pipe.model.get_dim("nO") == 3
    pipe.model.initialize(X=[], Y=np.zeros((0, 3), dtype="float32"))
    assert pipe.model.shims[0].model.get_dim("nO") == 3


def test_labels_cannot_be_taken_away() -> None:
    from combinet.text import TextCatBOW

    model = as_thinc(TextCatBOW(True, 1, False, length=64, nO=3)).initialize()
    with pytest.raises(DimError, match="has 3 labels, and 2 would lose some"):
        model.attrs["resize_output"](model, 2)


def test_an_ensemble_does_not_say_that_it_can_grow() -> None:
    pipe = p.pipeline(textcat=p.TEXTCATS["ensemble"]).get_pipe("textcat")
    assert "resize_output" not in pipe.model.attrs
