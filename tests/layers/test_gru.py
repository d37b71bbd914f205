"""GRU against torch.nn.GRU in float64, over Padded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.combinators import with_padded
from combinet.errors import BackpropError, DimError, DTypeError, ShapeError, StructureError
from combinet.layers import GRU, list2padded
from combinet.model import Model
from combinet.types import Padded

from .against_torch import assert_close, floats, in_float64

nI, nH = 3, 2
SIZES = [(1, False), (1, True), (2, False), (3, True)]
LENGTHS = [(4,), (3, 5, 1), (2, 2, 2), (3, 0, 1)]
NAMES = {"weight_ih": "Wx", "bias_ih": "bx", "weight_hh": "Wh", "bias_hh": "bh"}


def _sequences(lengths: tuple[int, ...]) -> list[Any]:
    return [floats(n, nI, seed=i) for i, n in enumerate(lengths)]


def _model(depth: int, bi: bool) -> Any:
    return in_float64(GRU(nH * (1 + bi), nI, depth=depth, bi=bi).initialize())


def _layers(model: Model[Any, Any]) -> list[Model[Any, Any]]:
    return [node for node in model.walk(order="dfs_pre") if node.name == "gru"]


def _torch(model: Any, depth: int, bi: bool) -> torch.nn.GRU:
    """torch's GRU with our parameters."""
    theirs = torch.nn.GRU(nI, nH, depth, bidirectional=bi).double()
    for i, layer in enumerate(_layers(model)):
        for d in range(1 + bi):
            for name, ours in NAMES.items():
                target = getattr(theirs, f"{name}_l{i}{'_reverse' * d}")
                target.data = torch.tensor(layer.get_param(ours)[d]).reshape(target.shape)
    return theirs


@pytest.mark.parametrize(("depth", "bi"), SIZES)
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_outputs_and_all_gradients_agree_with_torch(
    depth: int, bi: bool, lengths: tuple[int, ...]
) -> None:
    model, Xs = _model(depth, bi), _sequences(lengths)
    theirs, layers = _torch(model, depth, bi), _layers(model)
    start = np.concatenate([layer.get_param("H0") for layer in layers])
    h0 = torch.tensor(start[:, None], requires_grad=True)
    xs = [torch.tensor(X, requires_grad=True) for X in Xs]
    Ys, backprop = with_padded(model).begin_update(Xs)
    dYs = [floats(*Y.shape, seed=5 + i) for i, Y in enumerate(Ys)]
    for x, Y, dY in zip(xs, Ys, dYs, strict=True):
        if len(x):
            y = theirs(x[:, None], h0)[0][:, 0]
            assert_close(Y, y)
            y.backward(torch.tensor(dY))
    for x, dX in zip(xs, backprop(dYs), strict=True):
        assert_close(dX, x.grad)
    assert h0.grad is not None
    assert_close(np.concatenate([layer.get_grad("H0") for layer in layers]), h0.grad[:, 0])
    for i, layer in enumerate(layers):
        for d in range(1 + bi):
            for name, ours in NAMES.items():
                grad = getattr(theirs, f"{name}_l{i}{'_reverse' * d}").grad
                assert_close(layer.get_grad(ours)[d].reshape(grad.shape), grad)


def test_float32_stays_near_float64() -> None:
    model, Xs = GRU(4, nI, bi=True, depth=2).initialize(seed=0), _sequences((4, 2))
    single = with_padded(model).predict([X.astype("float32") for X in Xs])
    double = with_padded(model.copy().to_dtype("float64")).predict(Xs)
    for a, b in zip(single, double, strict=True):
        assert a.dtype == "float32"
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_places_past_the_end_of_a_sequence_stay_zero_both_ways() -> None:
    model, Xp = _model(1, True), list2padded().predict(_sequences((3, 1))).copy()
    Xp.data[1:, 1] = 7
    Yp, backprop = model.begin_update(Xp)
    assert not Yp.data[1:, 1].any()
    dYp = Padded(np.ones_like(Yp.data), Yp.size_at_t, Yp.lengths, Yp.indices)
    assert not backprop(dYp).data[1:, 1].any()


def test_the_state_starts_at_zero_and_every_matrix_has_a_scale_of_its_own() -> None:
    model = GRU(20, 500).initialize(seed=0)
    assert not model.get_param("H0").any()
    assert not model.get_param("bx").any()
    assert abs(model.get_param("Wx")).max() == pytest.approx(np.sqrt(6 / 520), rel=0.01)
    assert abs(model.get_param("Wh")).max() == pytest.approx(np.sqrt(6 / 40), rel=0.02)


@pytest.mark.parametrize(("nO", "bi"), [(4, True), (3, False)])
def test_sizes_are_read_off_the_samples_through_every_layer(nO: int, bi: bool) -> None:
    Xs, Ys = _sequences((2, 1)), [floats(2, nO), floats(1, nO)]
    model = GRU(bi=bi, depth=3)
    with_padded(model).initialize(X=Xs, Y=Ys)
    sizes = [(layer.get_dim("nI"), layer.get_dim("nO")) for layer in _layers(model)]
    assert sizes == [(nI, nO), (nO, nO), (nO, nO)]


@pytest.mark.parametrize("given", [True, False])
def test_two_directions_cannot_share_an_odd_width(given: bool) -> None:
    layer = GRU(5 if given else None, bi=True)
    with pytest.raises(DimError, match="2 directions of one width, and is to give rows of 5"):
        with_padded(layer).initialize(X=_sequences((2,)), Y=[floats(2, 5)])


def test_a_gru_without_layers_is_refused() -> None:
    with pytest.raises(StructureError, match="depth=0"):
        GRU(depth=0)


def test_what_is_no_padded_is_refused() -> None:
    wrong: Any = floats(2, 3)
    with pytest.raises(DTypeError, match="takes a Padded"):
        GRU(4, 3).initialize().predict(wrong)


def test_another_width_is_refused() -> None:
    with pytest.raises(ShapeError, match="takes rows of 3 numbers, got rows of 7"):
        with_padded(GRU(4, 3)).initialize().predict([floats(2, 7)])


def test_a_gradient_that_does_not_fit_is_refused() -> None:
    Yp, backprop = _model(1, False).begin_update(list2padded().predict(_sequences((2,))))
    wrong = Padded(Yp.data[..., :1], Yp.size_at_t, Yp.lengths, Yp.indices)
    with pytest.raises(BackpropError, match="does not fit its output"):
        backprop(wrong)


def test_dropout_works_between_layers_in_training_only() -> None:
    Xp = list2padded().predict(_sequences((3, 2)))
    deep = GRU(4, 3, depth=2, dropout=0.5).initialize(seed=0)
    plain = deep.predict(Xp).data
    assert (deep.begin_update(Xp)[0].data != plain).any()
    np.testing.assert_array_equal(deep.predict(Xp).data, plain)
    flat = GRU(4, 3, dropout=0.5).initialize(seed=0)
    np.testing.assert_array_equal(flat.begin_update(Xp)[0].data, flat.predict(Xp).data)


@pytest.mark.parametrize("Xs", [[], [floats(0, nI)], [floats(0, nI)] * 2])
def test_no_rows_at_all_work_both_ways(Xs: Any) -> None:
    model = with_padded(_model(2, True))
    Ys, backprop = model.begin_update(Xs)
    assert [Y.shape for Y in Ys] == [(0, 4)] * len(Xs)
    assert [dX.shape for dX in backprop(Ys)] == [(0, 3)] * len(Xs)
