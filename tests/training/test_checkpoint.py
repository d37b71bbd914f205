"""A training that was killed goes on from its file, and comes to the same weights to the bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from combinet import SGD, Adam, warmup_linear
from combinet.errors import CombinetError, LoadError
from combinet.training import Trainer
from combinet.training.checkpoint import FILE
from tests.training.problems import equal, task, trainer, weights
from tests.training.test_averages import state, torch_task
from tests.training.test_trainer import scripted


class Killed(BaseException):
    """What ends a process in the middle of an epoch."""


def killed_in(epoch: int, batch: int = 2) -> Any:
    def kill(trainer: Any, inputs: Any, outputs: Any, metrics: Any, at: int, number: int,
             is_training: bool, is_primary: bool) -> None:  # fmt: skip
        if (at, number) == (epoch, batch) and is_training:
            raise Killed

    return [kill]


def made(folder: Path | None = None, **settings: Any) -> Trainer:
    optimizer = Adam(warmup_linear(0.03, 3, 40), use_averages=settings.pop("averages", True))
    return trainer(task(dropout=0.3), optimizer, num_epochs=6, serialization_dir=folder, **settings)


@pytest.mark.parametrize("epoch", [0, 1, 4])
@pytest.mark.parametrize("averages", [True, False])
def test_it_comes_to_the_weights_and_metrics_of_one_that_was_not_killed(
    tmp_path: Path, epoch: int, averages: bool
) -> None:
    whole = made(averages=averages)
    expected = whole.train()
    with pytest.raises(Killed):
        made(tmp_path, averages=averages, batch_callbacks=killed_in(epoch)).train()
    second = made(tmp_path, averages=averages)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = second.train()
    assert equal(weights(second.model), weights(whole.model))
    for metrics in (expected, found):
        del metrics["training_duration"]
    assert found == expected


def test_going_on_is_said(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        made(tmp_path, batch_callbacks=killed_in(2)).train()
    with pytest.warns(UserWarning, match="going on after epoch 2"):
        next(iter(made(tmp_path)))


def test_it_may_be_killed_again(tmp_path: Path) -> None:
    whole = made()
    whole.train()
    for epoch in (1, 3, 5):
        with pytest.raises(Killed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made(tmp_path, batch_callbacks=killed_in(epoch)).train()
    last = made(tmp_path)
    with pytest.warns(UserWarning, match="after epoch 5"):
        last.train()
    assert equal(weights(last.model), weights(whole.model))


def test_nothing_is_left_where_it_came_to_its_end(tmp_path: Path) -> None:
    made(tmp_path / "new").train()
    assert list((tmp_path / "new").iterdir()) == []


def test_a_file_of_another_network_or_optimizer_is_refused_and_changes_nothing(
    tmp_path: Path,
) -> None:
    with pytest.raises(Killed):
        made(tmp_path, batch_callbacks=killed_in(2)).train()
    other = trainer(task(), SGD(0.1), serialization_dir=tmp_path)
    before = weights(other.model)
    with pytest.raises(LoadError, match="does not fit"):
        other.train()
    assert equal(weights(other.model), before)
    assert other.epoch == 0


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        made(tmp_path, batch_callbacks=killed_in(2)).train()
    data = bytearray((tmp_path / FILE).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / FILE).write_bytes(bytes(data))
    with pytest.raises(LoadError, match="damaged") as raised:
        made(tmp_path).train()
    assert raised.value.facts["file"] == str(tmp_path / FILE)


def test_what_has_a_state_that_cannot_be_kept_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(CombinetError, match="optimizer of combinet"):
        trainer(optimizer=lambda key, W, dW: (W, dW), serialization_dir=tmp_path)
    with pytest.raises(CombinetError, match="not Scripted"):
        scripted(0.1, serialization_dir=tmp_path)


SCRIPT = """
import sys
from pathlib import Path
from tests.training.test_checkpoint import made
trainer = made(Path(sys.argv[1]))
def tell(trainer, metrics, epoch, is_primary):
    print("epoch", epoch, flush=True)
trainer.epoch_callbacks.append(tell)
trainer.num_epochs = 10**6
trainer.train()
"""


def test_a_process_that_is_killed_leaves_a_file_to_go_on_from(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("epoch 3"):
                process.send_signal(signal.SIGKILL)
    whole, again = made(), made(tmp_path)
    again.num_epochs = 10**6
    with pytest.warns(UserWarning, match="going on after epoch"):
        next(iter(again))
    whole.num_epochs = again.num_epochs = again.epoch + 3
    list(whole), list(again)
    assert equal(weights(again.model), weights(whole.model))


OWN: dict[str, Any] = {
    "build": lambda torch: torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.BatchNorm1d(4)),
    "own": lambda torch, module: torch.optim.Adam(module.parameters(), lr=0.05),
}


@pytest.mark.parametrize("validation_metric", ["-loss", "+loss"])  # the last epoch, the first
def test_a_wrapped_module_with_an_optimizer_of_its_own_goes_on_too(
    tmp_path: Path, validation_metric: str
) -> None:
    def torch_trainer(folder: Path | None, **settings: Any) -> Trainer:
        settings["validation_metric"] = validation_metric
        return trainer(torch_task(**OWN), num_epochs=4, serialization_dir=folder, **settings)

    whole = torch_trainer(None)
    whole.train()
    with pytest.raises(Killed):
        torch_trainer(tmp_path, batch_callbacks=killed_in(2)).train()
    second = torch_trainer(tmp_path)
    with pytest.warns(UserWarning, match="after epoch 2"):
        second.train()
    assert equal(weights(second.model), weights(whole.model))
    assert equal(state(second.model), state(whole.model))
