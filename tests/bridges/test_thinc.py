"""Networks of Thinc inside ours, and ours inside Thinc's: what they compute."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from combinet import (
    Dropout,
    Linear,
    Maxout,
    Model,
    Relu,
    chain,
    clone,
    reduce_mean,
    residual,
    set_dropout_rate,
    with_array,
)
from combinet.bridges import from_thinc, to_thinc
from combinet.errors import DTypeError, StructureError

thinc: Any = pytest.importorskip("thinc.api", reason="Thinc is not installed", exc_type=ImportError)

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 4)).astype("float32")
dY = RNG.standard_normal((6, 3)).astype("float32")


def same_weights(model: Any, other: Any) -> None:
    """Give two networks, of either library, the same numbers layer by layer."""
    for node, twin in zip(model.walk(), other.walk(), strict=True):
        for name in node.param_names:
            twin.set_param(name, node.get_param(name).copy())


def test_a_layer_of_thinc_computes_what_it_computes_alone() -> None:
    theirs = thinc.Maxout(3, 4).initialize()
    model = from_thinc(theirs)
    assert np.array_equal(model.predict(X), theirs.predict(X))


def test_a_layer_of_ours_computes_what_it_computes_alone() -> None:
    ours = Maxout(3, 4).initialize()
    assert np.array_equal(to_thinc(ours).predict(X), ours.predict(X))


def gradients(model: Model[Any, Any]) -> list[Any]:
    Y, backprop = model.begin_update(X)
    dX = backprop(dY)
    return [Y, dX, *(row.gradient for row in model.parameters())]


def test_gradients_pass_through_a_layer_of_thinc() -> None:
    plain = chain(Linear(5), Maxout(4), Linear(3)).initialize(X, dY)
    mixed = chain(Linear(5), from_thinc(thinc.Maxout(4)), Linear(3)).initialize(X, dY)
    for row, twin in zip(plain.parameters(), mixed.parameters(), strict=True):
        twin.weights[...] = row.weights
    for array, twin in zip(gradients(plain), gradients(mixed), strict=True):
        np.testing.assert_allclose(array, twin, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["strided", "read-only"])
def test_arrays_that_thincs_code_refuses_are_copied_for_it(kind: str) -> None:
    model = from_thinc(thinc.Maxout(3, 4).initialize())
    gradient = np.repeat(dY, 2, axis=1)[:, ::2] if kind == "strided" else dY.copy()
    gradient.flags.writeable = kind == "strided"
    dX = model.begin_update(X)[1](gradient)
    assert np.array_equal(dX, model.begin_update(X)[1](dY))


def test_float64_is_cast_for_a_layer_of_thinc() -> None:
    model = from_thinc(thinc.Linear(3, 4).initialize())
    assert np.array_equal(model.predict(X.astype("float64")), model.predict(X))


def test_gradients_pass_through_a_layer_of_ours() -> None:
    plain = thinc.chain(thinc.Relu(5, 4), thinc.Relu(5, 5), thinc.Linear(3, 5)).initialize()
    mixed = thinc.chain(thinc.Relu(5, 4), to_thinc(Relu(5, 5).initialize()), thinc.Linear(3, 5))
    for i in (0, 2):
        same_weights(plain.layers[i], mixed.layers[i])
    same_weights(plain.layers[1], mixed.layers[1].shims[0].model)
    (Y, backprop), (Z, backprop_mixed) = plain.begin_update(X), mixed.begin_update(X)
    np.testing.assert_allclose(Y, Z, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(backprop(dY), backprop_mixed(dY), rtol=1e-5, atol=1e-6)
    inner = mixed.layers[1].shims[0].model
    np.testing.assert_allclose(plain.layers[1].get_grad("W"), inner.get_grad("W"), 1e-5, 1e-6)


def test_libraries_nest_three_deep() -> None:
    plain = chain(Linear(5), Relu(7), Linear(5), Relu(6), Linear(3)).initialize(X, dY)
    innermost = to_thinc(chain(Linear(5), Relu(6)))
    model = chain(Linear(5), from_thinc(thinc.chain(thinc.Relu(7), innermost)), Linear(3))
    model.initialize(X, dY)
    for row, twin in zip(plain.parameters(), model.parameters(), strict=True):
        twin.weights[...] = row.weights
    for array, twin in zip(gradients(plain), gradients(model), strict=True):
        np.testing.assert_allclose(array, twin, rtol=1e-4, atol=1e-6)


def test_sizes_are_inferred_through_a_layer_of_thinc() -> None:
    model = chain(from_thinc(thinc.Relu(5)), Linear()).initialize(X, dY)
    assert [node.get_dim("nI") for node in model.layers] == [4, 5]
    assert model.get_dim("nO") == 3


def test_sizes_are_inferred_through_a_layer_of_ours() -> None:
    model = thinc.chain(to_thinc(chain(Relu(5), Relu(6))), thinc.Linear()).initialize(X, dY)
    assert [(n.get_dim("nI"), n.get_dim("nO")) for n in model.layers] == [(4, 6), (6, 3)]


def test_the_last_layer_may_be_of_either_library() -> None:
    ours = chain(Relu(5), from_thinc(thinc.Linear())).initialize(X, dY)
    theirs = thinc.chain(thinc.Relu(5), to_thinc(chain(Relu(5), Linear()))).initialize(X, dY)
    assert ours.predict(X).shape == theirs.predict(X).shape == (6, 3)


def test_a_width_is_known_before_initialization_where_the_layers_tell_it() -> None:
    model = to_thinc(with_array(residual(Relu(5, 5))))
    assert model.get_dim("nO") == 5
    assert to_thinc(chain(Relu(5), Linear())).has_dim("nO") is None


def test_a_layer_without_width_in_the_middle_is_not_given_that_of_the_last() -> None:
    pooled = to_thinc(chain(with_array(Dropout(0.1)), reduce_mean()))
    model = thinc.chain(thinc.list2ragged(), pooled, thinc.Linear()).initialize([X, X], dY[:2])
    assert model.predict([X, X]).shape == (2, 3)


def test_a_size_set_on_the_node_of_thinc_is_the_layers() -> None:
    model = to_thinc(Relu(nI=4))
    model.set_dim("nO", 3)
    assert model.initialize().predict(X).shape == (6, 3)


def test_equal_seeds_give_layers_of_thinc_equal_weights() -> None:
    def built(seed: int) -> Any:
        return chain(Relu(5), from_thinc(thinc.Linear(3))).initialize(X, seed=seed).predict(X)

    first = built(1)
    np.random.rand(3)  # noqa: NPY002
    assert np.array_equal(first, built(1))
    assert not np.array_equal(first, built(2))


def test_initializing_leaves_the_stream_of_numpy_as_it_was() -> None:
    np.random.seed(3)  # noqa: NPY002
    wanted = np.random.rand()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    from_thinc(thinc.Linear(3)).initialize(X)
    assert np.random.rand() == wanted  # noqa: NPY002


def test_thincs_seed_is_that_of_our_layers_in_its_networks() -> None:
    def built(seed: int) -> Any:
        thinc.fix_random_seed(seed)
        return thinc.chain(to_thinc(Relu(5)), thinc.Linear(3)).initialize(X).predict(X)

    first = built(1)
    assert np.array_equal(first, built(1))
    assert not np.array_equal(first, built(2))


def test_thincs_dropout_rate_reaches_our_layers() -> None:
    inner = chain(Relu(5, dropout=0.0), from_thinc(thinc.Relu(5, dropout=0.0)))
    model = thinc.chain(to_thinc(inner), thinc.Linear(3)).initialize(X, dY)
    thinc.set_dropout_rate(model, 0.4)
    model.begin_update(X)
    rates = [node.attrs["dropout_rate"] for node in inner.walk() if "dropout_rate" in node.attrs]
    assert rates == [0.4, 0.4]
    thinc.set_dropout_rate(model, 0.0)
    assert np.array_equal(model.begin_update(X)[0], model.predict(X))


def test_our_dropout_rate_reaches_layers_of_thinc() -> None:
    theirs = thinc.chain(thinc.Relu(5, dropout=0.0), thinc.Linear(3))
    model = chain(Relu(5), from_thinc(theirs)).initialize(X, dY)
    set_dropout_rate(model, 0.3)
    model.begin_update(X)
    assert [n.attrs["dropout_rate"] for n in theirs.walk() if "dropout_rate" in n.attrs] == [0.3]


def test_a_copy_of_ours_shares_nothing_with_the_original() -> None:
    model = chain(Relu(5), from_thinc(thinc.Linear(3))).initialize(X)
    twin = model.copy()
    before = model.predict(X).copy()
    for row in twin.parameters():
        row.weights[...] += 1
    assert np.array_equal(model.predict(X), before)
    assert not np.array_equal(twin.predict(X), before)
    assert {r.key for r in model.parameters()}.isdisjoint(r.key for r in twin.parameters())


@pytest.mark.parametrize("copied", [lambda m: m.copy(), copy.deepcopy])
def test_a_copy_of_thincs_shares_nothing_with_the_original(copied: Any) -> None:
    inner = chain(Relu(5), from_thinc(thinc.Relu(5)))
    model = thinc.chain(to_thinc(inner), thinc.Linear(3)).initialize(X, dY)
    twin = copied(model)
    before = model.predict(X).copy()
    assert np.array_equal(twin.predict(X), before)
    _, backprop = twin.begin_update(X)
    backprop(dY)
    twin.finish_update(thinc.Adam(0.1))
    assert np.array_equal(model.predict(X), before)
    assert not np.array_equal(twin.predict(X), before)


def test_a_pickled_network_of_thinc_brings_our_layers_along() -> None:
    model = thinc.chain(to_thinc(chain(Relu(5), from_thinc(thinc.Relu(5)))), thinc.Linear(3))
    model.initialize(X, dY)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(X), model.predict(X))
    assert again.layers[0].shims[0].id != model.layers[0].shims[0].id


def test_clones_of_a_layer_of_thinc_are_layers_of_their_own() -> None:
    model = clone(from_thinc(thinc.Linear(4, 4)), 2).initialize(X, seed=0)
    first, second = (node.shims[0].model.get_param("W") for node in model.layers)
    assert not np.array_equal(first, second)


def test_references_inside_a_copied_layer_of_thinc_lead_into_the_copy() -> None:
    theirs = thinc.chain(thinc.Linear(3, 4), thinc.Linear(3, 3)).initialize()
    theirs.set_ref("last", theirs.layers[1])
    twin = from_thinc(theirs).copy().shims[0].model
    assert twin.get_ref("last") is twin.layers[1]


def test_walking_thincs_network_meets_what_our_layers_hold() -> None:
    inside = thinc.Relu(5)
    model = thinc.chain(to_thinc(chain(Relu(5), from_thinc(inside))), thinc.Linear(3))
    assert inside in model.walk()


def test_a_node_of_thinc_inside_of_ours_can_be_replaced() -> None:
    inside = thinc.Relu(5, 5).initialize()
    model = to_thinc(chain(Relu(5, 4), from_thinc(inside), Linear(3, 5)))
    model.initialize()
    before = model.predict(X)
    model.replace_node(inside, thinc.Linear(5, 5).initialize())
    assert not np.array_equal(model.predict(X), before)


def test_a_node_that_lost_a_layer_says_so() -> None:
    model = to_thinc(chain(Relu(5, 4), from_thinc(thinc.Relu(5, 5)))).initialize()
    model.layers.clear()
    with pytest.raises(StructureError, match="holds 1 models of Thinc's, and its node has 0"):
        model.predict(X)


def test_references_to_layers_of_thinc_are_references_of_the_node() -> None:
    inside = from_thinc(thinc.Relu(5))
    ours = chain(inside, Linear(3))
    ours.set_ref("tok2vec", inside)
    assert to_thinc(ours).get_ref("tok2vec") is inside.shims[0].model  # type: ignore[attr-defined]


def test_what_came_from_thinc_goes_back_as_it_was() -> None:
    theirs = thinc.Relu(5)
    assert to_thinc(from_thinc(theirs)) is theirs


@pytest.mark.parametrize(("function", "value"), [(from_thinc, Linear(3)), (to_thinc, "Linear")])
def test_the_wrong_kind_of_model_is_refused(function: Any, value: Any) -> None:
    with pytest.raises(DTypeError, match="takes a model of"):
        function(value)


def test_a_softmax_of_thinc_is_known_to_take_gradients_of_logits() -> None:
    assert from_thinc(thinc.Softmax(3)).gradient == "of logits"


def test_attributes_are_those_of_the_node_too() -> None:
    model: Model[Any, Any] = chain(Relu(5), Linear(3))
    model.attrs["multi_label"] = True
    assert to_thinc(model).attrs["multi_label"] is True
