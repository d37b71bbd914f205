"""Values by dotted key in place of those in the file."""

from __future__ import annotations

from typing import Any

import pytest

from combinet.config import Config, ConfigError


def test_an_override_comes_before_variables_are_filled_in() -> None:
    text = "[a]\nx = 1\n[b]\ny = ${a.x}"
    config = Config().from_str(text, overrides={"a.x": 5})
    assert config == {"a": {"x": 5}, "b": {"y": 5}}


@pytest.mark.parametrize("value", ["5", "a $b", {"k": [1]}, None, 2.5, [1, "x"]])
def test_an_override_is_taken_as_it_is(value: Any) -> None:
    assert Config().from_str("[a]\nx = 1", overrides={"a.x": value}) == {"a": {"x": value}}


def test_an_override_may_be_a_variable() -> None:
    config = Config().from_str("[a]\nx = 1\ny = 2", overrides={"a.x": "${a.y}"})
    assert config["a"] == {"x": 2, "y": 2}


def test_an_override_may_replace_a_section() -> None:
    text = "[a]\n[a.b]\nx = 1\n[a.b.c]\ny = 1"
    assert Config().from_str(text, overrides={"a.b": {"z": 3}}) == {"a": {"b": {"z": 3}}}


def test_an_override_may_reach_into_a_mapping() -> None:
    text = '[a]\nb = {"c": {"d": 1}, "e": "$$"}'
    config = Config().from_str(text, overrides={"a.b.c.d": 2})
    assert config == {"a": {"b": {"c": {"d": 2}, "e": "$"}}}


def test_an_override_of_a_key_that_is_not_there_is_refused_with_the_one_that_is() -> None:
    with pytest.raises(ConfigError) as caught:
        Config().from_str("[a]\nwidth = 1", overrides={"a.widht": 2, "b": 1})
    message = "there is no key a.widht to override; fix: did you mean 'a.width'?"
    assert f"override [a] widht = 2: {message}" in str(caught.value)
    assert "there is no key b to override" in str(caught.value)


def test_an_argument_that_is_not_written_can_be_overridden() -> None:
    from combinet.registry import registry

    def rate(x: int, decay: float = 0.1) -> float:
        return x * decay

    registry.misc("test_config.rate.v1", func=rate)
    text = '[a]\n@misc = "test_config.rate.v1"\nx = 4'
    config = Config().from_str(text, overrides={"a.decay": 0.5})
    assert registry.resolve(config) == {"a": 2.0}
    with pytest.raises(ConfigError, match=r"no key a\.decya .* did you mean 'a\.decay'\?"):
        Config().from_str(text, overrides={"a.decya": 0.5})


def test_an_argument_that_a_section_without_a_call_leaves_out_can_be_overridden() -> None:
    def settings(epochs: int, patience: int = 3) -> None: ...

    text, schema = "[training]\nepochs = 4", {"training": settings}
    config = Config().from_str(text, overrides={"training.patience": 5}, schema=schema)
    assert config["training"] == {"epochs": 4, "patience": 5}
    with pytest.raises(ConfigError, match=r"did you mean 'training\.patience'\?"):
        Config().from_str(text, overrides={"training.patiense": 5}, schema=schema)
    with pytest.raises(ConfigError, match="no key training.patience to override"):
        Config().from_str(text, overrides={"training.patience": 5})


def test_the_schema_of_a_check_says_what_can_be_overridden() -> None:
    from combinet.registry import registry

    def settings(epochs: int, patience: int = 3) -> None: ...

    config, schema = Config().from_str("[training]\nepochs = 4"), {"training": settings}
    given = {"training.patience": 5}
    assert registry.check(config, schema=schema, overrides=given).build()["training"] == {
        "epochs": 4,
        "patience": 5,
    }
    with pytest.raises(ConfigError, match=r'patience = "5": expected int'):
        registry.check(config, schema=schema, overrides={"training.patience": "5"})
