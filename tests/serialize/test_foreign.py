"""Weights out of the safetensors files of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.errors import LoadError
from combinet.layers.dropout import Dropout
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from combinet.serialize import load_tensors
from tests.serialize.files import X, net, trained, untouched


def foreign(path: Path, **change: Any) -> Path:
    from safetensors.numpy import save_file

    rng = np.random.default_rng(0)
    tensors = {
        "encoder.weight": rng.normal(size=(4, 3)).astype("float32"),
        "encoder.bias": np.arange(4, dtype="float32"),
        "head.weight": rng.normal(size=(2, 4)).astype("float32"),
        "head.bias": np.ones(2, "float32"),
        **change,
    }
    save_file({n: t for n, t in tensors.items() if t is not None}, path)
    return path


NAMES = {"encoder.weight": "0/W", "encoder.bias": "0/b", "head.weight": "2/W", "head.bias": "2/b"}


def test_foreign_weights_set_sizes_and_parameters_of_a_new_model(tmp_path: Path) -> None:
    model = chain(Relu(), Dropout(0.5), Linear())
    assert load_tensors(model, foreign(tmp_path / "f"), NAMES) == ["0/W", "0/b", "2/W", "2/b"]
    assert (model.get_dim("nI"), model.get_dim("nO")) == (3, 2)
    rng = np.random.default_rng(0)
    W1, W2 = rng.normal(size=(4, 3)), rng.normal(size=(2, 4))
    expected = np.maximum(X @ W1.T + np.arange(4), 0) @ W2.T + 1
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-5)


def test_names_can_be_a_function_that_leaves_some_out(tmp_path: Path) -> None:
    path = foreign(tmp_path / "f", steps=np.zeros(1, "int64"))
    table = {**NAMES, "steps": None}
    assert len(load_tensors(net(), path, lambda name: table[name])) == 4


def test_foreign_weights_that_do_not_fit_are_all_listed(tmp_path: Path) -> None:
    path = foreign(
        tmp_path / "f",
        **{
            "encoder.bias": None,
            "head.weight": np.zeros((2, 5), "float32"),
            "head.bias": np.ones(2, "float64"),
            "more": np.ones(1, "float32"),
        },
    )
    model = trained()
    check = untouched(model)
    with pytest.raises(LoadError) as caught:
        load_tensors(model, path, NAMES)
    text = str(caught.value)
    assert "0/b: missing in the file" in text
    assert "2/W: shape (2, 4) here, (2, 5) in the file" in text
    assert "2/b: float32 here, float64 in the file" in text
    assert "more: unexpected in the file" in text
    assert "encoder.bias: to be renamed, and not in the file" in text
    check()


def test_two_tensors_under_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="0/W: two tensors of the file get this name"):
        load_tensors(trained(), foreign(tmp_path / "f"), lambda name: "0/W")


def test_partial_loading_leaves_the_rest_but_no_wrong_shape(tmp_path: Path) -> None:
    model = trained()
    before = model.layers[0].get_param("W").copy()
    path = foreign(tmp_path / "f", **{"encoder.weight": None, "more": np.ones(1, "float32")})
    names = {k: v for k, v in NAMES.items() if k != "encoder.weight"}
    assert load_tensors(model, path, names, partial=True) == ["0/b", "2/W", "2/b"]
    assert np.array_equal(model.layers[0].get_param("W"), before)
    assert model.layers[0].get_param("b").tolist() == [0, 1, 2, 3]
    path = foreign(tmp_path / "g", **{"head.weight": np.zeros((2, 5), "float32")})
    with pytest.raises(LoadError, match="2/W: shape"):
        load_tensors(model, path, NAMES, partial=True)


def test_sizes_of_foreign_weights_that_contradict_each_other_change_nothing(
    tmp_path: Path,
) -> None:
    model = chain(Relu(), Dropout(0.5), Linear())
    path = foreign(tmp_path / "f", **{"head.weight": np.zeros((2, 7), "float32")})
    with pytest.raises(LoadError, match="do not fit together"):
        load_tensors(model, path, NAMES)
    assert model.layers[0].has_dim("nI") is None
    assert model.layers[0].has_param("W") is None


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_is_widened(tmp_path: Path, dtype: str) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    kind = getattr(torch, dtype)
    weights = torch.linspace(-3, 3, 6).reshape(2, 3).to(kind)
    save_file({"W": weights, "b": torch.tensor([0.1, -1e4], dtype=kind)}, tmp_path / "f")
    model = Linear()
    load_tensors(model, tmp_path / "f")
    assert model.get_param("W").dtype == "float32"
    assert np.array_equal(model.get_param("W"), weights.float().numpy())
    assert model.get_param("b").tolist() == torch.tensor([0.1, -1e4], dtype=kind).float().tolist()


def test_a_damaged_foreign_file_is_refused(tmp_path: Path) -> None:
    path = foreign(tmp_path / "f")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LoadError, match="cut short"):
        load_tensors(trained(), path, NAMES)
