"""The LSTM against torch.nn.LSTM in float64: outputs and every gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from combinet.errors import BackpropError, RangeError, ShapeError
from combinet.ops import Ops
from tests.ops.cupy_proxy import CupyStandIn

ops = Ops()
nI, nH = 5, 3
SIZES = [(1, 1), (2, 1), (1, 2), (2, 2), (3, 2)]
LENGTHS = [[4], [1], [6, 4, 4, 1], [3, 3, 3]]
every_size = pytest.mark.parametrize(("depth", "dirs"), SIZES)
every_length = pytest.mark.parametrize("lengths", LENGTHS, ids=str)


class Problem:
    """An LSTM with its input: what ours takes, and the same in torch."""

    def __init__(self, depth: int, dirs: int, lengths: list[int]) -> None:
        rng = np.random.default_rng(0)
        self.torch = torch.nn.LSTM(
            nI, nH, num_layers=depth, bidirectional=dirs == 2, dtype=torch.float64
        )
        pieces: list[Any] = []
        with torch.no_grad():
            for parameter in self._torch_parameters(depth, dirs):
                ours = rng.normal(size=(4, *_rest(parameter)))
                parameter.copy_(_to_torch_order(ours))
                pieces.append(ours.reshape(-1))
        self.depth, self.dirs = depth, dirs
        self.params = np.concatenate(pieces)
        self.H0, self.C0 = rng.normal(size=(2, depth, dirs, nH))
        sequences = [torch.from_numpy(rng.normal(size=(length, nI))) for length in lengths]
        packed = pack_sequence(sequences)
        self.X: Any = packed.data.numpy()
        self.size_at_t: Any = packed.batch_sizes.numpy().astype("int32")
        self.dY: Any = rng.normal(size=(len(self.X), dirs * nH))

    def _torch_parameters(self, depth: int, dirs: int) -> list[Any]:
        """Wx, bx, Wh, bh of each direction of each layer, in our order."""
        return [
            getattr(self.torch, f"{kind}_{part}_l{layer}{'_reverse' * direction}")
            for layer in range(depth)
            for direction in range(dirs)
            for part in ("ih", "hh")
            for kind in ("weight", "bias")
        ]

    def by_torch(self) -> list[Any]:
        """Y, dX, dparams, dH0, dC0."""
        x, h0, c0 = (torch.from_numpy(a).requires_grad_() for a in (self.X, self.H0, self.C0))
        batch = int(self.size_at_t[0])
        states = [s.reshape(self.depth * self.dirs, 1, nH).expand(-1, batch, -1) for s in (h0, c0)]
        packed = PackedSequence(x, torch.from_numpy(self.size_at_t.astype("int64")))
        y = self.torch(packed, tuple(s.contiguous() for s in states))[0].data
        y.backward(torch.from_numpy(self.dY))
        gradients = [p.grad for p in self._torch_parameters(self.depth, self.dirs)]
        dparams = np.concatenate([_to_our_order(g).reshape(-1) for g in gradients])
        return [y.detach().numpy(), _grad(x), dparams, _grad(h0), _grad(c0)]

    def by_us(self, dtype: str = "float64") -> list[Any]:
        """The same five."""
        params, H0, C0, X, dY = (
            array.astype(dtype) for array in (self.params, self.H0, self.C0, self.X, self.dY)
        )
        Y, state = ops.lstm_forward_training(params, H0, C0, X, self.size_at_t)
        return [Y, *ops.backprop_lstm_with_states(dY, self.size_at_t, params, state)]


def _grad(tensor: Any) -> Any:
    return tensor.grad.numpy()


def _rest(parameter: Any) -> tuple[int, ...]:
    return (nH, *parameter.shape[1:])


def _to_torch_order(ours: Any) -> Any:
    """Gates f, i, o, g of (4, nH, ...) as torch's i, f, g, o of (4 nH, ...)."""
    return torch.from_numpy(ours[[1, 0, 3, 2]].reshape(-1, *ours.shape[2:]))


def _to_our_order(theirs: Any) -> Any:
    return theirs.numpy().reshape(4, nH, -1)[[1, 0, 3, 2]]


@every_size
@every_length
def test_output_and_every_gradient_agree_with_torch(
    depth: int, dirs: int, lengths: list[int]
) -> None:
    problem = Problem(depth, dirs, lengths)
    for ours, theirs in zip(problem.by_us(), problem.by_torch(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


@every_size
def test_float32_stays_float32_and_agrees_with_float64(depth: int, dirs: int) -> None:
    problem = Problem(depth, dirs, [6, 4, 4, 1])
    for single, double in zip(problem.by_us("float32"), problem.by_us(), strict=True):
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-5)


@every_size
@every_length
def test_inference_gives_the_output_of_training(depth: int, dirs: int, lengths: list[int]) -> None:
    p = Problem(depth, dirs, lengths)
    arguments = p.params, p.H0, p.C0, p.X, p.size_at_t
    Y, _ = ops.lstm_forward_training(*arguments)
    np.testing.assert_array_equal(ops.lstm_forward_inference(*arguments), Y)


def test_backprop_gives_the_first_two_gradients() -> None:
    p = Problem(2, 2, [3, 2])
    _, state = ops.lstm_forward_training(p.params, p.H0, p.C0, p.X, p.size_at_t)
    for short, full in zip(
        ops.backprop_lstm(p.dY, p.size_at_t, p.params, state), p.by_us()[1:3], strict=True
    ):
        np.testing.assert_array_equal(short, full)


def test_the_state_has_the_documented_layout() -> None:
    p = Problem(2, 2, [3, 2])
    _, state = ops.lstm_forward_training(p.params, p.H0, p.C0, p.X, p.size_at_t)
    Y, gates, cells = state[:3]
    assert Y.shape == cells.shape == (2, 2, 5, nH)
    assert gates.shape == (2, 2, 5, 4 * nH)
    o, g = (gates.reshape(2, 2, 5, 4, nH)[..., k, :] for k in (2, 3))
    np.testing.assert_allclose(Y, o * np.tanh(cells))
    assert ((o > 0) & (o < 1)).all()
    assert (g < 0).any()


def test_arguments_are_only_read() -> None:
    p = Problem(2, 2, [4, 2])
    for array in (p.params, p.H0, p.C0, p.X, p.dY, p.size_at_t):
        array.flags.writeable = False
    Y, state = ops.lstm_forward_training(p.params, p.H0, p.C0, p.X, p.size_at_t)
    for array in (Y, *state[:3]):
        array.flags.writeable = False
    ops.backprop_lstm(p.dY, p.size_at_t, p.params, state)
    assert not any(np.shares_memory(Y, kept) for kept in state)


def test_views_give_what_their_copies_give() -> None:
    p = Problem(1, 2, [4, 2])
    wanted = p.by_us()
    for name in ("params", "X", "dY", "H0"):
        array = getattr(p, name)
        doubled = np.zeros((2 * len(array), *array.shape[1:]))
        doubled[::-2] = array
        setattr(p, name, doubled[::-2])
    for got, want in zip(p.by_us(), wanted, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12)


@every_size
@pytest.mark.parametrize("size_at_t", [[], [0, 0]])
def test_no_sequences_give_no_rows_and_no_gradient(
    depth: int, dirs: int, size_at_t: list[int]
) -> None:
    p = Problem(depth, dirs, [1])
    p.X, p.dY, p.size_at_t = p.X[:0], p.dY[:0], np.array(size_at_t, dtype="int32")
    Y, dX, *others = p.by_us()
    assert (Y.shape, dX.shape) == ((0, dirs * nH), (0, nI))
    assert not any(gradient.any() for gradient in others)


def test_huge_inputs_saturate_without_a_warning() -> None:
    p = Problem(1, 1, [3])
    p.X = np.where(p.X > 0, 1e30, -1e30)
    for array in p.by_us("float32"):
        assert not np.isinf(array).any()


def test_what_does_not_fit_is_refused() -> None:
    p = Problem(1, 2, [3, 2])
    good = p.params, p.H0, p.C0, p.X, p.size_at_t
    with pytest.raises(ShapeError, match="parameters"):
        ops.lstm_forward_training(p.params[1:], *good[1:])
    with pytest.raises(ShapeError, match="H0 and C0"):
        ops.lstm_forward_inference(p.params, p.H0, p.C0[:, :1], *good[3:])
    with pytest.raises(ShapeError, match="may not grow"):
        ops.lstm_forward_inference(*good[:4], np.array([1, 2, 2]))
    with pytest.raises(RangeError, match="sum up"):
        ops.lstm_forward_inference(*good[:4], np.array([2, 2]))
    _, state = ops.lstm_forward_training(*good)
    with pytest.raises(BackpropError):
        ops.backprop_lstm(p.dY[:, 1:], p.size_at_t, p.params, state)


def test_cupy_has_all_the_names_that_are_used() -> None:
    p = Problem(2, 2, [3, 2])
    gpu = CupyStandIn()
    params, H0, C0, X, sizes, dY = (
        gpu.asarray(array) for array in (p.params, p.H0, p.C0, p.X, p.size_at_t, p.dY)
    )
    Y, state = gpu.lstm_forward_training(params, H0, C0, X, sizes)
    on_gpu = [Y, *gpu.backprop_lstm_with_states(dY, sizes, params, state)]
    for got, wanted in zip(on_gpu, p.by_us(), strict=True):
        np.testing.assert_allclose(got.get(), wanted, rtol=1e-12)
    Y = gpu.lstm_forward_inference(params, H0, C0, X, sizes)
    np.testing.assert_allclose(Y.get(), p.by_us()[0], rtol=1e-12)
