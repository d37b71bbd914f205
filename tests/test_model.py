"""Running, training and pickling a model."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from combinet.combinators.with_array import with_array
from combinet.errors import CombinetError
from combinet.layers.dropout import Dropout
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.model import Model, without_dX
from combinet.optimizers import SGD, Adam
from combinet.shims import Shim

X = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
dY = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")


def network() -> Model[Any, Any]:
    return (Relu(4) >> Linear(2)).initialize(X=X, seed=0)


def weights(model: Model[Any, Any]) -> dict[str, Any]:
    return {p.path: p.weights.copy() for p in model.parameters()}


def same(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    return one.keys() == two.keys() and all(np.array_equal(one[k], two[k]) for k in one)


def descend(key: tuple[int, str], param: Any, grad: Any) -> tuple[Any, Any]:
    """What any Thinc-style optimizer may be: a function."""
    return param - 0.1 * grad, grad


class RecordingShim(Shim):
    """Notes what the model calls."""

    def __init__(self, log: list[str]) -> None:
        super().__init__(None)
        self.log = log

    def finish_update(self, optimizer: Any) -> None:
        self.log.append("finish_update")

    @contextmanager
    def use_params(self, params: Mapping[Any, Any]) -> Iterator[None]:
        self.log.append("in")
        try:
            yield
        finally:
            self.log.append("out")


def forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    return (X, is_train), lambda dY: dY


# --- running ----------------------------------------------------------------------------------


def test_a_call_runs_forward_and_is_train_has_no_default() -> None:
    model = Model("m", forward)
    assert model(1, True)[0] == (1, True)
    with pytest.raises(TypeError, match="is_train"):
        model(1)  # type: ignore[call-arg]


def test_predict_is_not_training_and_begin_update_is() -> None:
    model = Model("m", forward)
    assert model.predict(1) == (1, False)
    output, backprop = model.begin_update(1)
    assert output == (1, True)
    assert backprop(7) == 7  # type: ignore[arg-type]


def test_backprop_works_after_predict_by_call() -> None:
    model = network()
    assert np.array_equal(model(X, False)[1](dY), model(X, True)[1](dY))


def test_without_dX_gives_the_same_gradients_and_none() -> None:
    model, other = network(), network()
    model.begin_update(X)[1](dY)
    assert other.begin_update(X, need_dX=False)[1](dY) is None
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        assert np.array_equal(one.gradient, two.gradient)  # type: ignore[arg-type]


def test_without_dX_drops_the_gradient_of_a_backprop_that_has_no_such_option() -> None:
    called: list[int] = []
    assert without_dX(called.append)(3) is None
    assert called == [3]


def test_an_error_in_forward_names_the_path() -> None:
    model = with_array(Relu(4) >> Linear(2)).initialize(X=[X])
    with pytest.raises(CombinetError) as caught:
        model.predict([X[:, :3]])
    assert caught.value.where == "with_array(relu>>linear) > relu>>linear > relu (path 0.0)"


def test_an_error_in_backprop_names_the_path() -> None:
    _, backprop = network().begin_update(X)
    with pytest.raises(CombinetError) as caught:
        backprop(dY[:, :1])
    assert caught.value.where == "relu>>linear > linear (path 1)"


def test_an_error_in_backprop_of_a_call_without_begin_update_names_the_layer() -> None:
    with pytest.raises(CombinetError, match="the gradient given to linear does not fit"):
        network()(X, True)[1](dY[:, :1])


def test_a_foreign_exception_keeps_its_type_and_gets_the_path_as_a_note() -> None:
    def fails(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        raise ZeroDivisionError("theirs")

    model = Linear(5, 5).initialize() >> Model("bad", fails)
    with pytest.raises(ZeroDivisionError, match="theirs") as caught:
        model.predict(X)
    assert caught.value.__notes__ == ["  where: linear>>bad > bad (path 1)"]


def test_predict_from_eight_threads_gives_the_bits_of_the_serial_run() -> None:
    model = network()
    batches = [X * (i + 1) for i in range(8)]
    expected = [model.predict(batch) for batch in batches]
    found: dict[int, list[Any]] = {}

    def run(i: int) -> None:
        found[i] = [model.predict(batches[i]) for _ in range(20)]

    threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(8):
        assert all(np.array_equal(Y, expected[i]) for Y in found[i])


# --- updating ---------------------------------------------------------------------------------


def test_finish_update_calls_any_function_once_for_each_gradient() -> None:
    model = network()
    model.begin_update(X)[1](dY)
    before, seen = weights(model), []

    def optimizer(key: tuple[int, str], param: Any, grad: Any) -> tuple[Any, Any]:
        seen.append(key)
        return descend(key, param, grad)

    model.finish_update(optimizer)
    keys = {(node.id, name) for node in model.walk() for name in node.param_names}
    assert len(seen) == 4
    assert set(seen) == keys
    for parameter in model.parameters():
        expected = before[parameter.path] - 0.1 * parameter.gradient  # type: ignore[operator]
        assert np.array_equal(parameter.weights, expected)


def test_finish_update_leaves_clearing_to_the_optimizer() -> None:
    model = network()
    model.begin_update(X)[1](dY)
    model.finish_update(descend)
    assert all(p.gradient is not None and p.gradient.any() for p in model.parameters())
    model.finish_update(SGD(0.1))
    assert not any(p.gradient.any() for p in model.parameters() if p.gradient is not None)
    assert model.layers[0].has_grad("W") is True


def test_finish_update_skips_parameters_without_a_gradient() -> None:
    model = network()
    before = weights(model)
    model.finish_update(Adam(0.1))
    model.finish_update(descend)
    assert same(weights(model), before)


def test_the_batched_step_equals_the_calls_one_by_one() -> None:
    model, other = network(), network()
    optimizer, by_call = Adam(0.01), Adam(0.01)
    for _ in range(3):
        model.begin_update(X)[1](dY)
        other.begin_update(X)[1](dY)
        model.finish_update(optimizer)
        other.finish_update(lambda *args: by_call(*args))
    assert same(weights(model), weights(other))


def test_shims_are_updated_too() -> None:
    log: list[str] = []
    Model("m", forward, shims=[RecordingShim(log)]).finish_update(descend)
    assert log == ["finish_update"]


def test_get_gradients_gives_parameter_and_gradient_by_id_and_name() -> None:
    model = network()
    assert model.get_gradients() == {}
    model.begin_update(X)[1](dY)
    gradients = model.get_gradients()
    linear = model.layers[1]
    param, grad = gradients[linear.id, "b"]
    assert len(gradients) == 4
    assert param is linear.get_param("b")
    assert np.allclose(grad, dY.sum(axis=0))


def test_parameters_of_a_shared_node_come_once_with_its_first_path() -> None:
    shared = Linear(5, 5)
    model = (shared >> Relu(5) >> shared).initialize(X=X)
    assert [p.path for p in model.parameters()] == ["0/W", "0/b", "1/W", "1/b"]


# --- use_params -------------------------------------------------------------------------------


def test_use_params_swaps_inside_the_block_only() -> None:
    model = network()
    linear = model.layers[1]
    zeros, before = np.zeros((2, 4), dtype="float32"), linear.get_param("W")
    with model.use_params({(linear.id, "W"): zeros, (10**9, "W"): X}):
        assert linear.get_param("W") is zeros
    assert linear.get_param("W") is before


def test_use_params_restores_after_an_exception() -> None:
    model, log = network(), list[str]()
    model.layers[0].shims.append(RecordingShim(log))
    before = weights(model)
    averages = {(n.id, k): n.get_param(k) * 0 for n in model.walk() for k in n.param_names}
    with pytest.raises(ZeroDivisionError), model.use_params(averages):
        raise ZeroDivisionError
    assert same(weights(model), before)
    assert log == ["in", "out"]


def test_use_params_nests() -> None:
    model = Linear(2, 5).initialize()
    first, one, two = (np.full((2, 5), i, dtype="float32") for i in range(3))
    model.set_param("W", first)
    with model.use_params({(model.id, "W"): one}):
        with model.use_params({(model.id, "W"): two}):
            assert model.get_param("W") is two
        assert model.get_param("W") is one
    assert model.get_param("W") is first


# --- structure and pickle ---------------------------------------------------------------------


def test_replace_callbacks_replaces_forward_and_init() -> None:
    model = Model("m", forward, init=lambda model, X=None, Y=None: None)
    model.replace_callbacks(lambda model, X, is_train: ("new", None))
    assert model.predict(1) == "new"
    assert model.init is None


def test_a_pickled_model_keeps_weights_references_sharing_and_gradients() -> None:
    shared = Linear(5, 5)
    model = (shared >> Relu(5) >> shared).initialize(X=X)
    model.set_ref("shared", shared)
    model.begin_update(X)[1](X)
    twin: Model[Any, Any] = pickle.loads(pickle.dumps(model))
    inner = twin.layers[0]
    assert twin.get_ref("shared") is inner.layers[0] is twin.layers[1]
    assert np.array_equal(twin.predict(X), model.predict(X))
    assert np.array_equal(twin.layers[1].get_grad("W"), shared.get_grad("W"))
    assert {n.id for n in twin.walk()}.isdisjoint(n.id for n in model.walk())


def test_a_pickled_model_goes_on_with_the_dropout_masks_of_the_original() -> None:
    model = Dropout(0.5).initialize(X=X)
    model.begin_update(X)
    twin: Model[Any, Any] = pickle.loads(pickle.dumps(model))
    assert np.array_equal(twin.begin_update(X)[0], model.begin_update(X)[0])


def test_a_pickled_layer_does_not_carry_its_neighbours() -> None:
    model = (Linear(1000) >> Linear(2)).initialize(X=X)
    assert len(pickle.dumps(model.layers[1])) < 4 * 1000 * 2 + 4000


def test_draws_are_numbered_from_0_and_belong_to_the_key() -> None:
    model = Dropout(0.5).initialize(X=X, seed=1)
    key = model.key
    assert [model.next_draw() for _ in range(3)] == [(key, 0), (key, 1), (key, 2)]
    model.initialize(X=X, seed=1)
    assert model.next_draw() == (key, 0)
