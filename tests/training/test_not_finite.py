"""A gradient with a NaN or an infinity in it stops the training and is written nowhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import combinet
from combinet import Adam
from combinet.errors import NonFiniteError
from combinet.training import Batches, SupervisedTask
from tests.training.problems import equal, instances, task, trainer, weights


def spoiled(number: int, value: float) -> Batches:
    """Batches of eight, in order, with one bad number in the batch of this number."""
    data = instances()
    data[8 * number]["x"] = np.full(3, value, "float32")
    return Batches(data, 8)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_error_names_the_node_the_parameter_and_the_batch(value: float) -> None:
    with np.errstate(invalid="ignore"), pytest.raises(NonFiniteError) as caught:
        trainer(data_loader=spoiled(2, value)).train()
    assert "the gradient of 0/W of 'relu' holds" in caught.value.what
    assert caught.value.facts["batch"] == "3 of epoch 1, counted from 1"
    assert caught.value.facts["step"] == "3 of this parameter, counted from 1"
    assert "blame" in caught.value.fix


def test_probabilities_that_are_none_are_no_matter_of_the_loss() -> None:
    network = combinet.Linear(3, 3) >> combinet.softmax_activation()
    made = SupervisedTask(network, input="x")
    made.index(instances())
    made.initialize(seed=1, x=np.zeros((1, 3), "float32"))
    with np.errstate(invalid="ignore"), pytest.raises(NonFiniteError, match="0/W of 'linear'"):
        trainer(made, data_loader=spoiled(2, np.nan)).train()


def test_where_gradients_are_gathered_all_their_batches_are_named() -> None:
    training = trainer(data_loader=spoiled(4, np.nan), num_gradient_accumulation_steps=2)
    with pytest.raises(NonFiniteError) as caught:
        training.train()
    assert caught.value.facts["batch"] == "5 of epoch 1, counted from 1"
    training = trainer(data_loader=spoiled(2, np.nan), num_gradient_accumulation_steps=2)
    with pytest.raises(NonFiniteError) as caught:
        training.train()
    assert caught.value.facts["batch"] == "3 to 4 of epoch 1, counted from 1"


@pytest.mark.parametrize("settings", [{}, {"grad_norm": 1.0}, {"grad_clipping": 0.1}])
def test_nothing_is_written_into_any_weight_moment_or_average(settings: dict[str, Any]) -> None:
    model, optimizer = task(), Adam(0.02, **settings)
    rows = list(model.parameters())
    for row in rows:
        row.gradient = np.ones(row.weights.shape, "float32")
    optimizer.update(rows)
    before, kept = weights(model), [m.copy() for m in optimizer.mom1.values()]
    counts = dict(optimizer.nr_update)
    for row in rows:
        row.gradient = np.ones(row.weights.shape, "float32")
    bad: Any = rows[-1].gradient  # the last: all the others come before it
    bad.reshape(-1)[-1] = np.nan
    with pytest.raises(NonFiniteError, match=rows[-1].path):
        optimizer.update(rows)
    assert equal(weights(model), before)
    assert all(np.array_equal(a, b) for a, b in zip(optimizer.mom1.values(), kept, strict=True))
    assert optimizer.nr_update == counts


def test_a_wrapped_torch_module_is_not_written_into_either() -> None:
    torch = pytest.importorskip("torch")
    model = combinet.PyTorchWrapper(torch.nn.Linear(3, 2)) >> combinet.Linear(2, 2)
    model.initialize(seed=1)
    X = np.ones((2, 3), "float32")
    Y, backprop = model.begin_update(X)
    backprop(np.full_like(Y, np.nan))
    before = model.to_bytes()
    with pytest.raises(NonFiniteError):
        model.finish_update(Adam(0.1))
    assert model.to_bytes() == before


def a_step(key: Any, weights: Any, gradient: Any) -> tuple[Any, Any]:
    """An optimizer of someone else, which looks at nothing."""
    weights -= 0.1 * gradient
    gradient[...] = 0
    return weights, gradient


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_optimizer_of_someone_else_is_not_asked_where_one_gradient_is_bad(bad: float) -> None:
    model = (combinet.Relu(4, 3) >> combinet.Softmax(2)).initialize(seed=1)
    Y, backprop = model.begin_update(np.ones((2, 3), "float32"))
    backprop(np.ones_like(Y))
    model.layers[1].accumulator("b")[-1] = bad  # the last: all the others come before it
    before = model.to_bytes()
    with pytest.raises(NonFiniteError, match="the gradient of 1/b of 'softmax' holds") as caught:
        model.finish_update(a_step)
    assert "step" not in caught.value.facts  # nobody counted
    assert model.to_bytes() == before
    model.layers[1].accumulator("b")[-1] = 1e30  # its square is infinite, it is not
    model.finish_update(a_step)
    assert model.to_bytes() != before


def test_an_optimizer_of_someone_else_writes_into_no_torch_module_either() -> None:
    torch = pytest.importorskip("torch")
    model = combinet.PyTorchWrapper(torch.nn.Linear(3, 2)) >> combinet.Linear(2, 2)
    model.initialize(seed=1)
    Y, backprop = model.begin_update(np.ones((2, 3), "float32"))
    backprop(np.full_like(Y, np.nan))
    before = model.to_bytes()
    with pytest.raises(NonFiniteError):
        model.finish_update(a_step)
    assert model.to_bytes() == before
