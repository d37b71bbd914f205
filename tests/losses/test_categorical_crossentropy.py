"""Cross-entropy: Thinc's gradient, the textbooks' value, labels of every form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from combinet.errors import ConfigError, DataError, DTypeError, LabelError, ShapeError
from combinet.losses import CategoricalCrossentropy
from combinet.registry import registry

NAMES = ["ant", "bee", "cat"]
LABELS = np.array([0, 2, 1, 1, 2], dtype="int32")
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
WORDS = [NAMES[label] for label in LABELS]


def softmax(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


@pytest.fixture
def logits() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(5, 3))


@pytest.fixture
def guesses(logits: np.ndarray) -> np.ndarray:
    return read_only(softmax(logits).astype("float32"))


def finite_differences(function: Any, X: np.ndarray) -> np.ndarray:
    gradient = np.zeros_like(X)
    for index in np.ndindex(*X.shape):
        step = np.zeros_like(X)
        step[index] = 1e-6
        gradient[index] = (function(X + step) - function(X - step)) / 2e-6
    return gradient


def test_value_is_torchs_cross_entropy(logits: np.ndarray) -> None:
    expected = torch.nn.functional.cross_entropy(
        torch.from_numpy(logits), torch.from_numpy(LABELS).long()
    )
    value = CategoricalCrossentropy().value(softmax(logits), LABELS)
    assert value == pytest.approx(float(expected), rel=1e-9)


def test_gradient_is_torchs_by_the_logits(logits: np.ndarray) -> None:
    Z = torch.from_numpy(logits).requires_grad_()
    torch.nn.functional.cross_entropy(Z, torch.from_numpy(LABELS).long()).backward()
    gradient = CategoricalCrossentropy().get_grad(softmax(logits), LABELS)
    np.testing.assert_allclose(gradient, Z.grad, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("loss", "truths"),
    [
        (CategoricalCrossentropy(), ONE_HOT),
        (CategoricalCrossentropy(normalize=False), LABELS),
        (CategoricalCrossentropy(label_smoothing=0.2), LABELS),
        (CategoricalCrossentropy(missing_value=1), LABELS),
        (CategoricalCrossentropy(names=NAMES), ["ant", None, "cat", None, "bee"]),
        (CategoricalCrossentropy(), np.full((5, 3), 1 / 3, dtype="float32")),
    ],
)
def test_gradient_is_that_of_the_value_by_the_logits(
    loss: CategoricalCrossentropy, truths: Any, logits: np.ndarray
) -> None:
    assert loss.gradient_of == "logits"
    expected = finite_differences(lambda Z: loss.value(softmax(Z), truths), logits)
    np.testing.assert_allclose(loss.get_grad(softmax(logits), truths), expected, atol=1e-7)


@pytest.mark.parametrize(
    ("loss", "truths"),
    [
        (CategoricalCrossentropy(), LABELS),
        (CategoricalCrossentropy(missing_value=2, normalize=False), LABELS),
        (
            CategoricalCrossentropy(names=NAMES, neg_prefix="!"),
            ["ant", "!bee", "cat", "bee", "!cat"],
        ),
    ],
)
def test_output_gradient_is_that_of_the_value_by_the_guesses(
    loss: CategoricalCrossentropy, truths: Any, logits: np.ndarray
) -> None:
    guesses = softmax(logits)
    expected = finite_differences(lambda Y: loss.value(Y, truths), guesses)
    np.testing.assert_allclose(
        loss.get_output_grad(guesses, truths), expected, rtol=1e-5, atol=1e-8
    )


def test_a_negative_label_has_the_gradient_of_its_own_logit(logits: np.ndarray) -> None:
    loss = CategoricalCrossentropy(names=NAMES, neg_prefix="!", normalize=False)
    gradient = loss.get_grad(softmax(logits[:1]), ["!bee"])
    expected = finite_differences(lambda Z: loss.value(softmax(Z), ["!bee"]), logits[:1])
    assert gradient[0, 1] == pytest.approx(expected[0, 1], rel=1e-6)
    assert gradient[0, 0] == gradient[0, 2] == 0


def test_a_call_gives_thincs_pair(guesses: np.ndarray) -> None:
    gradient, loss = CategoricalCrossentropy()(guesses, LABELS)
    np.testing.assert_allclose(gradient, (guesses - ONE_HOT) / 5, rtol=1e-6)
    assert loss == pytest.approx(float((gradient**2).sum()))
    assert loss == pytest.approx(CategoricalCrossentropy().get_loss(guesses, LABELS))


@pytest.mark.parametrize(
    "truths",
    [LABELS.tolist(), LABELS.astype("uint64"), ONE_HOT, ONE_HOT.astype("int32"), ONE_HOT.tolist()],
    ids=["list", "uint64", "one-hot", "one-hot ints", "one-hot lists"],
)
def test_labels_of_every_form_mean_the_same(truths: Any, guesses: np.ndarray) -> None:
    loss = CategoricalCrossentropy(names=NAMES)
    expected = loss.get_grad(guesses, WORDS)
    np.testing.assert_array_equal(loss.get_grad(guesses, truths), expected)


def test_smoothing_splits_its_share_between_the_wrong_classes(guesses: np.ndarray) -> None:
    smoothed = CategoricalCrossentropy(label_smoothing=0.2).get_grad(guesses, LABELS)
    target = np.where(ONE_HOT == 1, 0.8, 0.1)
    np.testing.assert_allclose(smoothed, (guesses - target) / 5, atol=1e-7)


@pytest.mark.parametrize(
    ("loss", "truths"),
    [
        (CategoricalCrossentropy(missing_value=2), LABELS),
        (CategoricalCrossentropy(missing_value=2), LABELS.tolist()),
        (CategoricalCrossentropy(missing_value=2), ONE_HOT),
        (CategoricalCrossentropy(missing_value=-1), np.where(LABELS == 2, -1, LABELS)),
        (CategoricalCrossentropy(names=NAMES, missing_value="cat"), WORDS),
        (CategoricalCrossentropy(names=NAMES, missing_value="cat"), LABELS),
        (CategoricalCrossentropy(names=NAMES, missing_value=""), ["ant", "", "bee", "bee", ""]),
        (CategoricalCrossentropy(names=NAMES), ["ant", None, "bee", "bee", None]),
    ],
)
def test_a_row_with_nothing_known_has_no_gradient(
    loss: CategoricalCrossentropy, truths: Any, guesses: np.ndarray
) -> None:
    gradient = loss.get_grad(guesses, truths)
    kept = LABELS != 2
    np.testing.assert_array_equal(gradient[~kept], 0)
    np.testing.assert_allclose(gradient[kept], ((guesses - ONE_HOT) / 5)[kept], rtol=1e-6)


def test_a_negative_label_pushes_its_own_class_down(guesses: np.ndarray) -> None:
    loss = CategoricalCrossentropy(names=NAMES, neg_prefix="!", label_smoothing=0.1)
    gradient = loss.get_grad(guesses, ["ant", "!bee", "cat", "!ant", "bee"])
    np.testing.assert_allclose(gradient[1], [0, guesses[1, 1] / 5, 0], rtol=1e-6)
    np.testing.assert_allclose(gradient[3], [guesses[3, 0] / 5, 0, 0], rtol=1e-6)
    assert (gradient[0] != 0).all()


def test_guesses_with_more_dimensions_take_labels_with_one_less() -> None:
    guesses = softmax(np.random.default_rng(1).normal(size=(2, 4, 3)))
    labels = np.random.default_rng(2).integers(0, 3, size=(2, 4))
    gradient = CategoricalCrossentropy().get_grad(guesses, labels)
    np.testing.assert_allclose(gradient, (guesses - np.eye(3)[labels]) / 2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_has_the_type_of_the_guesses(dtype: str, guesses: np.ndarray) -> None:
    loss = CategoricalCrossentropy(names=NAMES, neg_prefix="!")
    for truths in (LABELS, ONE_HOT, WORDS, ["!ant", *WORDS[1:]]):
        assert loss.get_grad(guesses.astype(dtype), truths).dtype == dtype


@pytest.mark.parametrize("truths", [[], np.zeros(0, "i"), np.zeros((0, 3), "f")])
def test_no_rows_cost_nothing(truths: Any) -> None:
    guesses = np.zeros((0, 3), dtype="float32")
    gradient, loss = CategoricalCrossentropy(missing_value=1)(guesses, truths)
    assert gradient.shape == (0, 3)
    assert loss == CategoricalCrossentropy().value(guesses, truths) == 0


def test_nothing_is_written_into_guesses_or_truths(guesses: np.ndarray) -> None:
    loss = CategoricalCrossentropy(missing_value=1, names=NAMES)
    for truths in (read_only(LABELS.copy()), read_only(ONE_HOT.copy())):
        loss(guesses, truths)
        loss.value(guesses, truths)
        loss.get_output_grad(guesses, truths)
    words = list(WORDS)
    loss(guesses, words)
    assert words == WORDS


def test_a_guess_of_zero_costs_much_and_not_without_end() -> None:
    guesses = np.array([[1, 0]], dtype="float32")
    assert 80 < CategoricalCrossentropy().value(guesses, [1]) < 100
    assert np.isfinite(CategoricalCrossentropy().get_output_grad(guesses, [1])).all()


@pytest.mark.parametrize("truths", [np.array([0, 1, 3, 1, 2]), [0, 1, 3, 1, 2]])
def test_a_label_beyond_the_classes_is_named(truths: Any, guesses: np.ndarray) -> None:
    with pytest.raises(LabelError) as caught:
        CategoricalCrossentropy()(guesses, truths)
    message = str(caught.value)
    assert "label 3 does not fit 3 classes, 0 to 2" in message
    assert "row: 2" in message
    assert "nO" in message
    assert isinstance(caught.value, ValueError)


def test_a_negative_class_number_is_no_label_unless_it_means_missing(guesses: np.ndarray) -> None:
    truths = np.array([0, -1, 1, 1, 2])
    with pytest.raises(LabelError, match="label -1"):
        CategoricalCrossentropy()(guesses, truths)
    CategoricalCrossentropy(missing_value=-1)(guesses, truths)


def test_an_unknown_name_is_named(guesses: np.ndarray) -> None:
    with pytest.raises(LabelError, match=r"'dog' is not among the names[\s\S]*row: 1"):
        CategoricalCrossentropy(names=NAMES)(guesses, ["ant", "dog", "cat", "cat", "cat"])


def test_names_are_needed_for_labels_that_are_names(guesses: np.ndarray) -> None:
    with pytest.raises(LabelError, match="names="):
        CategoricalCrossentropy()(guesses, WORDS)


@pytest.mark.parametrize(
    "truths", [LABELS[:4], WORDS[:4], ONE_HOT[:4], ONE_HOT[:, :2], np.zeros((5, 3, 1), "f")]
)
def test_truths_must_go_with_the_guesses_row_by_row(truths: Any, guesses: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="row by row"):
        CategoricalCrossentropy(names=NAMES)(guesses, truths)


def test_labels_are_whole_numbers(guesses: np.ndarray) -> None:
    with pytest.raises(DTypeError, match="whole numbers"):
        CategoricalCrossentropy()(guesses, LABELS.astype("float32"))


@pytest.mark.parametrize("bad", [-0.1, 1.1])
def test_guesses_and_truths_are_probabilities(bad: float, guesses: np.ndarray) -> None:
    wrong = guesses.copy()
    wrong[1, 1] = bad
    with pytest.raises(DataError, match=r"outside 0 to 1[\s\S]*Softmax"):
        CategoricalCrossentropy()(wrong, LABELS)
    with pytest.raises(LabelError, match="outside 0 to 1"):
        CategoricalCrossentropy()(guesses, wrong)


def test_smoothing_must_leave_the_right_class_ahead(guesses: np.ndarray) -> None:
    for share in (-0.1, 1.0):
        with pytest.raises(ConfigError, match="label_smoothing"):
            CategoricalCrossentropy(label_smoothing=share)
    with pytest.raises(ConfigError, match="no lead"):
        CategoricalCrossentropy(label_smoothing=0.7)(guesses, LABELS)
    with pytest.raises(DataError, match="label_smoothing"):
        CategoricalCrossentropy(label_smoothing=0.1)(guesses, ONE_HOT)


def test_versions_are_registered() -> None:
    get = registry.losses.get
    assert get("CategoricalCrossentropy.v1")(names=NAMES, missing_value=1).encode.names == NAMES
    assert get("CategoricalCrossentropy.v2")(neg_prefix="!").encode.neg_prefix == "!"
    v3 = get("CategoricalCrossentropy.v3")(label_smoothing=0.1, normalize=False)
    assert (v3.encode.label_smoothing, v3.normalize) == (0.1, False)
    for version, unknown in (("v1", "neg_prefix"), ("v2", "label_smoothing")):
        with pytest.raises(TypeError, match=unknown):
            get(f"CategoricalCrossentropy.{version}")(**{unknown: None})
