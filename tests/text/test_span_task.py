"""Named entities: the SequenceTagger, its task, and what constrains the tags."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

from combinet import Adam, CategoricalCrossentropy, Model
from combinet.errors import ConfigError, DataError, LabelError
from combinet.testing import LAWS, Case
from combinet.text import (
    HashEmbedCNN,
    SequenceTagger,
    SequenceTaggerHead,
    Tagger,
    TaggerHead,
    spans_of_tags,
)
from combinet.training import Batches, SequenceTask, SpanTask, Trainer
from combinet.training.span_labels import SpanLabels
from combinet.types import Floats2d

NAMES = {"Ada": "B-PER", "Lovelace": "I-PER", "Bob": "B-PER", "Paris": "B-LOC"}
WORDS = [*NAMES, "met", "in", "."]


def instances(n: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    found: list[dict[str, Any]] = []
    for _ in range(n):
        words: list[str] = []
        while len(words) < rng.integers(1, 6):
            word = str(rng.choice(["Ada", "Bob", "Paris", "met", "in", "."]))
            words += ["Ada", "Lovelace"] if word == "Ada" else [word]
        found.append({"text": words, "label": [NAMES.get(word, "O") for word in words]})
    return found


def cnn() -> Model[Any, Any]:
    return HashEmbedCNN(
        width=8, depth=1, embed_size=60, window_size=1, maxout_pieces=2, subword_features=True
    )


def made(network: Any = SequenceTagger, **settings: Any) -> SpanTask:
    task = SpanTask(network(cnn()), **settings)
    task.index(instances(30))
    return task.initialize(seed=0, text=[["Ada"]])


def test_every_tag_that_the_kinds_need_gets_a_number() -> None:
    names = made().vocab.get_tokens("labels")
    assert names == ("O", *(f"{x}-LOC" for x in "BILU"), *(f"{x}-PER" for x in "BILU"))
    assert made(scheme="BIO").vocab.get_tokens("labels") == (
        "O", "B-LOC", "I-LOC", "B-PER", "I-PER",
    )  # fmt: skip


@pytest.mark.parametrize("network", [Tagger, SequenceTagger])
@pytest.mark.parametrize("scheme", ["BIO", "BILUO"])
def test_a_trainer_trains_it(network: Any, scheme: Any) -> None:
    data, task = instances(60), made(network, scheme=scheme)
    metrics = Trainer(task, Adam(0.02), Batches(data, 10), num_epochs=8).train()
    assert metrics["training_f1-measure-overall"] > 0.9
    found = task.forward_on_instance({"text": ["Ada", "Lovelace", "met", "Paris"]})
    assert found["label"] == ["B-PER", "I-PER", "O", "B-LOC"]
    assert found["spans"] == [
        {"start": 0, "end": 2, "label": "PER"},
        {"start": 3, "end": 4, "label": "LOC"},
    ]


@pytest.mark.parametrize("network", [Tagger, SequenceTagger])
@pytest.mark.parametrize("scheme", ["BIO", "BILUO"])
def test_no_weights_make_it_say_what_the_scheme_does_not_allow(network: Any, scheme: Any) -> None:
    task, rng = made(network, scheme=scheme), np.random.default_rng(0)
    for row in task.parameters():
        row.weights[...] += 3 * rng.standard_normal(row.weights.shape).astype("float32")
    docs = [list(map(str, rng.choice(WORDS, size=n))) for n in (0, 1, 2, 7, 30)]
    output = task.evaluate(text=docs)
    for numbers in task.labels.best(output["probs" if network is Tagger else "scores"]):
        tags: list[str] = [task.labels.names[i] for i in numbers]
        spans_of_tags(tags, scheme)  # raises where they are not well-formed


def test_data_may_have_either_scheme() -> None:
    task = SpanTask(SequenceTagger(cnn()), source="BILUO")
    task.index([{"label": ["B-PER", "L-PER", "U-LOC"]}])
    task.initialize(seed=0, text=[["Ada"]])
    output, _ = task.forward(text=[["Ada"]], label=[["U-PER"]])
    assert output["loss"] > 0
    with pytest.raises(DataError, match="leaves a span open"):
        task.forward(text=[["Ada"]], label=[["B-PER"]])


def test_the_loss_is_per_word_and_uniform_at_first() -> None:
    """With weights of zero every legal labelling is as probable as every other."""
    task = made(scheme="BIO")
    for row in task.parameters():
        row.weights[...] = 0
    output, _ = task.forward(text=[["Ada", "met"]], label=[["B-PER", "O"]])
    # 3 tags may begin; behind O also 3, behind either B- one more: 3 + 4 + 4 labellings.
    assert output["loss"] == pytest.approx(np.log(11) / 2, rel=1e-6)


def test_tags_that_are_wrong_are_named_with_their_document() -> None:
    with pytest.raises(DataError, match="document 1: tag 0, 'I-PER', cannot stand at the start"):
        made().index([{"label": []}, {"label": ["I-PER"]}])
    with pytest.raises(LabelError, match="'U-ORG' is not among the 9 labels"):
        made().forward(text=[["x"]], label=[["B-ORG"]])
    with pytest.raises(DataError, match="1 words and 2 labels"):
        made().forward(text=[["x"]], label=[["O", "O"]])
    with pytest.raises(DataError, match="there is no scheme 'BMES'"):
        made(scheme="BMES")


@pytest.mark.parametrize("network", [Tagger, SequenceTagger])
def test_documents_of_any_size_and_odd_strings_work(network: Any) -> None:
    task = made(network)
    batches: list[list[list[str]]] = [[], [[]], [[], []]]
    for text in batches:
        output, backprop = task.forward(text=text, label=[[] for _ in text])
        assert output["loss"] == 0
        assert backprop is not None
        backprop()
    odd = ["👩‍👩‍👧", "e\u0301", "\0", "\ud800", ""]
    texts: Any = [[], ["one"], odd, ["word"] * 5000]
    found = task.forward_on_instances([{"text": text} for text in texts])
    assert [len(each["label"]) for each in found] == [0, 1, 5, 5000]
    output, backprop = task.forward(text=[["word"] * 5000], label=[["O"] * 5000])
    assert np.isfinite(output["loss"])
    assert backprop is not None
    backprop()


def test_words_without_spans_are_tagged_by_a_sequence_tagger_too() -> None:
    data = [{"text": ["a", "dog"], "label": ["DT", "NN"]}, {"text": ["dog"], "label": ["NN"]}]
    task = SequenceTask(SequenceTagger(cnn()))
    task.index(data)
    task.initialize(seed=0, text=[["a"]])
    metrics = Trainer(task, Adam(0.05), Batches(data, 2), num_epochs=20).train()
    assert metrics["training_accuracy"] == 1
    found = task.forward_on_instance({"text": ["a", "dog"]})
    assert found["label"] == ["DT", "NN"]
    assert all(0.5 < p <= 1 for p in found["probability"])


def test_a_sequence_tagger_has_a_loss_of_its_own() -> None:
    task = made(loss=CategoricalCrossentropy())
    with pytest.raises(ConfigError, match="a loss of their own, not CategoricalCrossentropy"):
        task.forward(text=[["x"]], label=[["O"]])


def test_a_sequence_tagger_needs_every_label() -> None:
    task = SequenceTask(SequenceTagger(cnn()))
    task.index([{"label": ["A", "B"]}])
    task.initialize(seed=0, text=[["a"]])
    with pytest.raises(DataError, match="whose labels are all known"):
        task.forward(text=[["x", "y"]], label=[["A", None]])


def test_logits_are_decoded_to_the_tags_that_their_probabilities_are() -> None:
    plain, logits = made(Tagger), made(functools.partial(Tagger, normalize=False))
    rng = np.random.default_rng(0)
    for one, other in zip(plain.parameters(), logits.parameters(), strict=True):
        one.weights[...] = other.weights[...] = rng.standard_normal(one.weights.shape)
    words = list(map(str, rng.choice(WORDS, size=99)))
    one, other = (task.forward_on_instance({"text": words})["label"] for task in (plain, logits))
    assert one == other
    assert set(one) > {"O"}


def test_new_kinds_of_spans_change_what_is_legal() -> None:
    labels = SpanLabels(made().vocab)
    before = labels.legal().shape
    labels.index([["B-ORG"]])
    assert (before, labels.legal().shape) == ((10, 10), (14, 14))


WIDTH = 5


def arrays(rng: np.random.Generator, n: int) -> list[Floats2d]:
    sizes = rng.integers(0, 5, size=n)
    return [rng.standard_normal((size, WIDTH)).astype("float32") for size in sizes]


#: T is an output whatever the batch holds, so an empty batch has a gradient for it.
NOT_FOR_T = "empty_batches_work"


@pytest.mark.parametrize("law", [law for law in LAWS if law != NOT_FOR_T])
def test_the_head_keeps_the_law(law: str) -> None:
    LAWS[law](Case("SequenceTaggerHead", SequenceTaggerHead, arrays))


@pytest.mark.parametrize("law", LAWS)
def test_the_plain_head_keeps_the_law(law: str) -> None:
    LAWS[law](Case("TaggerHead", TaggerHead, arrays))
