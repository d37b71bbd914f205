"""Accuracy on real data that lies beside the project; `pytest -m slow` runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from combinet import Config, fix_random_seed, registry
from combinet.text import ConllBio
from combinet.training import Batches, Trainer, collate
from combinet.training.sequence import KINDS, kind_of

DATA = Path(__file__).parents[3] / "shared" / "data"
EXAMPLES = Path(__file__).parents[2] / "combinet" / "examples"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"there is no folder {DATA}"),
]


def accuracy(example: str, files: list[str], overrides: dict[str, Any]) -> float:
    """On the last of the files, after training on the first as the example says."""
    config = Config().from_disk(EXAMPLES / example, overrides=overrides)
    settings = {name: config["training"][name] for name in ("num_epochs", "batch_size", "seed")}
    fix_random_seed(settings["seed"])
    reader = registry.resolve({"reader": config["data"]["reader"]})["reader"]
    parts = [list(reader(str(DATA / name))) for name in files]
    model = registry.resolve({"model": config["model"]})["model"]
    optimizer = registry.resolve({"optimizer": config["training"]["optimizer"]})["optimizer"]
    task = KINDS[kind_of(parts[0])](model)
    for part in parts:
        task.index(part)
    task.initialize(seed=settings["seed"], **collate(parts[0][:64]))
    batches = Batches(parts[0], settings["batch_size"], shuffle=True, seed=settings["seed"])
    validation = Batches(parts[1], 256) if len(parts) > 2 else None
    metric = config["training"]["validation_metric"]
    Trainer(task, optimizer, batches, None, metric, validation, settings["num_epochs"]).train()
    for fields in Batches(parts[-1], 256):
        task.evaluate(**fields)
    return task.get_metrics()["accuracy"]


def test_a_tagger_of_english_web_texts_reaches_what_spacy_reaches() -> None:
    files = [f"ud_english_ewt/en_ewt-ud-{part}.conllu.gz" for part in ("train", "dev", "test")]
    assert accuracy("tagger.cfg", files, {}) >= 0.933


@pytest.mark.parametrize(
    ("example", "least"), [("textcat.cfg", 0.87), ("ensemble.cfg", 0.87), ("banking77.cfg", 0.894)]
)
def test_a_classifier_tells_what_customers_of_a_bank_want(example: str, least: float) -> None:
    files = ["banking77/train.csv", "banking77/test.csv"]
    assert accuracy(example, files, {"data.reader.label": "category"}) >= least


@pytest.mark.parametrize(
    ("name", "sentences"),
    [("wnut17train.conll", 3394), ("emerging.dev.conll", 1009)],
)
def test_spans_in_the_wild_are_read_whole(name: str, sentences: int) -> None:
    assert len(list(ConllBio()(str(DATA / "wnut17" / name)))) == sentences
