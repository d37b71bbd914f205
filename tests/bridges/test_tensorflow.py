"""TensorFlowWrapper. Skipped without TensorFlow: ``python -m tests.frameworks tf`` runs it."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="python -m tests.frameworks tf runs these")

import keras
import tensorflow as tf

from combinet import Model, Relu, Softmax, chain, registry
from combinet.bridges import TensorFlowShim, TensorFlowWrapper, keras_subclass
from combinet.errors import BackpropError, CombinetError, DimError, DTypeError, SaveError
from combinet.types import ArgsKwargs

from . import framework_cases as cases
from .framework_cases import Make, X, dY, gradients, losses, weights

SGD = cases.SGD
IDS = np.array([1, 2, 3, 1, 0, 9])


def dense(*layers: Any) -> Model[Any, Any]:
    return TensorFlowWrapper(keras.Sequential(list(layers)))


def mlp(width: int = 8) -> Model[Any, Any]:
    """Keras draws the weights itself, not our initialize."""
    return dense(keras.layers.Dense(width, activation="tanh"), keras.layers.Dense(3))


class TestTensorFlow(cases.WrappedModule):
    """What holds in every framework."""

    @pytest.fixture
    def make(self) -> Make:
        return mlp

    @pytest.fixture
    def wider(self) -> Make:
        return lambda: mlp(9)

    @pytest.fixture
    def normed(self) -> Make:
        return lambda: dense(
            keras.layers.Dense(8),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3),
        )


@keras.saving.register_keras_serializable("tests")
class Mixed(keras.layers.Layer):
    """Ids and floats in; several tensors out."""

    def __init__(self, form: str = "tuple", **options: Any) -> None:
        super().__init__(**options)
        self.form = form
        self.table, self.linear = keras.layers.Embedding(10, 4), keras.layers.Dense(3)

    def call(self, ids: Any, rows: Any) -> Any:
        hidden = self.table(ids) + rows
        logits = self.linear(hidden)
        best = tf.argmax(logits, 1)
        if self.form == "dict":
            return {"hidden": hidden, "logits": logits, "best": best}
        return hidden, logits, best


@keras_subclass("two dense.v1", input_shape=(4,))
class TwoDense(keras.Model):
    def __init__(self, width: int, names: list[str] = []) -> None:  # noqa: B006
        super().__init__()
        self.one, self.two = (keras.layers.Dense(width) for _ in range(2))

    def call(self, inputs: Any) -> Any:
        return self.two(self.one(inputs))


def test_it_is_registered() -> None:
    assert registry.layers.get("TensorFlowWrapper.v1") is TensorFlowWrapper


def test_it_predicts_what_the_module_gives() -> None:
    model = mlp().initialize(X=X)
    assert np.array_equal(model.predict(X), model.shims[0].module(X).numpy())  # type: ignore[attr-defined]


def test_backprop_gives_the_gradients_of_a_tape() -> None:
    model = mlp().initialize(X=X)
    module: Any = model.shims[0].module  # type: ignore[attr-defined]
    dX = model.begin_update(X)[1](dY)
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        guess = module(x, training=True)
    sources = [x, *(v.value for v in module.trainable_variables)]
    expected = tape.gradient(guess, sources, tf.constant(dY))
    assert np.array_equal(dX, expected[0])
    assert all(map(np.array_equal, gradients(model).values(), expected[1:]))


def test_without_need_dX_the_tape_is_not_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    gradient = tf.GradientTape.gradient

    def spy(tape: Any, target: Any, sources: Any, output_gradients: Any) -> Any:
        asked.append(len(sources))
        return gradient(tape, target, sources, output_gradients)

    monkeypatch.setattr(tf.GradientTape, "gradient", spy)
    model = mlp().initialize(X=X)
    model.begin_update(X)[1](dY)
    model.begin_update(X, need_dX=False)[1](dY)
    assert asked == [5, 4]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd_takes_the_steps_of_keras_own(momentum: float) -> None:
    model = mlp().initialize(X=X)
    bare: Any = model.copy().shims[0].module  # type: ignore[attr-defined]
    optimizer, expected = keras.optimizers.SGD(0.01, momentum=momentum), []
    for _ in range(20):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((bare(X, training=True) - cases.Y) ** 2)
        expected.append(float(loss))
        found = tape.gradient(loss, [v.value for v in bare.trainable_variables])
        optimizer.apply(found, bare.trainable_variables)
    got = losses(model, SGD(0.01, momentum=momentum, grad_clip=0))
    assert np.abs(np.subtract(got, expected)).max() < 1e-6 * got[0]
    assert got[-1] < 0.7 * got[0]


def test_an_optimizer_of_keras_may_take_the_steps() -> None:
    def make(optimizer: Any) -> Model[Any, Any]:
        return TensorFlowWrapper(keras.Sequential([keras.layers.Dense(3)]), optimizer=optimizer)

    model = make(keras.optimizers.SGD(0.01)).initialize(X=X)
    plain = make(None).initialize(X=X)
    plain.shims[0].load_tensors(model.shims[0].tensors())
    expected = losses(plain, SGD(0.01, grad_clip=0))
    twin = model.copy()
    assert list(model.parameters()) == []
    assert np.allclose(losses(model, SGD(0.5)), expected, rtol=1e-5)
    assert np.allclose(losses(twin, SGD(0.5)), expected, rtol=1e-5)


def test_a_weight_that_was_assigned_elsewhere_stays_there() -> None:
    """TensorFlow lets both variables have one memory: it must not be written in place."""
    model = mlp().initialize(X=X)
    kernel: Any = model.shims[0].module.variables[0]  # type: ignore[attr-defined]
    target = tf.Variable(tf.zeros(kernel.shape))
    target.assign(kernel.value)
    before = target.numpy()
    losses(model, SGD(0.1), 2)
    assert not np.array_equal(kernel.numpy(), before)
    assert np.array_equal(target.numpy(), before)


# --- inputs and outputs -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "inputs",
    [(IDS, X), [IDS, X], {"ids": IDS, "rows": X}, ArgsKwargs((IDS,), {"rows": X})],
    ids=["tuple", "list", "dict", "ArgsKwargs"],
)
def test_ids_beside_floats_train_and_the_gradient_has_the_form_of_the_input(inputs: Any) -> None:
    model = TensorFlowWrapper(Mixed())
    Y, backprop = model.begin_update(inputs)
    assert Y[2].dtype == np.int64
    dX = backprop((Y[0], Y[1], None))
    assert type(dX) is type(inputs)
    d_ids, d_rows = dX.values() if hasattr(dX, "values") else dX
    assert not d_ids.any()
    assert d_ids.shape == IDS.shape
    assert np.abs(d_rows).min() > 0


def test_outputs_may_be_a_dict_and_some_gradients_left_out() -> None:
    model = TensorFlowWrapper(Mixed("dict"))
    Y, backprop = model.begin_update((IDS, X))
    dX = backprop({"logits": np.ones_like(Y["logits"])})[1]
    flat = model.copy()
    flat.shims[0].module.form = "tuple"  # type: ignore[attr-defined]
    expected = flat.begin_update((IDS, X))[1]((None, np.ones_like(Y["logits"]), None))[1]
    assert {type(array) for array in Y.values()} == {np.ndarray}
    assert np.array_equal(dX, expected)


def test_a_gradient_of_an_unknown_output_is_named() -> None:
    backprop = TensorFlowWrapper(Mixed("dict")).begin_update((IDS, X))[1]
    with pytest.raises(BackpropError, match="form of the output"):
        backprop({"logit": dY})


def test_only_ids_train_as_well() -> None:
    model = TensorFlowWrapper(keras.layers.Embedding(10, 3))
    assert not model.begin_update(IDS)[1](dY).any()
    assert np.allclose(gradients(model)["shim.0/embeddings"][1], dY[0] + dY[3])


def test_a_weight_that_the_output_does_not_need_has_no_gradient() -> None:
    model = TensorFlowWrapper(Mixed())
    Y, backprop = model.begin_update((IDS, X))
    backprop((Y[0], None, None))
    found = gradients(model)
    assert found["shim.0/embedding.embeddings"].any()
    assert found["shim.0/dense.kernel"] is None


def test_frozen_layers_are_not_trained_nor_in_a_copy() -> None:
    model = mlp().initialize(X=X)
    model.shims[0].module.layers[0].trainable = False  # type: ignore[attr-defined]
    assert list(weights(model)) == list(weights(model.copy())) == [
        "shim.0/dense_1.kernel", "shim.0/dense_1.bias"
    ]  # fmt: skip


def test_what_is_frozen_inside_a_subclass_is_frozen_in_a_copy() -> None:
    model = TensorFlowWrapper(TwoDense(5)).initialize(X=X)
    model.shims[0].module.one.trainable = False  # type: ignore[attr-defined]
    assert len(weights(model)) == len(weights(model.copy())) == 2


def test_own_converters_are_called_with_the_model_and_the_training_flag() -> None:
    seen: list[tuple[str, bool]] = []

    def inputs(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        seen.append((model.name, is_train))
        return ArgsKwargs((tf.constant(X * 2),), {}), lambda dXt: dXt.args[0].numpy() * 2

    def outputs(model: Model[Any, Any], X_Yt: Any, is_train: bool) -> Any:
        seen.append((model.name, is_train))
        return X_Yt[1].numpy() * 3, lambda dY: tf.constant(dY * 3)

    plain = mlp().initialize(X=X)
    module: Any = plain.shims[0].module  # type: ignore[attr-defined]
    model = TensorFlowWrapper(module, inputs, outputs, model_name="mine")
    Y, backprop = model.begin_update(X)
    assert seen == [("mine", True)] * 2
    assert np.allclose(Y, 3 * plain.predict(2 * X), rtol=1e-5)
    assert np.allclose(backprop(dY), 6 * plain.begin_update(2 * X)[1](dY), rtol=1e-5)


def test_something_that_is_no_model_of_keras_is_refused() -> None:
    with pytest.raises(DTypeError, match="a model of Keras is wanted, got function"):
        TensorFlowWrapper(lambda x: x)


# --- sizes and names --------------------------------------------------------------------------


def test_a_model_that_knows_its_sizes_needs_no_sample() -> None:
    module = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])
    model = chain(Relu(), TensorFlowWrapper(module), Softmax(2)).initialize(X=X)
    assert (model.layers[0].get_dim("nO"), model.layers[2].get_dim("nI")) == (4, 3)
    assert not model.check().opaque


def test_a_model_that_knows_its_sizes_refuses_others_before_it_runs() -> None:
    module = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])
    with pytest.raises(DimError, match="9"):
        (Relu(9) >> TensorFlowWrapper(module)).initialize()


def test_ids_leave_the_width_of_the_input_open() -> None:
    inputs = keras.Input((7,), dtype="int32")
    outputs = keras.layers.Embedding(10, 3)(inputs)
    model = TensorFlowWrapper(keras.Model(inputs, outputs))
    assert model.maybe_get_dim("nI") is None
    assert model.get_dim("nO") == 3


def test_a_model_that_is_not_built_is_refused_at_save() -> None:
    with pytest.raises(SaveError, match="not made yet"):
        mlp().to_bytes()


def test_names_number_the_layers_of_one_parent() -> None:
    def block() -> Any:
        return keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(2)])

    model = dense(block(), block(), keras.layers.LayerNormalization()).initialize(X=X)
    assert [path.removeprefix("shim.0/") for path in weights(model)] == [
        "sequential.dense.kernel",
        "sequential.dense.bias",
        "sequential.dense_1.kernel",
        "sequential.dense_1.bias",
        "sequential_1.dense.kernel",
        "sequential_1.dense.bias",
        "sequential_1.dense_1.kernel",
        "sequential_1.dense_1.bias",
        "layer_normalization.gamma",
        "layer_normalization.beta",
    ]


def test_a_layer_that_is_used_twice_is_one_parameter() -> None:
    layer, inputs = keras.layers.Dense(4), keras.Input((4,))
    model = TensorFlowWrapper(keras.Model(inputs, layer(layer(inputs))))
    assert list(weights(model)) == ["shim.0/dense.kernel", "shim.0/dense.bias"]


def test_bfloat16_is_saved_bit_by_bit_and_stepped_in_float32() -> None:
    def make() -> Model[Any, Any]:
        return dense(keras.layers.Dense(3, dtype="bfloat16")).initialize(X=X)

    model, other = make(), make()
    expected = model.predict(X)
    assert {array.dtype.name for array in weights(model).values()} == {"float32"}
    assert {array.dtype.name for array in model.shims[0].tensors().values()} == {"uint16"}
    assert np.array_equal(other.from_bytes(model.to_bytes()).predict(X), expected)
    losses(model, SGD(0.1), 1)
    assert not np.array_equal(model.predict(X), expected)


# --- classes of their own ---------------------------------------------------------------------


def test_a_subclass_is_copied_and_pickled_with_its_arguments() -> None:
    model = TensorFlowWrapper(TwoDense(5)).initialize(X=X)
    expected = model.predict(X)
    for twin in (model.copy(), pickle.loads(pickle.dumps(model))):
        assert np.array_equal(twin.predict(X), expected)


def test_a_subclass_may_be_inside_another_model_and_in_float64() -> None:
    model = dense(TwoDense(5), keras.layers.Dense(3)).initialize(X=X)
    assert np.array_equal(model.copy().predict(X), model.predict(X))
    cases.assert_is_gradient(model, X)


def test_a_subclass_can_be_compiled_when_it_is_made_again() -> None:
    kind = keras_subclass("compiled.v1", X=X, compile_args={"loss": "mse"})(
        type("Compiled", (TwoDense,), {})
    )
    twin: Any = TensorFlowWrapper(kind(5)).initialize(X=X).copy().shims[0]
    assert isinstance(twin, TensorFlowShim)
    assert twin.module.loss == "mse"


def test_a_class_made_of_a_decorated_one_has_to_be_decorated_too() -> None:
    class Wider(TwoDense):
        def __init__(self, width: int) -> None:
            super().__init__(2 * width)

    model = TensorFlowWrapper(Wider(2)).initialize(X=X)
    with pytest.raises(CombinetError, match="keras_subclass"):
        model.copy()


def test_a_class_that_cannot_be_made_again_says_what_to_do() -> None:
    class Plain(keras.Model):
        def __init__(self, table: Any) -> None:
            super().__init__()
            self.layer = keras.layers.Dense(len(table))

        def call(self, inputs: Any) -> Any:
            return self.layer(inputs)

    model = TensorFlowWrapper(Plain({1: 2})).initialize(X=X)
    with pytest.raises(CombinetError, match="keras_subclass"):
        model.copy()
