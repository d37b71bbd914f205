"""The second example, by the command and by the Python block of the README."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from combinet.examples import Digits
from tests.docs.run_page import blocks
from tests.e2e.commands import ENVIRONMENT, command, fails, works
from tests.e2e.conftest import Trained

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_command_reaches_95_percent_on_the_test_digits(digits: Trained) -> None:
    scores = json.loads(works("evaluate", digits.path).out)
    assert scores["instances"] == len(Digits()("test"))
    assert scores["accuracy"] >= 0.95


def test_pixels_are_predicted_from_json_lines(digits: Trained) -> None:
    instances = Digits()("test")[:50]
    lines = [json.dumps({"pixels": each["pixels"].tolist()}) for each in instances]
    done = works("predict", digits.path, "--batch-size", 8, input="\n".join(lines))
    answers = [json.loads(line)["label"] for line in done.out.splitlines()]
    right = [answer == each["label"] for answer, each in zip(answers, instances, strict=True)]
    assert np.mean(right) > 0.9


def test_whole_numbers_are_numbers_too(digits: Trained) -> None:
    one, other = json.dumps({"pixels": [1] * 64}), json.dumps({"pixels": [1.0] * 64})
    done = works("predict", digits.path, input=f"{one}\n{other}\n")
    first, second = done.out.splitlines()
    assert first == second


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"pixels": [0.1, 0.2]}', "relu takes rows of 64 numbers, got rows of 2"),
        ('{"pixels": [0.1, "dark"]}', "relu takes an array of floats"),
        ('{"pixels": []}', "relu takes an array of floats"),
        ("dark", "relu takes an array of floats"),
    ],
)
def test_a_line_that_is_no_digit_is_refused(digits: Trained, line: str, says: str) -> None:
    assert says in fails("predict", digits.path, input=line)


def test_the_block_of_the_readme_passes_95_percent_after_20_epochs() -> None:
    program = next(
        block.text
        for block in blocks(README.read_text("utf-8"))
        if block.info == "python" and "multibatch" in block.text
    )
    setup, loop = program.split("for x, y in", 1)
    data = load_digits()
    images, labels = (data.data / 16).astype("float32"), np.eye(10, dtype="float32")[data.target]
    order = np.random.default_rng(0).permutation(len(images))
    fifth = len(images) // 5
    test, train = order[:fifth], order[fifth:]
    names = {"X": images[train], "Y": labels[train]}
    exec(setup, names)
    for _ in range(20):
        exec("for x, y in" + loop, names)
    guesses = names["model"].predict(images[test])  # type: ignore[attr-defined]
    assert (guesses.argmax(axis=1) == data.target[test]).mean() > 0.95


def test_a_terminal_gets_a_bar_with_speed_and_time_left(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    arguments = command("train", "digits.cfg", "--output", "model", "--training.num_epochs", 3)
    terminal = {**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "160"}
    with subprocess.Popen(
        arguments, cwd=tmp_path, env=terminal, stderr=theirs, stdout=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # how Linux says that nobody writes any more
            pass
        finally:
            os.close(ours)
    assert process.returncode == 0
    text = shown.decode()
    for word in ("━", "/120", "loss", "accuracy", "rows/s", "0:00:0", "epoch   3/3"):
        assert word in text
