"""Suggesters, extract_spans, and the SpanCategorizer with its task."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet import Adam
from combinet.errors import (
    CombinetError,
    ConfigError,
    DataError,
    DTypeError,
    RangeError,
    ShapeError,
)
from combinet.testing import LAWS, Case
from combinet.testing.samples import lengths_of
from combinet.text import (
    Document,
    HashEmbedCNN,
    LinearLogistic,
    SpanCategorizer,
    extract_spans,
    mean_max_reducer,
    ngram_range_suggester,
    ngram_suggester,
    preset_spans_suggester,
)
from combinet.text.suggesters import Suggester
from combinet.training import Batches, FoundItems, SpanCategorization, Trainer
from combinet.types import Ragged

DOCS = [["Ada", "Lovelace", "met"], [], ["Bob"]]
WORDS = ["Ada", "Lovelace", "met", "Bob", "in", "Paris", ""]


def cnn() -> Any:
    return HashEmbedCNN(
        width=4, depth=1, embed_size=30, window_size=1, maxout_pieces=2, subword_features=True
    )


def network() -> Any:
    return SpanCategorizer(cnn(), mean_max_reducer(6), LinearLogistic())


def made(suggester: Suggester | None = None, **settings: Any) -> SpanCategorization:
    suggester = suggester or ngram_suggester([1, 2])
    task = SpanCategorization(network(), suggester=suggester, **settings)
    task.index([{"label": [(0, 2, "PER"), (0, 1, "NAME")]}])
    return task.initialize(seed=0, text=DOCS)


def test_every_run_of_the_sizes_is_suggested_by_size_then_place() -> None:
    found: Any = ngram_suggester([2, 1])(DOCS)
    assert found.lengths.tolist() == [5, 0, 1]
    assert found[0].data.tolist() == [[0, 2], [1, 3], [0, 1], [1, 2], [2, 3]]
    assert found[2].data.tolist() == [[0, 1]]


def test_a_range_is_all_the_sizes_in_it() -> None:
    wide: Any = ngram_range_suggester(1, 3)(DOCS)
    sizes: Any = ngram_suggester([1, 2, 3])(DOCS)
    assert np.array_equal(wide.data, sizes.data)
    assert np.array_equal(wide.lengths, sizes.lengths)


def test_no_documents_have_no_spans() -> None:
    for suggester in (ngram_suggester([1]), preset_spans_suggester("x")):
        found = suggester([])
        assert found.data.shape == (0, 2)
        assert len(found) == 0


def test_preset_spans_are_those_of_the_documents() -> None:
    docs = [Document(DOCS[0], spans={"np": [(0, 2), (1, 2)]}), Document(["x"], spans={})]
    found: Any = preset_spans_suggester("np")(docs)
    assert found.data.tolist() == [[0, 2], [1, 2]]
    assert found.lengths.tolist() == [2, 0]


def test_a_suggester_that_makes_no_sense_is_refused() -> None:
    for sizes in ([], [0, 1]):
        with pytest.raises(CombinetError, match="one word or more"):
            ngram_suggester(sizes)
    with pytest.raises(CombinetError, match="no span has 3 words or more, and 2 or fewer"):
        ngram_range_suggester(3, 2)
    with pytest.raises(DataError, match="document 0 has no spans"):
        preset_spans_suggester("x")(DOCS)


def spanned(rng: np.random.Generator, n: int) -> Any:
    """Documents of one row or more, with up to three spans each."""
    lengths = lengths_of(rng, n, shortest=1)
    counts = rng.integers(0, 4, size=n).astype("int32")
    owners = np.repeat(lengths, counts)
    starts = rng.integers(0, owners) if len(owners) else np.zeros(0, "i8")
    ends = starts + 1 + rng.integers(0, owners - starts) if len(owners) else starts
    rows = rng.standard_normal((int(lengths.sum()), 5)).astype("float32")
    return Ragged(rows, lengths), Ragged(np.stack([starts, ends], axis=1).astype("i4"), counts)


@pytest.mark.parametrize("law", LAWS)
def test_extract_spans_keeps_the_law(law: str) -> None:
    LAWS[law](Case("extract_spans", extract_spans, spanned))


def test_the_rows_of_spans_are_taken_out_and_their_gradients_summed() -> None:
    X = Ragged(np.arange(8, dtype="float32").reshape((4, 2)), [3, 1])
    spans = Ragged(np.array([[0, 2], [1, 3], [0, 1]], dtype="int32"), [2, 1])
    model = extract_spans().initialize((X, spans))
    Y, backprop = model.begin_update((X, spans))
    assert Y.data[:, 0].tolist() == [0, 2, 2, 4, 6]
    assert list(Y.lengths) == [2, 2, 1]
    dX, _ = backprop(Ragged(np.ones_like(Y.data), Y.lengths))
    assert dX.data[:, 0].tolist() == [1, 2, 1, 1]


@pytest.mark.parametrize("bad", [[0, 4], [-1, 1], [2, 2]])
def test_spans_outside_of_a_document_are_named(bad: list[int]) -> None:
    X = Ragged(np.zeros((3, 2), "float32"), [3])
    with pytest.raises(RangeError, match=rf"no span from word {bad[0]} to {bad[1]} is in document"):
        extract_spans().predict((X, Ragged(np.array([bad], "int32"), [1])))


def test_what_extract_spans_cannot_take_is_named() -> None:
    X = Ragged(np.zeros((3, 2), "float32"), [3])
    with pytest.raises(DTypeError, match="takes the rows of documents and their spans"):
        extract_spans().predict(X)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="1 documents, and spans of 2"):
        extract_spans().predict((X, Ragged(np.array([[0, 1]], "int32"), [1, 0])))
    with pytest.raises(ShapeError, match="two numbers"):
        extract_spans().predict((X, Ragged(np.array([[0]], "int32"), [1])))


def batch(rng: np.random.Generator, n: int) -> Any:
    docs = [list(map(str, rng.choice(WORDS, size=rng.integers(0, 5)))) for _ in range(n)]
    return docs, ngram_suggester([1, 2])(docs)


@pytest.mark.parametrize("law", LAWS)
def test_the_model_keeps_the_law(law: str) -> None:
    LAWS[law](Case("SpanCategorizer", network, batch))


def instances(n: int) -> list[dict[str, Any]]:
    """Capitalized names, after some of which there is a last name: the two are a span too."""
    rng = np.random.default_rng(0)
    found: list[dict[str, Any]] = []
    for _ in range(n):
        words, label = [str(rng.choice(["met", "in", "saw"]))], [(1, 2, "NAME")]
        words += ["Ada", "Lovelace"] if rng.random() < 0.5 else ["Bob"]
        label += [(1, 3, "PER")] if len(words) == 3 else [(1, 2, "PER")]
        found.append({"text": [*words, "again"], "label": label})
    return found


def test_a_trainer_trains_it_on_spans_that_overlap() -> None:
    data = instances(60)
    task = SpanCategorization(network(), suggester=ngram_range_suggester(1, 2))
    task.index(data)
    task.initialize(seed=0, text=[each["text"] for each in data])
    metrics = Trainer(task, Adam(0.02), Batches(data, 10), num_epochs=12).train()
    assert metrics["training_f1-measure-overall"] > 0.95
    found = task.forward_on_instance({"text": ["saw", "Ada", "Lovelace"]})
    assert found["label"] == [[1, 2, "NAME"], [1, 3, "PER"]]
    assert len(found["probability"]) == 2


def test_probabilities_are_those_of_what_is_found() -> None:
    found = made(threshold=0.3).forward_on_instance({"text": ["Ada", "met"]})
    assert len(found["label"]) == len(found["probability"]) > 0
    assert all(p > 0.3 for p in found["probability"])
    assert min(found["probability"]) < 0.9


def test_found_items_are_counted_by_label_and_together() -> None:
    metric = FoundItems()
    metric([{(0, 1, "A"), (0, 2, "B")}], [{(0, 1, "A"), (1, 2, "B"), (2, 3, "B")}])
    metric([set()], [set()])
    scores = metric.get_metric(reset=True)
    assert scores["precision-overall"] == 1 / 2
    assert scores["recall-overall"] == 1 / 3
    assert scores["f1-measure-overall"] == pytest.approx(2 / 5)
    assert (scores["f1-measure-A"], scores["f1-measure-B"]) == (1, 0)
    assert metric.get_metric()["f1-measure-overall"] == 0


def test_what_is_true_and_never_suggested_is_missed() -> None:
    task = made(ngram_suggester([1]), threshold=0.999)
    task.forward(text=[DOCS[0]], label=[[(0, 2, "PER")]])
    found = task.get_metrics()
    assert (found["recall-overall"], found["f1-measure-overall"]) == (0, 0)
    assert "recall-PER" in found


def test_a_suggester_is_asked_once_a_batch() -> None:
    asked: list[int] = []

    def suggester(docs: Any, **settings: Any) -> Ragged:
        asked.append(len(docs))
        return ngram_suggester([1])(docs, **settings)

    task = made(suggester)
    asked.clear()
    task.evaluate(text=DOCS)
    assert asked == [3]


def test_empty_documents_and_batches_work() -> None:
    task = made()
    batches: list[list[list[str]]] = [[], [[]], [[], []]]
    for text in batches:
        output, backprop = task.forward(text=text, label=[[] for _ in text])
        assert output["loss"] == 0
        assert backprop is not None
        backprop()
    assert task.forward_on_instance({"text": []})["label"] == []


def test_odd_strings_and_long_documents_work() -> None:
    task = made()
    odd = ["👩‍👩‍👧", "e\u0301", "\0", "\ud800", ""]
    assert len(task.forward_on_instance({"text": odd})["probs"]) == 9
    assert len(task.forward_on_instance({"text": ["word"] * 5000})["probs"]) == 9999


@pytest.mark.parametrize("bad", [(0, "PER"), ("a", 2, "PER"), (0, 1, 2, "PER"), (), 3, "PER"])
def test_labels_of_another_form_are_named(bad: Any) -> None:
    with pytest.raises(DataError, match="instance 1 has the label") as raised:
        made().index([{"label": []}, {"label": [bad]}])
    assert "2 numbers" in raised.value.fix


def test_a_threshold_is_a_probability() -> None:
    with pytest.raises(ConfigError, match="threshold = 1"):
        made(threshold=1)
