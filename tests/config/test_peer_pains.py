"""What users of confection meet, row by row; each of these tests fails on confection 1.3.4.

``read`` makes a config of a text, ``resolve`` builds it: here ours, but nothing in the tests
depends on that.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from combinet.config import Config, ConfigError
from combinet.registry import Registry, registry

Read = Callable[..., Any]


@pytest.fixture
def read() -> Read:
    return Config().from_str


@pytest.fixture
def names() -> type[registry]:
    class fresh(registry):
        layers = Registry("layers", entry_points=False)

    return fresh


def layer(nO: int = 1, sizes: tuple[int, ...] = (), *inner: int) -> Any:
    return nO, sizes, inner


@pytest.fixture
def refused(names: Any, read: Read) -> Callable[..., str]:
    """The message with which a text is refused, wherever that happens."""
    names.layers("layer.v1", func=layer)

    def message(text: str, **options: Any) -> str:
        with pytest.raises(ValueError) as caught:
            names.resolve(read(text, **options))
        return str(caught.value)

    return message


def test_a_stray_comma_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text('[m]\n@layers = "layer.v1",\n')
    with pytest.raises(ConfigError) as caught:
        Config().from_disk(tmp_path / "a.cfg")
    assert "a.cfg:2" in str(caught.value)
    assert "remove the comma" in str(caught.value)


@pytest.mark.parametrize(("value", "got"), [("3.7", "3.7"), ("true", "true"), ('"3"', '"3"')])
def test_what_is_no_int_is_refused_for_an_int(value: str, got: str, refused: Any) -> None:
    message = refused(f'[m]\n@layers = "layer.v1"\nnO = {value}')
    assert "expected int" in message
    assert got in message


@pytest.mark.parametrize(
    ("value", "cure"),
    [("[1,2,]", "remove the comma"), (".5", "0.5"), ("3 # three", "line of its own")],
)
def test_a_slip_is_not_silently_a_text(value: str, cure: str, refused: Any) -> None:
    assert cure in refused(f"[data]\nx = {value}")


def test_two_wrong_sections_are_reported_at_once(refused: Any) -> None:
    bad = '@layers = "layer.v1"\nnO = "x"\n'
    message = refused(f"[first]\n{bad}[second]\n{bad}")
    assert "[first]" in message
    assert "[second]" in message


def test_an_override_of_a_key_that_is_not_there_is_refused(refused: Any) -> None:
    message = refused("[training]\ndropout = 1", overrides={"training.dropuot": 2})
    assert "training.dropuot" in message
    assert "did you mean 'training.dropout'" in message


def test_a_circle_of_variables_is_shown(refused: Any) -> None:
    message = refused("[a]\nx = ${b.x}\n[b]\nx = ${c.x}\n[c]\nx = ${a.x}")
    assert "a.x -> b.x -> c.x -> a.x" in message


def test_a_taken_name_is_refused(names: Any) -> None:
    names.layers("layer.v1", func=layer)
    with pytest.raises(ValueError, match="already registered"):
        names.layers("layer.v1", func=len)


def test_a_default_of_none_allows_null(names: Any, read: Read) -> None:
    def f(nO: int = None) -> Any:  # type: ignore[assignment]  # noqa: RUF013
        return nO

    names.layers("f.v1", func=f)
    assert names.resolve(read('[m]\n@layers = "f.v1"\nnO = null')) == {"m": None}


def test_a_list_is_taken_for_a_tuple(names: Any, read: Read) -> None:
    names.layers("layer.v1", func=layer)
    built = names.resolve(read('[m]\n@layers = "layer.v1"\nsizes = [1, 2]'))
    assert built["m"][1] == (1, 2)


def test_positional_arguments_are_checked(refused: Any) -> None:
    assert "expected int" in refused('[m]\n@layers = "layer.v1"\n[m.*]\na = "x"')


def test_what_a_block_gives_is_checked(names: Any, refused: Any) -> None:
    def text() -> str:
        return "text"

    names.layers("text.v1", func=text)
    block = '[m]\n@layers = "layer.v1"\n[m.nO]\n@layers = "text.v1"'
    assert "text.v1 gives str" in refused(block)


def test_a_good_block_is_not_called_when_its_sibling_is_bad(names: Any, refused: Any) -> None:
    called: list[int] = []

    def effect() -> int:
        called.append(1)
        return 1

    names.layers("effect.v1", func=effect)
    refused('[good]\n@layers = "effect.v1"\n[bad]\n@layers = "missing.v1"')
    assert called == []
