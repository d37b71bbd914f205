"""Ctrl-C keeps the best epoch, or leaves nothing."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from combinet.training.run import load_task
from tests.e2e.commands import ENVIRONMENT, Done, command, works


def interrupted(cwd: Path, word: str, *arguments: object) -> Done:
    """A training that gets SIGINT once a line with this word was shown."""
    with subprocess.Popen(
        command("train", "languages.cfg", "--output", "model", *arguments),
        cwd=cwd,
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        shown = ""
        for line in process.stderr:
            shown += line
            if word in line:
                break
        process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=120)
        return Done(process.returncode, out, shown + rest)


def test_after_an_epoch_the_best_weights_are_saved_and_load(tmp_path: Path) -> None:
    done = interrupted(tmp_path, "epoch   1/")
    assert done.code == 0
    assert "Traceback" not in done.err
    assert "interrupted: keeping epoch 1" in done.err
    assert "saved to model" in done.out
    task, _ = load_task(tmp_path / "model")
    assert task.vocab.get_vocab_size("labels") == 39
    meta = json.loads((tmp_path / "model" / "meta.json").read_text("utf-8"))
    scores = json.loads(works("evaluate", "model", "validation", cwd=tmp_path).out)
    assert abs(scores["loss"] - meta["metrics"]["best_validation_loss"]) < 1e-5


def test_before_the_first_epoch_ended_nothing_is_saved(tmp_path: Path) -> None:
    done = interrupted(tmp_path, "instances to train on")
    assert done.code == 130
    assert "Traceback" not in done.err
    assert "nothing is saved" in done.err
    assert list(tmp_path.iterdir()) == []
