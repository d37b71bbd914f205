"""Networks of both libraries in the files of either."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from combinet import HashEmbed, Linear, Relu, chain
from combinet.bridges import from_thinc, to_thinc
from combinet.errors import LoadError, SaveError
from combinet.serialize.foreign import load_tensors

thinc: Any = pytest.importorskip("thinc.api", reason="Thinc is not installed", exc_type=ImportError)

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 4)).astype("float32")
dY = RNG.standard_normal((6, 3)).astype("float32")


def ours(width: int = 5) -> Any:
    inside = thinc.chain(thinc.Relu(width, dropout=0.1), to_thinc(Relu(6)))
    return chain(Relu(5), from_thinc(inside), Linear(3))


def thincs(width: int = 5) -> Any:
    inside = chain(Relu(width), from_thinc(thinc.Relu(6)))
    return thinc.chain(thinc.Relu(5), to_thinc(inside), thinc.Linear(3))


def test_our_file_brings_back_layers_of_thinc(tmp_path: Path) -> None:
    model, other = ours().initialize(X, dY), ours().initialize(X, dY)
    assert not np.array_equal(model.predict(X), other.predict(X))
    model.to_disk(tmp_path / "model")
    assert np.array_equal(other.from_disk(tmp_path / "model").predict(X), model.predict(X))


def test_thincs_file_brings_back_our_layers_even_without_initialization(tmp_path: Path) -> None:
    model = thincs().initialize(X, dY)
    model.to_disk(tmp_path / "model")
    again = thincs().from_disk(tmp_path / "model")
    assert np.array_equal(again.predict(X), model.predict(X))
    assert again.layers[1].get_dim("nO") == 6


def test_what_was_loaded_can_be_trained_on() -> None:
    model = thincs().from_bytes(thincs().initialize(X, dY).to_bytes())
    before = model.predict(X)
    _, backprop = model.begin_update(X)
    backprop(dY)
    model.finish_update(thinc.Adam(0.01))
    assert not np.array_equal(model.predict(X), before)


def test_a_loaded_hash_embedding_of_thinc_hashes_as_the_saved_one_did() -> None:
    ids = np.arange(40, dtype="uint64")
    model = from_thinc(thinc.HashEmbed(3, 50)).initialize(ids)  # its seed is the number of the node
    other = from_thinc(thinc.HashEmbed(3, 50)).initialize(ids)
    other.from_bytes(model.to_bytes())
    assert np.array_equal(model.predict(ids), other.predict(ids))


def test_a_loaded_hash_embedding_of_ours_hashes_as_the_saved_one_did() -> None:
    ids = np.arange(40, dtype="uint64")
    model, other = to_thinc(HashEmbed(3, 50)).initialize(ids), to_thinc(HashEmbed(3, 50))
    assert np.array_equal(other.from_bytes(model.to_bytes()).predict(ids), model.predict(ids))


def test_weights_of_thinc_are_in_its_own_part_of_the_file_only() -> None:
    model = thincs().initialize(X, dY)
    inner = model.layers[1].shims[0]
    theirs = inner.model.layers[1].shims[0].model.get_param("W")
    assert theirs.tobytes() not in inner.to_bytes()
    assert theirs.tobytes() in model.to_bytes()
    assert theirs.tobytes() in inner.model.to_bytes()


def test_a_network_of_another_width_is_refused_and_nothing_changed() -> None:
    model = ours(7).initialize(X, dY)
    before = model.predict(X)
    with pytest.raises(LoadError, match=r"shape \(7, 5\) here, \(5, 5\) in the file"):
        model.from_bytes(ours(5).initialize(X, dY).to_bytes())
    assert np.array_equal(model.predict(X), before)


def test_our_file_fills_layers_of_thinc_that_were_never_initialized() -> None:
    model, other = ours().initialize(X, dY), ours()
    other.from_bytes(model.to_bytes())
    assert np.array_equal(other.predict(X), model.predict(X))
    assert other.layers[1].shims[0].model.layers[1].get_dim("nI") == 5
    _, backprop = other.begin_update(X)
    backprop(dY)
    other.finish_update(thinc.Adam(0.01))
    assert not np.array_equal(other.predict(X), model.predict(X))


def test_a_chain_of_ours_inside_has_the_sizes_of_its_layers_after_loading() -> None:
    def network() -> Any:
        return from_thinc(thinc.chain(thinc.Relu(5), to_thinc(chain(Relu(6), Linear(3)))))

    other = network().from_bytes(network().initialize(X).to_bytes())
    inner = other.shims[0].model.layers[1].shims[0].model
    assert (inner.get_dim("nI"), inner.get_dim("nO")) == (5, 3)


def test_layers_of_thinc_that_are_not_made_cannot_be_saved() -> None:
    with pytest.raises(SaveError, match="not made yet") as raised:
        ours().to_bytes()
    assert "1/shim.0/0.0/W" in str(raised.value)


def test_a_file_is_compared_with_layers_of_thinc_that_are_not_made() -> None:
    data = ours().initialize(X, dY).to_bytes()
    assert ours().can_from_bytes(data, strict=True)
    assert not chain(Relu(5), from_thinc(thinc.Relu(5)), Linear(3)).can_from_bytes(data)


def test_other_sizes_than_those_that_were_given_are_refused_and_nothing_changed() -> None:
    model = chain(Relu(5), from_thinc(thinc.chain(thinc.Relu(7), to_thinc(Relu(8)))), Linear(3))
    data = ours().initialize(X, dY).to_bytes()
    with pytest.raises(LoadError) as raised:
        model.from_bytes(data)
    assert "shim.0: 0 (relu): dim nO is 7 here, 5 in the file" in str(raised.value)
    assert "shim.0: 1/shim.0: nO (relu) is 8 here, 6 in the file" in str(raised.value)
    assert model.initialize(X, dY).layers[1].shims[0].model.layers[1].get_dim("nI") == 7


def test_a_file_that_is_refused_late_leaves_layers_of_thinc_unmade() -> None:
    model, data = ours(), ours().initialize(X, dY).to_bytes(sample=X)
    inside = model.layers[1].shims[0].model
    inside.layers[0]._func = lambda *_: 1 / 0  # all fits, and the probe fails
    with pytest.raises(LoadError, match="the model fails on the probe"):
        model.from_bytes(data)
    theirs, mine = inside.layers[0].layers[0], inside.layers[1].shims[0].model
    for node in (theirs, mine):
        assert node.param_names == ("W", "b")
        assert not node.has_param("W")
        assert node.has_dim("nI") is None


@pytest.mark.parametrize("settings", [3, {"0": 3}, {"0": {"dims": [], "attrs": {}, "shims": []}}])
def test_settings_of_a_wrong_form_are_refused(settings: Any) -> None:
    assert ours().layers[1].shims[0].misfits(settings) == [
        "the settings of Thinc's nodes are malformed"
    ]


def test_sizes_of_our_layers_of_a_wrong_form_are_refused() -> None:
    shim = ours().layers[1].shims[0]
    settings = shim.cfg
    settings["1"]["shims"] = [{"": 3}]
    assert shim.misfits(settings) == ["1/shim.0: the sizes are malformed"]


def test_weights_from_elsewhere_need_layers_of_thinc_that_are_made(tmp_path: Path) -> None:
    ours().initialize(X, dY).to_disk(tmp_path / "model")
    with pytest.raises(LoadError, match=r"1/shim\.0/0\.0/W: not made yet: call initialize"):
        load_tensors(ours(), tmp_path / "model")


def test_no_pickle_is_in_thincs_bytes_of_our_layers() -> None:
    data = thincs().initialize(X, dY).layers[1].shims[0].to_bytes()
    assert data[8:].startswith(b'{"__metadata__":{"combinet"')  # a safetensors file, whole


def test_shims_of_other_kinds_are_not_saved_in_silence() -> None:
    class Other(thinc.Shim):  # type: ignore[misc]
        def finish_update(self, optimizer: Any) -> None:
            """It has no weights."""

    theirs = thinc.Model("other", lambda model, X, is_train: (X, lambda dY: dY), shims=[Other(1)])
    with pytest.raises(SaveError, match=r"the Other at shim\.0 in a model of Thinc's"):
        from_thinc(theirs).to_bytes()
