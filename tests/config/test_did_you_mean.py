"""What was probably meant is said: for registries, functions, arguments, keys and overrides."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from combinet import Config, registry
from combinet.errors import ConfigError, RegistryError


def known(kind: str) -> list[str]:
    """The names of a registry, those that a look-up imports too."""
    with pytest.raises(RegistryError):
        registry.get(kind, "there is no such name")
    return registry.kinds()[kind].names()  # type: ignore[attr-defined, no-any-return]


KINDS = [kind for kind in registry.kinds() if known(kind)]
NAMES = [
    (kind, name)
    for kind in KINDS
    for name in known(kind)
    if registry.get(kind, name).__module__.startswith("combinet.")  # none of another test's
]


def slipped(word: str) -> str:
    """The word with two letters in its middle exchanged, or with one too many."""
    at = len(word) // 2
    swapped = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    return swapped if swapped != word else word + word[-1]


def message(text: str, **options: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        registry.check(Config().from_str(text, **options))
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_registry_is_suggested(kind: str) -> None:
    assert f"{kind!r}" in message(f'[a]\n@{slipped(kind)} = "nobody.v1"').partition("fix: ")[2]


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_a_function_is_suggested(kind: str, name: str) -> None:
    fix = message(f'[a]\n@{kind} = "{slipped(name)}"').partition("fix: ")[2]
    assert fix.startswith("did you mean ")
    assert f"{name!r}" in fix


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_an_argument_is_suggested(kind: str, name: str) -> None:
    every = inspect.signature(registry.get(kind, name)).parameters
    arguments = [key for key, each in every.items() if each.kind != each.VAR_POSITIONAL]
    if not arguments or any(each.kind == each.VAR_KEYWORD for each in every.values()):
        return  # it takes none, or any
    longest = max(arguments, key=len)
    said = message(f'[a]\n@{kind} = "{name}"\n{longest}_ = 1')
    assert f"{name} has no argument '{longest}_'; fix: did you mean {longest!r}" in said


def test_a_section_and_a_key_of_a_variable_are_suggested() -> None:
    text = "[paths]\ntrain = 1\n[a]\nx = ${path.train}\ny = ${paths.trian}"
    said = message(text)
    assert said.count("fix: did you mean 'paths.train'?") == 2
    assert "did you mean 'paths'?" in message("[paths]\n[a]\nx = ${pahts}")


def test_a_parent_section_is_suggested() -> None:
    assert "did you mean 'training'?" in message("[training]\n[trianing.optimizer]")


def test_a_key_and_an_argument_of_an_override_are_suggested() -> None:
    text = '[a]\n@layers = "Relu.v1"\nnO = 3'
    assert "did you mean 'a.nO'?" in message(text, overrides={"a.no": 3})
    assert "did you mean 'a.normalize'?" in message(text, overrides={"a.normalise": True})
