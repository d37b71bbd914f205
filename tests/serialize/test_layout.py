"""The bytes of a file are those that the package safetensors would write."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors.numpy import save

from combinet.errors import SaveError
from combinet.serialize.safetensors_file import DTYPES, digest_of, pack, unpack

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TENSORS = st.dictionaries(
    NAMES.filter(lambda name: name != "__metadata__"),
    st.sampled_from(sorted(DTYPES)).flatmap(
        lambda kind: arrays(kind, array_shapes(min_dims=0, min_side=0, max_dims=3))
    ),
    max_size=6,
)


@given(TENSORS, st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3))
def test_any_tensors_are_laid_out_as_the_package_lays_them_out(
    tensors: dict[str, Any], nodes: dict[str, str]
) -> None:
    before, zeros, *after = pack(tensors, {"nodes": nodes})
    written = b"".join((before, zeros, *after))
    size = int.from_bytes(written[:8], "little")
    text = json.loads(written[8 : 8 + size])["__metadata__"]["combinet"]
    assert written == save(tensors, metadata={"combinet": text})


@given(TENSORS)
def test_what_is_packed_is_unpacked(tensors: dict[str, Any]) -> None:
    before, zeros, *after = pack(tensors, {"nodes": {}})
    structure, found = unpack(b"".join((before, digest_of((before, zeros, *after)), *after)))
    assert structure == {"nodes": {}}
    assert set(found) == set(tensors)
    for name, array in tensors.items():
        assert found[name].shape == array.shape
        assert found[name].array().tobytes() == array.tobytes()


def test_a_name_that_is_no_valid_text_is_refused() -> None:
    with pytest.raises(SaveError, match="cannot be written"):
        pack({"\ud800": np.zeros(1)}, {})


def test_no_tensor_is_copied() -> None:
    array = np.arange(6, dtype="float32").reshape(2, 3)
    *_, part = pack({"W": array}, {})
    assert np.shares_memory(np.frombuffer(part, dtype="uint8"), array)
