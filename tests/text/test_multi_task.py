"""Several heads on one tok2vec: what they share is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from combinet import Adam, CategoricalCrossentropy, Config, registry
from combinet.errors import ConfigError, DataError, StructureError
from combinet.metrics import CategoricalAccuracy
from combinet.testing import LAWS, Case
from combinet.text import HashEmbedCNN, SequenceTaggerHead, Tagger, TaggerHead
from combinet.text import MultiTask as Network
from combinet.training import Batches, MultiTask, SequenceTask, Trainer

TAGS = {"Ada": "NNP", "Paris": "NNP", "met": "VBD", "in": "IN", ".": "."}
NAMES = {"Ada": "B-PER", "Paris": "B-LOC"}
TEXT: Any = [["Ada", "met", "Paris"], ["in"]]
KINDS: Any = {"ner": "BIO"}


def instances(n: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    docs = [list(map(str, rng.choice(list(TAGS), size=rng.integers(1, 6)))) for _ in range(n)]
    return [
        {
            "text": doc,
            "pos": [TAGS[word] for word in doc],
            "ner": [NAMES.get(word, "O") for word in doc],
        }
        for doc in docs
    ]


def cnn() -> Any:
    return HashEmbedCNN(
        width=8, depth=1, embed_size=60, window_size=1, maxout_pieces=2, subword_features=True
    )


def network(tok2vec: Any = None) -> Any:
    heads: Any = {"pos": TaggerHead(), "ner": SequenceTaggerHead()}
    return Network(cnn() if tok2vec is None else tok2vec, heads)


def made(tok2vec: Any = None, **settings: Any) -> MultiTask:
    task = MultiTask(network(tok2vec), **{"kinds": KINDS, **settings})
    task.index(instances(30))
    return task.initialize(seed=0, text=TEXT)


def gradients(task: Any, **fields: Any) -> dict[str, Any]:
    """By path, after one backprop from nothing."""
    for row in task.parameters():
        if row.gradient is not None:
            row.gradient[...] = 0
    _, backprop = task.forward(**fields)
    assert backprop is not None
    backprop()
    return {row.path: row.gradient.copy() for row in task.parameters()}


def shared(task: Any) -> dict[str, Any]:
    """Paths of the parameters that are no head's."""
    heads = {n for name in ("pos", "ner") for n in task.network.get_ref(name).walk()}
    own = {node.id for node in heads}
    return {row.path: row for row in task.parameters() if row.key[0] not in own}


def test_one_tok2vec_serves_both_heads_and_is_saved_once(tmp_path: Path) -> None:
    task, alone = made(), SequenceTask(Tagger(cnn()))
    alone.index([{"label": ["A", "B"]}])
    alone.initialize(seed=0, text=TEXT)
    in_one = {row.path for row in alone.parameters()}
    paths = [row.path for row in task.parameters()]
    assert len(paths) == len(set(paths)) == len(in_one) + 3  # W and b of a Linear, and T
    task.network.to_disk(tmp_path / "model")
    weights = 4 * sum(row.weights.size for row in task.parameters())
    assert weights <= (tmp_path / "model").stat().st_size < 1.5 * weights + 20_000


def test_the_gradient_of_what_is_shared_is_the_sum_of_the_heads() -> None:
    task = made()
    rng = np.random.default_rng(0)
    for row in task.parameters():
        row.weights[...] += rng.standard_normal(row.weights.shape).astype("float32") / 2
    pos, ner = [["NNP", "VBD", "NNP"], ["IN"]], [["B-PER", "O", "B-LOC"], ["O"]]
    both = gradients(task, text=TEXT, pos=pos, ner=ner)
    one, other = gradients(task, text=TEXT, pos=pos), gradients(task, text=TEXT, ner=ner)
    assert shared(task)
    for path in both:
        np.testing.assert_allclose(both[path], one[path] + other[path], atol=1e-5)
    for path in shared(task):
        assert np.abs(one[path]).max() > 0, path
        assert np.abs(other[path]).max() > 0, path


def test_tok2vec_runs_once_for_all_heads() -> None:
    calls: list[int] = []
    tok2vec = cnn()
    task = made(tok2vec)
    first = next(node for node in tok2vec.walk() if node.name == "extract_features")
    forward = first._func

    def counted(model: Any, X: Any, is_train: bool) -> Any:
        calls.append(len(X))
        return forward(model, X, is_train)

    first._func = counted
    task.evaluate(text=TEXT)
    assert calls == [2]


def test_the_widths_of_the_heads_are_inferred() -> None:
    task = made()
    sizes = [len(head.names) for head in task.heads.values()]
    assert sizes == [4, 9]
    probs, (scores, transitions) = task.network.predict(TEXT)
    assert [Y.shape for Y in probs] == [(3, 4), (1, 4)]
    assert [Y.shape for Y in scores] == [(3, 9), (1, 9)]
    assert transitions.shape == (10, 10)


def test_a_trainer_trains_both() -> None:
    data, task = instances(60), made()
    metrics = Trainer(task, Adam(0.02), Batches(data, 10), num_epochs=8).train()
    assert metrics["training_pos_accuracy"] > 0.95
    assert metrics["training_ner_f1-measure-overall"] > 0.95
    assert metrics["training_loss"] == pytest.approx(
        metrics["training_pos_loss"] + metrics["training_ner_loss"]
    )
    found = task.forward_on_instance({"text": ["Ada", "met", "Paris"]})
    assert found["pos"] == ["NNP", "VBD", "NNP"]
    assert found["ner"] == ["B-PER", "O", "B-LOC"]
    assert found["ner_spans"][0] == {"start": 0, "end": 1, "label": "PER"}
    assert len(found["pos_probability"]) == 3


def test_a_field_that_is_not_there_teaches_nothing() -> None:
    task = made()
    found = gradients(task, text=TEXT, pos=[["NNP", "VBD", "NNP"], ["IN"]])
    own = {node.id for node in task.network.get_ref("ner").walk()}
    rows = [row for row in task.parameters() if row.key[0] in own]
    assert len(rows) == 3
    assert not any(found[row.path].any() for row in rows)


def test_weights_say_how_much_a_field_counts() -> None:
    task, double = made(), made(weights={"pos": 2.0, "ner": 0.0})
    pos, ner = [["NNP", "VBD", "NNP"], ["IN"]], [["B-PER", "O", "B-LOC"], ["O"]]
    one, two = gradients(task, text=TEXT, pos=pos), gradients(double, text=TEXT, pos=pos, ner=ner)
    for path in one:
        np.testing.assert_allclose(2 * one[path], two[path], atol=1e-6)


def test_empty_documents_and_batches_and_odd_strings_work() -> None:
    task = made()
    batches: list[list[list[str]]] = [[], [[]], [[], []]]
    for text in batches:
        nothing: Any = [[] for _ in text]
        output, backprop = task.forward(text=text, pos=nothing, ner=nothing)
        assert output["loss"] == 0
        assert backprop is not None
        backprop()
    odd = ["👩‍👩‍👧", "e\u0301", "\0", "\ud800", ""]
    found = task.forward_on_instances([{"text": t} for t in ([], odd, ["word"] * 5000)])
    assert [len(each["ner"]) for each in found] == [0, 5, 5000]


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(StructureError, match="two heads or more") as raised:
        Network(cnn(), {"pos": TaggerHead()})
    assert raised.value.facts == {"heads": "pos"}
    with pytest.raises(ConfigError, match="the network has no heads"):
        MultiTask(Tagger(cnn()))
    with pytest.raises(ConfigError, match="no head 'chunks'"):
        made(kinds={"chunks": "BIO"})
    with pytest.raises(ConfigError, match="metrics of their own"):
        made(metrics={"accuracy": CategoricalAccuracy()})
    with pytest.raises(DataError, match="cannot stand at the start"):
        made().index([{"ner": ["I-PER"]}])


def test_a_field_without_labels_is_known_by_name() -> None:
    task = MultiTask(network(), kinds=KINDS)
    assert task.unlabelled() == ["pos", "ner"]
    task.index([{"text": ["Ada"], "ner": ["B-PER"]}])
    assert task.unlabelled() == ["pos"]
    assert made().unlabelled() == []


def test_a_loss_is_that_of_the_heads_without_transitions() -> None:
    task = made(loss=CategoricalCrossentropy(label_smoothing=0.1))
    assert (task.heads["pos"].loss is None, task.heads["ner"].loss is None) == (False, True)


def test_a_config_describes_it() -> None:
    path = Path(__file__).parents[2] / "combinet" / "examples" / "multitask.cfg"
    built = registry.resolve(Config().from_disk(path))
    task = built["task"](built["model"])
    assert list(task.heads) == ["upos", "xpos"]


def documents(rng: np.random.Generator, n: int) -> list[list[str]]:
    return [list(map(str, rng.choice(list(TAGS), size=rng.integers(0, 5)))) for _ in range(n)]


def two_heads() -> Any:
    return Network(cnn(), {"a": TaggerHead(3), "b": TaggerHead(2)})


@pytest.mark.parametrize("law", LAWS)
def test_the_network_keeps_the_law(law: str) -> None:
    LAWS[law](Case("MultiTask", two_heads, documents))
