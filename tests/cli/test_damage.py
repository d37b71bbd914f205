"""A damaged model directory is refused; what was changed in it is not loaded silently."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("name", "position"),
    [("model.safetensors", -9), ("model.safetensors", 30), ("vocabulary.json", 20)],
)
def test_one_flipped_bit_is_noticed(
    model: Path, refused: Callable[..., str], name: str, position: int
) -> None:
    data = bytearray((model / name).read_bytes())
    data[position] ^= 1
    (model / name).write_bytes(data)
    says = refused("predict", model)
    assert "error:" in says
    assert "fix:" in says


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("meta.json", b"{"),
        ("meta.json", b"[]"),
        ("meta.json", b"{}"),
        ("meta.json", b"\xff"),
        ("vocabulary.json", b"{"),
        ("vocabulary.json", None),
        ("config.cfg", b"\xff\xfe"),
        ("config.cfg", b""),
        ("model.safetensors", b""),
    ],
)
def test_a_damaged_file_is_refused(
    model: Path, refused: Callable[..., str], name: str, content: bytes | None
) -> None:
    file = model / name
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    assert "error:" in refused("evaluate", model, "train.jsonl")
