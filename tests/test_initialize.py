"""initialize(): seeds, data for nodes without a rule, and that a failure changes nothing."""

from __future__ import annotations

import copy
import threading
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.errors import DimError, ShapeError
from combinet.initializers import glorot_uniform_init
from combinet.layers.dropout import Dropout
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.model import Model, Weight
from combinet.rng import fix_random_seed

from .thinc_style import Visit, multiply, run_all, thinc_layer

X = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
Y = np.zeros((6, 2), dtype="float32")


def network() -> Model[Any, Any]:
    return chain(Relu(4), Dropout(0.1), Linear(3))


def weights(model: Model[Any, Any]) -> list[Any]:
    return [p.weights.copy() for p in model.parameters()]


def same(one: list[Any], two: list[Any]) -> bool:
    return len(one) == len(two) > 0 and all(map(np.array_equal, one, two))


def state(model: Model[Any, Any]) -> Any:
    """Everything that initialize() may change."""
    return copy.deepcopy(
        [(n._dims, n._origins, n._params, n._grads, n.key, n._draws) for n in model.walk()]
    )


# --- seeds ------------------------------------------------------------------------------------


def test_equal_seeds_give_equal_weights_and_others_give_others() -> None:
    one, two, other = (network().initialize(X=X, seed=s) for s in (1, 1, 2))
    assert same(weights(one), weights(two))
    assert not np.array_equal(weights(one)[0], weights(other)[0])


def test_no_other_model_and_no_other_generator_changes_the_weights() -> None:
    reference = weights(network().initialize(X=X, seed=1))
    np.random.rand(100)  # noqa: NPY002
    network().initialize(X=X)
    [Linear() for _ in range(10)]
    assert same(weights(network().initialize(X=X, seed=1)), reference)


def test_after_fix_random_seed_the_nth_model_gets_the_same_weights_again() -> None:
    def three() -> list[list[Any]]:
        fix_random_seed(5)
        return [weights(network().initialize(X=X)) for _ in range(3)]

    first, again = three(), three()
    assert all(same(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0][0], first[1][0])


def test_a_model_seeded_by_hand_does_not_shift_the_count() -> None:
    fix_random_seed(5)
    reference = weights(network().initialize(X=X))
    fix_random_seed(5)
    network().initialize(X=X, seed=9)
    assert same(weights(network().initialize(X=X)), reference)


def test_weights_do_not_depend_on_the_sample_but_on_its_width() -> None:
    one = network().initialize(X=X, seed=1)
    two = network().initialize(X=X[:0] * 2, seed=1)
    given = chain(Relu(4, 5), Dropout(0.1), Linear(3)).initialize(seed=1)
    assert same(weights(one), weights(two))
    assert same(weights(one), weights(given))


def test_equal_layers_at_different_places_get_different_weights() -> None:
    model = chain(Linear(5), Linear(5)).initialize(X=X, seed=1)
    W, _, V, _ = weights(model)
    assert not np.array_equal(W, V)


def test_models_initialized_in_threads_get_the_weights_of_the_serial_run() -> None:
    reference = [weights(network().initialize(X=X, seed=s)) for s in range(8)]
    found: dict[int, list[Any]] = {}

    def run(seed: int) -> None:
        found[seed] = weights(network().initialize(X=X, seed=seed))

    threads = [threading.Thread(target=run, args=(s,)) for s in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(same(found[s], reference[s]) for s in range(8))


def test_thinc_style_layers_draw_from_the_seed_too() -> None:
    def made(seed: int) -> list[Any]:
        return weights(thinc_layer([], nO=3).initialize(X=X, seed=seed))

    assert same(made(1), made(1))
    assert not same(made(1), made(2))


# --- what it makes ----------------------------------------------------------------------------


def test_parameters_are_contiguous_float32_in_thincs_layout() -> None:
    model = network().initialize(X=X.astype("float64"))
    for parameter, shape in zip(model.parameters(), [(4, 5), (4,), (3, 4), (3,)], strict=True):
        assert parameter.weights.shape == shape
        assert parameter.weights.dtype == np.float32
        assert parameter.weights.flags.c_contiguous  # type: ignore[attr-defined]


def test_initialize_returns_the_model_and_again_makes_new_parameters_without_gradients() -> None:
    model = network()
    assert model.initialize(X=X) is model
    before = weights(model)
    model.begin_update(X)[1](np.ones((6, 3), dtype="float32"))
    model.initialize(X=X)
    assert not np.array_equal(weights(model)[0], before[0])
    assert all(p.gradient is None for p in model.parameters())


def test_an_initializer_that_makes_another_shape_is_named() -> None:
    def transposed(ops: Any, shape: tuple[int, ...]) -> Any:
        return np.zeros(shape[::-1], dtype="float32")

    with pytest.raises(ShapeError, match="the initializer of 'W' made") as caught:
        chain(Relu(4), Linear(3, init_W=transposed)).initialize(X=X)
    assert caught.value.facts["parameter"] == "1/W"


def test_a_shape_may_be_a_function_of_the_node() -> None:
    double = Weight(glorot_uniform_init, shape_of=lambda node: (2 * node.get_dim("nO"), 3))
    model = Model("m", multiply, dims={"nO": 4}, params={"W": double})
    assert model.initialize().get_param("W").shape == (8, 3)


# --- all or nothing ---------------------------------------------------------------------------


def fails(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("model", "sample", "error"),
    [
        (chain(Relu(4), Linear()), X, DimError),
        (chain(Relu(4), Linear(2, 7)), X, DimError),
        (chain(Relu(4), Model("bad", run_all, init=fails)), X, ZeroDivisionError),
        (chain(thinc_layer([], nO=3), Linear()), X, DimError),
        (chain(Model("bad", run_all, init=fails), thinc_layer([], nO=3)), X, ZeroDivisionError),
        (
            chain(thinc_layer([], nO=3), Relu(2), Model("bad", run_all, init=fails)),
            X,
            ZeroDivisionError,
        ),
    ],
)
def test_a_failure_changes_nothing(model: Model[Any, Any], sample: Any, error: Any) -> None:
    before = state(model)
    forwards = [node._func for node in model.walk()]
    with pytest.raises(error):
        model.initialize(X=sample)
    assert repr(state(model)) == repr(before)
    assert [node._func for node in model.walk()] == forwards


def test_a_failure_takes_back_what_an_init_wrote_into_attributes() -> None:
    def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
        model.attrs["mean"] = X.mean()

    model = chain(Model("scaler", run_all, init=init, attrs={"kept": 1}), Linear())
    live = model.layers[0].attrs
    with pytest.raises(DimError):
        model.initialize(X=X)
    assert model.layers[0].attrs is live
    assert live == {"kept": 1}


def test_without_data_and_with_an_open_size_nothing_is_made() -> None:
    with pytest.raises(DimError, match=r"open: nI \(linear\)"):
        Linear(2).initialize()


def test_a_failed_second_initialization_leaves_the_trained_weights() -> None:
    model = network().initialize(X=X, seed=1)
    model.begin_update(X)[1](np.ones((6, 3), dtype="float32"))
    before, predicted = state(model), model.predict(X)
    with pytest.raises(DimError):
        model.initialize(X=X[:, :3], seed=2)
    assert repr(state(model)) == repr(before)
    assert np.array_equal(model.predict(X), predicted)


def test_a_failure_does_not_disturb_the_next_initialization() -> None:
    reference = weights(network().initialize(X=X, seed=1))
    with pytest.raises(DimError):
        chain(Relu(), Linear()).initialize(X=X, seed=1)
    assert same(weights(network().initialize(X=X, seed=1)), reference)


# --- check ------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", [None, X])
@pytest.mark.parametrize("target", [None, Y])
def test_check_changes_nothing(sample: Any, target: Any) -> None:
    log: list[Visit] = []
    for model in (chain(Relu(4), Linear()), chain(Relu(), thinc_layer(log), Linear())):
        before = state(model)
        model.check(X=sample, Y=target)
        assert repr(state(model)) == repr(before)
    assert log == []


def test_check_says_sizes_open_dims_opaque_nodes_and_both_ends() -> None:
    said = chain(Relu(4), thinc_layer([]), Linear()).check(X=X, Y=Y)
    assert said.sizes["0"] == {"nO": 4, "nI": 5}
    assert said.open == ["2/nI (linear)"]
    assert said.opaque == ["1"]
    assert (str(said.x), str(said.y)) == (
        "an array of floats (n, 5)",
        "an array of floats (n, 2)",
    )
    assert not said


def test_check_is_true_when_nothing_is_left_open() -> None:
    assert chain(Relu(4), Linear()).check(X=X, Y=Y)
    assert not chain(Relu(4), Linear()).check(X=X)
    assert repr(chain(Relu(4), Linear()).check(X=X)).endswith("open: 1/nO (linear)")


def test_parameters_are_float32_whatever_numbers_an_initializer_gives() -> None:
    def ones(ops: Any, shape: tuple[int, ...]) -> Any:
        return np.ones(shape)

    model = Linear(3, 5, init_W=ones).initialize()
    assert {p.weights.dtype.name for p in model.parameters()} == {"float32"}
    assert model.predict(X).dtype == "float32"
