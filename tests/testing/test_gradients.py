"""assert_is_gradient on what is right, and on what only looks right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.combinators.with_array import with_array
from combinet.errors import CombinetError
from combinet.infer import same
from combinet.layers.dropout import Dropout
from combinet.layers.layernorm import LayerNorm
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.layers.softmax import Softmax
from combinet.losses import CategoricalCrossentropy, L2Distance
from combinet.model import Model
from combinet.testing import WrongGradient, assert_is_gradient, padded_of
from combinet.types import Floats2d, Padded, Ragged

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 5)).astype("float32")
LABELS = np.array([0, 1, 2, 0, 1, 2])


def softmax_activation() -> Model[Floats2d, Floats2d]:
    """The true softmax: its backprop takes the gradient of probabilities."""
    return Model("softmax_activation", _softmax, infer=same)


def _softmax(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    Y = model.ops.softmax(X)
    return Y, lambda dY: Y * (dY - (Y * dY).sum(axis=1, keepdims=True))


def declaring(gradient: Any, backprop: Any, *layers: Model[Any, Any]) -> Model[Any, Any]:
    """A wrapper whose backprop is made from that of the layer."""
    return Model("wrapper", _wrapped, layers=layers, attrs={"f": backprop}, gradient=gradient)


def _wrapped(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    Y, backprop = model.layers[0](X, is_train)
    return Y, lambda dY: model.attrs["f"](model, backprop, dY)


def halved(exact: dict[str, Any]) -> dict[str, Any]:
    return {**exact, "X": exact["X"] / 2}


def only_the_input(exact: dict[str, Any]) -> dict[str, Any]:
    return {"X": exact["X"]}


def clipped(exact: dict[str, Any]) -> dict[str, Any]:
    return {**exact, "X": np.clip(exact["X"], -0.1, 0.1)}


# --- models -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model", [Linear(3), Relu(4), LayerNorm(), Dropout(0.5), Relu(4, normalize=True, dropout=0.5)]
)
def test_a_layer_that_is_right_passes(model: Model[Any, Any]) -> None:
    assert_is_gradient(model, X)


@pytest.mark.parametrize("seed", range(20))
def test_kinks_raise_no_false_alarm(seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(40, 5))
    assert_is_gradient(Relu(30) >> Relu(30) >> Linear(2), rows, seed=seed)


def test_lists_with_an_empty_sequence_pass() -> None:
    assert_is_gradient(with_array(Relu(4) >> Linear(2)), [X, X[:0], X[:1]])


def test_ragged_passes() -> None:
    assert_is_gradient(with_array(Relu(4) >> Linear(2), of="ragged"), Ragged(X, [4, 0, 2]))


def test_padding_does_not_count() -> None:
    model = with_array(Relu(4) >> Linear(2), of="padded")
    assert_is_gradient(model, padded_of([X[:3], X[:1], X[:0]], 5))


def test_a_bias_in_the_padding_does_not_count_either() -> None:
    def shifted(model: Model[Any, Any], Xp: Any, is_train: bool) -> Any:
        keep = np.arange(len(Xp.data))[:, None] < Xp.lengths[None, :]

        def backprop(dYp: Any) -> Any:
            model.inc_grad("b", (dYp.data * keep[..., None]).sum(axis=(0, 1)))
            return dYp

        data = Xp.data + model.get_param("b")
        return Padded(data, Xp.size_at_t, Xp.lengths, Xp.indices), backprop

    model = Model("shifted", shifted, params={"b": np.zeros(5, dtype="float32")})
    assert_is_gradient(model, padded_of([X[:3], X[:1]], 5))


def test_the_model_itself_is_left_as_it_was() -> None:
    model = (Relu(4) >> Dropout(0.5) >> Linear(3)).initialize(X=X)
    before = {p.path: p.weights.copy() for p in model.parameters()}
    draws = [node._draws for node in model.walk()]
    assert_is_gradient(model, X)
    for parameter in model.parameters():
        assert parameter.weights.dtype == np.float32
        assert np.array_equal(parameter.weights, before[parameter.path])
        assert parameter.gradient is None
    assert [node._draws for node in model.walk()] == draws


def test_gradients_that_are_there_already_do_not_count() -> None:
    model = Linear(3).initialize(X=X)
    model.begin_update(X)[1](np.ones((6, 3), dtype="float32"))
    assert_is_gradient(model, X)


def test_a_new_model_is_initialized_on_the_copy_only() -> None:
    model = Linear(3)
    assert_is_gradient(model, X)
    assert model.has_param("W") is None
    assert model.has_dim("nI") is None


def test_the_input_may_be_read_only_and_stays_so() -> None:
    locked = X.copy()
    locked.flags.writeable = False
    assert_is_gradient(Linear(3), locked)
    assert not locked.flags.writeable
    assert_is_gradient(Linear(3), X)
    assert X.flags.writeable


# --- plain functions --------------------------------------------------------------------------


def test_a_function_of_a_dict_passes() -> None:
    def f(x: dict[str, Any]) -> Any:
        return x["a"] * x["b"], lambda dY: {"a": dY * x["b"], "b": dY * x["a"]}

    assert_is_gradient(f, {"a": X, "b": X + 1})


def test_a_wrong_member_of_a_tuple_is_named() -> None:
    def f(x: tuple[Any, Any]) -> Any:
        return x[0] * x[1], lambda dY: (dY * x[1], dY * x[1])

    with pytest.raises(WrongGradient, match=r"worst, X\[1\]"):
        assert_is_gradient(f, (X, X + 1))


def test_ints_need_no_gradient() -> None:
    def f(x: tuple[Any, Any]) -> Any:
        return x[0] * x[1], lambda dY: (dY * x[1], None)

    assert_is_gradient(f, (X, np.arange(5)))


def test_a_function_with_two_outputs_passes() -> None:
    def f(x: Any) -> Any:
        return (2 * x, [3 * x]), lambda dY: 2 * dY[0] + 3 * dY[1][0]

    assert_is_gradient(f, X)


def test_a_gradient_that_is_missing_for_one_output_is_caught() -> None:
    def f(x: Any) -> Any:
        return (2 * x, 3 * x), lambda dY: 2 * dY[0]

    with pytest.raises(WrongGradient):
        assert_is_gradient(f, X)


def test_large_and_small_numbers_pass() -> None:
    for scale in (1e-6, 1e6):
        assert_is_gradient(lambda x: (x**2, lambda dY: 2 * x * dY), scale * X)


# --- declared contracts -----------------------------------------------------------------------


def test_a_softmax_of_logits_passes_anywhere_at_the_end() -> None:
    assert_is_gradient(Relu(4) >> Softmax(3), X)
    assert_is_gradient(with_array(Relu(4) >> Softmax(3)), [X, X[:0], X[:2]])


def test_a_softmax_of_logits_in_the_middle_is_wrong() -> None:
    with pytest.raises(WrongGradient, match=r"softmax .* declares 'of logits'"):
        assert_is_gradient(Softmax(3) >> Linear(2), X)


def test_an_exact_softmax_that_claims_to_be_of_logits_is_wrong() -> None:
    model = Linear(3) >> softmax_activation()
    assert_is_gradient(model, X)
    model.layers[1].gradient = "of logits"
    with pytest.raises(WrongGradient):
        assert_is_gradient(model, X)


def test_groups_of_probabilities_side_by_side_pass() -> None:
    def two_groups(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        return np.hstack([model.ops.softmax(X[:, :2]), model.ops.softmax(X[:, 2:])]), _same

    model = Linear(5) >> Model("groups", two_groups, gradient="of logits", infer=same)
    assert_is_gradient(model, X)


def _same(dY: Any) -> Any:
    return dY


def test_a_model_of_logits_must_give_probabilities() -> None:
    with pytest.raises(CombinetError, match="does not sum to 1"):
        assert_is_gradient(Model("no", lambda m, X, t: (X, _same), gradient="of logits"), X)


@pytest.mark.parametrize("declared", [halved, clipped])
def test_a_backprop_that_keeps_its_own_contract_passes(declared: Any) -> None:
    model = declaring(declared, lambda _, exact, dY: declared({"X": exact(dY)})["X"], Linear(3, 5))
    assert_is_gradient(model, X[:2])


def test_a_frozen_layer_that_says_so_passes() -> None:
    def frozen(model: Model[Any, Any], exact: Any, dY: Any) -> Any:
        dX = exact(dY)
        for name in ("W", "b"):
            model.layers[0].get_grad(name)[...] = 0
        return dX

    assert_is_gradient(declaring(only_the_input, frozen, Linear(3, 5)), X[:2])
    with pytest.raises(WrongGradient, match=r"the gradient of 0/W of linear .* backprop gives it"):
        assert_is_gradient(declaring("exact", frozen, Linear(3, 5)), X[:2])


def test_a_backprop_that_breaks_its_own_contract_is_named() -> None:
    model = declaring(halved, lambda _, exact, dY: exact(dY) / 3, Linear(3, 5))
    with pytest.raises(WrongGradient, match="is not what the model declares"):
        assert_is_gradient(model, X[:2])


def test_without_a_declaration_a_halved_gradient_is_wrong() -> None:
    model = declaring("exact", lambda _, exact, dY: exact(dY) / 2, Linear(3, 5))
    with pytest.raises(WrongGradient, match=r"it is 0\.5 times the right one"):
        assert_is_gradient(model, X)


def test_a_layer_without_gradient_is_checked_for_its_parameters_only() -> None:
    assert_is_gradient(declaring("none", lambda _, exact, dY: exact(dY) * 0, Linear(3, 5)), X)


# --- from end to end --------------------------------------------------------------------------


def test_softmax_under_crossentropy_is_right() -> None:
    assert_is_gradient(Relu(4) >> Softmax(3), CategoricalCrossentropy(), X, LABELS)


def test_a_true_softmax_under_crossentropy_is_found() -> None:
    model = Relu(4) >> Linear(3) >> softmax_activation()
    with pytest.raises(WrongGradient, match="end the model in a layer that takes one"):
        assert_is_gradient(model, CategoricalCrossentropy(), X, LABELS)


def test_squared_distance_is_right() -> None:
    Y = RNG.normal(size=(6, 2))
    assert_is_gradient(Relu(4) >> Linear(2), L2Distance(), X, Y)


def test_a_loss_may_be_any_function() -> None:
    def half_square(guess: Any, truth: Any) -> tuple[Any, float]:
        return guess - truth, float(((guess - truth) ** 2).sum()) / 2

    assert_is_gradient(Linear(2), half_square, X, RNG.normal(size=(6, 2)))


def test_a_loss_whose_gradient_is_not_that_of_its_value_is_found() -> None:
    def twice_too_large(guess: Any, truth: Any) -> tuple[Any, float]:
        return guess - truth, float(((guess - truth) ** 2).sum())

    with pytest.raises(WrongGradient, match=r"0\.5 times the right one"):
        assert_is_gradient(Linear(2), twice_too_large, X, RNG.normal(size=(6, 2)))
