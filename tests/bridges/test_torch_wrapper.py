"""PyTorchWrapper: what goes in, what comes out, and the gradients back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from combinet import SGD, Model, Relu, Softmax, registry, with_array
from combinet.bridges import (
    PyTorchShim,
    PyTorchWrapper,
    PyTorchWrapper_v2,
    PyTorchWrapper_v3,
    torch2xp,
    xp2torch,
)
from combinet.bridges.torch_wrapper import arrays_of
from combinet.errors import BackpropError, DimError, DTypeError
from combinet.testing import assert_is_gradient
from combinet.types import ArgsKwargs

from .networks import Mixed, Output, X, dY, gradients, mlp, wrapped

IDS = np.array([1, 2, 3, 1, 0, 9])


def test_it_predicts_what_the_module_gives() -> None:
    module = mlp()
    with torch.no_grad():
        expected = module(torch.from_numpy(X.copy())).numpy()
    assert np.array_equal(PyTorchWrapper(module).predict(X), expected)


def test_its_gradient_is_right() -> None:
    assert_is_gradient(wrapped(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))), X)


def test_backprop_gives_the_gradients_of_autograd() -> None:
    module = mlp()
    model = PyTorchWrapper(module)
    dX = model.begin_update(X)[1](dY)
    got = {path.rpartition("/")[2]: gradient for path, gradient in gradients(model).items()}
    x = torch.from_numpy(X.copy()).requires_grad_()
    module.zero_grad()
    module(x).backward(torch.from_numpy(dY.copy()))
    assert np.array_equal(dX, x.grad.numpy())
    assert all(np.array_equal(got[n], p.grad.numpy()) for n, p in module.named_parameters())


def test_gradients_of_two_batches_add_up() -> None:
    model = wrapped()
    model.begin_update(X)[1](dY)
    once = gradients(model)
    model.begin_update(X)[1](dY)
    assert all(np.allclose(2 * once[path], g) for path, g in gradients(model).items())


def test_without_need_dX_only_the_parameters_get_gradients() -> None:
    model, other = wrapped(), wrapped()
    other.from_bytes(model.to_bytes())
    model.begin_update(X)[1](dY)
    assert other.begin_update(X, need_dX=False)[1](dY) is None
    mine, theirs = gradients(model), gradients(other)
    assert all(np.array_equal(mine[path], theirs[path]) for path in mine)


def test_other_floats_are_cast_to_the_dtype_of_the_module() -> None:
    model = wrapped()
    Y, backprop = model.begin_update(X.astype("float64"))
    assert Y.dtype == np.float32
    assert backprop(dY.astype("float64")).dtype == np.float32
    assert np.array_equal(Y, model.predict(X))


def test_a_float64_module_computes_in_float64() -> None:
    Y, backprop = wrapped(mlp().double()).begin_update(X)
    assert (Y.dtype, backprop(dY).dtype) == (np.float64, np.float64)


def test_to_dtype_reaches_the_module() -> None:
    assert wrapped().to_dtype("float64").predict(X).dtype == np.float64


def test_negative_strides_cross() -> None:
    model = wrapped()
    Y, backprop = model.begin_update(X[::-1, ::-1])
    again, expected = model.begin_update(X[::-1, ::-1].copy())
    assert np.array_equal(Y, again)
    assert np.array_equal(backprop(dY[::-1]), expected(dY[::-1].copy()))


def test_an_empty_batch_goes_forward_and_back() -> None:
    Y, backprop = wrapped().begin_update(X[:0])
    assert Y.shape == (0, 3)
    assert backprop(dY[:0]).shape == (0, 4)


# --- several inputs and outputs ---------------------------------------------------------------


@pytest.mark.parametrize(
    "inputs",
    [(IDS, X), [IDS, X], {"ids": IDS, "rows": X}, ArgsKwargs((IDS,), {"rows": X})],
    ids=["tuple", "list", "dict", "ArgsKwargs"],
)
def test_ids_beside_floats_train_and_the_gradient_has_the_form_of_the_input(inputs: Any) -> None:
    model = wrapped(Mixed("tuple"))
    Y, backprop = model.begin_update(inputs)
    dX = backprop((Y[0], Y[1], None))
    assert type(dX) is type(inputs)
    d_ids, d_rows = dX.values() if hasattr(dX, "values") else dX
    assert not d_ids.any()
    assert d_ids.shape == IDS.shape
    assert np.abs(d_rows).min() > 0


@pytest.mark.parametrize("form", ["tuple", "list", "dict", "dataclass"])
def test_outputs_keep_their_form_and_gradients_come_in_it(form: str) -> None:
    model = wrapped(Mixed(form))
    flat = wrapped(model.shims[0].module)  # type: ignore[attr-defined]
    flat.shims[0].module.form = "tuple"  # type: ignore[attr-defined]
    ones = np.ones((6, 3), "float32")
    expected = flat.begin_update((IDS, X))[1]((None, ones, None))[1]
    model.shims[0].module.form = form  # type: ignore[attr-defined]
    Y, backprop = model.begin_update((IDS, X))
    made: dict[str, tuple[type, Any]] = {
        "tuple": (tuple, (None, ones, None)),
        "list": (list, [None, [ones, None]]),
        "dict": (dict, {"logits": ones}),
        "dataclass": (Output, Output(None, ones)),
    }
    assert isinstance(Y, made[form][0])
    assert np.array_equal(backprop(made[form][1])[1], expected)


def test_a_dataclass_of_outputs_is_of_arrays() -> None:
    Y = wrapped(Mixed("dataclass")).predict((IDS, X))
    assert {type(Y.hidden), type(Y.logits), type(Y.best)} == {np.ndarray}


def test_the_gradient_of_a_dataclass_may_be_a_dict() -> None:
    Y, backprop = wrapped(Mixed("dataclass")).begin_update((IDS, X))
    assert backprop({"logits": Y.logits})[1].shape == X.shape


def test_a_model_output_stays_one() -> None:
    """As transformers makes them: an OrderedDict and a dataclass at once."""
    from collections import OrderedDict
    from dataclasses import dataclass, fields

    @dataclass
    class ModelOutput(OrderedDict):  # type: ignore[type-arg]
        last: Any = None
        pooled: Any = None

        def __post_init__(self) -> None:
            for field in fields(self):
                if getattr(self, field.name) is not None:
                    self[field.name] = getattr(self, field.name)

    class Encoder(nn.Linear):
        def forward(self, x: torch.Tensor) -> Any:
            return ModelOutput(last=super().forward(x))

    Y, backprop = wrapped(Encoder(4, 3)).begin_update(X)
    assert isinstance(Y, ModelOutput)
    assert isinstance(Y.last, np.ndarray)
    assert backprop(ModelOutput(last=dY)).shape == X.shape


def test_only_ids_train_as_well() -> None:
    model = wrapped(nn.Embedding(10, 3))
    assert not model.begin_update(IDS)[1](dY).any()
    assert np.array_equal(gradients(model)["shim.0/weight"][3], dY[2])


def test_a_sparse_gradient_is_made_dense() -> None:
    model = wrapped(nn.Embedding(10, 3, sparse=True))
    for _ in range(2):
        model.begin_update(IDS)[1](dY)
    assert np.allclose(gradients(model)["shim.0/weight"][1], 2 * (dY[0] + dY[3]))
    model.finish_update(SGD(0.1))
    assert not gradients(model)["shim.0/weight"].any()


def test_a_frozen_module_passes_gradients_through() -> None:
    module = mlp().requires_grad_(False)
    model = wrapped(module)
    assert model.begin_update(X)[1](dY).any()
    assert set(gradients(model).values()) == {None}


def test_a_module_without_parameters_is_a_layer() -> None:
    assert_is_gradient(wrapped(nn.Tanh()), X)
    assert wrapped(nn.Tanh()).begin_update(X, need_dX=False)[1](X) is None


# --- converters -------------------------------------------------------------------------------


def test_own_converters_are_called_with_the_model_and_the_training_flag() -> None:
    seen: list[tuple[str, bool]] = []

    def inputs(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        seen.append((model.name, is_train))
        x = xp2torch(X * 2, requires_grad=is_train)
        return ArgsKwargs((x.float(),), {}), lambda dXt: torch2xp(dXt.args[0]) * 2

    def outputs(model: Model[Any, Any], X_Yt: Any, is_train: bool) -> Any:
        seen.append((model.name, is_train))
        Y = torch2xp(X_Yt[1]) * 3
        return Y, lambda dY: ArgsKwargs(((X_Yt[1],),), {"grad_tensors": xp2torch(dY * 3)})

    module = mlp()
    model = wrapped(module, convert_inputs=inputs, convert_outputs=outputs)
    plain = wrapped(module)
    Y, backprop = model.begin_update(X.astype("float64"))  # so that the tensor is no leaf
    assert seen == [("pytorch", True)] * 2
    assert np.allclose(Y, 3 * plain.predict(2 * X))
    assert np.allclose(backprop(dY), 6 * plain.begin_update(2 * X)[1](dY), rtol=1e-5)


def test_own_converters_do_not_stand_in_the_way_of_saving() -> None:
    model = wrapped(convert_inputs=lambda model, X, is_train: (X, lambda dX: dX))
    assert wrapped().can_from_bytes(model.to_bytes())


# --- errors -----------------------------------------------------------------------------------


def test_a_gradient_of_a_wrong_shape_is_named() -> None:
    backprop = wrapped().begin_update(X)[1]
    with pytest.raises(BackpropError, match="does not fit its output"):
        backprop(dY[:2])


@pytest.mark.parametrize("gradient", [(X,), [X, X, X, X], np.ones(3)], ids=["1", "4", "array"])
def test_gradients_that_do_not_match_several_outputs_are_named(gradient: Any) -> None:
    backprop = wrapped(Mixed("tuple")).begin_update((IDS, X))[1]
    with pytest.raises(BackpropError, match="form of the output"):
        backprop(gradient)


def test_a_gradient_of_an_unknown_output_is_named() -> None:
    backprop = wrapped(Mixed("dict")).begin_update((IDS, X))[1]
    with pytest.raises(BackpropError, match="form of the output"):
        backprop({"logit": dY})


def test_a_second_backprop_is_refused_with_the_reason() -> None:
    backprop = wrapped().begin_update(X)[1]
    backprop(dY)
    with pytest.raises(BackpropError, match="runs once"):
        backprop(dY)


def test_backprop_runs_again_where_torch_was_told_to_keep_what_it_stored() -> None:
    def kept(model: Model[Any, Any], X_Yt: Any, is_train: bool) -> Any:
        Y, get_dYt = arrays_of(model, X_Yt, is_train)

        def get_kept(dY: Any) -> ArgsKwargs:
            arguments = get_dYt(dY)
            return ArgsKwargs(arguments.args, {**arguments.kwargs, "retain_graph": True})

        return Y, get_kept

    model = wrapped(convert_outputs=kept)
    backprop = model.begin_update(X)[1]
    first = backprop(dY)
    once, handed_out = gradients(model), first.copy()
    assert np.array_equal(backprop(dY), first)
    assert np.array_equal(first, handed_out)
    for path, gradient in gradients(model).items():
        assert np.allclose(gradient, 2 * once[path])


def test_backprop_after_predict_is_refused() -> None:
    backprop = wrapped()(X, False)[1]
    with pytest.raises(BackpropError, match="after predict"):
        backprop(dY)


def test_an_error_of_torch_says_where_it_happened() -> None:
    with pytest.raises(RuntimeError) as raised:
        (Relu(5, 4).initialize() >> wrapped()).predict(X)
    assert any("relu>>pytorch > pytorch" in note for note in raised.value.__notes__)


def test_something_that_is_no_module_is_refused() -> None:
    with pytest.raises(DTypeError, match="a PyTorch module is wanted, got function"):
        PyTorchWrapper(lambda x: x)


# --- sizes ------------------------------------------------------------------------------------


def test_its_sizes_are_found_from_a_sample() -> None:
    model = wrapped().initialize(X=X)
    assert (model.get_dim("nI"), model.get_dim("nO")) == (4, 3)


def test_the_next_layer_gets_its_width_from_a_sample() -> None:
    model = (wrapped() >> Softmax()).initialize(X=X, Y=np.eye(6, 2, dtype="float32"))
    assert model.layers[1].get_dim("nI") == 3
    assert model.predict(X).shape == (6, 2)


def test_without_a_sample_an_unknown_width_is_an_error() -> None:
    with pytest.raises(DimError, match="stay open"):
        (wrapped() >> Softmax(2)).initialize()


def test_ids_leave_the_width_of_the_input_open() -> None:
    model = wrapped(nn.Embedding(10, 3)).initialize(X=IDS)
    assert model.maybe_get_dim("nI") is None
    assert model.get_dim("nO") == 3


def test_lazy_modules_are_made_by_initialize() -> None:
    model = wrapped(nn.Sequential(nn.LazyLinear(5), nn.ReLU(), nn.LazyLinear(3)))
    model.initialize(X=X)
    assert {path: w.shape for path, w in ((r.path, r.weights) for r in model.parameters())} == {
        "shim.0/0.weight": (5, 4),
        "shim.0/0.bias": (5,),
        "shim.0/2.weight": (3, 5),
        "shim.0/2.bias": (3,),
    }


def test_it_works_inside_combinators() -> None:
    model = with_array(wrapped()).initialize(X=[X[:2], X[2:]])
    assert [Y.shape for Y in model.predict([X[:2], X[2:]])] == [(2, 3), (4, 3)]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_version_is_registered(version: int) -> None:
    made = [PyTorchWrapper, PyTorchWrapper_v2, PyTorchWrapper_v3]
    assert registry.layers.get(f"PyTorchWrapper.v{version}") is made[version - 1]


def test_a_device_can_be_chosen() -> None:
    model = PyTorchWrapper_v2(mlp(), device="meta")
    assert isinstance(model.shims[0], PyTorchShim)
    assert model.shims[0].device == torch.device("meta")
    assert next(model.shims[0].module.parameters()).device == torch.device("meta")
