"""MXNetWrapper. Skipped without MXNet: ``python -m tests.frameworks mxnet`` runs it."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

if importlib.util.find_spec("mxnet") is None:  # importorskip would import it, and fail on NumPy 2
    pytest.skip("python -m tests.frameworks mxnet runs these", allow_module_level=True)

from combinet import Model, registry
from combinet.bridges import MXNetWrapper
from combinet.bridges._mxnet_import import import_mxnet, supplied_names
from combinet.errors import BackpropError, DTypeError, SaveError
from combinet.types import ArgsKwargs

from . import framework_cases as cases
from .framework_cases import Make, X, dY, gradients, losses, weights

mx = import_mxnet()
nn = mx.gluon.nn
SGD = cases.SGD
IDS = np.array([1, 2, 3, 1, 0, 9])


def block(*layers: Any) -> Any:
    made = nn.HybridSequential()
    made.add(*layers)
    made.initialize(mx.init.Xavier())
    return made


def mlp(width: int = 8) -> Model[Any, Any]:
    return MXNetWrapper(block(nn.Dense(width, activation="tanh"), nn.Dense(3)))


class TestMXNet(cases.WrappedModule):
    """What holds in every framework."""

    @pytest.fixture
    def make(self) -> Make:
        return mlp

    @pytest.fixture
    def wider(self) -> Make:
        return lambda: mlp(9)

    @pytest.fixture
    def normed(self) -> Make:
        return lambda: MXNetWrapper(
            block(nn.Dense(8), nn.BatchNorm(), nn.Dropout(0.5), nn.Dense(3))
        )


class Mixed(mx.gluon.Block):  # type: ignore[misc, name-defined]
    """Ids and floats in; several NDArrays out."""

    def __init__(self) -> None:
        super().__init__()
        with self.name_scope():
            self.table, self.linear = nn.Embedding(10, 4), nn.Dense(3)

    def forward(self, ids: Any, rows: Any) -> Any:
        hidden = self.table(ids) + rows
        logits = self.linear(hidden)
        return hidden, logits, logits.argmax(axis=1)


def mixed() -> Model[Any, Any]:
    made = Mixed()
    made.initialize()
    return MXNetWrapper(made)


def test_it_is_registered() -> None:
    assert registry.layers.get("MXNetWrapper.v1") is MXNetWrapper


def test_numpy_has_no_more_names_than_before() -> None:
    with supplied_names() as lacking:
        assert "bool" in lacking or "PZERO" in lacking
        assert all(hasattr(np, name) for name in lacking)
    assert set(lacking).isdisjoint(vars(np))


def test_a_function_that_numpy_dropped_says_so_when_it_is_called() -> None:
    with supplied_names() as lacking:
        if "alltrue" not in lacking:
            pytest.skip("this NumPy still has it")
        gone = vars(np)["alltrue"]
    with pytest.raises(AttributeError, match=r"mxnet.numpy.alltrue is NumPy's"):
        gone([True])


def test_it_predicts_what_the_block_gives() -> None:
    model = mlp().initialize(X=X)
    assert np.array_equal(model.predict(X), model.shims[0].module(mx.nd.array(X)).asnumpy())  # type: ignore[attr-defined]


def test_backprop_gives_the_gradients_of_autograd() -> None:
    model = mlp().initialize(X=X)
    module: Any = model.shims[0].module  # type: ignore[attr-defined]
    dX = model.begin_update(X)[1](dY)
    got = gradients(model)
    x = mx.nd.array(X)
    x.attach_grad()
    with mx.autograd.record():
        guess = module(x)
    guess.backward(mx.nd.array(dY))
    named = module._collect_params_with_prefix()
    assert np.array_equal(dX, x.grad.asnumpy())
    assert all(np.array_equal(got[f"shim.0/{n}"], p.grad().asnumpy()) for n, p in named.items())


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd_takes_the_steps_of_gluons_own(momentum: float) -> None:
    model = mlp().initialize(X=X)
    bare: Any = model.copy().shims[0].module  # type: ignore[attr-defined]
    options = {"learning_rate": 0.01, "momentum": momentum}
    trainer, expected = mx.gluon.Trainer(bare.collect_params(), "sgd", options), []
    for _ in range(20):
        with mx.autograd.record():
            loss = ((bare(mx.nd.array(X)) - mx.nd.array(cases.Y)) ** 2).sum()
        expected.append(float(loss.asscalar()))
        loss.backward()
        trainer.step(1)
    got = losses(model, SGD(0.01, momentum=momentum, grad_clip=0))
    assert np.abs(np.subtract(got, expected)).max() < 1e-6 * got[0]
    assert got[-1] < 0.7 * got[0]


def test_a_hybridized_block_runs_and_is_copied() -> None:
    model = mlp().initialize(X=X)
    expected = model.predict(X)
    model.shims[0].module.hybridize()  # type: ignore[attr-defined]
    assert np.allclose(model.predict(X), expected, rtol=1e-6)
    assert np.allclose(model.copy().predict(X), expected, rtol=1e-6)


# --- inputs and outputs -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "inputs",
    [(IDS, X), [IDS, X], ArgsKwargs((IDS, X), {})],
    ids=["tuple", "list", "ArgsKwargs"],
)
def test_ids_beside_floats_train_and_the_gradient_has_the_form_of_the_input(inputs: Any) -> None:
    model = mixed().initialize(X=inputs)
    Y, backprop = model.begin_update(inputs)
    dX = backprop((Y[0], Y[1], None))
    assert type(dX) is type(inputs)
    d_ids, d_rows = dX.values() if hasattr(dX, "values") else dX
    assert not d_ids.any()
    assert d_ids.shape == IDS.shape
    assert np.abs(d_rows).min() > 0


def test_the_gradient_of_one_output_alone() -> None:
    model = mixed().initialize(X=(IDS, X))
    ones = np.ones((6, 4), "float32")
    dX = model.begin_update((IDS, X))[1]((ones, None, None))[1]
    found = gradients(model)
    assert np.array_equal(dX, ones)
    assert found["shim.0/table.weight"].any()
    assert not found["shim.0/linear.weight"].any()


def test_a_weight_that_the_output_does_not_need_keeps_the_gradient_it_had() -> None:
    model = mixed().initialize(X=(IDS, X))
    hidden, logits, _ = model.predict((IDS, X))
    model.begin_update((IDS, X))[1]((None, np.ones_like(logits), None))
    before = gradients(model)["shim.0/linear.weight"]
    model.begin_update((IDS, X))[1]((np.ones_like(hidden), None, None))
    assert before.any()
    assert np.array_equal(gradients(model)["shim.0/linear.weight"], before)


def test_gradients_that_do_not_match_several_outputs_are_named() -> None:
    backprop = mixed().initialize(X=(IDS, X)).begin_update((IDS, X))[1]
    with pytest.raises(BackpropError, match="form of the output"):
        backprop((dY,))


def test_only_ids_train_as_well() -> None:
    model = MXNetWrapper(block(nn.Embedding(10, 3)))
    assert not model.begin_update(IDS)[1](dY).any()
    assert np.allclose(gradients(model)["shim.0/0.weight"][1], dY[0] + dY[3])


def test_a_sparse_gradient_is_made_dense() -> None:
    model = MXNetWrapper(block(nn.Embedding(10, 3, sparse_grad=True)))
    for _ in range(2):
        model.begin_update(IDS)[1](dY)
    assert np.allclose(gradients(model)["shim.0/0.weight"][1], 2 * (dY[0] + dY[3]))


def test_frozen_parameters_are_not_trained_and_saved_all_the_same() -> None:
    model = mlp().initialize(X=X)
    model.shims[0].module[0].collect_params().setattr("grad_req", "null")  # type: ignore[attr-defined]
    assert list(weights(model)) == ["shim.0/1.weight", "shim.0/1.bias"]
    assert len(model.shims[0].tensors()) == 4
    assert model.begin_update(X)[1](dY).any()


def test_own_converters_are_called_with_the_model_and_the_training_flag() -> None:
    seen: list[tuple[str, bool]] = []

    def inputs(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        seen.append((model.name, is_train))
        return ArgsKwargs((mx.nd.array(X * 2),), {}), lambda dXt: dXt.args[0].asnumpy() * 2

    def outputs(model: Model[Any, Any], X_Yt: Any, is_train: bool) -> Any:
        seen.append((model.name, is_train))
        return X_Yt[1].asnumpy() * 3, lambda dY: mx.nd.array(dY * 3)

    plain = mlp().initialize(X=X)
    module: Any = plain.shims[0].module  # type: ignore[attr-defined]
    model = MXNetWrapper(module, inputs, outputs, model_name="mine")
    Y, backprop = model.begin_update(X)
    assert seen == [("mine", True)] * 2
    assert np.allclose(Y, 3 * plain.predict(2 * X), rtol=1e-5)
    assert np.allclose(backprop(dY), 6 * plain.begin_update(2 * X)[1](dY), rtol=1e-5)


def test_a_gradient_in_float16_is_gathered_and_stepped_in_float32() -> None:
    made = block(nn.LayerNorm())  # a Dense in float16 runs on GPUs only
    made.cast("float16")
    model = MXNetWrapper(made).initialize(X=X)
    guess, backprop = model.begin_update(X)
    assert (guess.dtype, backprop(X).dtype) == (np.float32, np.float16)
    assert {array.dtype.name for array in gradients(model).values()} == {"float32"}
    model.finish_update(SGD(0.1))
    assert not np.array_equal(model.predict(X), guess)
    assert {array.dtype.name for array in model.shims[0].tensors().values()} == {"float16"}


# --- errors -----------------------------------------------------------------------------------


def test_something_that_is_no_block_is_refused() -> None:
    with pytest.raises(DTypeError, match="a block of Gluon is wanted, got function"):
        MXNetWrapper(lambda x: x)


def test_a_block_whose_sizes_are_open_is_refused_at_save() -> None:
    with pytest.raises(SaveError, match="not made yet"):
        mlp().to_bytes()


def test_an_error_of_mxnet_says_where_it_happened() -> None:
    model = mlp().initialize(X=X)
    with pytest.raises(mx.base.MXNetError) as raised:
        model.predict(np.zeros((2, 9), "float32"))
    assert any("mxnet" in note for note in raised.value.__notes__)
