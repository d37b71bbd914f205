"""Labels that do not exclude each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from combinet import Adam, Config, Logistic, Model, SparseLinear_v2
from combinet.errors import ConfigError, LabelError
from combinet.text import HashEmbedCNN, TextCatBOW, TextCatEnsemble_v2, Vocabulary, extract_ngrams
from combinet.training import Batches, MultiLabelTask, SupervisedTask, Trainer
from combinet.training.run import Run, load_task

DATA: list[dict[str, Any]] = [
    {"text": ["red", "car"], "label": ["RED", "CAR"]},
    {"text": ["blue", "car"], "label": ["CAR"]},
    {"text": ["red", "hat"], "label": ["RED"]},
    {"text": ["blue", "hat"], "label": []},
]


def bow() -> Model[Any, Any]:
    return TextCatBOW(False, 1, False, length=256)


def made(network: Model[Any, Any] | None = None, **settings: Any) -> MultiLabelTask:
    task = MultiLabelTask(bow() if network is None else network, **settings)
    task.index(DATA)
    return task.initialize(seed=0, text=[each["text"] for each in DATA])


def trained(**settings: Any) -> MultiLabelTask:
    task = made(**settings)
    Trainer(task, Adam(0.1), Batches(DATA, 2), num_epochs=30).train()
    return task


def test_a_row_gets_all_its_labels_and_no_other() -> None:
    task = trained()
    found = task.forward_on_instances(DATA)
    assert [each["label"] for each in found] == [["CAR", "RED"], ["CAR"], ["RED"], []]
    assert [len(each["probability"]) for each in found] == [2, 1, 1, 0]
    assert task.forward_on_instance({"text": ["red", "car"]})["probability"] > [0.5, 0.5]


def test_precision_recall_and_f1_are_counted() -> None:
    task = trained()
    task.evaluate(text=[["red", "car"], ["blue", "hat"]], label=[["RED", "CAR"], ["CAR"]])
    scores = task.get_metrics(reset=True)
    assert (scores["precision"], scores["recall"]) == (1, pytest.approx(2 / 3))
    assert scores["f1"] == pytest.approx(0.8)


def test_the_loss_is_that_of_every_label_by_itself() -> None:
    output, _ = made().forward(text=[["red"]], label=[["RED"]])
    assert output["loss"] == pytest.approx(2 * np.log(2))  # two labels, all weights zero


def test_a_name_alone_is_a_list_of_one() -> None:
    one, other = made(), made()
    losses = [
        t.forward(text=[["red"]], label=[x])[0]["loss"] for t, x in ((one, "RED"), (other, ["RED"]))
    ]
    assert losses[0] == losses[1]


def test_the_threshold_says_what_is_given() -> None:
    docs = [{"text": ["red", "car"]}, {"text": ["purple"]}]
    found = [trained(threshold=each).forward_on_instances(docs) for each in (0.001, 0.9999)]
    assert [len(each["label"]) for each in found[0]] == [2, 2]
    assert [len(each["label"]) for each in found[1]] == [0, 0]
    with pytest.raises(ConfigError, match="threshold = 1"):
        made(threshold=1)


def test_no_rows_are_no_matter() -> None:
    output, backprop = made().forward(text=[], label=[])
    assert output["loss"] == 0
    assert backprop is not None
    backprop()


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(LabelError, match="'GREEN' is not among the 2 labels"):
        made().forward(text=[["green"]], label=[["GREEN"]])


def ensemble() -> Model[Any, Any]:
    cnn = HashEmbedCNN(
        width=8, depth=1, embed_size=40, window_size=1, maxout_pieces=2, subword_features=False
    )
    return TextCatEnsemble_v2(cnn, bow())


@pytest.mark.parametrize(
    "make", [bow, ensemble, lambda: extract_ngrams(1) >> SparseLinear_v2(length=64) >> Logistic()]
)
def test_cross_entropy_of_one_label_is_refused_where_labels_are_independent(make: Any) -> None:
    vocab = Vocabulary({"labels": "abc"})
    task = SupervisedTask(make(), vocab).initialize(seed=0, text=[["a"]])
    with pytest.raises(ConfigError, match="each label a probability of its own") as raised:
        task.forward(text=[["a"]], label=["a"])
    assert "combinet.MultiLabelTask.v1" in raised.value.fix
    assert task.forward_on_instance({"text": ["a"]})["label"] in "abc"  # it can still predict


CONFIG = """
[data]
train = "train.jsonl"

[data.reader]
@readers = "combinet.JsonLines.v1"

[model]
@architectures = "combinet.TextCatBOW.v1"
exclusive_classes = false
ngram_size = 1
no_output_layer = false
length = 256

[training]
num_epochs = 30
batch_size = 2
validation_metric = "+f1"

[training.optimizer]
@optimizers = "Adam.v1"
learn_rate = 0.1
"""
TASK = '\n[task]\n@misc = "combinet.MultiLabelTask.v1"\nthreshold = 0.4\n'


@pytest.mark.parametrize("task", ["", TASK])
def test_a_config_says_it_by_its_classifier_alone_or_by_its_task(task: str, tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in DATA), "utf-8")
    run = Run(Config().from_str(CONFIG + task, overrides={"data.train": str(path)}))
    metrics = run.trainer.train()
    assert metrics["best_training_f1"] == 1
    run.save(tmp_path / "model", metrics)
    again, _ = load_task(tmp_path / "model")
    assert isinstance(again, MultiLabelTask)
    assert again.threshold == (0.4 if task else 0.5)
    assert again.forward_on_instance({"text": ["red", "car"]})["label"] == ["CAR", "RED"]
