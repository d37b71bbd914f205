"""What UTF-8 has no form for is kept as the escape of JSON, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet import load_archive, save
from combinet.errors import SaveError
from combinet.serialize.texts import json_bytes, utf8_bytes
from tests.saving.models import trained

HALF = "\ud83d"
ANY_TEXT = st.text(st.characters(codec=None), max_size=20)


@pytest.mark.parametrize("name", ["model", "model.zip"])
def test_half_a_character_in_a_label_or_the_meta_data_comes_back(tmp_path: Path, name: str) -> None:
    labels, meta = {"labels": ["ja", HALF, f"é{HALF}ü"]}, {"author": HALF}
    save(trained(), tmp_path / name, vocabulary=labels, meta=meta)
    archive = load_archive(tmp_path / name)
    assert archive.vocabulary == labels
    assert archive.meta == meta


@given(ANY_TEXT)
def test_a_text_comes_back_from_valid_utf_8_or_is_refused(text: str) -> None:
    try:
        data = json_bytes([text], "a.json")
    except SaveError:
        assert text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") != text
    else:
        assert json.loads(data.decode()) == [text]


def test_both_halves_of_one_character_are_refused_for_json_would_join_them() -> None:
    with pytest.raises(SaveError, match=r"a\.json would hold a character in two halves") as caught:
        json_bytes({"labels": ["\ud83d\ude00"]}, "a.json")
    assert r"\ud83d\ude00" in str(caught.value)
    fixed = f"{HALF}\ude00".encode("utf-16", "surrogatepass").decode("utf-16")
    assert json.loads(json_bytes([fixed], "a.json")) == ["\U0001f600"]


def circle() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize("value", [{1, 2}, object(), circle(), {(1,): 1}])
def test_what_json_cannot_hold_is_refused_and_the_old_archive_stays(
    tmp_path: Path, value: Any
) -> None:
    save(trained(), tmp_path / "model.zip", meta={"a": 1})
    with pytest.raises(SaveError, match=r"meta\.json would hold what JSON cannot"):
        save(trained(), tmp_path / "model.zip", meta={"a": value})
    assert load_archive(tmp_path / "model.zip").meta == {"a": 1}


def test_a_config_with_half_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match=r"config\.cfg would hold half a character, '\\ud83d'"):
        save(trained(), tmp_path / "model", config=f'[model]\nx = "{HALF}"')
    assert utf8_bytes("é", "config.cfg") == "é".encode()
    assert not list(tmp_path.iterdir())
