"""What the parts of a text classifier compute, each by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.model import Model
from combinet.text import (
    AttentionPool,
    CharacterNgrams,
    Characters,
    HiddenHead,
    MeanPool,
    SoftmaxHead,
    WindowPool,
    Words,
)
from combinet.types import Ragged

LENGTHS = np.array([3, 1, 4], dtype="int32")
ROWS = np.random.default_rng(0).standard_normal((8, 5)).astype("float32")
PARTS = np.split(ROWS, np.cumsum(LENGTHS)[:-1])


def pooled(pool: Model[Any, Any], rows: Any = ROWS) -> Any:
    return pool.predict(Ragged(rows, LENGTHS))


def made(pool: Model[Any, Any]) -> Model[Any, Any]:
    return pool.initialize(Ragged(ROWS, LENGTHS), seed=1)


def vectors(embed: Model[Any, Any], texts: list[str]) -> list[Any]:
    found = embed.predict(texts)
    return np.split(found.data, np.cumsum(found.lengths)[:-1])


def test_mean_pool_is_the_mean() -> None:
    wanted = np.stack([part.mean(axis=0) for part in PARTS])
    np.testing.assert_allclose(pooled(MeanPool()), wanted, rtol=1e-5, atol=1e-6)


def test_attention_pool_is_a_mean_weighted_by_the_query() -> None:
    pool = made(AttentionPool())
    [(_, query)] = [(row.path, row.weights) for row in pool.parameters()]
    query[...] = np.linspace(-1, 1, query.size).reshape(query.shape)
    wanted = []
    for part in PARTS:
        weights = np.exp(part @ query.ravel())
        wanted.append((part * (weights / weights.sum())[:, None]).sum(axis=0))
    np.testing.assert_allclose(pooled(pool), np.stack(wanted), rtol=1e-4, atol=1e-5)


def test_window_pool_sees_neighbours_within_a_sequence_only() -> None:
    pool = made(WindowPool(6))
    before = pooled(pool)
    assert before.shape == (3, 6)
    changed = ROWS.copy()
    changed[3] += 100  # the second sequence, between the others
    after = pooled(pool, changed)
    assert np.array_equal(before[[0, 2]], after[[0, 2]])
    assert not np.array_equal(before[1], after[1])


def test_window_pool_depends_on_the_order_and_mean_pool_does_not() -> None:
    pool = made(WindowPool(6))
    order = [2, 0, 1, 3, 7, 5, 4, 6]
    assert not np.allclose(pooled(pool), pooled(pool, ROWS[order]))
    np.testing.assert_allclose(
        pooled(MeanPool()), pooled(MeanPool(), ROWS[order]), rtol=1e-5, atol=1e-6
    )


def test_characters_are_n_grams_of_one() -> None:
    one, other = (
        Characters(4, 50).initialize(seed=1),
        CharacterNgrams(4, 50, [1]).initialize(seed=1),
    )
    assert np.array_equal(one.predict(["ab", ""]).data, other.predict(["ab", ""]).data)


def test_a_word_has_the_same_vector_wherever_it_stands() -> None:
    first, second, none = vectors(Words(4, 500).initialize(seed=1), ["Das Haus", "haus am See", ""])
    assert [len(each) for each in (first, second, none)] == [2, 3, 1]
    assert np.array_equal(first[1], second[0])
    assert not np.array_equal(first[0], first[1])


@pytest.mark.parametrize("head", [SoftmaxHead(0.5), HiddenHead(7, 0.5)])
def test_heads_give_probabilities_and_drop_nothing_out_of_training(head: Any) -> None:
    head.initialize(ROWS, np.zeros((1, 3), "float32"), seed=1)
    probs = head.predict(ROWS)
    assert probs.shape == (8, 3)
    np.testing.assert_allclose(probs.sum(axis=1), 1, rtol=1e-5)
    assert np.array_equal(probs, head.predict(ROWS))


def test_a_hidden_head_has_a_hidden_layer_and_a_softmax_head_none() -> None:
    for head, shapes in (
        (SoftmaxHead(), [(3, 5), (3,)]),
        (HiddenHead(7), [(7, 5), (7,), (3, 7), (3,)]),
    ):
        head.initialize(ROWS, np.zeros((1, 3), "float32"))
        assert [row.weights.shape for row in head.parameters()] == shapes
