"""MultiSoftmax: probabilities side by side, and the gradient of logits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from combinet.errors import DimError, ShapeError
from combinet.layers import MultiSoftmax, Softmax
from combinet.testing import assert_is_gradient

from .against_torch import assert_close, floats, in_float64

SIZES = (3, 1, 2)


def model_of(nOs: Any = SIZES) -> Any:
    return in_float64(MultiSoftmax(nOs, 4).initialize())


def test_each_part_is_the_softmax_that_torch_gives() -> None:
    model, X = model_of(), floats(7, 4)
    W, b = (torch.tensor(model.get_param(name)) for name in ("W", "b"))
    parts = functional.linear(torch.tensor(X), W, b).split(SIZES, dim=1)
    assert_close(model.predict(X), torch.cat([p.softmax(dim=1) for p in parts], dim=1))


def test_each_part_sums_to_one() -> None:
    Y = model_of().predict(floats(7, 4))
    for part in (Y[:, :3], Y[:, 3:4], Y[:, 4:]):
        np.testing.assert_allclose(part.sum(axis=1), 1.0)


def test_training_follows_the_cross_entropy_of_every_part() -> None:
    model, X, gold = model_of(), floats(7, 4), np.array([0, 2, 1, 1, 0, 2, 2])
    weights = {r.path: torch.tensor(r.weights, requires_grad=True) for r in model.parameters()}
    x = torch.tensor(X, requires_grad=True)
    loss: Any = 0.0
    targets = [torch.tensor(gold % size) for size in SIZES]
    logits = functional.linear(x, weights["W"], weights["b"]).split(SIZES, dim=1)
    for z, target in zip(logits, targets, strict=True):
        loss = loss + functional.cross_entropy(z, target, reduction="sum")
    loss.backward()
    truth = np.concatenate([np.eye(size)[gold % size] for size in SIZES], axis=1)
    Y, backprop = model.begin_update(X)
    assert_close(backprop(Y - truth), x.grad)
    for row in model.parameters():
        assert_close(row.gradient, weights[row.path].grad)


def test_the_declared_gradient_is_that_of_logits() -> None:
    assert MultiSoftmax(SIZES).gradient == "of logits"
    assert_is_gradient(MultiSoftmax(SIZES, 4), floats(5, 4))


def test_one_part_is_a_softmax() -> None:
    ours, theirs = model_of([5]), in_float64(Softmax(5, 4).initialize())
    np.testing.assert_allclose(ours.predict(floats(3, 4)), theirs.predict(floats(3, 4)))


def test_its_width_is_the_sum_and_weights_start_at_zero() -> None:
    model = MultiSoftmax([3, 2]).initialize(X=floats(2, 4))
    assert (model.get_dim("nO"), model.get_dim("nI")) == (5, 4)
    assert not model.get_param("W").any()
    assert model.attrs["nOs"] == (3, 2)


def test_an_empty_batch_goes_both_ways() -> None:
    Y, backprop = model_of().begin_update(floats(0, 4))
    assert Y.shape == (0, 6)
    assert backprop(Y).shape == (0, 4)


@pytest.mark.parametrize("nOs", [(), (3, 0), [-1]])
def test_a_softmax_without_classes_is_refused(nOs: Any) -> None:
    with pytest.raises(DimError, match="one class or more"):
        MultiSoftmax(nOs)


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ShapeError, match="multisoftmax takes rows of 4"):
        model_of().predict(floats(2, 3))


def test_no_gradient_is_computed_that_is_not_needed() -> None:
    model = model_of()
    Y, backprop = model.begin_update(floats(2, 4), need_dX=False)
    assert backprop(Y) is None
    assert model.has_grad("W")
