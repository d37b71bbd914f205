"""Cross-entropy over lists is that of the rows, divided by the number of sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.errors import LabelError, ShapeError
from combinet.losses import CategoricalCrossentropy, SequenceCategoricalCrossentropy
from combinet.registry import registry

NAMES = ["ant", "bee", "cat"]
LENGTHS = [3, 0, 2]


@pytest.fixture
def guesses() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    arrays = [rng.dirichlet(np.ones(3), size=n).astype("float32") for n in LENGTHS]
    for array in arrays:
        array.flags.writeable = False
    return arrays


def labels(form: str) -> list[Any]:
    numbers = [np.array([0, 1, 2]), np.zeros(0, "i"), np.array([1, 1])]
    if form == "arrays":
        return list(numbers)
    if form == "lists":
        return [array.tolist() for array in numbers]
    if form == "names":
        return [[NAMES[number] for number in array] for array in numbers]
    if form == "one-hot":
        return [np.eye(3, dtype="f")[array.astype(int)] for array in numbers]
    return [numbers[0].tolist(), [], numbers[2]]


FORMS = ["arrays", "lists", "names", "one-hot", "mixed"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("normalize", [True, False])
def test_each_gradient_is_that_of_its_rows(
    form: str, normalize: bool, guesses: list[np.ndarray]
) -> None:
    loss = SequenceCategoricalCrossentropy(names=NAMES, normalize=normalize)
    gradients, thincs = loss(guesses, labels(form))
    alone = CategoricalCrossentropy(normalize=False)
    parts = 3 if normalize else 1
    for gradient, guess, truth in zip(gradients, guesses, labels("arrays"), strict=True):
        np.testing.assert_allclose(gradient, alone.get_grad(guess, truth) / parts, rtol=1e-6)
    assert thincs == pytest.approx(sum(float((g**2).sum()) for g in gradients))
    assert loss.get_loss(guesses, labels(form)) == pytest.approx(thincs)


def test_value_is_the_sum_over_rows_by_the_sequences(guesses: list[np.ndarray]) -> None:
    probabilities = [guesses[0][0, 0], guesses[0][1, 1], guesses[0][2, 2], *guesses[2][:, 1]]
    expected = -np.log(probabilities).sum() / 3
    value = SequenceCategoricalCrossentropy().value(guesses, labels("arrays"))
    assert value == pytest.approx(expected, rel=1e-6)


def test_output_gradient_is_that_of_the_rows(guesses: list[np.ndarray]) -> None:
    gradients = SequenceCategoricalCrossentropy().get_output_grad(guesses, labels("lists"))
    assert gradients[0][0, 0] == pytest.approx(-1 / guesses[0][0, 0] / 3, rel=1e-6)
    assert [len(gradient) for gradient in gradients] == LENGTHS


def test_negative_labels_are_known_in_sequences(guesses: list[np.ndarray]) -> None:
    loss = SequenceCategoricalCrossentropy(names=NAMES, neg_prefix="!")
    gradients = loss.get_grad(guesses, [["ant", "!bee", None], [], ["bee", "bee"]])
    np.testing.assert_allclose(gradients[0][1], [0, guesses[0][1, 1] / 3, 0], rtol=1e-6)
    np.testing.assert_array_equal(gradients[0][2], 0)


def test_no_sequences_give_no_gradients() -> None:
    loss = SequenceCategoricalCrossentropy()
    assert loss([], []) == ([], 0)
    assert loss.value([], []) == 0
    assert loss.get_output_grad([], []) == []


def test_only_empty_sequences_give_empty_gradients() -> None:
    empty = np.zeros((0, 3), dtype="float32")
    gradients, loss = SequenceCategoricalCrossentropy()([empty, empty], [[], []])
    assert [gradient.shape for gradient in gradients] == [(0, 3), (0, 3)]
    assert loss == 0


def test_sequences_and_labels_must_pair_up(guesses: list[np.ndarray]) -> None:
    with pytest.raises(ShapeError, match="as many sequences"):
        SequenceCategoricalCrossentropy()(guesses, labels("arrays")[:2])
    with pytest.raises(ShapeError, match="sequence 2 has 2 guesses and 1 labels"):
        SequenceCategoricalCrossentropy()(guesses, [[0, 1, 2], [], [1]])


def test_a_label_beyond_the_classes_is_named(guesses: list[np.ndarray]) -> None:
    with pytest.raises(LabelError, match="label 3 does not fit 3 classes"):
        SequenceCategoricalCrossentropy()(guesses, [[0, 1, 2], [], [1, 3]])


def test_versions_are_registered() -> None:
    get = registry.losses.get
    get("SequenceCategoricalCrossentropy.v1")(names=NAMES, normalize=False)
    get("SequenceCategoricalCrossentropy.v2")(neg_prefix="!")
    made = get("SequenceCategoricalCrossentropy.v3")(missing_value=1, label_smoothing=0.1)
    assert made.rows.encode.missing_value == 1
    with pytest.raises(TypeError, match="missing_value"):
        get("SequenceCategoricalCrossentropy.v2")(missing_value=1)
