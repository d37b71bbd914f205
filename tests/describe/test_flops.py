"""FLOPs: those that torch counts for the same layer, and never a guess."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

import combinet
import combinet.text
from combinet import (
    Dropout,
    Embed,
    HashEmbed,
    LayerNorm,
    Linear,
    Maxout,
    Model,
    Relu,
    Softmax,
    chain,
    concatenate,
    expand_window,
    list2ragged,
    reduce_mean,
    residual,
    siamese,
    tie,
    with_array,
    with_padded,
)
from combinet.describe import FlopsOf, flops_rule
from combinet.initialize import Initialization
from combinet.testing import Case
from tests.describe.test_every_layer import all_cases

#: Layers whose FLOPs no rule can tell: what runs is the user's function, or chosen by data.
OPEN = ("from_function.v1", "switch.v1")
#: Combinators that run a layer once on each part of the input, or on the distinct rows of it.
SEVERAL_TIMES = ("map_list.v1", "microbatch.v1", "uniqued.v1")


def flops(model: Model[Any, Any]) -> str:
    """As shown, with the sizes that can be inferred without data."""
    Initialization(model, None, None).settle()
    return str(FlopsOf(model).total)


def counted_by_torch(module: Any, *inputs: Any) -> int:
    from torch import no_grad
    from torch.utils.flop_counter import FlopCounterMode

    with no_grad(), FlopCounterMode(display=False) as counter:
        module(*inputs)
    return int(counter.get_total_flops())


@pytest.mark.parametrize(
    "layer",
    [Linear, Relu, Softmax, combinet.Gelu, combinet.Mish, combinet.Swish, combinet.Dish],
)
def test_a_dense_layer_has_the_flops_of_torchs_linear(layer: Any) -> None:
    torch = pytest.importorskip("torch")
    expected = counted_by_torch(torch.nn.Linear(8, 8), torch.zeros(1, 8))
    assert flops(layer(8, 8)) == f"{expected:,}"


def test_a_maxout_has_those_of_all_its_pieces() -> None:
    torch = pytest.importorskip("torch")
    expected = counted_by_torch(torch.nn.Linear(7, 5 * 3), torch.zeros(1, 7))
    assert flops(Maxout(5, 7, nP=3)) == f"{expected:,}"


@pytest.mark.parametrize("layer", [combinet.GEGLU, combinet.SwiGLU])
def test_a_gated_layer_has_those_of_both_halves(layer: Any) -> None:
    torch = pytest.importorskip("torch")
    expected = counted_by_torch(torch.nn.Linear(7, 2 * 5), torch.zeros(1, 7))
    assert flops(layer(5, 7)) == f"{expected:,}"


def test_a_convolution_has_the_flops_of_torchs() -> None:
    torch = pytest.importorskip("torch")
    conv = torch.nn.Conv1d(7, 5, kernel_size=3, padding=1)
    expected = counted_by_torch(conv, torch.zeros(1, 7, 20)) // 20
    assert flops(combinet.Conv1d(5, 7, window_size=1)) == f"{expected:,}"


CELLS = [(combinet.LSTM, "LSTMCell"), (combinet.GRU, "GRUCell")]


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("bi", [False, True])
@pytest.mark.parametrize(("layer", "cell"), CELLS)
def test_a_recurrent_layer_has_the_flops_of_torchs_cells(
    layer: Any, cell: str, bi: bool, depth: int
) -> None:
    torch = pytest.importorskip("torch")
    nO, nI = 8, 5
    nH = nO // (1 + bi)
    expected = 0
    for width in [nI, *[nO] * (depth - 1)]:
        one = counted_by_torch(getattr(torch.nn, cell)(width, nH), torch.zeros(1, width))
        expected += (1 + bi) * one
    assert flops(with_padded(layer(nO, nI, bi=bi, depth=depth))) == f"{expected:,}"


@pytest.mark.parametrize("heads", [1, 4])
@pytest.mark.parametrize("n", [1, 6])
def test_attention_has_the_flops_of_torchs_for_sequences_of_any_length(n: int, heads: int) -> None:
    torch = pytest.importorskip("torch")
    width = 8
    Q, K, V, out = (torch.nn.Linear(width, width) for _ in range(4))

    def attend(X: Any) -> Any:
        q, k, v = (f(X).reshape(n, heads, -1).transpose(0, 1) for f in (Q, K, V))
        mixed = torch.softmax(q @ k.transpose(1, 2), -1) @ v
        return out(mixed.transpose(0, 1).reshape(n, width))

    expected = counted_by_torch(attend, torch.zeros(n, width))
    found = FlopsOf(combinet.MultiHeadAttention(heads, width, width)).total
    assert set(found.terms) == {"row", "pair"}
    assert n * found.terms["row"] + n * n * found.terms["pair"] == expected


def test_cross_attention_counts_the_rows_of_keys_apart() -> None:
    torch = pytest.importorskip("torch")
    dense = [torch.nn.Linear(w, 8) for w in (6, 4, 4, 8)]

    def attend(Q: Any, K: Any) -> Any:
        q, k, v = dense[0](Q), dense[1](K), dense[2](K)
        return dense[3](torch.softmax(q @ k.T, -1) @ v)

    expected = counted_by_torch(attend, torch.zeros(3, 6), torch.zeros(5, 4))
    layer = combinet.CrossAttention(2, 8, 6, 4)
    terms = FlopsOf(layer).total.terms
    assert 3 * terms["row"] + 5 * terms["key"] + 3 * 5 * terms["pair"] == expected
    assert flops(layer) == "224 + 32 n + 128/key"


@pytest.mark.parametrize(
    "layer",
    [
        Embed(8, 100),
        HashEmbed(8, 100),
        LayerNorm(8),
        combinet.RMSNorm(8),
        combinet.LearnedPositions(5, 8),
        combinet.SparseLinear(3, 100),
        Dropout(0.1),
        expand_window(2),
    ],
    ids=lambda layer: layer.name,
)
def test_layers_without_a_product_of_matrices_have_none(layer: Model[Any, Any]) -> None:
    assert flops(layer) == "0"


def test_the_score_of_parametric_attention_is_a_product_with_a_vector() -> None:
    assert flops(combinet.ParametricAttention(8)) == "16"


def test_an_extra_of_a_layer_changes_nothing() -> None:
    assert flops(Relu(5, 7, normalize=True, dropout=0.2)) == flops(Relu(5, 7))


def test_the_window_makes_the_next_layer_wider() -> None:
    assert flops(expand_window(1) >> Linear(5, 3 * 7)) == f"{2 * 5 * 3 * 7}"


def test_what_follows_a_mean_over_a_sequence_is_counted_for_each_sequence() -> None:
    model = chain(list2ragged(), with_array(Linear(4, 3), of="ragged"), reduce_mean(), Linear(5, 4))
    assert flops(model) == "24 + 40/sequence"


def test_branches_add_up() -> None:
    model = concatenate(Linear(4, 3), residual(Linear(3, 3))) >> Linear(2, 7)
    assert flops(model) == str(2 * (4 * 3 + 3 * 3 + 7 * 2))


def test_a_layer_that_stands_in_two_places_counts_twice() -> None:
    layer = Linear(4, 4)
    assert flops(chain(layer, Relu(4, 4), layer)) == str(3 * 2 * 16)


def test_siamese_runs_its_layer_twice() -> None:
    assert flops(siamese(Linear(4, 3), combinet.CauchySimilarity(4))) == str(2 * 24 + 8)


def test_a_tied_layer_works_with_the_matrix_of_another() -> None:
    embed = Embed(8, 100)
    assert flops(embed >> tie(Linear(100, 8), embed, W="E")) == "1,600"


def test_a_size_that_is_open_leaves_the_flops_open() -> None:
    assert flops(Linear(4, 3) >> Linear()) == "24 + ?"
    assert flops(Linear()) == "?"


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> tuple[Any, Any]:
    return X, None


def test_a_layer_of_ones_own_is_open_with_all_that_it_runs() -> None:
    found = FlopsOf(Linear(4, 3) >> Model("mine", _forward, layers=[Linear(5, 4)]))
    assert str(found.total) == "24 + ?"
    assert [node.name for node in found.ruleless] == ["mine"]


def test_the_flops_of_a_layer_of_ones_own_can_be_declared() -> None:
    def forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        return X, None

    @flops_rule(forward)
    def count(model: Any) -> int:
        return 3 * int(model.get_dim("nI"))

    assert flops(Model("mine", forward, dims={"nI": 7}, layers=[Linear(2, 7)])) == str(21 + 28)
    assert flops(Model("mine", forward, dims={"nI": None})) == "?"


def test_no_parameter_is_made() -> None:
    model = Linear(1_000_000, 1_000_000)
    assert flops(model) == "2,000,000,000,000"
    assert model.has_param("W") is None


CASES = {repr(case): case for case in all_cases()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_registered_layer_has_a_rule(case: Case) -> None:
    model = case.model()
    found = FlopsOf(model)
    assert bool(found.ruleless) is (case.name in OPEN)
    assert found.total.open is bool(found.ruleless)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES.values() if case.name not in (*OPEN, *SEVERAL_TIMES)],
    ids=repr,
)
def test_every_layer_is_counted_as_often_as_it_runs(case: Case) -> None:
    model, X = case.model(), case.batch(4)
    assert runs_counted(model) == runs_made(model, X)


def runs_counted(model: Model[Any, Any]) -> Counter[int]:
    counted: Counter[int] = Counter()

    class Spy(FlopsOf):
        def run(self, node: Model[Any, Any], unit: str | None) -> str | None:
            counted[node.id] += 1
            return super().run(node, unit)

    Spy(model)
    return counted


def runs_made(model: Model[Any, Any], X: Any) -> Counter[int]:
    made: Counter[int] = Counter()
    with spied(model, made):
        model.predict(X)
    return made


@contextmanager
def spied(model: Model[Any, Any], made: Counter[int]) -> Generator[None]:
    """Count the calls of each node's forward function."""
    before = {node: node._func for node in model.walk()}

    def forward(node: Model[Any, Any], X: Any, is_train: bool) -> Any:
        made[node.id] += 1
        return before[node](node, X, is_train)

    for node in before:
        node._func = forward
    try:
        yield
    finally:
        for node, own in before.items():
            node._func = own


@pytest.mark.parametrize(
    "model",
    [
        combinet.text.HashEmbedCNN(
            width=8,
            depth=2,
            embed_size=50,
            window_size=1,
            maxout_pieces=3,
            subword_features=True,
        ),
        combinet.text.BiLSTMEncoder(8, depth=2),
        combinet.text.TransformerEncoder(8, depth=2, heads=2),
    ],
    ids=lambda model: model.name[:20],
)
def test_text_architectures_are_open_nowhere(model: Model[Any, Any]) -> None:
    Initialization(model, None, None).settle()
    found = FlopsOf(model)
    assert found.ruleless == []
    assert found.total.terms["row"] > 0
