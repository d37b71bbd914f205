"""Files that are damaged, or made in malice, are refused and change nothing."""

from __future__ import annotations

import hashlib
import json
import random
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from combinet.errors import LoadError, SaveError
from combinet.layers.dropout import Dropout
from combinet.layers.linear import Linear
from combinet.serialize import safetensors_file
from tests.serialize.files import Net, trained, untouched


def refuses(model: Net, data: bytes) -> None:
    with pytest.raises(LoadError):
        model.from_bytes(data)


def signed(header: str, data: bytes = b"") -> bytes:
    """A file with a header of one's own and a digest that is right for it."""
    file = struct.pack("<Q", len(header.encode())) + header.encode() + data
    at = file.index(b"0" * 64)
    digest = hashlib.sha256(file).hexdigest().encode()
    return file[:at] + digest + file[at + 64 :]


def ours(structure: Any, tensors: Any = None, **more: Any) -> str:
    """The header of a file of ours: ``structure`` is put behind the digest."""
    text = json.dumps({"digest": "0" * 64, **structure}, separators=(",", ":"))
    header = {"__metadata__": {"combinet": text, **more}, **(tensors or {})}
    return json.dumps(header, separators=(",", ":"))


def test_a_file_is_read_by_the_safetensors_package(tmp_path: Path) -> None:
    from safetensors import safe_open

    model = trained()
    model.to_disk(tmp_path / "m.safetensors")
    with safe_open(tmp_path / "m.safetensors", "np") as file:
        assert list(file.metadata()) == ["combinet"]
        assert sorted(file.keys()) == ["0/W", "0/b", "2/W", "2/b"]
        assert np.array_equal(file.get_tensor("0/W"), model.layers[0].get_param("W"))


def test_the_digest_is_that_of_the_file_with_its_field_zeroed() -> None:
    data = trained().to_bytes()
    at = data.index(b'"digest\\":\\"') + len(b'"digest\\":\\"')
    zeroed = data[:at] + b"0" * 64 + data[at + 64 :]
    assert hashlib.sha256(zeroed).hexdigest().encode() == data[at : at + 64]


def test_the_structure_is_sorted_json_under_one_key() -> None:
    data = trained().to_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    text = json.loads(data[8 : 8 + size])["__metadata__"]["combinet"]
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


def test_an_attribute_cannot_pretend_to_be_the_digest() -> None:
    model = Dropout(0.5)
    model.attrs['x\\",\\"digest\\":\\"'] = {"digest": "0" * 64, '{"digest":"': "0" * 64}
    loaded = Dropout(0.5)
    loaded.attrs['x\\",\\"digest\\":\\"'] = None
    assert loaded.from_bytes(model.to_bytes()).attrs == model.attrs


def test_every_bit_of_a_small_file_matters() -> None:
    data, model = Linear(1, 1).initialize(seed=1).to_bytes(), Linear(1, 1).initialize(seed=2)
    check = untouched(model)
    for byte in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[byte] ^= 1 << bit
            refuses(model, bytes(flipped))
    check()


@pytest.mark.parametrize("flips", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_random_bit_flips_of_a_larger_file_are_all_refused(flips: int) -> None:
    model, other = Linear(300, 200).initialize(seed=1), Linear(300, 200).initialize(seed=2)
    data, check, draw = model.to_bytes(), untouched(other), random.Random(0)
    for _ in range(flips):
        flipped = bytearray(data)
        flipped[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        assert not other.can_from_bytes(bytes(flipped))
        refuses(other, bytes(flipped))
    check()


def test_every_truncation_is_refused() -> None:
    data, model = trained(1).to_bytes(), trained(2)
    check = untouched(model)
    for length in range(len(data)):
        refuses(model, data[:length])
    check()


@pytest.mark.parametrize("tail", [b"\0", b" ", b"more", bytes(1000)])
def test_trailing_bytes_are_refused(tail: bytes) -> None:
    refuses(trained(2), trained(1).to_bytes() + tail)


def test_a_foreign_file_is_pointed_to_load_tensors() -> None:
    from safetensors.numpy import save

    with pytest.raises(LoadError, match=r"load_tensors\(\)"):
        trained().from_bytes(save({"0/W": np.zeros((4, 3), "float32")}))


F32 = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
FINE: dict[str, Any] = {"format": 1, "nodes": {}}
ENTRY = Dropout(0.5).to_dict()["nodes"][""]


@pytest.mark.parametrize(
    ("header", "data"),
    [
        (ours(FINE, {"a": {**F32, "dtype": "F31"}}), bytes(4)),
        (ours(FINE, {"a": {**F32, "dtype": ["F32"]}}), bytes(4)),
        (ours(FINE, {"a": {**F32, "shape": [2]}}), bytes(4)),
        (ours(FINE, {"a": {**F32, "shape": [-1, -1]}}), bytes(4)),
        (ours(FINE, {"a": {**F32, "shape": [True]}}), bytes(4)),
        (ours(FINE, {"a": {**F32, "shape": 1}}), bytes(4)),
        (ours(FINE, {"a": {**F32, "shape": [1] * 40}}), bytes(4)),
        (ours(FINE, {"a": {**F32, "shape": [2**62, 2**62, 4]}}), bytes(4)),
        (ours(FINE, {"a": {**F32, "shape": [0, 2**62, 4], "data_offsets": [0, 0]}}), b""),
        (ours(FINE, {"a": {**F32, "data_offsets": [4, 0]}}), bytes(4)),
        (ours(FINE, {"a": {**F32, "data_offsets": [-4, 0]}}), bytes(4)),
        (ours(FINE, {"a": {**F32, "data_offsets": [0, 2**63]}}), bytes(4)),
        (ours(FINE, {"a": {**F32, "data_offsets": [0]}}), bytes(4)),
        (ours(FINE, {"a": {**F32, "data_offsets": [4, 8]}}), bytes(8)),
        (ours(FINE, {"a": F32, "b": F32}), bytes(4)),
        (ours(FINE, {"a": F32, "b": {**F32, "data_offsets": [2, 6]}}), bytes(6)),
        (ours(FINE, {"a": F32, "b": {**F32, "data_offsets": [8, 12]}}), bytes(12)),
        (ours(FINE, {"a": F32}), bytes(5)),
        (ours(FINE, {"a": F32}), bytes(3)),
        (ours(FINE, {"a": {**F32, "more": 1}}), bytes(4)),
        (ours(FINE, {"a": None}), b""),
        (ours(FINE, {"a": {"dtype": "BOOL", "shape": [1], "data_offsets": [0, 1]}}), b"\2"),
        (ours(FINE, other="key"), b""),
        (ours({**FINE, "format": 2}), b""),
        (ours({**FINE, "format": 3}), b""),
        (ours({**FINE, "probe": {"input": 1, "output": 1}}), b""),
        (ours({**FINE, "format": 2, "probe": None}), b""),
        (ours({**FINE, "format": 2, "probe": {"input": 1}}), b""),
        (ours({**FINE, "format": None}), b""),
        (ours({**FINE, "more": {}}), b""),
        (ours({"nodes": {}}), b""),
        (ours({**FINE, "nodes": {"": {**ENTRY, "attrs": {"x": float("nan")}}}}), b""),
        (ours({**FINE, "nodes": {"": 1e400}}).replace("Infinity", "1e400"), b""),
        (ours(FINE).replace('"format\\":1', '"format\\":1,\\"format\\":1'), b""),
        (ours(FINE).replace('\\"nodes\\":{}', '\\"nodes\\":NaN'), b""),
        (ours(FINE).replace('\\"nodes\\":{}', '\\"nodes\\":' + "[" * 100_000), b""),
        (ours(FINE).replace('\\"nodes\\":{}', '\\"nodes\\":' + "9" * 10_000), b""),
        (ours(FINE)[:-1] + ',"a":' + "[" * 200_000 + "}", b""),
        (ours(FINE)[:-1] + ',"__metadata__":{}}', b""),
        (ours(FINE)[:-1] + ',"a":' + json.dumps(F32) + ',"a":' + json.dumps(F32) + "}", bytes(4)),
        (ours(FINE) + "{}", b""),
        (ours(FINE)[:-2], b""),
    ],
)
def test_a_hostile_header_is_refused(header: str, data: bytes) -> None:
    model = Linear(1, 1).initialize(seed=1)
    check = untouched(model)
    with pytest.raises(LoadError) as caught:
        model.from_bytes(signed(header, data))
    assert "does not fit the model" not in str(caught.value)  # it was refused before that
    check()


def test_the_forger_of_these_tests_can_write_a_good_file() -> None:
    message = Dropout(0.5).to_dict()
    header = ours({"format": 1, "nodes": message["nodes"]})
    assert Dropout(0.1).from_bytes(signed(header)).attrs["dropout_rate"] == 0.5


@pytest.mark.parametrize("length", [2**64 - 1, 2**63, 10**8, 0, 1, 7])
def test_a_header_length_that_is_not_true_is_refused(length: int) -> None:
    data = struct.pack("<Q", length) + trained().to_bytes()[8:]
    refuses(trained(2), data)
    with pytest.raises(LoadError):
        safetensors_file.read_header(data)


def test_a_huge_header_is_refused_before_it_is_parsed() -> None:
    header = b"{" + b" " * 100_000_000 + b"}"
    data = struct.pack("<Q", len(header)) + header
    tracemalloc.start()
    try:
        with pytest.raises(LoadError, match="longer than"):
            safetensors_file.read_header(data)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_a_header_that_is_not_text_is_refused() -> None:
    data = struct.pack("<Q", 4) + b"{\xff\xfe}"
    with pytest.raises(LoadError, match="not text"):
        safetensors_file.read_header(data)


def test_a_header_too_long_to_load_is_refused_at_save(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safetensors_file, "HEADER_LIMIT", 500)
    with pytest.raises(SaveError, match="more than 500 bytes"):
        trained().to_bytes()
