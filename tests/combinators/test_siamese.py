"""siamese: one layer on both sides, its gradient the sum of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.combinators import siamese, with_array
from combinet.errors import DimError, DTypeError
from combinet.layers import CauchySimilarity, Linear, Relu
from combinet.testing import assert_is_gradient

from .values import ITEMS, VALUES, floats, function

X1, X2 = floats(6, 4), floats(6, 4, seed=1)


def model_of() -> Any:
    return siamese(Relu(3, 4), CauchySimilarity(3)).initialize(seed=0)


def test_it_compares_what_the_layer_makes_of_both() -> None:
    model = model_of()
    layer, similarity = model.layers
    wanted = similarity.predict((layer.predict(X1), layer.predict(X2)))
    np.testing.assert_array_equal(model.predict((X1, X2)), wanted)


def test_it_is_symmetric_forward_and_back() -> None:
    one, two = model_of(), model_of()
    Y1, backprop1 = one.begin_update((X1, X2))
    Y2, backprop2 = two.begin_update((X2, X1))
    np.testing.assert_array_equal(Y1, Y2)
    (d1, d2), (e2, e1) = backprop1(floats(6)), backprop2(floats(6))
    np.testing.assert_allclose(d1, e1, rtol=1e-6)
    np.testing.assert_allclose(d2, e2, rtol=1e-6)
    for ours, theirs in zip(one.parameters(), two.parameters(), strict=True):
        np.testing.assert_allclose(ours.gradient, theirs.gradient, rtol=1e-4, atol=1e-6)


def test_backprop_is_the_gradient() -> None:
    assert_is_gradient(siamese(Relu(3), CauchySimilarity()), (X1, X2))


def test_its_name_and_dims_are_those_of_both() -> None:
    model = siamese(Relu(3, 4), CauchySimilarity(3))
    assert model.name == "siamese(relu, cauchy_similarity)"
    assert (model.get_dim("nI"), model.get_dim("nO")) == (4, 1)


def test_sizes_need_not_be_given_beforehand() -> None:
    model = siamese(Relu(3), CauchySimilarity()).initialize(X=(X1, X2))
    assert model.get_dim("nI") == model.layers[0].get_dim("nI") == 4
    assert model.layers[1].get_dim("nI") == 3


def test_a_size_flows_back_from_the_similarity() -> None:
    model = siamese(Linear(nI=4), CauchySimilarity(7)).initialize()
    assert model.layers[0].get_dim("nO") == 7


def test_samples_of_different_widths_are_refused() -> None:
    with pytest.raises(DimError):
        siamese(Relu(3), CauchySimilarity()).initialize(X=(X1, floats(6, 5)))


def test_the_inputs_may_be_containers() -> None:
    def nearness(pair: Any) -> Any:
        return [a - b for a, b in zip(*pair, strict=True)]

    similarity = function(nearness, lambda dYs: (dYs, [-dY for dY in dYs]))
    model: Any = siamese(with_array(Linear(3, 4)), similarity).initialize()
    Y, backprop = model.begin_update((ITEMS, VALUES["list"]))
    assert not any(y.any() for y in Y)
    one, two = backprop([floats(len(item), 3) for item in ITEMS])
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a, -b)


@pytest.mark.parametrize("wrong", [X1, (X1,), None, (X1, X1, X1)])
def test_what_is_no_pair_is_refused(wrong: Any) -> None:
    with pytest.raises(DTypeError, match="takes a pair"):
        model_of().predict(wrong)


def test_no_gradient_is_computed_that_is_not_needed() -> None:
    model = model_of()
    Y, backprop = model.begin_update((X1, X2), need_dX=False)
    assert backprop(Y) is None
    assert all(layer.has_grad("W") for layer in model.layers)
