"""What is saved comes back, whatever it is loaded into."""

from __future__ import annotations

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators.concatenate import concatenate
from combinet.errors import LoadError, SaveError
from combinet.layers.dropout import Dropout
from combinet.layers.layernorm import LayerNorm
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from tests.serialize.nets import (
    Net,
    X,
    layers,
    net,
    shimmed,
    trained,
    wrapper,
)


def test_a_loaded_model_predicts_as_the_saved_one_and_not_as_before() -> None:
    saved, loaded = trained(net(), 1), trained(net(), 2)
    assert not np.array_equal(saved.predict(X), loaded.predict(X))
    loaded.from_bytes(saved.to_bytes())
    assert np.array_equal(saved.predict(X), loaded.predict(X))


def test_a_model_that_was_never_initialized_loads_and_gets_all_its_sizes() -> None:
    saved, loaded = trained(net()), net()
    assert loaded.from_bytes(saved.to_bytes()) is loaded
    assert np.array_equal(saved.predict(X), loaded.predict(X))
    assert [dict(n._dims) for n in saved.walk()] == [dict(n._dims) for n in loaded.walk()]


def test_a_loaded_model_has_the_sizes_and_random_keys_of_an_initialized_one() -> None:
    def model() -> Net:
        a, b, c = layers()
        return wrapper(a >> wrapper(b >> Dropout(0.5) >> c))

    saved, loaded = trained(model()), model()
    loaded.from_bytes(saved.to_bytes())
    for node, other in zip(saved.walk(), loaded.walk(), strict=True):
        assert (node.name, node.key, node._dims) == (other.name, other.key, other._dims)


def test_equal_models_give_equal_bytes_and_a_loaded_one_too() -> None:
    data = trained(net()).to_bytes()
    assert trained(net()).to_bytes() == data
    assert net().from_bytes(data).to_bytes() == data


def test_models_with_other_weights_give_other_bytes() -> None:
    assert trained(net(), 1).to_bytes() != trained(net(), 2).to_bytes()


def test_every_grouping_of_a_chain_gives_thesame_bytes() -> None:
    files = set()
    for group in (
        lambda a, b, c: a >> b >> c,
        lambda a, b, c: a >> (b >> c),
        lambda a, b, c: chain(a, b, c),
    ):
        files.add(trained(group(*layers())).to_bytes())
    assert len(files) == 1


@pytest.mark.parametrize("initialized", [False, True])
def test_every_grouping_of_a_chain_loads_the_file_of_every_other(initialized: bool) -> None:
    def groupings() -> list[Net]:
        (a, b, c), (d, e, f) = layers(), layers()
        return [a >> b >> c, d >> (e >> f), chain(*layers())]

    for saved in map(trained, groupings()):
        for loaded in groupings():
            if initialized:
                trained(loaded, seed=9)
            loaded.from_bytes(saved.to_bytes())
            assert np.array_equal(loaded.predict(X), saved.predict(X))


def test_a_see_through_wrapper_may_be_put_around_a_layer_or_left_out() -> None:
    a, b, c = layers()
    wrapped, plain = trained(chain(a, wrapper(wrapper(b), rate=0.5), c)), trained(net(), 2)
    plain.from_bytes(wrapped.to_bytes())
    assert np.array_equal(plain.predict(X), wrapped.predict(X))
    other = trained(net(), 3)
    wrapped.from_bytes(other.to_bytes())
    assert np.array_equal(other.predict(X), wrapped.predict(X))


def test_the_attributes_of_a_see_through_wrapper_are_saved_where_it_is_there() -> None:
    saved, loaded = wrapper(Linear(2, 3), rate=0.5), wrapper(Linear(2, 3), rate=0.1)
    loaded.from_bytes(trained(saved).to_bytes())
    assert loaded.attrs == {"rate": 0.5}


def test_one_wrapper_may_be_exchanged_for_another() -> None:
    saved = trained(wrapper(Linear(2, 3), "scale", rate=0.5))
    loaded = wrapper(Linear(2, 3), "clip", limit=3)
    assert np.array_equal(loaded.from_bytes(saved.to_bytes()).predict(X), saved.predict(X))
    assert loaded.attrs == {"limit": 3}


def test_a_wrapper_around_an_inner_chain_and_around_the_root_load_too() -> None:
    a, b, c = layers()
    saved = trained(wrapper(chain(a, wrapper(chain(b, c)))))
    loaded = net().from_bytes(saved.to_bytes())
    assert np.array_equal(loaded.predict(X), saved.predict(X))


def test_a_float64_model_comes_back_as_float64() -> None:
    saved, loaded = trained(net()).to_dtype("float64"), trained(net(), 2).to_dtype("float64")
    loaded.from_bytes(saved.to_bytes())
    wide = X.astype("float64")
    assert loaded.predict(wide).dtype == "float64"
    assert np.array_equal(loaded.predict(wide), saved.predict(wide))


def test_a_model_without_parameters_round_trips() -> None:
    saved, loaded = Dropout(0.5), Dropout(0.1)
    loaded.from_bytes(saved.to_bytes())
    assert loaded.attrs["dropout_rate"] == 0.5


def test_a_model_that_is_not_initialized_stays_so() -> None:
    loaded = net().from_bytes(net().to_bytes())
    assert all(node.has_param("W") is not True for node in loaded.walk())
    trained(loaded)
    assert loaded.predict(X).shape == (5, 2)


def test_loading_an_uninitialized_model_unmakes_the_parameters() -> None:
    loaded = trained(Linear(2, 3)).from_bytes(Linear(2, 3).to_bytes())
    assert loaded.has_param("W") is None


def test_a_shared_node_is_stored_once_and_stays_shared() -> None:
    def tied() -> Net:
        inner = Linear(3, 3)
        return chain(inner, Relu(3, 3), inner)

    saved, loaded = trained(tied()), trained(tied(), 2)
    names = [n for n in saved.to_dict()["tensors"] if n.endswith("/W")]
    assert names == ["0/W", "1/W"]
    loaded.from_bytes(saved.to_bytes())
    assert loaded.layers[0] is loaded.layers[2]
    assert np.array_equal(saved.predict(X), loaded.predict(X))


def test_references_are_saved_by_place() -> None:
    saved, loaded = trained(net()), net()
    saved.set_ref("head", saved.layers[2])
    saved.set_ref("nothing", None)
    loaded.from_bytes(saved.to_bytes())
    assert loaded.get_ref("head") is loaded.layers[2]
    assert loaded.has_ref("nothing") is None


def test_a_reference_to_a_chain_inside_a_chain_finds_it_again() -> None:
    def model() -> Net:
        a, b, c = layers()
        return a >> (b >> c)

    saved, loaded = trained(model()), model()
    saved.set_ref("tail", saved.layers[1])
    saved.layers[1].set_ref("end", saved.layers[1].layers[1])
    saved.layers[1].attrs["labels"] = ("x", "y")
    loaded.layers[1].attrs["labels"] = None
    loaded.from_bytes(saved.to_bytes())
    assert loaded.get_ref("tail") is loaded.layers[1]
    assert loaded.layers[1].get_ref("end") is loaded.layers[1].layers[1]
    assert loaded.layers[1].attrs["labels"] == ("x", "y")


def test_a_reference_to_a_chain_that_is_grouped_otherwise_is_refused() -> None:
    a, b, c = layers()
    saved = trained(a >> (b >> c))
    saved.set_ref("tail", saved.layers[1])
    with pytest.raises(LoadError, match=r"reference 'tail' leads to \[1:3\], which is not here"):
        net().from_bytes(saved.to_bytes())


def test_a_reference_out_of_the_tree_is_refused_at_save() -> None:
    model = trained(net())
    model._refs["lost"] = Linear(2, 2)
    with pytest.raises(SaveError, match=r"'lost' .* leads out of the tree"):
        model.to_bytes()


def test_the_random_stream_goes_on_where_it_was() -> None:
    saved, loaded = trained(chain(Relu(4), Dropout(0.5))), chain(Relu(4), Dropout(0.5))
    saved(X, True)
    loaded.from_bytes(saved.to_bytes())
    assert np.array_equal(saved(X, True)[0], loaded(X, True)[0])


def test_a_shim_is_saved_as_tensors_with_its_config() -> None:
    saved, loaded = chain(Relu(3, 3), shimmed(2.0, ("a", 1))), chain(Relu(3, 3), shimmed(1.0))
    assert "1/shim.0/weight" in trained(saved).to_dict()["tensors"]
    loaded.from_bytes(saved.to_bytes())
    shim = loaded.layers[1].shims[0]
    assert shim.tensors()["weight"].tolist() == [[2.0] * 3] * 2
    assert shim.tensors()["steps"].shape == ()
    assert shim.cfg == ("a", 1)


def test_dictionaries_are_copies_that_training_does_not_change() -> None:
    model = trained(net())
    message, before = model.to_dict(), model.predict(X)
    model.layers[0].get_param("W")[...] = 0
    model.from_dict(message)
    assert np.array_equal(model.predict(X), before)
    model.layers[0].get_param("W")[...] = 0
    assert message["tensors"]["0/W"].any()


def test_loaded_arrays_are_owned_writable_and_contiguous() -> None:
    data = trained(net()).to_bytes()
    for _, array in (pair for n in net().from_bytes(data).walk() for pair in n._params.items()):
        assert array.flags.writeable
        assert array.flags.c_contiguous
        assert array.base is None or array.base.base is None
        array += 1
    assert np.array_equal(net().from_bytes(data).predict(X), trained(net()).predict(X))


def test_strided_and_big_endian_parameters_are_saved_by_value() -> None:
    saved, loaded = trained(Linear(3, 3)), Linear(3, 3)
    saved.set_param("W", saved.get_param("W").T)
    saved.set_param("b", np.arange(3, dtype=">f4"))
    loaded.from_bytes(saved.to_bytes())
    assert np.array_equal(loaded.get_param("W"), saved.get_param("W"))
    assert loaded.get_param("b").dtype == np.dtype("float32")
    assert loaded.get_param("b").tolist() == [0, 1, 2]
    loaded.from_dict(saved.to_dict())
    assert loaded.get_param("b").dtype.isnative


def test_gradients_of_the_old_weights_are_dropped() -> None:
    model = trained(net())
    _, backprop = model.begin_update(X)
    backprop(np.ones((5, 2), "float32"))
    model.from_bytes(trained(net(), 2).to_bytes())
    assert not any(node.grad_names for node in model.walk())


def test_branches_round_trip() -> None:
    def model() -> Net:
        return concatenate(Relu(4), chain(Relu(5), LayerNorm())) >> Linear(2)

    saved = trained(model())
    assert np.array_equal(model().from_bytes(saved.to_bytes()).predict(X), saved.predict(X))
