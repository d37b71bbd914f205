"""``[training] gpu_allocator`` of a config."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from combinet import Config
from combinet.errors import ConfigError
from combinet.training import _gpu_memory
from combinet.training.run import Run

CONFIG = """
[data]
train = "train.tsv"

[data.reader]
@readers = "combinet.ClassificationTSV.v1"

[training]
num_epochs = 1
gpu_allocator = null

[training.optimizer]
@optimizers = "Adam.v1"
learn_rate = 0.01

[model]
@architectures = "combinet.TextCatBOW.v1"
exclusive_classes = true
ngram_size = 1
no_output_layer = false
length = 64
"""


@pytest.fixture
def data(tmp_path: Path) -> str:
    path = tmp_path / "train.tsv"
    path.write_text("a b c\tx\nd e\ty\n")
    return str(path)


def config(data: str, allocator: str | None) -> Config:
    overrides = {"data.train": data, "training.gpu_allocator": allocator}
    return Config().from_str(CONFIG, overrides=overrides)


def test_null_trains_on_the_cpu(data: str) -> None:
    assert Run(config(data, None)).trainer.train()["epoch"] == 0


def test_it_is_set_before_anything_is_built_that_needs_memory(
    data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[str] = []

    def choose(allocator: str) -> None:
        chosen.append(allocator)
        raise KeyboardInterrupt  # nothing after this runs

    monkeypatch.setattr(_gpu_memory, "set_gpu_allocator", choose)
    with pytest.raises(KeyboardInterrupt):
        Run(config(str(Path(data).with_name("missing.tsv")), "pytorch"))
    assert chosen == ["pytorch"]


@pytest.mark.skipif(find_spec("cupy") is not None, reason="CuPy is installed")
@pytest.mark.parametrize("allocator", ["pytorch", "tensorflow"])
def test_without_a_gpu_the_error_says_what_is_missing(data: str, allocator: str) -> None:
    with pytest.raises(ConfigError, match=f"gpu_allocator = '{allocator}'") as caught:
        Run(config(data, allocator))
    assert "CuPy" in str(caught.value)
    assert "null" in str(caught.value)


@pytest.mark.parametrize("allocator", ["jax", 5])
def test_another_name_is_refused_with_the_section(data: str, allocator: Any) -> None:
    with pytest.raises(ConfigError, match=r"gpu_allocator") as caught:
        Run(config(data, allocator))
    assert "tensorflow" in str(caught.value)
