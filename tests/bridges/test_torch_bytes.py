"""Modules that become bytes in a way of their own."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from combinet.bridges import PyTorchWrapper_v3

from .networks import X, mlp


def test_version_3_can_save_a_module_its_own_way() -> None:
    def to_bytes(module: Any) -> bytes:
        return b"".join(p.detach().numpy().tobytes() for p in module.parameters())

    def from_bytes(module: Any, data: bytes, device: Any) -> Any:
        numbers, at = np.frombuffer(data, "float32"), 0
        with torch.no_grad():
            for p in module.parameters():
                p.copy_(torch.tensor(numbers[at : at + p.numel()]).reshape(p.shape))
                at += p.numel()
        return module

    model, other = (
        PyTorchWrapper_v3(mlp(), serialize_model=to_bytes, deserialize_model=from_bytes)
        for _ in range(2)
    )
    expected = model.predict(X)
    assert not np.array_equal(other.predict(X), expected)
    assert np.array_equal(other.from_bytes(model.to_bytes()).predict(X), expected)


def own_way(words: list[str]) -> Any:
    """A wrapped module whose bytes are as long as what it knows."""
    module = mlp()
    module.words = words

    def to_bytes(module: Any) -> bytes:
        return json.dumps([module.words, module[0].bias.tolist()]).encode()

    def from_bytes(module: Any, data: bytes, device: Any) -> Any:
        module.words, bias = json.loads(data)
        with torch.no_grad():
            module[0].bias.copy_(torch.tensor(bias))
        return module

    return PyTorchWrapper_v3(module, serialize_model=to_bytes, deserialize_model=from_bytes)


@pytest.mark.parametrize("words", [[], ["a"], ["many", "more", "words"]])
def test_bytes_of_a_modules_own_may_be_of_any_length(words: list[str]) -> None:
    model, other = own_way(["some"]), own_way(words)
    other.from_bytes(model.to_bytes())
    assert other.shims[0].module.words == ["some"]
    assert other.shims[0].module[0].bias.tolist() == model.shims[0].module[0].bias.tolist()


def test_bytes_of_a_modules_own_are_put_back_when_loading_fails() -> None:
    model, other = own_way(["some"]), own_way([])
    damaged = model.to_dict()
    damaged["tensors"]["shim.0/serialized"] = np.frombuffer(b"[", dtype="uint8")
    with pytest.raises(json.JSONDecodeError):
        other.from_dict(damaged)
    assert other.shims[0].module.words == []
