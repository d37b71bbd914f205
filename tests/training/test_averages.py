"""Averages of the weights: what is validated, kept and left in the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet import SGD, Adam, Linear, PyTorchWrapper, Softmax
from combinet.training import Batches, SupervisedTask, Trainer
from tests.training.problems import equal, instances, trainer, weights


def averages(model: Any, optimizer: Any) -> dict[str, Any]:
    return {row.path: optimizer.averages[row.key].copy() for row in model.parameters()}


def test_the_averages_are_validated_and_kept_and_steps_go_on_from_the_weights() -> None:
    seen: list[tuple[dict[str, Any], dict[str, Any]]] = []
    optimizer, held_out = Adam(0.05), Batches(instances(seed=1), 8)

    def look(trainer: Any, inputs: Any, outputs: Any, metrics: Any, epoch: int, number: int,
             is_training: bool, is_primary: bool) -> None:  # fmt: skip
        if not is_training and number == 0:
            seen.append((weights(trainer.model), averages(trainer.model, optimizer)))

    made = trainer(
        optimizer=optimizer, num_epochs=4, validation_data_loader=held_out, batch_callbacks=[look]
    )
    raw = [weights(made.model) for _ in made]
    for (used, kept), own in zip(seen, raw, strict=True):
        assert not equal(used, own)
        for path in used:
            np.testing.assert_allclose(used[path], kept[path], rtol=5e-3, atol=1e-6)
    made.restore_best()
    assert made.best_epoch is not None
    assert equal(weights(made.model), seen[made.best_epoch][0])


def test_the_steps_are_those_of_a_training_without_averages() -> None:
    one, other = (
        trainer(optimizer=SGD(0.1, use_averages=use), num_epochs=3) for use in (True, False)
    )
    list(one), list(other)
    assert equal(weights(one.model), weights(other.model))
    one.restore_best(), other.restore_best()
    assert not equal(weights(one.model), weights(other.model))


def test_the_zeros_that_averages_start_from_are_taken_out() -> None:
    """After one step the average is that one set of weights."""
    made = trainer(num_epochs=1, data_loader=Batches(instances(), 40))
    list(made)
    own = weights(made.model)
    made.restore_best()
    for path, kept in weights(made.model).items():
        np.testing.assert_allclose(kept, own[path], rtol=1e-5, atol=1e-7)


def test_what_an_optimizer_keeps_no_averages_of_stays_as_it_is() -> None:
    made = trainer(optimizer=Adam(0.05, freeze=["^0"]), num_epochs=2)
    before = weights(made.model)
    made.train()
    after = weights(made.model)
    assert np.array_equal(before["0/W"], after["0/W"])
    assert not np.array_equal(before["2/W"], after["2/W"])


def shim_of(model: Any) -> Any:
    [shim] = [shim for node in model.walk() for shim in node.shims]
    return shim


def torch_task(build: Any, **settings: Any) -> SupervisedTask:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    torch.manual_seed(0)
    module = build(torch)
    own = settings.pop("own", None)
    wrapped = PyTorchWrapper(module)
    if own is not None:
        shim_of(wrapped)._optimizer = own(torch, module)
    made = SupervisedTask(Linear(4, 3) >> wrapped >> Softmax(3, 4), input="x")
    made.index(instances())
    return made.initialize(seed=1, x=np.stack([each["x"] for each in instances()]))


def state(made: SupervisedTask) -> dict[str, Any]:
    return {name: array.copy() for name, array in shim_of(made.network).tensors().items()}


CASES: dict[str, Any] = {
    "means of a batch normalization": {"build": lambda torch: torch.nn.BatchNorm1d(4)},
    "an optimizer of its own": {
        "build": lambda torch: torch.nn.Linear(4, 4),
        "own": lambda torch, module: torch.optim.SGD(module.parameters(), lr=0.5),
    },
    "half precision": {"build": lambda torch: torch.nn.Linear(4, 4).to(torch.bfloat16)},
}


@pytest.mark.parametrize("case", CASES)
def test_a_wrapped_module_is_that_of_the_best_epoch_as_a_whole(case: str) -> None:
    made = torch_task(**CASES[case])
    states: list[dict[str, Any]] = []

    def look(trainer: Any, metrics: Any, epoch: int, is_primary: bool) -> None:
        states.append(state(made))

    training = Trainer(
        made, SGD(0.5, use_averages=False), Batches(instances(), 8), None, "+loss",  # the worst
        num_epochs=4, epoch_callbacks=[look],
    )  # fmt: skip
    best = training.train()["best_epoch"]
    assert best == 0
    assert not equal(states[1], states[-1])
    assert equal(state(made), states[1])


@pytest.mark.parametrize("case", CASES)
def test_what_is_left_has_the_loss_that_was_the_best(case: str) -> None:
    held_out = Batches(instances(seed=1), 40)
    made = torch_task(**CASES[case])
    training = Trainer(
        made, SGD(0.5), Batches(instances(), 8), None, "-loss", held_out, num_epochs=3
    )
    best = training.train()["best_validation_loss"]
    for fields in held_out:
        made.evaluate(**fields)
    assert made.get_metrics()["loss"] == best
