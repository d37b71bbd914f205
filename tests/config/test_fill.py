"""Schemas for plain sections, building section by section, writing defaults out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from combinet.config import Config, ConfigError
from combinet.registry import registry

POOL = '[m]\n@layers = "pool.v1"\n[l]\n@layers = "linear.v1"\nnO = 3'


def build(names: type[registry], text: str, **options: Any) -> Any:
    return names.resolve(Config().from_str(text), **options)


def refusal(names: type[registry], text: str, **options: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        build(names, text, **options)
    return str(caught.value)


def trainer(
    optimizer: Callable[..., Any], model: Any, *, num_epochs: int = 3, patience: int | None = None
) -> None: ...


def test_a_schema_checks_plain_sections_as_arguments_of_a_function(names: type[registry]) -> None:
    text = '[training]\nnum_epochs = 1.5\npateince = 2\n[training.optimizer]\n@layers = "x.v1"'
    message = refusal(names, text, schema={"training": trainer})
    assert "line 2 [training] num_epochs = 1.5: expected int" in message
    assert "line 3 [training] pateince = 2: trainer has no argument 'pateince'" in message
    assert "line 5 [training.optimizer]" in message


def test_a_schema_leaves_missing_arguments_to_the_caller(names: type[registry]) -> None:
    text = "[training]\nnum_epochs = 2"
    assert build(names, text, schema={"training": trainer}) == {"training": {"num_epochs": 2}}
    assert build(names, "[a]\nx = 1", schema={"training": trainer}) == {"a": {"x": 1}}


def test_a_checked_config_builds_section_by_section(names: type[registry]) -> None:
    called: list[str] = []

    def note(name: str) -> str:
        called.append(name)
        return name

    names.misc("note.v1", func=note)
    text = '[a]\n@misc = "note.v1"\nname = "a"\n[b]\n[b.c]\n@misc = "note.v1"\nname = "c"'
    checked = names.check(Config().from_str(text))
    assert called == []
    assert checked.build("b.c") == "c"
    assert checked.build("a") == "a"
    assert called == ["c", "a"]
    with pytest.raises(KeyError):
        checked.build("d")


def test_a_pydantic_schema_is_applied_to_what_was_built(names: type[registry]) -> None:
    pydantic = pytest.importorskip("pydantic")
    section = pydantic.create_model("section", n=(int, ...), m=(int, 5))
    schema = pydantic.create_model("schema", a=(section, ...))
    assert build(names, "[a]\nn = 1", schema=schema)["a"] == {"n": 1, "m": 5}
    assert "[a] n" in refusal(names, '[a]\nn = "x"', schema=schema)


def test_fill_writes_all_defaults_out(names: type[registry]) -> None:
    def f(a: int, b: tuple[int, ...] = (1, 2), c: Path = Path("p"), d: Any = len) -> None: ...

    names.misc("f.v1", func=f)
    text = '[m]\n@misc = "f.v1"\na = 1\n[t]\nnum_epochs = 9\n[l]\n@layers = "linear.v1"\nnO = 1'
    filled = names.fill(Config().from_str(text), schema={"t": trainer})
    assert filled == {
        "m": {"@misc": "f.v1", "a": 1, "b": [1, 2], "c": "p"},
        "t": {"num_epochs": 9, "patience": None},
        "l": {"@layers": "linear.v1", "nO": 1, "nI": None, "dropout": 0.0},
    }
    assert Config().from_str(filled.to_str()) == filled


def test_fill_twice_changes_nothing(names: type[registry]) -> None:
    filled = names.fill(Config().from_str(POOL))
    assert names.fill(filled) == filled


def test_fill_keeps_variables_that_are_not_filled_in_yet(names: type[registry]) -> None:
    text = '[a]\nn = 3\n[m]\n@layers = "linear.v1"\nnO = ${a.n}'
    filled = names.fill(Config().from_str(text, interpolate=False))
    assert filled["m"] == {"@layers": "linear.v1", "nO": "${a.n}", "nI": None, "dropout": 0.0}
    assert not filled.is_interpolated


def test_fill_refuses_what_resolve_refuses(names: type[registry]) -> None:
    with pytest.raises(ConfigError, match=r"line 3 \[m\] nO"):
        names.fill(Config().from_str('[m]\n@layers = "linear.v1"\nnO = 1.5'))
