"""Cross-attention against torch.nn.MultiheadAttention in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.combinators import tuplify, with_array
from combinet.errors import DimError, DTypeError, ShapeError
from combinet.layers import CrossAttention, Linear, list2padded, list2ragged

from .against_torch import assert_close, floats, in_float64

ragged, padded = list2ragged().predict, list2padded().predict


def _pair(queries: tuple[int, ...], keys: tuple[int, ...]) -> tuple[list[Any], list[Any]]:
    asking = [floats(n, 6, seed=i) for i, n in enumerate(queries)]
    return asking, [floats(n, 4, seed=9 + i) for i, n in enumerate(keys)]


@pytest.mark.parametrize("lengths", [((3, 2), (4, 1)), ((2, 0, 1), (1, 3, 2))], ids=str)
def test_outputs_and_all_gradients_agree_with_torch(lengths: Any) -> None:
    model = in_float64(CrossAttention(3, 6, 6, 4).initialize())
    theirs = torch.nn.MultiheadAttention(6, 3, kdim=4, vdim=4).double()
    projections = [theirs.q_proj_weight, theirs.k_proj_weight, theirs.v_proj_weight]
    weights = [*projections, theirs.out_proj.weight]
    for target, layer in zip(weights, model.layers, strict=True):
        target.data = torch.tensor(layer.get_param("W"))
    biases = [layer.get_param("b") for layer in model.layers]
    theirs.in_proj_bias.data = torch.tensor(np.concatenate(biases[:3]))
    theirs.out_proj.bias.data = torch.tensor(biases[3])
    asking, asked = _pair(*lengths)
    qs, ks = ([torch.tensor(x, requires_grad=True) for x in each] for each in (asking, asked))
    Yr, backprop = model.begin_update((ragged(asking), ragged(asked)))
    dYs = [floats(len(q), 6, seed=20 + i) for i, q in enumerate(qs)]
    for i, (q, k, dY) in enumerate(zip(qs, ks, dYs, strict=True)):
        if len(q):
            y, _ = theirs(q, k, k, need_weights=False)
            assert_close(Yr[i].data, y)
            y.backward(torch.tensor(dY))
    for dXr, xs in zip(backprop(ragged(dYs)), (qs, ks), strict=True):
        for i, x in enumerate(xs):
            assert_close(dXr[i].data, x.grad)
    for target, layer in zip(weights, model.layers, strict=True):
        assert_close(layer.get_grad("W"), target.grad)
    ours = np.concatenate([layer.get_grad("b") for layer in model.layers[:3]])
    assert_close(ours, theirs.in_proj_bias.grad)


def test_queries_with_no_keys_get_the_bias_of_the_output() -> None:
    model = in_float64(CrossAttention(1, 6, 6, 4).initialize())
    asking, asked = _pair((2, 2), (0, 3))
    Y = model.predict((ragged(asking), ragged(asked)))
    np.testing.assert_allclose(Y[0].data, [model.layers[3].get_param("b")] * 2)


def test_the_output_has_the_container_of_the_queries() -> None:
    model = CrossAttention(1, 6, 6, 4).initialize(seed=0)
    asking, asked = _pair((2, 3), (1, 3))
    plain = model.predict((ragged(asking), ragged(asked)))
    mixed: Any = padded(asking), asked
    other: Any = model.predict(mixed)
    np.testing.assert_allclose(np.concatenate(model.ops.padded2list(other)), plain.data)
    dXs: Any = model.begin_update(mixed)[1](other)
    assert [type(dX) for dX in dXs] == [type(other), list]


def test_sizes_are_read_off_the_samples() -> None:
    asking, asked = _pair((2,), (3,))
    model = CrossAttention(2).initialize(X=(ragged(asking), ragged(asked)), Y=floats(2, 8))
    shapes = [layer.get_param("W").shape for layer in model.layers]
    assert shapes == [(8, 6), (8, 4), (8, 4), (8, 8)]


def test_sizes_come_through_a_tuple_of_layers() -> None:
    both = tuplify(with_array(Linear(6), of="ragged"), with_array(Linear(4), of="ragged"))
    model = (both >> CrossAttention(2, 8)).initialize(X=ragged([floats(3, 5)]))
    assert model.layers[1].layers[1].get_dim("nI") == 4


def test_different_numbers_of_sequences_are_refused() -> None:
    asking, asked = _pair((2, 2), (3,))
    with pytest.raises(ShapeError, match="one sequence of keys for each sequence of queries"):
        CrossAttention(1, 6, 6, 4).initialize().predict((ragged(asking), ragged(asked)))


def test_what_is_no_tuple_is_refused() -> None:
    wrong: Any = ragged([floats(2, 6)])
    with pytest.raises(DTypeError, match="takes a tuple"):
        CrossAttention(1, 6, 6, 4).initialize().predict(wrong)
    with pytest.raises(DTypeError, match="tuple"):
        CrossAttention(1, 6, 6, 4).check(X=wrong)


def test_heads_that_do_not_divide_the_width_are_refused() -> None:
    with pytest.raises(DimError, match="among 4 heads"):
        CrossAttention(4, 6)
