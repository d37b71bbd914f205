"""What the commands do when all is well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import combinet
from combinet import Config
from combinet.errors import NonFiniteError
from combinet.training import Trainer
from tests.cli.conftest import CONFIG, TRAIN, Program

F1 = (
    '\n[training.metrics]\n\n[training.metrics.f1]\n@metrics = "F1Measure.v1"\npositive_label = 1\n'
)


def test_a_reader_of_ones_own_is_trained_from_and_asked(home: Path, program: Program) -> None:
    done = program(*TRAIN)
    assert done.code == 0
    assert done.out.endswith("saved to model\n")
    (home / "lines").write_text("good film\nbad film\n")
    answers = [json.loads(line) for line in program("predict", "model", "lines").out.splitlines()]
    assert [sorted(answer) for answer in answers] == [["label", "probability"]] * 2


def test_code_may_be_a_module(home: Path, program: Program) -> None:
    assert program(*TRAIN[:-1], "readers").code == 0
    assert (home / "model" / "meta.json").exists()


def test_evaluate_uses_the_loss_and_the_metrics_of_the_config(home: Path, program: Program) -> None:
    smooth = '\n[training.loss]\n@losses = "CategoricalCrossentropy.v3"\nlabel_smoothing = 0.4\n'
    text = CONFIG.replace("[data]", '[data]\ntest = "train.jsonl"') + smooth + F1
    (home / "own.cfg").write_text(text)
    done = program(*TRAIN)
    assert done.code == 0, done.err
    printed = dict(line.split() for line in done.out.splitlines()[:-1])
    scores = json.loads(program("evaluate", "model").out)
    assert scores.pop("instances") == 8
    assert {f"test_{name}": f"{value:.4f}" for name, value in scores.items()} == printed
    assert "test_f1" in printed


def test_overrides_are_saved_with_the_model(home: Path, program: Program) -> None:
    done = program(*TRAIN, "--model.embed.width=6", "--model.head.dropout", "0.5")
    assert done.code == 0, done.err
    saved = Config().from_disk(home / "model" / "config.cfg")
    assert saved["model"]["embed"]["width"] == 6
    assert saved["model"]["head"]["dropout"] == 0.5
    assert program("evaluate", "model", "train.jsonl").code == 0


def test_the_same_seed_gives_the_same_weights_to_the_bit(home: Path, program: Program) -> None:
    weights = []
    for name in ("one", "two"):
        assert program(*TRAIN[:3], name, *TRAIN[4:], "--model.head.dropout", "0.3").code == 0
        weights.append((home / name / "model.safetensors").read_bytes())
    assert weights[0] == weights[1]


def test_info_says_what_runs_here(program: Program) -> None:
    done = program("info")
    assert done.code == 0
    lines = dict(line.split(maxsplit=1) for line in done.out.splitlines())
    assert lines["combinet"] == combinet.__version__
    assert "numpy" in lines
    assert "backend" in lines


@pytest.mark.parametrize("verb", ["train", "evaluate", "predict", "info"])
def test_every_command_has_help(program: Program, verb: str) -> None:
    done = program(verb, "--help")
    assert done.code == 0
    assert f"combinet {verb}" in done.out.replace("\n", " ")


def test_a_gradient_that_is_not_finite_ends_the_run_but_not_the_best_epoch(
    home: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_epoch = Trainer._train_epoch

    def diverges(trainer: Trainer) -> dict[str, float]:
        if trainer.epoch == 1:
            raise NonFiniteError("the gradient of 0/W holds NaN")
        return train_epoch(trainer)

    monkeypatch.setattr(Trainer, "_train_epoch", diverges)
    done = program(*TRAIN)
    assert done.code == 1
    assert "epoch 1 is saved to model" in done.err
    assert "error: the gradient of 0/W holds NaN" in done.err
    assert program("evaluate", "model", "train.jsonl").code == 0


def test_info_says_what_a_model_is(home: Path, program: Program) -> None:
    assert program(*TRAIN).code == 0
    done = program("info", "model")
    assert done.code == 0
    assert "archive format  2" in done.out
    assert "weights format  2, with a probe" in done.out
