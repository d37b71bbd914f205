"""TransformerEncoderBlock against torch.nn.TransformerEncoderLayer in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.errors import CombinetError
from combinet.layers import (
    Linear,
    MultiHeadAttention,
    Relu,
    RMSNorm,
    TransformerEncoderBlock,
    list2padded,
    list2ragged,
)
from combinet.model import Model

from .against_torch import assert_close, floats, in_float64

WIDTH, HIDDEN = 4, 7
#: For each order, where the parts are among the nodes in depth-first order.
ORDERS: list[Any] = ["pre-norm", "post-norm"]


def _block(order: Any) -> Model[Any, Any]:
    attention = MultiHeadAttention(2, WIDTH, WIDTH)
    feed_forward = Relu(HIDDEN, WIDTH) >> Linear(WIDTH)
    return TransformerEncoderBlock(attention, feed_forward, order=order)


def _parts(model: Model[Any, Any]) -> dict[str, list[Model[Any, Any]]]:
    parts: dict[str, list[Model[Any, Any]]] = {}
    for node in model.walk(order="dfs_pre"):
        parts.setdefault(node.name, []).append(node)
    return parts


def _pairs(model: Model[Any, Any], theirs: Any) -> list[tuple[Any, str, Any]]:
    """(node, parameter, torch's) for every parameter but the attention's first three layers."""
    parts = _parts(model)
    linears, norms = parts["linear"], parts["layernorm"]
    pairs = [
        (linears[3], "W", theirs.self_attn.out_proj.weight),
        (linears[3], "b", theirs.self_attn.out_proj.bias),
        (parts["relu"][0], "W", theirs.linear1.weight),
        (parts["relu"][0], "b", theirs.linear1.bias),
        (linears[4], "W", theirs.linear2.weight),
        (linears[4], "b", theirs.linear2.bias),
    ]
    for ours, norm in zip(norms, (theirs.norm1, theirs.norm2), strict=True):
        pairs += [(ours, "G", norm.weight), (ours, "b", norm.bias)]
    return pairs


def _qkv(model: Model[Any, Any], of: str, name: str) -> Any:
    return np.concatenate([getattr(n, of)(name) for n in _parts(model)["linear"][:3]])


@pytest.mark.parametrize("order", ORDERS)
def test_outputs_and_all_gradients_agree_with_torch(order: Any) -> None:
    model = in_float64(_block(order).initialize())
    theirs = torch.nn.TransformerEncoderLayer(
        WIDTH,
        2,
        HIDDEN,
        dropout=0.0,
        layer_norm_eps=1e-8,
        norm_first=order == "pre-norm",
        dtype=torch.float64,
    )
    theirs.self_attn.in_proj_weight.data = torch.tensor(_qkv(model, "get_param", "W"))
    theirs.self_attn.in_proj_bias.data = torch.tensor(_qkv(model, "get_param", "b"))
    pairs = _pairs(model, theirs)
    for node, name, target in pairs:
        target.data = torch.tensor(node.get_param(name))
    Xs = [floats(n, WIDTH, seed=i) for i, n in enumerate((3, 5))]
    xs = [torch.tensor(X, requires_grad=True) for X in Xs]
    Yr, backprop = model.begin_update(list2ragged().predict(Xs))
    dYs = [floats(len(x), WIDTH, seed=9 + i) for i, x in enumerate(xs)]
    for i, (x, dY) in enumerate(zip(xs, dYs, strict=True)):
        y = theirs(x[:, None])[:, 0]
        assert_close(Yr[i].data, y)
        y.backward(torch.tensor(dY))
    dXr = backprop(list2ragged().predict(dYs))
    for i, x in enumerate(xs):
        assert_close(dXr[i].data, x.grad)
    for node, name, target in pairs:
        assert_close(node.get_grad(name), target.grad)
    assert_close(_qkv(model, "get_grad", "W"), theirs.self_attn.in_proj_weight.grad)
    assert_close(_qkv(model, "get_grad", "b"), theirs.self_attn.in_proj_bias.grad)


@pytest.mark.parametrize("order", ORDERS)
def test_all_sizes_follow_from_the_width_of_the_input(order: Any) -> None:
    block = TransformerEncoderBlock(MultiHeadAttention(2), Relu(7) >> Linear(), order=order)
    block.initialize(X=list2ragged().predict([floats(3, 6)]))
    assert {n.get_dim("nO") for n in _parts(block)["linear"]} == {6}


def test_every_container_gives_the_same_rows() -> None:
    model = _block("pre-norm").initialize(seed=0)
    Xs = [floats(n, WIDTH, seed=n, dtype="float32") for n in (3, 0, 2)]
    wanted = np.concatenate(model.predict(Xs))
    near = {"rtol": 1e-5, "atol": 1e-6}
    np.testing.assert_allclose(model.predict(list2ragged().predict(Xs)).data, wanted, **near)
    Yp = model.predict(list2padded().predict(Xs))
    np.testing.assert_allclose(np.concatenate(model.ops.padded2list(Yp)), wanted, **near)


def test_another_norm_is_copied_into_both_places() -> None:
    norm = RMSNorm()
    block = TransformerEncoderBlock(MultiHeadAttention(2), Relu(7) >> Linear(), norm=norm)
    block.initialize(X=list2ragged().predict([floats(3, 6)]))
    found = _parts(block)["rmsnorm"]
    assert len(found) == 2
    assert norm not in found


def test_blocks_stack() -> None:
    block = TransformerEncoderBlock(MultiHeadAttention(2), Relu(7) >> Linear())
    model = (block**3).initialize(X=list2ragged().predict([floats(3, 6)]), seed=0)
    weights = [n.get_param("W") for n in _parts(model)["relu"]]
    assert len(weights) == 3
    assert (weights[0] != weights[1]).any()


def test_an_order_that_does_not_exist_is_refused() -> None:
    wrong: Any = "no-norm"
    with pytest.raises(CombinetError, match="got 'no-norm'"):
        TransformerEncoderBlock(MultiHeadAttention(2), Linear(), order=wrong)
