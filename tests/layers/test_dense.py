"""The dense layers: formulas against torch, sizes, extras, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from combinet import fusion
from combinet.chain import chain
from combinet.errors import BackpropError, DimError, DTypeError, ShapeError, UnknownName
from combinet.initializers import glorot_uniform_init, he_normal_init, zero_init
from combinet.layers import Gelu, Linear, Maxout, Mish, Relu, Sigmoid, Softmax, Swish

from .against_torch import assert_like_torch, floats

ACTIVATIONS: dict[Callable[..., Any], Callable[[torch.Tensor], torch.Tensor]] = {
    Linear: lambda z: z,
    Relu: functional.relu,
    Mish: functional.mish,
    Gelu: functional.gelu,
    Swish: functional.silu,
    Sigmoid: torch.sigmoid,
}
every_layer = pytest.mark.parametrize("Layer", [*ACTIVATIONS, Maxout, Softmax])
with_extras = pytest.mark.parametrize("Layer", [Relu, Mish, Gelu, Swish, Maxout])


@pytest.mark.parametrize("Layer", ACTIVATIONS)
def test_a_dense_layer_agrees_with_torch(Layer: Any) -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        return ACTIVATIONS[Layer](functional.linear(x, w["W"], w["b"]))

    assert_like_torch(Layer(3, 4).initialize(), floats(6, 4), formula)


def test_maxout_is_the_largest_of_its_pieces() -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        return (torch.einsum("ni,opi->nop", x, w["W"]) + w["b"]).max(dim=2).values

    assert_like_torch(Maxout(3, 4, 5).initialize(), floats(6, 4), formula)


@every_layer
def test_sizes_are_read_off_the_samples(Layer: Any) -> None:
    model = Layer().initialize(X=floats(2, 4), Y=floats(2, 3))
    assert (model.get_dim("nI"), model.get_dim("nO")) == (4, 3)


@every_layer
def test_a_sample_of_another_width_than_given_is_refused(Layer: Any) -> None:
    with pytest.raises(DimError, match="takes rows of 5 numbers, and gets rows of 4"):
        Layer(3, 5).initialize(X=floats(2, 4))


@every_layer
def test_a_width_that_nothing_says_is_refused(Layer: Any) -> None:
    with pytest.raises(DimError, match="nO"):
        Layer().initialize(X=floats(2, 4))


@every_layer
def test_a_batch_of_another_width_is_refused_by_name(Layer: Any) -> None:
    model = Layer(3, 4).initialize()
    with pytest.raises(ShapeError, match=f"{model.name} takes rows of 4 numbers, got rows of 7"):
        model.predict(floats(2, 7))


@every_layer
@pytest.mark.parametrize("X", [np.ones((2, 4), dtype="int32"), [[1.0, 2.0, 3.0, 4.0]], None])
def test_what_is_no_array_of_floats_is_refused(Layer: Any, X: Any) -> None:
    with pytest.raises(DTypeError, match="takes"):
        Layer(3, 4).initialize().predict(X)


@every_layer
@pytest.mark.parametrize("shape", [(4,), (2, 3, 4)])
def test_another_rank_is_refused(Layer: Any, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="takes rows"):
        Layer(3, 4).initialize().predict(floats(*shape))


@every_layer
@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_floats_are_cast_to_the_dtype_of_the_model(Layer: Any, dtype: str) -> None:
    model, X = Layer(3, 4).initialize(seed=0), floats(2, 4, dtype="float16")
    Y = model.predict(X.astype(dtype))
    assert Y.dtype == "float32"
    assert np.array_equal(Y, model.predict(X.astype("float32")))


@every_layer
@pytest.mark.parametrize("shape", [(2, 4), (3, 3), (6,)])
def test_a_gradient_of_another_shape_is_refused(Layer: Any, shape: tuple[int, ...]) -> None:
    _, backprop = Layer(3, 4).initialize().begin_update(floats(2, 4))
    with pytest.raises(BackpropError, match="does not fit its output"):
        backprop(floats(*shape))


@every_layer
def test_a_layer_that_was_not_initialized_says_so(Layer: Any) -> None:
    with pytest.raises(UnknownName, match="not made yet"):
        Layer(3, 4).predict(floats(2, 4))


@every_layer
def test_the_gradient_of_the_input_is_left_out_on_request(Layer: Any) -> None:
    model = Layer(3, 4).initialize(seed=0)
    Y, backprop = model.begin_update(floats(2, 4), need_dX=False)
    assert backprop(Y) is None
    assert model.has_grad("W")


@every_layer
def test_backprop_works_after_predict(Layer: Any) -> None:
    model = Layer(3, 4).initialize(seed=0)
    Y, backprop = model(floats(2, 4, dtype="float32"), False)
    assert backprop(Y).shape == (2, 4)


@pytest.mark.parametrize(
    ("Layer", "init"),
    [
        (Linear, glorot_uniform_init),
        (Relu, glorot_uniform_init),
        (Mish, glorot_uniform_init),
        (Maxout, glorot_uniform_init),
        (Gelu, he_normal_init),
        (Swish, he_normal_init),
        (Sigmoid, zero_init),
        (Softmax, zero_init),
    ],
)
def test_weights_come_from_the_initializer_that_papers_give_the_layer(
    Layer: Any, init: Any
) -> None:
    default, given = Layer(30, 40), Layer(30, 40, init_W=init, init_b=zero_init)
    W = default.initialize(seed=5).get_param("W")
    assert np.array_equal(W, given.initialize(seed=5).get_param("W"))
    assert not default.get_param("b").any()


@every_layer
def test_initializers_that_are_passed_are_used(Layer: Any) -> None:
    def ones(ops: Any, shape: Any) -> Any:
        return ops.xp.ones(shape, dtype="float32")

    model = Layer(3, 4, init_W=ones, init_b=ones).initialize()
    assert (model.get_param("W") == 1).all()
    assert (model.get_param("b") == 1).all()


@with_extras
def test_extras_are_chained_behind_in_order(Layer: Any) -> None:
    model = Layer(3, 4, normalize=True, dropout=0.0)
    assert model.name == f"{Layer.__name__.lower()}>>layernorm>>dropout"
    assert model.initialize().layers[0].layers[1].get_dim("nI") == 3


@with_extras
def test_without_extras_the_layer_is_alone(Layer: Any) -> None:
    assert not Layer(3, 4).layers


def test_the_width_between_two_layers_is_never_guessed() -> None:
    with pytest.raises(DimError, match="sizes stay open") as caught:
        chain(Relu(), Maxout(), Softmax()).initialize(X=floats(2, 4), Y=floats(2, 3))
    assert "0/nO" in str(caught.value)
    assert "1/nO" in str(caught.value)


def test_neighbours_of_different_widths_are_refused_with_both_paths() -> None:
    with pytest.raises(DimError) as caught:
        chain(Relu(8, 10), Maxout(6, 9), Softmax()).initialize(X=floats(2, 10))
    text = str(caught.value)
    assert "0/nO (relu): 8, given to its constructor" in text
    assert "1/nI (maxout): 9, given to its constructor" in text


def test_maxout_takes_none_for_three_pieces() -> None:
    assert Maxout(2, 2, None).get_dim("nP") == 3


class Sparse:
    """What a sparse matrix shows of itself."""

    dtype, ndim, shape = np.dtype("float32"), 2, (6, 4)

    def toarray(self) -> Any:
        return floats(6, 4)


@pytest.mark.parametrize(
    ("foreign", "advice"), [(torch.zeros(6, 4), "torch2xp"), (Sparse(), "toarray")]
)
def test_an_array_of_another_library_is_refused_with_advice(foreign: Any, advice: str) -> None:
    for layer in (Linear(3, 4), Maxout(3, 4)):
        with pytest.raises(DTypeError, match=f"takes an array of floats, got .*\\n.*\\n.*{advice}"):
            layer.initialize().predict(foreign)
    with pytest.raises(BackpropError, match="does not fit"):
        Linear(3, 4).initialize().begin_update(floats(6, 4))[1](foreign)


def test_a_sample_of_another_library_says_its_width() -> None:
    assert Linear(3).initialize(X=torch.zeros(6, 4)).get_dim("nI") == 4
    assert Linear(None, 4).check(Y=torch.tensor([0, 1])).open == ["nO (linear)"]


def test_gradients_in_another_order_of_memory_are_added_to() -> None:
    layer = Maxout(3, 4).initialize(seed=0)
    layer.set_grad("W", np.asfortranarray(np.ones((3, 3, 4), dtype="float32")))
    plain = Maxout(3, 4).initialize(seed=0)
    for model in (layer, plain):
        with fusion(False):
            Y, backprop = model.begin_update(floats(6, 4))
        backprop(Y)
    np.testing.assert_allclose(layer.get_grad("W"), 1 + plain.get_grad("W"), rtol=1e-5)
