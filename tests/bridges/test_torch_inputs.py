"""What people hand to a wrapped PyTorch module first: it works, or an error says what to do."""

from __future__ import annotations

from collections import UserDict
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from combinet import Linear, Model, Padded, Ragged, with_array
from combinet.bridges import PyTorchWrapper
from combinet.errors import BackpropError, DTypeError

from .networks import X, dY, wrapped


@pytest.fixture(autouse=True)
def _nobody_writes_what_is_not_its_own() -> None:
    """Not watched here: arrays that may not be written are copied, and who writes is the point."""


# --- modules that write into their input ---------------------------------------------------------


class AddsInPlace(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x += 1
        return super().forward(x)


class AddsInPlaceInView(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x.view(-1).mul_(2)
        return super().forward(x)


WRITERS: dict[str, Any] = {
    "ReLU": lambda: nn.Sequential(nn.ReLU(inplace=True), nn.Linear(4, 3)),
    "+=": lambda: AddsInPlace(4, 3),
    "view": lambda: AddsInPlaceInView(4, 3),
}


def gives(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
    return module(x * 1)  # type: ignore[no-any-return]


@pytest.mark.parametrize("writer", WRITERS)
def test_predict_leaves_the_callers_array_alone(writer: str) -> None:
    module = WRITERS[writer]()
    model, x = PyTorchWrapper(module), X.copy()
    expected = gives(module, torch.tensor(X)).detach().numpy()
    for _ in range(2):
        assert np.array_equal(model.predict(x), expected)
        assert np.array_equal(x, X)


@pytest.mark.parametrize("writer", WRITERS)
def test_modules_that_write_into_their_input_train(writer: str) -> None:
    module = WRITERS[writer]()
    model, x, bare = PyTorchWrapper(module), X.copy(), torch.tensor(X, requires_grad=True)
    (expected,) = torch.autograd.grad(gives(module, bare), bare, torch.tensor(dY))
    for _ in range(2):
        assert np.allclose(model.begin_update(x)[1](dY), expected.numpy())
        assert np.array_equal(x, X)


def test_ids_that_a_module_clamps_in_place_stay_as_they_were() -> None:
    class Clamped(nn.Embedding):
        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return super().forward(ids.clamp_(max=4))

    ids = np.array([1, 9, 3, 7, 0, 2])
    model = PyTorchWrapper(Clamped(5, 3))
    for _ in range(2):
        model.predict(ids)
        model.begin_update(ids)
    assert ids.tolist() == [1, 9, 3, 7, 0, 2]


def test_what_a_module_does_not_write_into_is_shared_after_the_first_call() -> None:
    seen: list[int] = []

    class Seeing(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x.data_ptr())
            return super().forward(x)

    model, x = PyTorchWrapper(Seeing(4, 3)), X.copy()
    for _ in range(2):
        model.predict(x)
    for _ in range(2):
        model.begin_update(x)
    assert [place == x.ctypes.data for place in seen] == [False, True, True, True]


def test_a_module_that_begins_to_write_later_is_found_out() -> None:
    module: Any = nn.Sequential(nn.ReLU(), nn.Linear(4, 3))
    model, x = PyTorchWrapper(module), X.copy()
    model.predict(x)
    module[0].inplace = True
    model.predict(x)
    assert np.array_equal(x, X)


# --- containers and tensors ---------------------------------------------------------------------


class Masked(nn.Linear):
    def forward(self, rows: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return super().forward(rows) * mask


def test_the_batch_of_a_tokenizer_goes_in_by_name() -> None:
    """transformers' BatchEncoding is a UserDict: a mapping, and no dict."""
    batch = UserDict(mask=np.ones((6, 1), "float32"), rows=X)
    model = PyTorchWrapper(Masked(4, 3))
    assert np.array_equal(model.predict(batch), model.predict(dict(batch)))
    assert model.begin_update(batch)[1](dY)["rows"].shape == X.shape


def test_a_tensor_is_as_good_as_an_array() -> None:
    model = wrapped(nn.Linear(4, 3))
    x = torch.tensor(X, dtype=torch.float64)
    assert np.array_equal(model.predict(x), model.predict(X))
    dX = model.begin_update(x)[1](dY)
    assert np.array_equal(dX, model.begin_update(X)[1](dY))
    assert not x.requires_grad
    assert x.grad is None


def test_tensors_of_a_layer_before_pass_the_gradient_to_it() -> None:
    """Nobody is to be told to convert them: such a layer may be a tokenizer of others."""

    def forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        return (torch.tensor(X), torch.ones(6, 1)), lambda dY: dY[0]

    model = Model("tensors", forward) >> PyTorchWrapper(Masked(4, 3))
    weight = model.layers[1].shims[0].module.weight  # type: ignore[attr-defined]
    dX = model.begin_update(X)[1](dY)
    assert np.allclose(dX, dY @ weight.detach().numpy(), atol=1e-6)


@pytest.mark.parametrize(
    "rows",
    [Ragged(X, np.array([2, 4])), Padded(X[None], np.array([6]), np.ones(6, "i"), np.arange(6))],
    ids=["Ragged", "Padded"],
)
def test_our_containers_are_refused_with_the_combinator_that_helps(rows: Any) -> None:
    with pytest.raises(DTypeError, match=r"(?s)takes arrays, and got (Ragged|Padded).*with_array"):
        wrapped().predict(rows)


def test_a_list_of_sequences_is_told_of_with_array() -> None:
    with pytest.raises(TypeError, match="positional arguments") as raised:
        wrapped().predict([X, X])
    assert any("with_array()" in note for note in raised.value.__notes__)
    assert len(with_array(wrapped()).predict([X, X])) == 2


def test_a_network_of_ours_in_front_gets_float32_from_a_module_of_half_precision() -> None:
    model = wrapped(nn.Linear(4, 3).half())
    Y, backprop = model.begin_update(X)
    assert (Y.dtype, backprop(dY).dtype) == (np.float32, np.float32)


def test_a_parameter_of_no_dimensions_learns() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(2.0))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * self.scale

    module = Scaled()
    model = (Linear(4, 4) >> PyTorchWrapper(module)).initialize()
    Y, backprop = model.begin_update(X)
    backprop(Y)
    model.finish_update(lambda key, W, dW: (W - 0.1 * dW, dW * 0))
    expected = 2.0 - 0.1 * float((Y * Y / 2.0).sum())
    assert module.scale.item() == pytest.approx(expected, rel=1e-4)


# --- what cannot work says so --------------------------------------------------------------------


def test_a_gradient_that_would_be_lost_is_refused() -> None:
    class Odd(nn.Linear):
        def forward(self, x: torch.Tensor) -> Any:
            return SimpleNamespace(scores=super().forward(x))

    backprop = wrapped(Odd(4, 3)).begin_update(X)[1]
    with pytest.raises(BackpropError, match=r"(?s)in SimpleNamespace.*convert_outputs="):
        backprop(SimpleNamespace(scores=dY))


def test_what_is_no_tensor_among_the_outputs_needs_no_gradient() -> None:
    class Named(nn.Linear):
        def forward(self, x: torch.Tensor) -> Any:
            return {"scores": super().forward(x), "name": "it", "loss": None}

    Y, backprop = wrapped(Named(4, 3)).begin_update(X)
    assert backprop({**Y, "scores": dY}).any()


def test_inference_mode_is_refused_for_training_and_fine_for_predicting() -> None:
    model = wrapped()
    with torch.inference_mode():
        for _ in range(2):
            assert model.predict(X).shape == (6, 3)
        with pytest.raises(BackpropError, match="inference_mode"):
            model.begin_update(X)


def test_complex_weights_are_not_passed_over_in_silence() -> None:
    class Spectral(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.ones(4, dtype=torch.cfloat))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x * self.w).abs()

    model = PyTorchWrapper(Spectral())
    Y, backprop = model.begin_update(X)
    backprop(Y)
    with pytest.raises(DTypeError, match=r"(?s)'w'.*is complex.*view_as_real"):
        list(model.parameters())


def test_a_module_whose_parts_are_on_several_devices_is_left_where_it_is() -> None:
    module = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 3, device="meta"))
    PyTorchWrapper(module)
    assert [p.device.type for p in module.parameters()] == ["cpu", "cpu", "meta", "meta"]
