"""The conditional random field, against the sum over every labelling and finite differences."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from combinet import Adam
from combinet.errors import BackpropError, DTypeError, LabelError, NonFiniteError, ShapeError
from combinet.testing import LAWS, Case, sample_of
from combinet.text import LinearChainCrossentropy, Transitions, legal_transitions
from combinet.text import marginals as typed_marginals
from combinet.text import viterbi as typed_viterbi
from combinet.text.tag_schemes import tags_of_kinds
from combinet.types import Floats2d

LABELS = 3
LEGAL = legal_transitions(tags_of_kinds(["A"], "BIO"), "BIO")
Chain = tuple[list[Any], Any]
marginals: Any = typed_marginals  # what comes out is NumPy's here
viterbi: Any = typed_viterbi


def chain(lengths: list[int], seed: int = 0, labels: int = LABELS, dtype: str = "float64") -> Chain:
    rng = np.random.default_rng(seed)
    Xs = [rng.standard_normal((n, labels)).astype(dtype) for n in lengths]
    return Xs, rng.standard_normal((labels + 1, labels + 1)).astype(dtype)


def score(X: Any, T: Any, labels: tuple[int, ...]) -> float:
    path = [len(T) - 1, *labels, len(T) - 1]
    return float(
        sum(X[t, i] for t, i in enumerate(labels))
        + (sum(T[a, b] for a, b in itertools.pairwise(path)) if labels else 0.0)
    )


def every(X: Any, T: Any, legal: Any) -> dict[tuple[int, ...], float]:
    """The score of every legal labelling of one document."""
    legal_T = T if legal is None else np.where(legal, T, -np.inf)
    paths = itertools.product(range(len(T) - 1), repeat=len(X))
    found = {path: score(X, legal_T, path) for path in paths}
    return {path: value for path, value in found.items() if np.isfinite(value)}


@pytest.mark.parametrize("legal", [None, LEGAL], ids=["free", "BIO"])
def test_the_loss_is_minus_the_log_of_the_share_among_all_labellings(legal: Any) -> None:
    Xs, T = chain([4, 0, 1, 3])
    truths = [np.array(y, dtype="int64") for y in ([1, 2, 0, 1], [], [0], [0, 1, 2])]
    wanted = 0.0
    for X, truth in zip(Xs, truths, strict=True):
        if len(X):
            total = np.logaddexp.reduce(list(every(X, T, legal).values()))
            wanted += total - score(X, T, tuple(truth))
    loss = LinearChainCrossentropy(legal)
    assert loss.value((Xs, T), truths) == pytest.approx(wanted / 8, rel=1e-12)


@pytest.mark.parametrize("legal", [None, LEGAL], ids=["free", "BIO"])
def test_probabilities_of_labels_are_sums_over_all_labellings(legal: Any) -> None:
    Xs, T = chain([3, 1, 4, 0])
    for X, found in zip(Xs, marginals((Xs, T), legal), strict=True):
        wanted = np.zeros_like(X)
        paths = every(X, T, legal)
        total = np.logaddexp.reduce(list(paths.values())) if len(X) else 0.0
        for path, value in paths.items():
            wanted[np.arange(len(X)), list(path)] += np.exp(value - total)
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("legal", [None, LEGAL], ids=["free", "BIO"])
def test_the_gradient_is_that_of_finite_differences(legal: Any) -> None:
    Xs, T = chain([3, 1, 0, 5])
    truths = [np.array(y, dtype="int64") for y in ([1, 2, 0], [1], [], [0, 0, 1, 2, 2])]
    loss, step = LinearChainCrossentropy(legal), 1e-6
    (dXs, dT), _ = loss((Xs, T), truths)
    for array, gradient in [*zip(Xs, dXs, strict=True), (T, dT)]:
        for place in np.ndindex(array.shape):
            kept = array[place]
            array[place] = kept + step
            above = loss.value((Xs, T), truths)
            array[place] = kept - step
            below = loss.value((Xs, T), truths)
            array[place] = kept
            assert gradient[place] == pytest.approx((above - below) / (2 * step), abs=1e-8)


@pytest.mark.parametrize("legal", [None, LEGAL], ids=["free", "BIO"])
def test_the_best_labels_are_the_best_of_all_labellings(legal: Any) -> None:
    for seed in range(20):
        Xs, T = chain([4, 0, 1, 5, 2], seed)
        for X, found in zip(Xs, viterbi((Xs, T), legal), strict=True):
            paths = every(X, T, legal)
            assert tuple(found) == (max(paths, key=lambda p: paths[p]) if len(X) else ())


def test_a_batch_gives_what_its_documents_give() -> None:
    Xs, T = chain([7, 2, 5, 1, 7, 3], labels=4)
    together = marginals((Xs, T)), viterbi((Xs, T))
    for i, X in enumerate(Xs):
        np.testing.assert_allclose(together[0][i], marginals(([X], T))[0], rtol=1e-12)
        assert np.array_equal(together[1][i], viterbi(([X], T))[0])


def test_float32_gives_float32_near_float64_on_long_documents_and_large_scores() -> None:
    Xs, T = chain([5000, 1], dtype="float32")
    Xs = [X * 50 for X in Xs]
    truths = [np.zeros(len(X), dtype="int64") for X in Xs]
    loss: Any = LinearChainCrossentropy()
    (dXs, dT), value = loss((Xs, T), truths)
    assert {each.dtype.name for each in [*dXs, dT]} == {"float32"}
    exact = [X.astype("float64") for X in Xs], T.astype("float64")
    (wanted, wanted_T), wanted_value = loss(exact, truths)
    assert value == pytest.approx(wanted_value, rel=1e-12)
    np.testing.assert_allclose(dXs[0], wanted[0], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(dT, wanted_T, rtol=1e-5, atol=1e-9)


def test_nothing_has_no_loss_and_no_gradient() -> None:
    _, T = chain([])
    loss: Any = LinearChainCrossentropy()
    (dXs, dT), value = loss(([], T), [])
    assert (dXs, value, viterbi(([], T)), marginals(([], T))) == ([], 0.0, [], [])
    assert not dT.any()


def test_scores_that_no_sum_can_hold_are_an_error() -> None:
    Xs, T = chain([2])
    legal = legal_transitions(tags_of_kinds(["A"], "BILUO"), "BILUO")
    X = np.zeros((1, 5))
    X[0, 1] = 2000.0  # B-A, which no document may end with
    with pytest.raises(NonFiniteError, match="differ too much"):
        marginals(([X], np.zeros((6, 6))), legal)
    Xs[0][0, 0] = np.nan
    with pytest.raises(NonFiniteError, match="not finite"):
        LinearChainCrossentropy()((Xs, T), [np.array([0, 0])])


@pytest.mark.parametrize(
    ("labels", "what"),
    [
        ([2], "no document may begin with label 2"),
        ([0, 2], "label 2 may not follow label 0"),
    ],
)
def test_labels_that_cannot_be_are_named(labels: list[int], what: str) -> None:
    Xs, T = chain([len(labels)])
    with pytest.raises(LabelError, match=what):
        LinearChainCrossentropy(LEGAL)((Xs, T), [np.array(labels)])


def test_what_does_not_fit_is_named() -> None:
    Xs, T = chain([2, 1])
    loss, truths = LinearChainCrossentropy(), [np.array([0, 1]), np.array([1])]
    with pytest.raises(ShapeError, match="not one label for each word"):
        loss((Xs, T), truths[:1])
    with pytest.raises(LabelError, match="from 0 to 2"):
        loss((Xs, T), [np.array([0, 3]), np.array([1])])
    with pytest.raises(ShapeError, match=r"labels \+ 1"):
        loss((Xs, T[:2]), truths)
    with pytest.raises(ShapeError, match="scores of 4 labels"):
        loss((Xs, np.zeros((5, 5))), truths)
    with pytest.raises(ShapeError, match="what is legal"):
        viterbi((Xs, T), np.ones((3, 3), dtype=bool))


LIST = sample_of(list[Floats2d])


#: T is an output whatever the batch holds, so an empty batch has a gradient for it.
NOT_FOR_T = "empty_batches_work"


@pytest.mark.parametrize("law", [law for law in LAWS if law != NOT_FOR_T])
def test_transitions_keep_the_law(law: str) -> None:
    LAWS[law](Case("Transitions", Transitions, LIST))


def test_a_step_of_an_optimizer_leaves_what_was_handed_out() -> None:
    model = Transitions().initialize([np.zeros((2, 3), "float32")])
    (Ys, T), backprop = model.begin_update([np.zeros((2, 3), "float32")])
    backprop((Ys, np.ones((4, 4), "float32")))
    model.finish_update(Adam(0.1))
    assert list(T.sum(axis=0)) == [0, 0, 0, 0]
    assert model.get_param("T").all()


def test_a_misfit_in_transitions_is_named() -> None:
    model = Transitions().initialize([np.zeros((2, 3), "float32")])
    with pytest.raises(DTypeError, match="takes a list of arrays"):
        model.predict(np.zeros((2, 3), "float32"))  # type: ignore[arg-type]
    _, backprop = model.begin_update([np.zeros((2, 3), "float32")])
    with pytest.raises(BackpropError, match="for each of 1 documents"):
        backprop(([], np.zeros((4, 4), "float32")))
