"""What a user does wrong is one message with a fix; nothing is overwritten or left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import CONFIG, TRAIN, Program

Refused = Callable[..., str]


def test_an_unknown_function_is_named_with_its_line_and_what_was_meant(
    home: Path, refused: Refused
) -> None:
    (home / "own.cfg").write_text(CONFIG.replace("MeanPool", "MeenPool"))
    says = refused(*TRAIN)
    assert "own.cfg:" in says
    assert "combinet.MeenPool.v1" in says
    assert "did you mean" in says
    assert "combinet.MeanPool.v1" in says


def test_all_that_is_wrong_with_a_config_is_said_at_once(home: Path, refused: Refused) -> None:
    text = CONFIG.replace("width = 4", 'width = "4"').replace("num_epochs", "epochs")
    (home / "own.cfg").write_text(text)
    says = refused(*TRAIN)
    assert "width" in says
    assert "did you mean 'num_epochs'?" in says


@pytest.mark.parametrize("section", ["data", "model", "training"])
def test_a_config_without_a_section_is_refused(home: Path, refused: Refused, section: str) -> None:
    parts = [f"[{part}" for part in CONFIG.strip()[1:].split("\n[")]
    kept = [part for part in parts if not part.startswith(f"[{section}")]
    (home / "own.cfg").write_text("\n".join(kept))
    assert f"no section [{section}]" in refused(*TRAIN)


def test_a_config_that_is_not_there_is_named(refused: Refused) -> None:
    says = refused("train", "mine.cfg", "--output", "model")
    assert "'mine.cfg'" in says
    assert "languages.cfg" in says
    assert "fix:" in says


def test_a_config_that_is_no_text_is_refused(home: Path, refused: Refused) -> None:
    (home / "own.cfg").write_bytes(b"[data]\n\xff\xfe")
    assert "UTF-8" in refused(*TRAIN)


def test_a_config_whose_model_is_none_is_refused(home: Path, refused: Refused) -> None:
    start, end = CONFIG.index("[model]"), CONFIG.index("[training]")
    text = CONFIG[:start] + '[model]\n@optimizers = "Adam.v1"\n\n' + CONFIG[end:]
    (home / "own.cfg").write_text(text)
    assert "[model] gives Optimizer, not a Model" in refused(*TRAIN)


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_missing_data_file_is_named(home: Path, refused: Refused, part: str) -> None:
    text = CONFIG if part == "train" else CONFIG.replace("[data]", f'[data]\n{part} = "x"')
    (home / "own.cfg").write_text(text)
    says = refused(*TRAIN, f"--data.{part}", "nowhere.jsonl")
    assert "there is no data file 'nowhere.jsonl'" in says
    assert str(home) in says
    assert "fix:" in says


def test_a_directory_for_a_data_file_is_refused(refused: Refused) -> None:
    assert "cannot be read" in refused(*TRAIN, "--data.train", ".")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "holds no instances"),
        ('["good film", "pos"]', "is list, not a dict"),
        ('{"text": "good film"}', "no labels"),
        ('{"label": "pos"}', "gives 0 fields beside 'label'"),
        ('{"a": "good", "b": "film", "label": "pos"}', "gives 2 fields beside 'label'"),
        ('{"text": "a", "label": "x"}\n{"text": "b"}', "instance 1 of a batch has other fields"),
    ],
)
def test_data_that_cannot_be_trained_on_is_refused(
    home: Path, refused: Refused, content: str, says: str
) -> None:
    (home / "train.jsonl").write_text(content)
    assert says in refused(*TRAIN)


def test_a_model_that_is_there_is_not_overwritten(model: Path, refused: Refused) -> None:
    says = refused(*TRAIN)
    assert "already holds a model" in says
    assert "--overwrite" in says


def test_a_model_that_is_there_is_replaced_on_demand(model: Path, program: Program) -> None:
    assert program(*TRAIN, "--overwrite", "--training.num_epochs", 1).code == 0
    assert "num_epochs = 1" in (model / "config.cfg").read_text()


def test_a_directory_of_other_things_is_not_written_into(home: Path, refused: Refused) -> None:
    (home / "model").mkdir()
    (home / "model" / "thesis.txt").write_text("years")
    assert "no model directory" in refused(*TRAIN, "--overwrite")


def test_a_file_is_not_overwritten(home: Path, refused: Refused) -> None:
    (home / "model").write_text("years")
    assert "no model directory" in refused(*TRAIN, "--overwrite")


def test_an_empty_directory_is_taken(home: Path, program: Program) -> None:
    (home / "model").mkdir()
    assert program(*TRAIN).code == 0
    assert (home / "model" / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--verbose"], "unknown argument '--verbose'"),
        (["more"], "unknown argument 'more'"),
        (["--training.num_epoch", "3"], "did you mean 'training.num_epochs'?"),
        (["--model.embed.widht", "3"], "did you mean 'model.embed.width'?"),
        (["--training.num_epochs"], "--training.num_epochs needs a value"),
        (["--training.num_epochs", "many"], "num_epochs"),
        (["--training.num_epochs=0"], "num_epochs = 0"),
        (["--training.patience", "0"], "patience = 0"),
        (["--training.batch_size", "0"], "batch_size = 0"),
        (["--training.validation_metric", "f1"], '"+f1" for more'),
        (["--training.validation_metric", "+f1"], "no metric of that name"),
    ],
)
def test_an_argument_that_makes_no_sense_is_named(
    refused: Refused, arguments: list[str], says: str
) -> None:
    assert says in refused(*TRAIN, *arguments)


def test_a_setting_before_the_config_is_explained(refused: Refused) -> None:
    says = refused("train", "--training.num_epochs", 3, "own.cfg", "--output", "model")
    assert "name the config before any setting" in says


@pytest.mark.parametrize(
    "code", ["nowhere.py", "nowhere", "no.where", "json.where", "./nowhere", ".nowhere", "a/b"]
)
def test_code_that_is_not_there_is_named(refused: Refused, code: str) -> None:
    says = refused(*TRAIN[:-1], code)
    assert repr(code) in says
    assert "fix:" in says


def test_an_unknown_command_and_a_missing_option_exit_with_2(home: Path, program: Program) -> None:
    assert program("trian").code == 2
    done = program("train", "own.cfg")
    assert done.code == 2
    assert "--output" in done.err


@pytest.mark.parametrize("verb", ["evaluate", "predict"])
@pytest.mark.parametrize("name", ["nowhere", "empty", "own.cfg"])
def test_what_holds_no_model_is_refused(home: Path, refused: Refused, verb: str, name: str) -> None:
    (home / "empty").mkdir()
    says = refused(verb, name)
    missing = "there is no model directory 'nowhere'"
    assert (missing if name == "nowhere" else f"{name} holds no model") in says
    assert "fix:" in says


def test_an_input_that_is_not_there_is_named(model: Path, refused: Refused) -> None:
    assert "there is no file 'nowhere'" in refused("predict", model, "nowhere")


def test_data_without_labels_is_not_evaluated_to_zero(
    home: Path, model: Path, refused: Refused
) -> None:
    (home / "bare.jsonl").write_text('{"text": "good film"}')
    assert "needs labels" in refused("evaluate", model, "bare.jsonl")


def test_a_label_that_training_never_saw_is_named(
    home: Path, model: Path, refused: Refused
) -> None:
    (home / "more.jsonl").write_text('{"text": "odd film", "label": "neutral"}')
    assert "'neutral' is not among the 2 labels" in refused("evaluate", model, "more.jsonl")


def test_a_model_without_test_data_asks_for_some(model: Path, refused: Refused) -> None:
    says = refused("evaluate", model)
    assert "no test data" in says
    assert "fix:" in says


def test_a_batch_of_nothing_is_refused(model: Path, refused: Refused) -> None:
    for verb in ("evaluate", "predict"):
        assert "'--batch-size'" in refused(verb, model, "train.jsonl", "--batch-size", 0)
