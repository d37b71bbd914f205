"""The loop: what it keeps, when it stops, what it tells."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from combinet import SGD, Adam
from combinet.errors import CombinetError, NonFiniteError
from combinet.training import Batches, Trainer
from combinet.types import Parameter
from tests.training.problems import equal, instances, task, trainer, weights


class Scripted:
    """Something to train that only has the methods of ``Trainable``, as a foreign model would.

    Its scores are given; each step adds 1 to its weight.
    """

    def __init__(self, *scores: float) -> None:
        self.scores = iter(scores)
        self.weight = np.zeros(1, dtype="float32")
        self.calls: list[str] = []
        self.waiting = False

    def forward(self, **fields: Any) -> tuple[dict[str, Any], Callable[[], Any] | None]:
        self.calls.append("forward")
        return {"loss": 1.0}, lambda: self.calls.append("backprop")

    def evaluate(self, **fields: Any) -> dict[str, Any]:
        self.calls.append("evaluate")
        self.waiting = True
        return {"loss": 1.0}

    def finish_update(self, optimizer: Any) -> None:
        self.calls.append("step")
        self.weight += 1

    def parameters(self) -> Iterable[Parameter]:
        return [Parameter("w", (0, "w"), self.weight, None)]

    def get_metrics(self, reset: bool = False) -> dict[str, float]:
        told, self.waiting = self.waiting, self.waiting and not reset
        return {"score": next(self.scores)} if told and reset else {}


def scripted(*scores: float, **settings: Any) -> Trainer:
    settings = {"validation_metric": "+score", "num_epochs": len(scores), **settings}
    return Trainer(
        Scripted(*scores), Adam(0.1), [{"x": [1]}], validation_data_loader=[{"x": [1]}], **settings
    )


def test_a_network_learns() -> None:
    metrics = trainer(validation_data_loader=Batches(instances(seed=1), 8)).train()
    assert metrics["validation_accuracy"] > 0.9
    assert metrics["training_loss"] < 0.4


def test_anything_with_the_methods_of_trainable_is_trained() -> None:
    made = scripted(0.1, 0.2)
    made.train()
    assert made.model.calls == ["forward", "backprop", "step", "evaluate"] * 2


def test_the_best_weights_are_in_the_model_at_the_end() -> None:
    made = scripted(0.1, 0.9, 0.3, 0.2)
    metrics = made.train()
    assert made.model.weight == 2
    assert (metrics["best_epoch"], metrics["best_validation_score"]) == (1, 0.9)
    assert (metrics["epoch"], metrics["validation_score"]) == (3, 0.2)


def test_less_is_better_after_a_minus() -> None:
    made = scripted(0.5, 0.1, 0.3, validation_metric="-score")
    assert made.train()["best_epoch"] == 1
    assert made.model.weight == 2


def test_of_equal_epochs_the_first_is_the_best() -> None:
    assert scripted(0.5, 0.5).train()["best_epoch"] == 0


def test_a_nan_is_never_better() -> None:
    made = scripted(float("nan"), 0.1, float("nan"))
    assert made.train()["best_epoch"] == 1


def test_without_validation_data_the_training_metrics_decide() -> None:
    made = trainer(num_epochs=3, validation_metric="+accuracy")
    metrics = made.train()
    assert metrics["best_training_accuracy"] >= metrics["training_accuracy"]
    assert not any(name.startswith("validation") for name in metrics)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_the_best_weights_are_back_after_an_exception(error: type[BaseException]) -> None:
    def stop(trainer: Any, metrics: Any, epoch: int, is_primary: bool) -> None:
        if epoch == 2:
            raise error

    made = scripted(0.1, 0.9, 0.3, epoch_callbacks=[stop])
    with pytest.raises(error):
        made.train()
    assert made.model.weight == 2
    assert made.best_epoch == 1


def test_an_exception_before_the_first_evaluation_leaves_no_best_epoch() -> None:
    def stop(*arguments: Any) -> None:
        raise KeyboardInterrupt

    made = scripted(0.1, batch_callbacks=[stop])
    with pytest.raises(KeyboardInterrupt):
        made.train()
    assert made.best_epoch is None


def test_patience_counts_epochs_without_a_better_one() -> None:
    scores = (0.1, 0.5, 0.4, 0.5, 0.6, 0.2, 0.2, 0.2, 0.9)
    made = scripted(*scores, patience=3)
    assert made.train()["epoch"] == 7
    assert made.best_epoch == 4


def test_without_patience_every_epoch_is_run() -> None:
    assert scripted(0.9, 0.1, 0.1, 0.1, 0.1).train()["epoch"] == 4


def test_iterating_yields_after_each_evaluation() -> None:
    made = scripted(0.1, 0.2, 0.3)
    seen = []
    for metrics in made:
        seen.append((metrics["epoch"], metrics["validation_score"], metrics["best_epoch"]))
        assert made.model.weight == len(seen)
    assert seen == [(0, 0.1, 0), (1, 0.2, 1), (2, 0.3, 2)]


def test_a_loop_that_was_left_goes_on_where_it_stopped() -> None:
    whole, halves = trainer(num_epochs=4), trainer(num_epochs=4)
    whole.train()
    list(itertools.islice(halves, 2))
    halves.train()
    assert equal(weights(whole.model), weights(halves.model))


def test_callbacks_are_told_in_order() -> None:
    told: list[Any] = []

    def batch(
        trainer: Any, inputs: Any, outputs: Any, metrics: Any, epoch: int, number: int,
        is_training: bool, is_primary: bool,
    ) -> None:  # fmt: skip
        assert len(inputs) == len(outputs) == 1
        told.append((epoch, number, is_training))

    def epoch(trainer: Any, metrics: Any, epoch: int, is_primary: bool) -> None:
        told.append((epoch, sorted(metrics)))

    made = trainer(
        num_epochs=2,
        data_loader=Batches(instances(), 20),
        validation_data_loader=Batches(instances(), 40),
        batch_callbacks=[batch],
        epoch_callbacks=[epoch],
    )
    made.train()
    names = sorted(made.best_metrics)
    assert {"epoch", "best_epoch", "training_loss", "validation_accuracy"} <= {*names, "best_epoch"}
    one = [(0, 0, True), (0, 1, True), (0, 0, False)]
    two = [(1, 0, True), (1, 1, True), (1, 0, False)]
    assert [each for each in told if len(each) == 3] == one + two
    assert [told.index(each) for each in told if len(each) == 2] == [0, 4, 8]
    assert [each[0] for each in told if len(each) == 2] == [-1, 0, 1]
    assert told[0] == (-1, [])


def test_k_batches_of_n_make_the_step_of_one_batch_of_k_times_n() -> None:
    data = instances(24)
    made = []
    for size, steps in ((4, 3), (12, 1)):
        one = trainer(
            task(data),
            SGD(0.5, grad_clip=0.0),
            data_loader=Batches(data, size),
            num_gradient_accumulation_steps=steps,
            num_epochs=1,
        )
        list(one)
        made.append(weights(one.model))
    assert made[0].keys() == made[1].keys()
    for name in made[0]:
        np.testing.assert_allclose(made[0][name], made[1][name], rtol=1e-5, atol=1e-6)
    assert not equal(made[0], weights(task(data)))


def test_what_waits_at_the_end_of_an_epoch_makes_a_step() -> None:
    made = Trainer(
        Scripted(),
        Adam(0.1),
        [{"x": [1]}] * 5,
        validation_metric="+score",
        num_gradient_accumulation_steps=2,
    )
    with pytest.raises(CombinetError, match="no metric of that name"):
        next(iter(made))
    assert made.model.calls.count("step") == 3


def test_the_same_seed_gives_the_same_metrics_and_weights_to_the_bit() -> None:
    runs = []
    for _ in range(2):
        np.random.rand(3)  # noqa: NPY002 - what somebody else draws
        made = trainer(task(dropout=0.3), num_epochs=3)
        metrics = made.train()
        del metrics["training_duration"]
        runs.append((metrics, weights(made.model)))
    assert runs[0][0] == runs[1][0]
    assert equal(runs[0][1], runs[1][1])


def test_another_seed_gives_other_weights() -> None:
    one, other = trainer(task(seed=1), num_epochs=1), trainer(task(seed=2), num_epochs=1)
    one.train(), other.train()
    assert not equal(weights(one.model), weights(other.model))


def test_a_nan_in_the_data_is_named_before_a_weight_is_changed() -> None:
    data = instances()
    data[3]["x"][0] = np.nan
    made = trainer(task(), data_loader=Batches(data, 40))
    before = weights(made.model)
    with np.errstate(invalid="ignore"), pytest.raises(NonFiniteError, match="NaN") as raised:
        made.train()
    assert "0/W" in str(raised.value)
    assert equal(weights(made.model), before)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"patience": 0}, "patience = 0"),
        ({"num_epochs": 0}, "num_epochs = 0"),
        ({"num_epochs": True}, "num_epochs = True"),
        ({"num_gradient_accumulation_steps": 0}, "num_gradient_accumulation_steps = 0"),
        ({"validation_metric": "loss"}, "validation_metric = 'loss'"),
        ({"validation_metric": ""}, "validation_metric = ''"),
    ],
)
def test_an_argument_that_makes_no_sense_is_named(bad: dict[str, Any], says: str) -> None:
    with pytest.raises(CombinetError, match=says):
        trainer(**bad)


def test_a_metric_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(CombinetError, match=r"'\+f1'") as raised:
        trainer(validation_metric="+f1").train()
    assert raised.value.facts == {"known": "loss, accuracy"}


def test_data_without_labels_is_named() -> None:
    data = [{"x": each["x"]} for each in instances()]
    with pytest.raises(CombinetError, match="no labels"):
        trainer(data_loader=Batches(data, 8)).train()


@pytest.mark.parametrize("rows", [[], [{"x": instances()[0]["x"]}]])
def test_validation_data_without_rows_or_labels_is_named(rows: Any) -> None:
    """With nothing to count, a loss of 0 would pass for the best."""
    made = trainer(validation_data_loader=Batches(rows, 8))
    says = "validation data has no labels" if rows else "validation_data_loader gave no batches"
    with pytest.raises(CombinetError, match=says):
        made.train()


def test_a_validation_loader_that_is_used_up_is_named() -> None:
    made = trainer(validation_data_loader=iter(list(Batches(instances(), 8))))
    with pytest.raises(CombinetError, match="validation_data_loader gave no batches in epoch 2"):
        made.train()
    assert made.best_epoch == 0


def test_gradients_of_an_epoch_that_was_cut_short_are_forgotten() -> None:
    def stop(trainer: Any, *rest: Any) -> None:
        trainer.batch_callbacks.clear()
        raise KeyboardInterrupt

    settings: dict[str, Any] = {"num_epochs": 1, "num_gradient_accumulation_steps": 2}
    settings["data_loader"] = list(Batches(instances(), 8))
    whole, again = trainer(**settings), trainer(**settings, batch_callbacks=[stop])
    whole.train()
    with pytest.raises(KeyboardInterrupt):
        again.train()
    again.train()
    assert equal(weights(whole.model), weights(again.model))


@pytest.mark.parametrize("limit", ["grad_norm", "grad_clipping"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_that_is_none_is_refused(limit: str, value: float) -> None:
    with pytest.raises(CombinetError, match=f"{limit} = {value}"):
        trainer(**{limit: value})


def test_a_loader_that_is_used_up_is_named() -> None:
    once = iter(list(Batches(instances(), 8)))
    made = trainer(data_loader=once, num_epochs=2)
    with pytest.raises(CombinetError, match="data_loader gave no batches in epoch 2"):
        made.train()
    assert made.best_epoch == 0


@pytest.mark.parametrize("limit", ["grad_norm", "grad_clipping"])
def test_limits_of_the_gradient_reach_the_optimizer(limit: str) -> None:
    optimizer = SGD(1.0, grad_clip=0.0)
    made = trainer(optimizer=optimizer, num_epochs=1, **{limit: 1e-3})
    before = weights(made.model)
    list(made)
    moved = [abs(after - before[path]).max() for path, after in weights(made.model).items()]
    assert 0 < max(moved) <= 5e-3 + 1e-6  # five batches


def test_limits_need_an_optimizer_that_has_them() -> None:
    with pytest.raises(CombinetError, match="grad_norm"):
        trainer(optimizer=lambda key, W, dW: (W, dW), grad_norm=1.0)


def test_a_plain_function_may_be_the_optimizer() -> None:
    def descend(key: Any, W: Any, dW: Any) -> tuple[Any, Any]:
        W -= 0.5 * dW
        dW[...] = 0
        return W, dW

    metrics = trainer(optimizer=descend, num_epochs=5).train()
    assert metrics["training_accuracy"] > 0.7


def test_schedules_step_with_the_optimizer() -> None:
    optimizer = Adam(0.01)
    trainer(optimizer=optimizer, num_epochs=2).train()
    assert optimizer.step == 10
    assert optimizer.last_score is not None
