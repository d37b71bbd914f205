"""A node that stands in several places of a model stands there again when its config is built."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import combinet
from combinet import Config, Dropout, Embed, Linear, Model, Relu, Softmax, chain, registry, residual
from combinet.describe import shared
from combinet.errors import StructureError


def build(config: Config) -> Model[Any, Any]:
    model: Model[Any, Any] = registry.resolve(Config().from_str(config.to_str()))["model"]
    return model


def test_a_layer_that_stands_in_two_places_stands_there_again() -> None:
    layer = Linear(4, 4)
    model = chain(layer, Relu(4), residual(layer))
    config = model.to_config()
    assert config["model"]["@architectures"] == "combinet.shared.v1"
    assert config["model"]["same"] == {"2.0": "0"}
    again = build(config)
    assert again.layers[2].layers[0] is again.layers[0]
    assert again.to_config() == config


def test_a_model_that_shares_can_be_composed_further() -> None:
    layer = Relu(4, 4) >> Linear(4, 4)
    part = build(chain(layer, Dropout(0.1), layer).to_config())
    again = build(chain(residual(part), Softmax(4, 4), part).to_config())
    whole = again.layers[2]
    assert again.layers[0].layers[0] is whole
    assert whole.layers[2] is whole.layers[0]


def test_sizes_are_written_for_a_model_that_shares_too() -> None:
    layer = Linear(4)
    model = chain(layer, Relu(4), layer).initialize(X=np.zeros((2, 4), dtype="float32"))
    again = build(model.to_config(sizes=True))
    assert [node.get_dim("nI") for node in again.layers] == [4, 4, 4]


def test_an_embedding_tied_to_the_output_is_rebuilt_with_one_table() -> None:
    embed = Embed(8, 20)
    model = chain(embed, Relu(8), combinet.tie(Linear(), embed, W="E"))
    again = build(model.to_config())
    again.initialize().from_bytes(model.initialize().to_bytes())
    ids = np.arange(5)
    assert again.layers[2].layers[0] is again.layers[0]
    np.testing.assert_array_equal(again.predict(ids), model.predict(ids))


def test_no_node_can_stand_under_itself() -> None:
    model = chain(Dropout(0.1), Dropout(0.1))
    model.name = "dropout"
    outer = chain(residual(Linear(4, 4)), Relu(4))
    for same in ({"0": ""}, {"0.0": "0"}, {"0": "0"}):
        with pytest.raises(StructureError, match="cannot be one node"):
            shared(outer, same)
    with pytest.raises(StructureError, match="cannot be one node"):
        shared(model, {"0": ""})


@pytest.mark.parametrize("same", [{"5": "0"}, {"0": "x"}, {"0": "1"}, {"": "0"}, {"0.0": "1"}])
def test_places_that_cannot_be_one_are_refused(same: dict[str, str]) -> None:
    with pytest.raises(StructureError, match="place"):
        shared(Linear(4) >> Relu(4), same)


def test_references_to_a_shared_node_are_to_the_one_that_stays() -> None:
    model = Linear(4, 4) >> Linear(4, 4)
    model.set_ref("last", model.layers[1])
    shared(model, {"1": "0"})
    assert model.get_ref("last") is model.layers[0]
