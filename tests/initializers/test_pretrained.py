"""Vectors out of a safetensors file, or an error that says what does not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from combinet.errors import LoadError, ShapeError
from combinet.initializers import pretrained_init
from combinet.ops import NumpyOps
from combinet.registry import registry

OPS = NumpyOps()
VECTORS = np.arange(12, dtype="float64").reshape(4, 3)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.safetensors"
    tensors = {"vectors": VECTORS, "half": VECTORS.astype("float16"), "ids": np.arange(4)}
    save_file(tensors, path)
    return path


@pytest.mark.parametrize("tensor", ["vectors", "half"])
def test_the_tensor_is_read_as_float32(file: Path, tensor: str) -> None:
    W = np.asarray(pretrained_init(OPS, (4, 3), path=file, tensor=tensor))
    assert W.dtype == np.float32
    assert W.flags.writeable
    np.testing.assert_array_equal(W, VECTORS)


@pytest.mark.parametrize("shape", [(5, 3), (4, 2), (12,)])
def test_other_rows_or_another_width_are_refused(file: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"\(4, 3\)"):
        pretrained_init(OPS, shape, path=file, tensor="vectors")


def test_a_name_that_is_not_there_shows_those_that_are(file: Path) -> None:
    with pytest.raises(LoadError, match=r"no tensor 'vector'[\s\S]*half, ids, vectors"):
        pretrained_init(OPS, (4, 3), path=file, tensor="vector")


def test_whole_numbers_are_no_vectors(file: Path) -> None:
    with pytest.raises(LoadError, match="int64, not floats"):
        pretrained_init(OPS, (4,), path=file, tensor="ids")


def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"nothing of the kind")
    for name in ("broken", "missing"):
        with pytest.raises(LoadError, match=f"cannot be read from .*{name}"):
            pretrained_init(OPS, (4, 3), path=tmp_path / name, tensor="vectors")


def test_a_config_names_the_file_and_the_tensor(file: Path) -> None:
    block = {"@initializers": "pretrained_init.v1", "path": str(file), "tensor": "vectors"}
    init = registry.resolve({"init": block})["init"]
    np.testing.assert_array_equal(init(OPS, (4, 3)), VECTORS)
