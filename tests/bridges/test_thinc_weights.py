"""Thinc's bytes in the same network of our layers, and what is refused."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import combinet
from combinet import Linear, Maxout, Relu, Softmax, chain
from combinet.bridges import load_thinc_weights
from combinet.bridges._thinc_bytes import read_msgpack
from combinet.errors import LoadError

X = np.random.default_rng(0).standard_normal((6, 4)).astype("float32")
IDS = np.arange(12, dtype="uint64").reshape(6, 2)
SEQUENCES = [X[:4], X[4:]]


def packed(value: Any) -> bytes:
    """MessagePack as Thinc's files have it, written here so that no test needs Thinc."""
    if isinstance(value, np.ndarray):
        parts = {b"nd": True, b"type": value.dtype.str, b"kind": b"", b"shape": list(value.shape)}
        return packed({**parts, b"data": value.tobytes()})
    if isinstance(value, dict):
        items = b"".join(packed(key) + packed(item) for key, item in value.items())
        return b"\xdf" + struct.pack(">I", len(value)) + items
    if isinstance(value, list):
        return b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(packed, value))
    if isinstance(value, bytes):
        return b"\xc6" + struct.pack(">I", len(value)) + value
    if isinstance(value, str):
        return b"\xdb" + struct.pack(">I", len(value.encode())) + value.encode()
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    return b"\xd3" + struct.pack(">q", value)


def file_of(model: Any, **changes: Any) -> bytes:
    """What Thinc would write of a network like this one of ours."""
    nodes = list(model.walk())
    infos: list[Any] = [
        {"index": i, "name": node.name, "dims": dict(node._dims), "refs": {}}
        for i, node in enumerate(nodes)
    ]
    message: dict[str, Any] = {
        "nodes": infos,
        "attrs": [{} for _ in nodes],
        "params": [{name: n.maybe_get_param(name) for name in n.param_names} for n in nodes],
        "shims": [[] for _ in nodes],
    }
    return packed({**message, **changes})


def network(width: int = 5, classes: int = 3) -> Any:
    return chain(Relu(width), Maxout(6, normalize=True), Linear(classes))


def test_weights_are_those_of_the_file() -> None:
    model = network().initialize(X)
    other = load_thinc_weights(network(), file_of(model))
    assert np.array_equal(other.predict(X), model.predict(X))


def test_a_path_is_read_and_named_in_errors(tmp_path: Path) -> None:
    path, model = tmp_path / "model", network().initialize(X)
    path.write_bytes(file_of(model))
    assert np.array_equal(load_thinc_weights(network(), path).predict(X), model.predict(X))
    path.write_bytes(b"\x01")
    with pytest.raises(LoadError, match=r"are not a model of Thinc's\n.*model"):
        load_thinc_weights(network(), str(path))


def test_every_difference_is_listed_and_nothing_is_changed() -> None:
    model = chain(Relu(5), Maxout(6, normalize=True), Softmax(3)).initialize(X)
    before = {row.path: row.weights.copy() for row in model.parameters()}
    with pytest.raises(LoadError) as caught:
        load_thinc_weights(model, file_of(network(width=7).initialize(X)))
    text = str(caught.value)
    assert "name 'softmax' here, 'linear' in the file" in text
    assert "0 (relu): dim nO is 5 here, 7 in the file" in text
    assert "1 (maxout): shape (6, 3, 5) here, (6, 3, 7) in the file" in text
    assert all(np.array_equal(before[r.path], r.weights) for r in model.parameters())


def test_another_number_of_layers_says_which() -> None:
    with pytest.raises(LoadError, match=r"6 nodes here, 3 in the file") as caught:
        load_thinc_weights(network(), file_of(chain(Relu(5), Linear(3)).initialize(X)))
    assert "missing in the file: 'layernorm'" in str(caught.value)


def test_parameters_that_are_missing_or_too_many_are_listed() -> None:
    model = Linear(3).initialize(X)
    params = [{"W": model.get_param("W"), "c": model.get_param("b")}]
    with pytest.raises(LoadError) as caught:
        load_thinc_weights(Linear(3), file_of(model, params=params))
    assert "parameter 'b' is missing in the file" in str(caught.value)
    assert "parameter 'c' of the file is unexpected" in str(caught.value)


def test_weights_in_shims_are_not_read() -> None:
    model = Linear(3).initialize(X)
    with pytest.raises(LoadError, match="1 shims in the file, which only Thinc can read"):
        load_thinc_weights(Linear(3), file_of(model, shims=[[b"state"]]))


def test_settings_that_both_have_come_along() -> None:
    model = combinet.HashEmbed(3, 50, seed=1).initialize()
    data = file_of(model, attrs=[{"seed": packed(77), "dropout_rate": packed(None), "x": 3}])
    other = load_thinc_weights(combinet.HashEmbed(3, 50, seed=2), data)
    assert other.attrs["seed"] == 77


BAD: dict[str, bytes] = {
    "nothing": b"",
    "cut short": file_of(Linear(3).initialize(X))[:-3],
    "something behind": file_of(Linear(3).initialize(X)) + b"\x00",
    "an extension type": b"\xd4\x01\x00",
    "a timestamp": b"\xd6\xff\x00\x00\x00\x00",
    "a key that is a list": b"\x81\x90\x00",
    "a key twice": b"\x82\xa1a\x00\xa1a\x00",
    "no text": b"\xa2\xff\xff",
    "nested without end": b"\x91" * 5000,
    "a length without data": b"\xdd\xff\xff\xff\xff",
    "objects": packed({b"nd": True, b"type": "|O", b"kind": b"O", b"shape": [1], b"data": b"x"}),
    "a wrong shape": packed({b"nd": True, b"type": "<f4", b"shape": [3], b"data": b"12345678"}),
    "a negative shape": packed({b"nd": True, b"type": "<f4", b"shape": [-1], b"data": b"1234"}),
    "no dtype": packed({b"nd": True, b"type": "<f4,,(", b"shape": [1], b"data": b"1234"}),
    "other parts": packed({"nodes": []}),
    "parts of other lengths": packed({"nodes": [], "attrs": [{}], "params": [], "shims": []}),
    "a layer that is none": packed({"nodes": [1], "attrs": [{}], "params": [{}], "shims": [[]]}),
    "a size that is none": file_of(
        Linear(3).initialize(X), nodes=[{"name": "linear", "dims": {"nO": "3"}}]
    ),
    "a parameter that is none": file_of(Linear(3).initialize(X), params=[{"W": 3, "b": None}]),
}


@pytest.mark.parametrize("name", BAD)
def test_malformed_bytes_are_refused(name: str) -> None:
    model = Linear(3).initialize(X)
    before = model.get_param("W").copy()
    with pytest.raises(LoadError):
        load_thinc_weights(model, BAD[name])
    assert np.array_equal(model.get_param("W"), before)


@given(st.binary(max_size=60), st.integers(0, 400), st.integers(1, 255))
def test_flipped_bits_load_or_are_refused_and_do_nothing_else(
    noise: bytes, place: int, flip: int
) -> None:
    data = bytearray(file_of(Linear(3).initialize(X)))
    data[place % len(data)] ^= flip
    for attempt in (bytes(data), noise):
        try:
            load_thinc_weights(Linear(3), attempt)
        except LoadError:
            continue


@pytest.mark.parametrize(
    "value",
    [0, 127, 128, -1, -32, -33, 2**16, -(2**40), 2**63, 1.5, "é", b"\x00", [1, [2]], {"a": None}],
)
def test_the_reader_agrees_with_srsly(value: Any) -> None:
    srsly: Any = pytest.importorskip("srsly", reason="Thinc is not installed")
    assert read_msgpack(srsly.msgpack_dumps(value)) == value


# --- against Thinc itself, where it is installed -----------------------------------------

BUILT: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "dense": (lambda M: M.chain(M.Relu(8, normalize=True, dropout=0.1), M.Softmax(3)), X),
    "activations": (lambda M: M.chain(M.Mish(8), M.Gelu(7), M.Swish(6), M.ClippedLinear(3)), X),
    "maxout": (lambda M: M.chain(M.Maxout(5, nP=2), M.Dish(4), M.Softmax_v2(3)), X),
    "embeddings": (
        lambda M: M.concatenate(M.HashEmbed(4, 30, column=0), M.Embed(3, 20, column=1)),
        IDS,
    ),
    "windows": (
        lambda M: M.with_array(
            M.clone(M.residual(M.chain(M.expand_window(1), M.Maxout(4, 12, normalize=True))), 2)
        ),
        SEQUENCES,
    ),
    "attention": (
        lambda M: M.chain(M.list2ragged(), M.ParametricAttention(), M.reduce_sum(), M.Linear(3)),
        SEQUENCES,
    ),
    "recurrent": (lambda M: M.with_padded(M.LSTM(6, 4, bi=True, depth=2)), SEQUENCES),
}


@pytest.mark.parametrize("name", BUILT)
def test_the_same_calls_here_give_what_thinc_gives(name: str) -> None:
    thinc: Any = pytest.importorskip(
        "thinc.api", reason="Thinc is not installed", exc_type=ImportError
    )
    build, sample = BUILT[name]
    theirs = build(thinc).initialize(X=sample)
    ours = load_thinc_weights(build(combinet), theirs.to_bytes())
    wanted, got = theirs.predict(sample), ours.predict(sample)
    for array, twin in zip(wanted, got, strict=True):
        np.testing.assert_allclose(array, twin, rtol=1e-5, atol=1e-6)
