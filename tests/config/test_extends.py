"""Configs that build on other files."""

from __future__ import annotations

from pathlib import Path

import pytest

from combinet.config import Config, ConfigError


def test_extends_builds_on_another_file(tmp_path: Path) -> None:
    (tmp_path / "base.cfg").write_text("[a]\nx = 1\ny = 2\n[b]\nz = ${a.x}\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "top.cfg").write_text('extends = "../base.cfg"\n[a]\nx = 5\n')
    config = Config().from_disk(tmp_path / "sub" / "top.cfg")
    assert config == {"a": {"x": 5, "y": 2}, "b": {"z": 5}}


@pytest.mark.parametrize(
    "line", ['extends = "base.cfg"', "extends = base.cfg", 'extends: "base.cfg" ']
)
@pytest.mark.parametrize("gap", ["\n", "\n\n\n", "\n\n# a comment\n\n"])
def test_extends_may_be_written_as_any_value(line: str, gap: str, tmp_path: Path) -> None:
    (tmp_path / "base.cfg").write_text("[a]\nx = 1\n")
    (tmp_path / "top.cfg").write_text(f"# on top\n{line}{gap}[b]\ny = ${{a.x}}\n")
    assert Config().from_disk(tmp_path / "top.cfg") == {"a": {"x": 1}, "b": {"y": 1}}


def test_extends_of_a_file_that_extends_another_takes_both(tmp_path: Path) -> None:
    (tmp_path / "one.cfg").write_text("[a]\nx = 1\ny = 1\nz = 1\n")
    (tmp_path / "two.cfg").write_text('extends = "one.cfg"\n\n[a]\ny = 2\nz = 2\n')
    (tmp_path / "three.cfg").write_text('extends = "two.cfg"\n\n[a]\nz = 3\n')
    assert Config().from_disk(tmp_path / "three.cfg") == {"a": {"x": 1, "y": 2, "z": 3}}


def test_extends_of_itself_is_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text('extends = "a.cfg"\n\n[x]')
    with pytest.raises(ConfigError, match=r"a\.cfg:1: circular extends"):
        Config().from_disk(tmp_path / "a.cfg")


def test_a_parent_section_may_stand_in_the_file_that_is_extended(tmp_path: Path) -> None:
    (tmp_path / "base.cfg").write_text("[a]\nx = 1\n")
    (tmp_path / "top.cfg").write_text('extends = "base.cfg"\n\n[a.b]\ny = 2\n')
    assert Config().from_disk(tmp_path / "top.cfg") == {"a": {"x": 1, "b": {"y": 2}}}


def test_an_override_reaches_what_is_extended(tmp_path: Path) -> None:
    (tmp_path / "base.cfg").write_text("[a]\nx = 1\ny = ${a.x}\n")
    (tmp_path / "top.cfg").write_text('extends = "base.cfg"\n\n[b]\nz = ${a.y}\n')
    config = Config().from_disk(tmp_path / "top.cfg", overrides={"a.x": 5})
    assert config == {"a": {"x": 5, "y": 5}, "b": {"z": 5}}


def test_extends_replaces_blocks_that_call_another_function(tmp_path: Path) -> None:
    base = '[m]\n@layers = "one.v1"\nx = 1\n[m.inner]\ny = 1\n'
    (tmp_path / "base.cfg").write_text(base)
    (tmp_path / "top.cfg").write_text('extends = "base.cfg"\n[m]\n@layers = "two.v1"\n')
    assert Config().from_disk(tmp_path / "top.cfg") == {"m": {"@layers": "two.v1"}}


def test_extends_lets_a_key_replace_a_section_and_a_section_a_key(tmp_path: Path) -> None:
    (tmp_path / "base.cfg").write_text("[m]\nkey = 1\n[m.section]\ny = 1\n")
    (tmp_path / "top.cfg").write_text('extends = "base.cfg"\n[m]\nsection = 2\n[m.key]\nz = 3\n')
    assert Config().from_disk(tmp_path / "top.cfg") == {"m": {"section": 2, "key": {"z": 3}}}


def test_extends_in_a_circle_is_refused_with_the_circle(tmp_path: Path) -> None:
    a, b = tmp_path / "a.cfg", tmp_path / "b.cfg"
    a.write_text('extends = "b.cfg"\n[x]')
    b.write_text('extends = "a.cfg"\n[x]')
    with pytest.raises(ConfigError) as caught:
        Config().from_disk(a)
    assert f"circular extends: {a} -> {b} -> {a}" in str(caught.value)


def test_extends_of_a_missing_file_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text('\nextends = "b.cfg"\n[x]')
    with pytest.raises(ConfigError, match=r'a\.cfg:2: extends = "b\.cfg": there is no file'):
        Config().from_disk(tmp_path / "a.cfg")


def test_problems_in_a_file_that_is_extended_name_that_file(tmp_path: Path) -> None:
    (tmp_path / "base.cfg").write_text("[a]\nx = .5\n")
    (tmp_path / "top.cfg").write_text('extends = "base.cfg"\n[a]\ny = 5\n')
    with pytest.raises(ConfigError, match=r"base\.cfg:2 \[a\] x = \.5"):
        Config().from_disk(tmp_path / "top.cfg")


def test_a_circle_is_seen_however_the_paths_are_written(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.cfg").write_text('extends = "sub/../b.cfg"\n\n[x]')
    (tmp_path / "b.cfg").write_text('extends = "sub/../a.cfg"\n\n[x]')
    with pytest.raises(ConfigError, match=r"b\.cfg:1: circular extends: \S+ -> \S+ -> \S+; fix"):
        Config().from_disk(tmp_path / "a.cfg")


def test_one_base_by_two_ways_is_no_circle(tmp_path: Path) -> None:
    (tmp_path / "base.cfg").write_text("[a]\nx = 1\n")
    (tmp_path / "b.cfg").write_text('extends = "base.cfg"\n\n[a]\ny = 2')
    (tmp_path / "c.cfg").write_text('extends = "b.cfg"\n\n[a]\nz = 3')
    assert Config().from_disk(tmp_path / "c.cfg") == {"a": {"x": 1, "y": 2, "z": 3}}


def test_a_file_extends_one_other(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.cfg").write_text(f"[{name}]\n")
    (tmp_path / "top.cfg").write_text('extends = "a.cfg"\nextends = "b.cfg"\n')
    with pytest.raises(ConfigError, match=r"top\.cfg:2: .*extends stands at .*top\.cfg:1 already"):
        Config().from_disk(tmp_path / "top.cfg")
