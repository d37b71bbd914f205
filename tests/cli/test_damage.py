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


def test_a_changed_config_is_refused_and_says_what_to_do(
    model: Path, refused: Callable[..., str]
) -> None:
    config = model / "config.cfg"
    config.write_text(config.read_text().replace("rows = 50", "rows = 51"))
    says = refused("predict", model)
    assert "config.cfg is not the one that was saved with it" in says
    assert "set its format to 1" in says


def test_a_trained_model_proves_itself(model: Path, program: Callable[..., str]) -> None:
    assert program("evaluate", model, "train.jsonl").code == 0  # which replays the probe
    assert b"probe.input" not in (model / "model.safetensors").read_bytes()  # words, no array
    assert b"probe.output" in (model / "model.safetensors").read_bytes()


def test_an_architecture_that_is_not_registered_is_named_with_the_config_that_names_it(
    model: Path, refused: Callable[..., str]
) -> None:
    from combinet import registry

    name = "combinet.TextClassifier.v1"
    function = registry.architectures.get(name)
    registry.architectures.unregister(name)
    try:
        says = refused("predict", model)
    finally:
        registry.architectures(name, function)
    assert "'combinet.TextClassifier.v1' is not registered" in says
    lines = (model / "config.cfg").read_text().splitlines()
    number = 1 + lines.index(f'@architectures = "{name}"')
    assert f"{model / 'config.cfg'}:{number} [model] @architectures" in says
