"""Three embedders, three encoders and two heads, swapped by editing nothing but the ``.cfg``."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from combinet import Adam, Config
from combinet.archive import Archive, load_directory, save_directory
from combinet.errors import ConfigError
from combinet.registry import registry
from combinet.training import SupervisedTask, collate

DATA = [
    {"text": "Königreich", "label": "de"},
    {"text": "le Royaume uni", "label": "fr"},
    {"text": "the United Kingdom", "label": "en"},
    {"text": "Bundesrepublik 😀", "label": "de"},
    {"text": "", "label": "fr"},
    {"text": "x", "label": "en"},
]
CONFIG = """
[model]
@architectures = "combinet.TextClassifier.v1"

[model.embed]
@architectures = "combinet.{}.v1"
{}

[model.encode]
@architectures = "combinet.{}.v1"
{}

[model.head]
@architectures = "combinet.{}.v1"
{}
"""
EMBED = {
    "CharacterNgrams": "width = 6\nrows = 200\nsizes = [1, 3]",
    "Characters": "width = 6\nrows = 200",
    "Words": "width = 6\nrows = 200",
}
ENCODE = {"MeanPool": "", "AttentionPool": "", "WindowPool": "width = 5"}
HEAD = {"SoftmaxHead": "", "HiddenHead": "width = 7\ndropout = 0.1"}
EVERY = list(itertools.product(EMBED.items(), ENCODE.items(), HEAD.items()))


def built(text: str) -> Any:
    return registry.resolve(Config().from_str(text))["model"]


@pytest.mark.parametrize(
    ("embed", "encode", "head"), EVERY, ids=lambda part: part[0] if part else None
)
def test_each_builds_trains_saves_loads_and_predicts_the_same(
    embed: tuple[str, str], encode: tuple[str, str], head: tuple[str, str], tmp_path: Path
) -> None:
    text = CONFIG.format(*embed, *encode, *head)
    task = SupervisedTask(built(text))
    task.index(DATA)
    fields = collate(DATA)
    task.initialize(seed=1, **fields)
    task.evaluate(**fields)
    before, optimizer = task.get_metrics(reset=True)["loss"], Adam(0.05)
    for _ in range(10):
        _, backprop = task.forward(**fields)
        assert backprop is not None
        backprop()
        task.finish_update(optimizer)
    task.get_metrics(reset=True)
    task.evaluate(**fields)
    assert task.get_metrics()["loss"] < before

    save_directory(Archive(task.network, text, task.vocab.to_dict()), tmp_path / "model")
    again = load_directory(tmp_path / "model", lambda text, file: built(text))
    assert again.vocabulary == {"labels": ["de", "en", "fr"]}
    texts = fields["text"]
    assert np.array_equal(again.model.predict(texts), task.network.predict(texts))
    assert len({tuple(row) for row in again.model.predict(texts).tolist()}) >= 4


def test_every_parameter_of_every_combination_is_trained() -> None:
    for embed, encode, head in EVERY:
        task = SupervisedTask(built(CONFIG.format(*embed, *encode, *head)))
        task.index(DATA)
        task.initialize(seed=1, **collate(DATA))
        start = {row.path: row.weights.copy() for row in task.parameters()}
        optimizer = Adam(0.05)
        for _ in range(3):
            _, backprop = task.forward(**collate(DATA))
            assert backprop is not None
            backprop()
            task.finish_update(optimizer)
        for row in task.parameters():
            assert not np.array_equal(row.weights, start[row.path]), (embed, encode, head, row)


def test_a_part_in_the_wrong_place_is_refused_with_both_signatures() -> None:
    text = CONFIG.format("MeanPool", "", "MeanPool", "", "SoftmaxHead", "")
    with pytest.raises(ConfigError, match="embed") as raised:
        built(text)
    assert "Model[list[Text], Ragged]" in str(raised.value)
    assert "Floats2d" in str(raised.value)
