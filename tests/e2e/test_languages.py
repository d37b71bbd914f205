"""The main job: train on the phrases, evaluate, predict."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from combinet import Config
from combinet.examples import Languages
from tests.e2e.commands import ENVIRONMENT, command, fails, works
from tests.e2e.conftest import Trained

BASELINE = 0.81


def predicted(model: Path, lines: bytes | str, *options: object, **more: Any) -> list[Any]:
    out = works("predict", model, *options, input=lines, **more).out
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.slow
def test_the_whole_run_beats_the_baseline_on_the_test_phrases(tmp_path: Path) -> None:
    works("train", "languages.cfg", "--output", tmp_path / "model")
    scores = json.loads(works("evaluate", tmp_path / "model").out)
    assert scores["instances"] == len(Languages()("test"))
    assert scores["accuracy"] > BASELINE
    [answer] = predicted(tmp_path / "model", "Vereinigtes Königreich\n")
    assert answer["label"] == "de"


def test_one_epoch_is_most_of_the_way_to_the_baseline(languages: Trained) -> None:
    scores = json.loads(works("evaluate", languages.path).out)
    assert scores["accuracy"] > 0.72


def test_evaluate_gives_the_numbers_that_train_printed(languages: Trained) -> None:
    scores = json.loads(works("evaluate", languages.path, "test").out)
    printed = dict(line.split() for line in languages.done.out.splitlines()[:-1])
    for name in ("accuracy", "loss"):
        assert f"{scores[name]:.4f}" == printed[f"test_{name}"]


def test_evaluate_reads_the_source_that_is_named(languages: Trained) -> None:
    scores = json.loads(works("evaluate", languages.path, "validation").out)
    assert scores["instances"] == len(Languages()("validation"))


def test_progress_is_a_line_an_epoch_where_there_is_no_terminal(languages: Trained) -> None:
    first, line = languages.done.err.splitlines()
    assert "26,961 instances to train on" in first
    assert all(word in line for word in ("epoch   1/1", "loss", "accuracy", "rows/s"))


def test_the_directory_holds_the_config_with_its_overrides(languages: Trained) -> None:
    names = {file.name for file in languages.path.iterdir()}
    assert names == {"config.cfg", "model.safetensors", "vocabulary.json", "meta.json"}
    config = Config().from_disk(languages.path / "config.cfg")
    assert config["training"]["num_epochs"] == 1
    assert config["training"]["loss"]["label_smoothing"] == 0.1


def test_a_phrase_is_answered_by_one_line_of_json_with_the_label_first(languages: Trained) -> None:
    out = works("predict", languages.path, input="Vereinigtes Königreich\n").out
    assert out.startswith('{"label": "de", ')
    assert out.count("\n") == 1
    assert 0 < json.loads(out)["probability"] <= 1


def test_text_and_json_lines_give_the_same(languages: Trained) -> None:
    text, plain = predicted(languages.path, 'Königreich\n{"id": 7, "text": "Königreich"}\n')
    assert text == plain


def test_a_file_gives_what_its_lines_give(languages: Trained, tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes("Suède\nБразилия".encode())
    assert predicted(languages.path, b"", tmp_path / "lines") == predicted(
        languages.path, "Suède\nБразилия\n"
    )


def test_batches_keep_the_order(languages: Trained) -> None:
    texts = [instance["text"] for instance in Languages()("test")[:301]]
    alone = predicted(languages.path, "\n".join(texts), "--batch-size", 400)
    small = predicted(languages.path, "\n".join(texts), "--batch-size", 7)
    assert [each["label"] for each in alone] == [each["label"] for each in small]
    assert len({each["label"] for each in alone}) > 20


def test_emoji_long_lines_and_empty_texts_are_answered(languages: Trained) -> None:
    lines = ["🦜🏴\u200d☠️", "ß" * 100_000, '{"text": ""}', '{"text": "\\ud83d"}', "\x00 \u2028"]
    assert len(predicted(languages.path, "\n".join(lines))) == 5


def test_blank_lines_are_left_out(languages: Trained) -> None:
    assert len(predicted(languages.path, "\n\r\nSverige\r\n   \n\nSuomi\n")) == 2
    assert predicted(languages.path, b"") == []


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(languages: Trained) -> None:
    plain = predicted(languages.path, "Vereinigte Staaten\n")
    assert predicted(languages.path, b"\xef\xbb\xbfVereinigte Staaten\r\n") == plain


def test_the_locale_changes_nothing(languages: Trained) -> None:
    plain = predicted(languages.path, "Österreich\n")
    latin = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1", "LC_ALL": "C"}
    assert predicted(languages.path, "Österreich\n", **latin) == plain


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"Stra\xdfe", "line 2 is no text in UTF-8"),
        (b"{text: 3}", "line 2 begins as a JSON object and is none"),
        (b'{"txt": "Haus"}', "line 2 has no field 'text'"),
        (b'{"text": 3}', "takes texts"),
        (b'{"text": ["Haus"]}', "takes texts"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(languages: Trained, line: bytes, says: str) -> None:
    assert says in fails("predict", languages.path, input=b"Suomi\n" + line + b"\n")


def test_a_reader_that_hangs_up_sees_no_traceback(languages: Trained, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("Sverige\n" * 20_000)
    arguments = command("predict", languages.path, tmp_path / "lines")
    with subprocess.Popen(
        arguments, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    assert process.returncode == 141
    assert said == b""
