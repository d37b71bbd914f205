"""Build -> to_config -> text -> build: the same model, for everything registered as a layer."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest

from combinet import Config, Model, registry
from combinet.errors import ConfigError
from combinet.testing import Case, NoCase, assert_same, cases_of
from tests.laws import cases
from tests.laws import cases_modern as cases_modern

#: What no config can describe, and why: the words that the error has for it.
UNWRITABLE = {
    "elementwise.v1": "the function",
    "from_function.v1": "the function double",
    "resizable.v1": "the function resize_linear_weighted",
    "switch.v1[input]": "the function is_large",
    "tap.v1[listener]": "the function listen",
    "with_cpu.v1": "a NumpyOps",
}


def reason(case: Case) -> str | None:
    return UNWRITABLE.get(repr(case), UNWRITABLE.get(case.name))


def all_cases() -> list[Case]:
    found: list[Case] = []
    for name in cases.NAMES:
        with suppress(NoCase):  # tests/laws says so
            found += cases_of(name)
    return found


WRITABLE = [case for case in all_cases() if reason(case) is None]
OTHERS = [case for case in all_cases() if reason(case) is not None]


def rebuilt(model: Model[Any, Any], *, sizes: bool = False) -> Model[Any, Any]:
    text = model.to_config(sizes=sizes).to_str()
    built: Model[Any, Any] = registry.resolve(Config().from_str(text))["model"]
    return built


def tree(model: Model[Any, Any]) -> list[tuple[str, str, tuple[str, ...], int]]:
    return [
        (node.name, node.role, node.param_names, len(node.layers))
        for node in model.walk(order="dfs_pre")
    ]


def dims(model: Model[Any, Any]) -> list[dict[str, int | None]]:
    return [{n: node.maybe_get_dim(n) for n in node.dim_names} for node in model.walk()]


@pytest.mark.parametrize("case", WRITABLE, ids=repr)
def test_the_config_of_a_new_model_builds_the_same_tree_with_the_same_dims(case: Case) -> None:
    model = case.build()
    again = rebuilt(model)
    assert tree(again) == tree(model)
    assert dims(again) == dims(model)
    assert again.to_config() == model.to_config()


@pytest.mark.parametrize("case", WRITABLE, ids=repr)
def test_with_its_weights_the_rebuilt_model_predicts_the_same(case: Case) -> None:
    model, X = case.model(), case.batch(4)
    again = rebuilt(model).from_bytes(model.to_bytes())
    assert dims(again) == dims(model)
    assert_same(model.predict(X), again.predict(X))
    assert again.to_bytes() == model.to_bytes()


@pytest.mark.parametrize("case", WRITABLE, ids=repr)
def test_sizes_that_were_inferred_are_written_as_they_were_given(case: Case) -> None:
    assert case.model().to_config() == case.build().to_config()


@pytest.mark.parametrize("case", WRITABLE, ids=repr)
def test_a_config_with_the_inferred_sizes_builds_a_model_that_fits_the_weights(case: Case) -> None:
    model, X = case.model(), case.batch(4)
    again = rebuilt(model, sizes=True).from_bytes(model.to_bytes())
    assert_same(model.predict(X), again.predict(X))


@pytest.mark.parametrize("case", OTHERS, ids=repr)
def test_what_no_config_can_hold_is_named(case: Case) -> None:
    with pytest.raises(ConfigError, match=re.escape(str(reason(case)))):
        case.build().to_config()
