"""ParametricAttention_v2 against torch, and its key transform."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from combinet.chain import chain
from combinet.errors import DimError, DTypeError, ShapeError
from combinet.layers import (
    Linear,
    ParametricAttention,
    ParametricAttention_v2,
    Relu,
    list2ragged,
)
from combinet.model import Model

from .against_torch import assert_like_torch, floats, in_float64, ragged


@pytest.mark.parametrize("lengths", [(3, 1, 4), (0, 2, 0), (0,), ()], ids=str)
def test_rows_are_weighed_by_a_softmax_of_their_keys(lengths: tuple[int, ...]) -> None:
    def formula(x: torch.Tensor, w: dict[str, torch.Tensor]) -> torch.Tensor:
        scores = functional.linear(x, w["0/W"], w["0/b"]).tanh().relu() @ w["Q"]
        parts = zip(x.split(lengths), scores.split(lengths), strict=True)
        made = [part * torch.softmax(score, dim=0)[:, None] for part, score in parts]
        return torch.cat(made) if made else x

    def tanh(model: Any, X: Any, is_train: bool) -> Any:
        Y = np.tanh(X)
        return np.maximum(Y, 0), lambda dY: dY * (Y > 0) * (1 - Y * Y)

    keys: Any = chain(Linear(4, 4), Model[Any, Any]("tanh", tanh))
    model = ParametricAttention_v2(key_transform=keys, nO=4).initialize()
    renamed = {"0/W": "0.0/W", "0/b": "0.0/b", "Q": "Q"}
    assert_like_torch(
        model, ragged(*lengths), lambda x, w: formula(x, {k: w[v] for k, v in renamed.items()})
    )


def test_without_a_transform_it_is_the_first_version() -> None:
    old = in_float64(ParametricAttention(4).initialize())
    new = in_float64(ParametricAttention_v2(nO=4).initialize())
    X = ragged(2, 3)
    (Y, backprop), (Y2, backprop2) = old.begin_update(X), new.begin_update(X)
    np.testing.assert_allclose(Y.data, Y2.data)
    np.testing.assert_allclose(backprop(X).data, backprop2(X).data)
    np.testing.assert_allclose(old.get_grad("Q"), new.get_grad("Q"))


def test_the_transform_is_a_child_and_a_reference_also_in_a_copy() -> None:
    layer = Linear(4, 4)
    model = ParametricAttention_v2(key_transform=layer).initialize(X=ragged(2))
    assert model.get_ref("key_transform") is layer is model.layers[0]
    twin = model.copy()
    assert twin.get_ref("key_transform") is twin.layers[0]


def test_the_width_flows_into_the_transform_and_out_of_it() -> None:
    inner: Any = Linear()
    model = ParametricAttention_v2(key_transform=inner).initialize(X=ragged(2, 1))
    assert (inner.get_dim("nI"), inner.get_dim("nO"), model.get_dim("nO")) == (4, 4, 4)
    by_keys = ParametricAttention_v2(key_transform=Relu(6)).initialize()
    assert by_keys.get_dim("nO") == 6
    whole = chain(list2ragged(), ParametricAttention_v2(nO=3)).initialize()
    assert whole.layers[1].get_dim("nO") == 3


def test_keys_of_another_width_are_refused_at_initialize_and_at_run_time() -> None:
    with pytest.raises(DimError):
        ParametricAttention_v2(key_transform=Linear(3)).initialize(X=ragged(2))
    narrow: Any = Model("narrow", lambda model, X, is_train: (X[:, :2], lambda dY: dY))
    with pytest.raises(ShapeError, match="as wide as its rows"):
        ParametricAttention_v2(key_transform=narrow, nO=4).initialize().predict(ragged(2))


def test_a_list_is_refused() -> None:
    wrong: Any = [floats(2, 4)]
    with pytest.raises(DTypeError, match="takes a Ragged"):
        ParametricAttention_v2(nO=4).initialize().predict(wrong)


def test_no_gradient_is_computed_that_is_not_needed() -> None:
    model = ParametricAttention_v2(key_transform=Linear(4, 4)).initialize()
    Y, backprop = model.begin_update(ragged(2, 1), need_dX=False)
    assert backprop(Y) is None
    assert model.layers[0].has_grad("W")
