"""What must hold for a wrapped module, whatever the framework: the tests of each one say it."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet import SGD, Adam, Linear, Model, Optimizer, Relu, Softmax, with_array
from combinet.errors import BackpropError, DTypeError, LoadError, StructureError
from combinet.testing import LAWS, Case, assert_is_gradient, sample_of
from combinet.types import Floats2d, Ragged

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 4)).astype("float32")
dY = RNG.standard_normal((6, 3)).astype("float32")
Y = RNG.standard_normal((6, 3)).astype("float32")
SKIPPED = {
    "calls_do_not_mix": "a framework runs backward through what it recorded once",
    "seeds_decide_the_weights": "a framework draws the weights of its modules itself",
}

Make = Callable[[], Model[Any, Any]]


def weights(model: Model[Any, Any]) -> dict[str, Any]:
    return {row.path: row.weights.copy() for row in model.parameters()}


def gradients(model: Model[Any, Any]) -> dict[str, Any]:
    return {r.path: None if r.gradient is None else r.gradient.copy() for r in model.parameters()}


def losses(model: Model[Any, Any], optimizer: Any, steps: int = 20) -> list[float]:
    found: list[float] = []
    for _ in range(steps):
        guess, backprop = model.begin_update(X)
        found.append(float(((guess - Y) ** 2).sum()))
        backprop(2 * (guess - Y))
        model.finish_update(optimizer)
    return found


def network(make: Make) -> Model[Any, Any]:
    return (Linear(4, 4) >> make()).initialize(X=X)


def refused(model: Model[Any, Any], data: bytes, match: str) -> None:
    """Loading raises, and nothing changed."""
    before, expected = weights(model), model.predict(X)
    with pytest.raises(LoadError, match=match):
        model.from_bytes(data)
    assert all(np.array_equal(before[path], W) for path, W in weights(model).items())
    assert np.array_equal(model.predict(X), expected)


class WrappedModule:
    """A class of tests: fixtures of each framework give it networks to wrap.

    ``make``: Dense(8, tanh) and Dense(3), wrapped. ``wider``: with 9 in place of 8. ``normed``:
    with batch normalization and dropout between them.
    """

    # --- running ----------------------------------------------------------------------------

    def test_its_gradient_is_right(self, make: Make) -> None:
        assert_is_gradient(make().initialize(X=X), X)

    @pytest.mark.parametrize("law", LAWS)
    def test_law(self, make: Make, law: str) -> None:
        if law in SKIPPED:
            pytest.skip(SKIPPED[law])
        wide = np.zeros((2, 5), "float32")
        case = Case("Wrapper", lambda: make().initialize(X=wide), sample_of(Floats2d), skip=SKIPPED)
        LAWS[law](case)

    def test_gradients_of_two_batches_add_up(self, make: Make) -> None:
        model = make().initialize(X=X)
        model.begin_update(X)[1](dY)
        once = gradients(model)
        model.begin_update(X)[1](dY)
        assert all(np.allclose(2 * once[path], g) for path, g in gradients(model).items())

    def test_without_need_dX_only_the_parameters_get_gradients(self, make: Make) -> None:
        model = make().initialize(X=X)
        other = model.copy()
        model.begin_update(X)[1](dY)
        assert other.begin_update(X, need_dX=False)[1](dY) is None
        mine, theirs = gradients(model), gradients(other)
        assert mine["shim.0/" + next(iter(model.shims[0].tensors()))].any()
        assert all(np.allclose(mine[path], theirs[path], rtol=1e-6) for path in mine)

    def test_other_floats_are_cast_to_the_dtype_of_the_module(self, make: Make) -> None:
        model = make().initialize(X=X)
        guess, backprop = model.begin_update(X.astype("float64"))
        assert guess.dtype == np.float32
        assert backprop(dY.astype("float64")).dtype == np.float32
        assert np.allclose(guess, model.predict(X), rtol=1e-6)

    def test_to_dtype_reaches_the_module(self, make: Make) -> None:
        model = make().initialize(X=X)
        expected = model.predict(X)
        wide = model.to_dtype("float64").predict(X)
        assert wide.dtype == np.float64
        assert np.allclose(wide, expected, rtol=1e-4, atol=1e-6)

    def test_negative_strides_cross(self, make: Make) -> None:
        model = make().initialize(X=X)
        guess, backprop = model.begin_update(X[::-1, ::-1])
        again, expected = model.begin_update(X[::-1, ::-1].copy())
        assert np.array_equal(guess, again)
        assert np.array_equal(backprop(dY[::-1]), expected(dY[::-1].copy()))

    def test_our_containers_are_refused_with_the_combinator_that_helps(self, make: Make) -> None:
        with pytest.raises(DTypeError, match=r"(?s)takes arrays, and got Ragged.*with_array"):
            make().predict(Ragged(X, np.array([2, 4])))

    def test_a_module_that_is_wrapped_twice_is_refused_by_the_first_step(self, make: Make) -> None:
        one, two = make().initialize(X=X), make()
        shim: Any = one.shims[0]
        two.shims[:] = [type(shim)(shim.module)]
        model = (one >> Linear(4, 3) >> two).initialize(X=X)
        model.begin_update(X)[1](dY)
        with pytest.raises(StructureError, match=r"(?s)two layers wrap the same.*wrap it once"):
            model.finish_update(SGD(0.1))

    def test_an_empty_batch_goes_forward_and_back(self, make: Make) -> None:
        model = make().initialize(X=X)
        guess, backprop = model.begin_update(X[:0])
        assert guess.shape == model.predict(X[:0]).shape == (0, 3)
        assert backprop(dY[:0]).shape == (0, 4)

    def test_predict_changes_no_state(self, normed: Make) -> None:
        model = normed().initialize(X=X)
        before = {name: array.copy() for name, array in model.shims[0].tensors().items()}
        model.predict(X)
        after = model.shims[0].tensors()
        assert all(np.array_equal(before[name], after[name]) for name in after)

    def test_training_does_change_the_running_mean(self, normed: Make) -> None:
        model = normed().initialize(X=X)
        before = {name: array.copy() for name, array in model.shims[0].tensors().items()}
        model.begin_update(X)[1](dY)  # in MXNet, it is the backward pass that writes it
        changed = [n for n, a in model.shims[0].tensors().items() if (a != before[n]).any()]
        assert any("mean" in name for name in changed)

    def test_dropout_is_off_in_predict_while_another_thread_trains(self, normed: Make) -> None:
        model = normed().initialize(X=X)
        frozen = model.copy()
        expected, done = frozen.predict(X), threading.Event()
        guesses: list[Any] = []

        def predict() -> None:
            guesses.extend(frozen.predict(X) for _ in range(50))

        def train() -> None:
            while not done.is_set():
                model.begin_update(X)

        trainer = threading.Thread(target=train)
        threads = [threading.Thread(target=predict) for _ in range(3)]
        for thread in (trainer, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        done.set()
        trainer.join()
        assert len(guesses) == 150
        assert all(np.allclose(guess, expected, rtol=1e-5, atol=1e-6) for guess in guesses)

    def test_it_works_inside_combinators(self, make: Make) -> None:
        model = with_array(make()).initialize(X=[X[:2], X[2:]])
        assert [guess.shape for guess in model.predict([X[:2], X[2:]])] == [(2, 3), (4, 3)]

    # --- sizes and errors -------------------------------------------------------------------

    def test_its_sizes_are_found_from_a_sample(self, make: Make) -> None:
        model = make().initialize(X=X)
        assert (model.get_dim("nI"), model.get_dim("nO")) == (4, 3)

    def test_the_next_layer_gets_its_width_from_a_sample(self, make: Make) -> None:
        model = (make() >> Softmax()).initialize(X=X, Y=np.eye(6, 2, dtype="float32"))
        assert model.layers[1].get_dim("nI") == 3
        assert model.predict(X).shape == (6, 2)

    @pytest.mark.parametrize("gradient", [dY[:2], 3.0, [dY]], ids=["rows", "number", "list"])
    def test_a_gradient_that_does_not_fit_is_named(self, make: Make, gradient: Any) -> None:
        backprop = make().initialize(X=X).begin_update(X)[1]
        with pytest.raises(BackpropError, match="does not fit its output"):
            backprop(gradient)

    def test_a_second_backprop_is_refused_with_the_reason(self, make: Make) -> None:
        backprop = make().initialize(X=X).begin_update(X)[1]
        backprop(dY)
        with pytest.raises(BackpropError, match="runs once"):
            backprop(dY)

    def test_backprop_after_predict_is_refused(self, make: Make) -> None:
        backprop = make().initialize(X=X)(X, False)[1]
        with pytest.raises(BackpropError, match="after predict"):
            backprop(dY)

    # --- steps ------------------------------------------------------------------------------

    def test_an_optimizer_that_is_called_for_each_parameter_gives_the_same_steps(
        self, make: Make
    ) -> None:
        model = make().initialize(X=X)
        other, one, two = model.copy(), Adam(0.01), Adam(0.01)
        assert np.allclose(losses(model, one), losses(other, lambda *args: two(*args)))

    def test_an_optimizer_may_return_new_weights(self, make: Make) -> None:
        model = make().initialize(X=X)
        other = model.copy()
        got = losses(model, lambda key, W, dW: (W - 0.01 * dW, dW * 0))
        assert np.allclose(got, losses(other, SGD(0.01, grad_clip=0)), rtol=1e-5)

    def test_freezing_holds_for_foreign_weights(self, make: Make) -> None:
        model = network(make)
        before = weights(model)
        *_, last = model.layers[1].shims[0].tensors()
        model.begin_update(X)[1](dY)
        model.finish_update(Optimizer(0.01, grad_clip=0, freeze=[last]))
        moved = {path: W - before[path] for path, W in weights(model).items()}
        assert not moved.pop(f"1/shim.0/{last}").any()
        assert all(change.any() for change in moved.values())

    def test_a_gradient_is_gone_after_its_step(self, make: Make) -> None:
        model = make().initialize(X=X)
        losses(model, SGD(0.1), 1)
        assert not any(gradient.any() for gradient in gradients(model).values())

    def test_the_state_of_the_optimizer_is_saved_by_path(self, make: Make) -> None:
        model = (Relu(4, 4) >> make()).initialize(X=X)
        optimizer = Adam(0.01)
        losses(model, optimizer, 3)
        other, resumed = model.copy(), Adam(0.01)
        resumed.from_bytes(optimizer.to_bytes({"it": model}), {"it": other})
        assert np.allclose(losses(other, resumed, 3), losses(model, optimizer, 3), rtol=1e-6)

    def test_averages_reach_the_weights(self, make: Make) -> None:
        model, optimizer = make().initialize(X=X), Adam(0.1)
        losses(model, optimizer, 5)
        after, shim = model.predict(X), model.shims[0]
        by_hand = model.copy()
        for row in by_hand.parameters():
            row.weights[...] = optimizer.averages[shim.id, row.path.removeprefix("shim.0/")]
        with model.use_params(optimizer.averages):
            inside = model.predict(X)
        assert np.allclose(inside, by_hand.predict(X))
        assert not np.allclose(inside, after)
        assert np.array_equal(model.predict(X), after)

    def test_use_params_restores_after_an_exception(self, make: Make) -> None:
        model = make().initialize(X=X)
        before, (path, *_) = weights(model), weights(model)
        key = (model.shims[0].id, path.removeprefix("shim.0/"))
        with pytest.raises(ZeroDivisionError), model.use_params({key: before[path] * 0}):
            assert not weights(model)[path].any()
            raise ZeroDivisionError
        assert all(np.array_equal(before[path], W) for path, W in weights(model).items())

    def test_use_params_refuses_another_shape_and_changes_nothing(self, make: Make) -> None:
        model = make().initialize(X=X)
        before, names = weights(model), [path.removeprefix("shim.0/") for path in weights(model)]
        given = {(model.shims[0].id, name): np.zeros((9, 9)) for name in names}
        given[model.shims[0].id, names[0]] = before[f"shim.0/{names[0]}"] * 0
        with pytest.raises(ValueError, match="another shape"), model.use_params(given):
            pass
        assert all(np.array_equal(before[path], W) for path, W in weights(model).items())

    def test_what_is_written_into_the_arrays_reaches_the_module(self, make: Make) -> None:
        model = make().initialize(X=X)
        for row in model.parameters():
            row.weights[...] = 0  # and is dropped before the module runs
        assert not model.predict(X).any()

    def test_arrays_that_are_kept_follow_the_module(self, make: Make) -> None:
        model = make().initialize(X=X)
        rows = list(model.parameters())
        losses(model, SGD(0.1), 2)
        assert all(
            np.array_equal(row.weights, W)
            for row, W in zip(rows, weights(model).values(), strict=True)
        )

    def test_arrays_that_are_kept_follow_what_is_loaded(self, make: Make) -> None:
        model, other = make().initialize(X=X), make().initialize(X=X)
        rows = list(model.parameters())
        model.from_bytes(other.to_bytes())
        loaded = weights(model)
        assert all(np.array_equal(row.weights, loaded[row.path]) for row in rows)
        assert np.array_equal(model.predict(X), other.predict(X))

    # --- files and copies -------------------------------------------------------------------

    def test_a_network_with_other_weights_predicts_the_same_after_loading(
        self, normed: Make, tmp_path: Any
    ) -> None:
        model, other = network(normed), network(normed)
        for _ in range(3):
            model.begin_update(X)[1](dY)
        expected = model.predict(X)
        assert not np.allclose(other.predict(X), expected)
        model.to_disk(tmp_path / "it")
        assert np.array_equal(other.from_disk(tmp_path / "it").predict(X), expected)

    def test_files_hold_json_and_tensors_to_the_last_byte(self, make: Make) -> None:
        model = network(make)
        data = model.to_bytes()
        start = 8 + int.from_bytes(data[:8], "little")
        json.loads(data[8:start])
        assert len(data) - start == sum(W.nbytes for W in weights(model).values())

    def test_a_module_made_anew_has_the_same_names(self, make: Make) -> None:
        assert list(weights(network(make))) == list(weights(network(make)))

    def test_equal_modules_give_equal_bytes(self, make: Make) -> None:
        model = network(make)
        assert network(make).from_bytes(model.to_bytes()).to_bytes() == model.to_bytes()

    @pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.99])
    def test_a_truncated_file_is_refused(self, make: Make, part: float) -> None:
        data = network(make).to_bytes()
        refused(network(make), data[: int(part * len(data))], "file")

    def test_a_file_with_a_flipped_bit_is_refused(self, make: Make) -> None:
        data, rng, model = network(make).to_bytes(), np.random.default_rng(0), network(make)
        for position in rng.integers(0, len(data), 100):
            flipped = bytearray(data)
            flipped[position] ^= 1 << int(rng.integers(8))
            with pytest.raises(LoadError):
                model.from_bytes(bytes(flipped))

    def test_the_file_of_a_wider_module_is_refused_with_every_difference(
        self, make: Make, wider: Make
    ) -> None:
        model = network(make)
        refused(model, network(wider).to_bytes(), r"shape .* here, .*9.* in the file")
        with pytest.raises(LoadError) as raised:
            model.from_bytes(network(wider).to_bytes())
        assert str(raised.value).count("shape (") == 3

    def test_the_file_of_a_module_with_other_layers_is_refused(
        self, make: Make, normed: Make
    ) -> None:
        refused(network(make), network(normed).to_bytes(), "mean' of the file is unexpected")

    def test_the_shim_itself_refuses_what_does_not_fit(self, make: Make) -> None:
        shim = make().initialize(X=X).shims[0]
        before = {name: array.copy() for name, array in shim.tensors().items()}
        first, second, *_ = before
        given = {**before, second: np.zeros(99, "float32"), "new": np.zeros(1)}
        given[first] = before[first].astype("float64")
        with pytest.raises(LoadError, match="3 differences") as raised:
            shim.load_tensors(given)
        assert all(name in str(raised.value) for name in (first, second, "new"))
        assert all(np.array_equal(before[n], array) for n, array in shim.tensors().items())

    def test_a_copy_has_weights_and_an_id_of_its_own(self, normed: Make) -> None:
        model = network(normed)
        expected, twin = model.predict(X), model.copy()
        assert np.array_equal(twin.predict(X), expected)
        twin.begin_update(X)
        for row in twin.parameters():
            row.weights[...] += 1
        assert np.array_equal(model.predict(X), expected)
        assert not np.array_equal(twin.predict(X), expected)
        assert twin.layers[1].shims[0].id != model.layers[1].shims[0].id

    def test_a_pickled_network_predicts_the_same(self, normed: Make) -> None:
        model = network(normed)
        twin = pickle.loads(pickle.dumps(model))
        assert np.array_equal(twin.predict(X), model.predict(X))
        twin.begin_update(X)[1](dY)
