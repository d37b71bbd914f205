"""Wrapped modules in files: tensors only, loaded whole or not at all."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from combinet import SGD, Linear, Model
from combinet.bridges import PyTorchWrapper, PyTorchWrapper_v2
from combinet.errors import LoadError, SaveError

from .networks import X, dY, mlp, weights, wrapped


def network(module: Callable[[], nn.Module] = mlp) -> Model[Any, Any]:
    return (Linear(4, 4) >> PyTorchWrapper(module())).initialize()


def normed() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))


def test_a_network_with_other_weights_predicts_the_same_after_loading(tmp_path: Path) -> None:
    model, other = network(), network()
    expected = model.predict(X)
    assert not np.allclose(other.predict(X), expected)
    model.to_disk(tmp_path / "it")
    assert np.array_equal(other.from_disk(tmp_path / "it").predict(X), expected)


def test_buffers_are_saved() -> None:
    model, other = network(normed), network(normed)
    for _ in range(3):
        model.begin_update(X)
    expected = model.predict(X)
    assert np.array_equal(other.from_bytes(model.to_bytes()).predict(X), expected)


def test_files_hold_json_and_tensors_to_the_last_byte() -> None:
    model = network()
    data = model.to_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    json.loads(data[8:start])
    assert len(data) - start == sum(W.nbytes for W in weights(model).values())


def test_tensors_are_named_by_path() -> None:
    names = set(network().to_dict()["tensors"])
    assert {"1/shim.0/0.weight", "1/shim.0/0.bias"} < names


def test_equal_modules_give_equal_bytes() -> None:
    model = network()
    assert network().from_bytes(model.to_bytes()).to_bytes() == model.to_bytes()


def test_tied_weights_are_saved_once() -> None:
    def tied() -> nn.Module:
        module = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
        module[1].weight = module[0].weight
        return module

    model, other = PyTorchWrapper(tied()), PyTorchWrapper(tied())
    assert sorted(model.shims[0].tensors()) == ["0.bias", "0.weight", "1.bias"]
    expected = model.predict(X)
    assert np.array_equal(other.from_bytes(model.to_bytes()).predict(X), expected)


def test_bfloat16_is_saved_bit_by_bit() -> None:
    model, other = (PyTorchWrapper(mlp().bfloat16()) for _ in range(2))
    expected = model.predict(X)
    assert np.array_equal(other.from_bytes(model.to_bytes()).predict(X), expected)


def test_a_compiled_module_has_the_file_of_the_plain_one() -> None:
    module = mlp()
    plain = PyTorchWrapper(module)
    compiled = PyTorchWrapper(torch.compile(mlp(), backend="eager"))
    expected = plain.predict(X)
    assert list(weights(compiled)) == list(weights(plain))
    assert np.allclose(compiled.from_bytes(plain.to_bytes()).predict(X), expected)


def test_training_goes_on_after_loading() -> None:
    model = network()
    model.begin_update(X)[1](dY)
    model.from_bytes(model.to_bytes())
    gathered = [r.gradient for r in model.parameters() if r.gradient is not None]
    assert not any(gradient.any() for gradient in gathered)


# --- what is refused --------------------------------------------------------------------------


def refused(model: Model[Any, Any], data: bytes, match: str) -> None:
    """Loading raises, and nothing changed."""
    before, expected = weights(model), model.predict(X)
    with pytest.raises(LoadError, match=match):
        model.from_bytes(data)
    assert all(np.array_equal(before[path], W) for path, W in weights(model).items())
    assert np.array_equal(model.predict(X), expected)


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_file_is_refused(part: float) -> None:
    data = network().to_bytes()
    refused(network(), data[: int(part * len(data))], "file")


def test_a_file_with_a_flipped_bit_is_refused() -> None:
    data, rng = network().to_bytes(), np.random.default_rng(0)
    model = network()
    for position in rng.integers(0, len(data), 100):
        flipped = bytearray(data)
        flipped[position] ^= 1 << int(rng.integers(8))
        with pytest.raises(LoadError):
            model.from_bytes(bytes(flipped))


def wider() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 9), nn.ReLU(), nn.Dropout(0), nn.Linear(9, 3))


@pytest.mark.parametrize(
    ("module", "match"),
    [
        (wider, r"1/shim.0/0.weight: shape \(8, 4\) here, \(9, 4\) in the file"),
        (normed, r"'1.running_mean' of the file is unexpected"),
        (lambda: mlp().double(), r"1/shim.0/3.bias: float32 here, float64 in the file"),
        (lambda: mlp().bfloat16(), r"'0.weight:bfloat16' of the file is unexpected"),
    ],
    ids=["shape", "names", "dtype", "bfloat16"],
)
def test_the_file_of_another_module_is_refused_with_the_differences(
    module: Callable[[], nn.Module], match: str
) -> None:
    refused(network(), network(module).to_bytes(), match)


def test_every_difference_is_listed() -> None:
    with pytest.raises(LoadError) as raised:
        network().from_bytes(network(wider).to_bytes())
    assert str(raised.value).count("shape (") == 3


def test_the_shim_itself_refuses_what_does_not_fit() -> None:
    shim = wrapped().shims[0]
    before = {name: array.copy() for name, array in shim.tensors().items()}
    given = {**before, "0.weight": np.zeros((1, 1), "float32"), "new": np.zeros(3)}
    del given["0.bias"]
    with pytest.raises(LoadError) as raised:
        shim.load_tensors(given)
    assert all(name in str(raised.value) for name in ("0.weight", "0.bias", "new"))
    assert all(np.array_equal(before[n], array) for n, array in shim.tensors().items())


class Counting(nn.Linear):
    """Keeps a number outside of parameters and buffers, and gives a copy of it."""

    count = 0

    def get_extra_state(self) -> torch.Tensor:
        return torch.tensor(self.count)

    def set_extra_state(self, state: torch.Tensor) -> None:
        self.count = int(state)


def test_the_extra_state_of_a_module_is_set_again() -> None:
    model, other = wrapped(nn.Sequential(Counting(4, 3))), wrapped(nn.Sequential(Counting(4, 3)))
    model.shims[0].module[0].count = 7  # type: ignore[attr-defined]
    other.from_bytes(model.to_bytes())
    assert other.shims[0].module[0].count == 7  # type: ignore[attr-defined]


def test_files_do_not_tell_which_part_of_a_module_was_compiled() -> None:
    def partly(compiled: bool) -> Model[Any, Any]:
        inner = nn.Sequential(nn.Linear(4, 3), nn.Tanh())
        outer = torch.compile(inner, backend="eager") if compiled else inner
        return wrapped(nn.Sequential(outer, nn.Linear(3, 3)))

    for mine, theirs in ((True, False), (False, True)):
        model, other = partly(mine), partly(theirs)
        expected = model.predict(X)
        assert [r.path for r in model.parameters()] == [r.path for r in other.parameters()]
        assert np.allclose(other.from_bytes(model.to_bytes()).predict(X), expected, atol=1e-6)


def test_numbers_that_numpy_lacks_are_refused_with_their_name() -> None:
    module = nn.Linear(4, 3)
    module.register_buffer("scales", torch.zeros(3).to(torch.float8_e4m3fn))
    with pytest.raises(SaveError, match=r"(?s)'scales'.*float8_e4m3fn.*serialize_model="):
        wrapped(module).to_bytes()


def test_what_is_no_tensor_is_refused_at_save() -> None:
    class Odd(nn.Linear):
        def get_extra_state(self) -> Any:
            return {"a": 1}

    with pytest.raises(SaveError, match="_extra_state"):
        PyTorchWrapper(Odd(2, 2)).to_bytes()


def test_a_lazy_module_is_refused_at_save() -> None:
    with pytest.raises(SaveError, match="not made yet"):
        PyTorchWrapper(nn.LazyLinear(3)).to_bytes()


# --- copies and pickles -----------------------------------------------------------------------


def test_a_copy_has_weights_and_an_id_of_its_own() -> None:
    model = network()
    expected, twin = model.predict(X), model.copy()
    for row in twin.parameters():
        row.weights[...] += 1
    assert np.array_equal(model.predict(X), expected)
    assert not np.array_equal(twin.predict(X), expected)
    assert twin.layers[1].shims[0].id != model.layers[1].shims[0].id


class Remembering(nn.Linear):
    """Keeps what it gave, for somebody to look at."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.last = super().forward(x)
        return self.last.tanh()


def pruned() -> nn.Module:
    return prune.l1_unstructured(nn.Linear(4, 3), "weight", amount=0.5)  # type: ignore[no-any-return,no-untyped-call]


@pytest.mark.parametrize("make", [lambda: Remembering(4, 3), pruned], ids=["attribute", "pruned"])
def test_what_a_forward_left_on_the_module_is_no_obstacle_to_copies(make: Any) -> None:
    model = wrapped(nn.Sequential(make()))
    model.begin_update(X)[1](dY)
    for twin in (model.copy(), pickle.loads(pickle.dumps(model))):
        assert np.array_equal(twin.predict(X), model.predict(X))
        twin.begin_update(X)[1](dY)
        twin.finish_update(SGD(0.1))
        assert not np.allclose(twin.predict(X), model.predict(X))


def test_a_pickled_network_predicts_the_same() -> None:
    model = network()
    twin = pickle.loads(pickle.dumps(model))
    assert np.array_equal(twin.predict(X), model.predict(X))
    assert twin.layers[1].shims[0].id != model.layers[1].shims[0].id
    twin.begin_update(X)[1](dY)


def test_the_grad_scaler_is_saved() -> None:
    from combinet.bridges import PyTorchGradScaler

    def make(scale: float) -> Model[Any, Any]:
        return PyTorchWrapper_v2(mlp(), grad_scaler=PyTorchGradScaler(True, init_scale=scale))

    model, other = make(8.0), make(4.0)
    other.from_bytes(model.to_bytes())
    assert other.shims[0].grad_scaler.factor == 8.0  # type: ignore[attr-defined]
    with pytest.raises(LoadError, match="grad_scaler"):
        wrapped().from_bytes(model.to_bytes())
