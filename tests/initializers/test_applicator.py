"""InitializerApplicator: which parameter gets what, by its path; all of it, or nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.config import Config
from combinet.errors import ConfigError, ShapeError
from combinet.initializers import (
    InitializerApplicator,
    configure_constant_init,
    configure_uniform_init,
    orthogonal_init,
    uniform_init,
)
from combinet.layers.linear import Linear
from combinet.model import Model
from combinet.registry import registry

ONES, TWOS = configure_constant_init(val=1.0), configure_constant_init(val=2.0)


def three_layers(seed: int = 0) -> Model[Any, Any]:
    return chain(Linear(4, 3), Linear(4), Linear(2)).initialize(seed=seed)


def values(model: Model[Any, Any]) -> dict[str, np.ndarray]:
    return {row.path: np.array(row.weights) for row in model.parameters()}


def changed(model: Model[Any, Any], before: dict[str, np.ndarray]) -> set[str]:
    after = values(model)
    return {path for path in after if not np.array_equal(after[path], before[path])}


def test_the_first_expression_that_is_found_decides() -> None:
    model = three_layers()
    InitializerApplicator([(r"^0/W", ONES), (r"/W", TWOS)])(model)
    found = values(model)
    assert (found["0/W"] == 1).all()
    assert (found["1/W"] == 2).all()
    assert (found["2/W"] == 2).all()


def test_what_no_expression_is_found_in_stays() -> None:
    model = three_layers()
    before = values(model)
    InitializerApplicator([(r"/b", ONES)])(model)
    assert changed(model, before) == {"0/b", "1/b", "2/b"}


def test_what_is_prevented_stays() -> None:
    model = three_layers()
    before = values(model)
    InitializerApplicator([(r"/", ONES)], prevent_regexes=[r"2/", r"/b"])(model)
    assert changed(model, before) == {"0/W", "1/W"}


def test_the_arrays_stay_the_same_objects() -> None:
    model = three_layers()
    before = [row.weights for row in model.parameters()]
    InitializerApplicator([("W", ONES)])(model)
    assert all(a is row.weights for a, row in zip(before, model.parameters(), strict=True))


def test_a_model_of_doubles_keeps_its_type() -> None:
    model = three_layers().to_dtype("float64")
    InitializerApplicator([("W", ONES)])(model)
    assert {row.weights.dtype for row in model.parameters()} == {np.dtype("float64")}


def test_equally_seeded_models_stay_equal_and_others_do_not() -> None:
    models = [three_layers(seed) for seed in (1, 1, 2)]
    for model in models:
        InitializerApplicator([("W", uniform_init)])(model)
        np.random.rand()  # noqa: NPY002 - the old stream must not matter
    one, same, other = map(values, models)
    np.testing.assert_array_equal(one["1/W"], same["1/W"])
    assert not np.array_equal(one["1/W"], other["1/W"])


def test_parameters_of_one_shape_get_different_numbers() -> None:
    model = chain(Linear(3, 3), Linear(3)).initialize()
    InitializerApplicator([("W", uniform_init)])(model)
    found = values(model)
    assert not np.array_equal(found["0/W"], found["1/W"])


def test_a_seed_of_its_own_may_be_given() -> None:
    fill = InitializerApplicator([("W", uniform_init)])
    one, other = three_layers(1), three_layers(2)
    fill(one, seed=5)
    fill(other, seed=5)
    np.testing.assert_array_equal(values(one)["0/W"], values(other)["0/W"])


@pytest.mark.parametrize(
    ("regexes", "prevent", "message"),
    [
        ([("9/W", ONES)], [], r"no parameter has '9/W'[\s\S]*0/W, 0/b"),
        ([("W", ONES)], ["9/"], r"no parameter has '9/'"),
        ([("/W", ONES), ("0/W", TWOS)], [], r"'0/W' decides nothing[\s\S]*narrower"),
        ([("0/W", ONES)], ["0/"], r"'0/W' decides nothing"),
    ],
)
def test_an_expression_that_decides_nothing_is_an_error(
    regexes: Any, prevent: list[str], message: str
) -> None:
    model = three_layers()
    before = values(model)
    with pytest.raises(ConfigError, match=message):
        InitializerApplicator(regexes, prevent)(model)
    assert not changed(model, before)


def test_a_model_without_parameters_is_sent_to_initialize() -> None:
    with pytest.raises(ConfigError, match=r"call initialize\(\)"):
        InitializerApplicator([("W", ONES)])(chain(Linear(4, 3), Linear(2)))


def test_what_is_no_expression_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="not a regular expression"):
        InitializerApplicator([("(", ONES)])
    with pytest.raises(ConfigError, match="list of regular expressions"):
        InitializerApplicator([("W", ONES)], prevent_regexes="2/")


def test_nothing_changes_where_one_initializer_does_not_fit() -> None:
    model = three_layers()
    before = values(model)
    with pytest.raises(ShapeError):
        InitializerApplicator([("W", ONES), ("b", orthogonal_init)])(model)
    assert not changed(model, before)


def test_an_initializer_that_makes_another_shape_is_named() -> None:
    with pytest.raises(ShapeError, match="0/W made"):
        InitializerApplicator([("0/W", lambda ops, shape: ops.alloc((1, 1)))])(three_layers())


def test_a_config_names_pairs() -> None:
    text = """
    [initializer]
    @initializers = "InitializerApplicator.v1"
    regexes = [
        ["0/W", {"@initializers": "constant_init.v1", "val": 3}],
        ["/W", {"@initializers": "one_init.v1"}]]
    prevent_regexes = ["2/"]
    """
    model = three_layers()
    last = values(model)["2/W"]
    registry.resolve(Config().from_str(text))["initializer"](model)
    found = values(model)
    assert (found["0/W"] == 3).all()
    assert (found["1/W"] == 1).all()
    np.testing.assert_array_equal(found["2/W"], last)


def test_an_applicator_may_be_used_again() -> None:
    fill = InitializerApplicator([("W", configure_uniform_init(lo=5, hi=6))])
    for model in (three_layers(1), three_layers(2)):
        fill(model)
        assert values(model)["0/W"].min() >= 5
