"""The data of the examples: what is in it, and that no part leaks into another."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from babel import Locale

from combinet import Config, examples
from combinet.errors import DataError, MissingPackageError
from combinet.examples import Digits, Languages
from combinet.examples.languages import LANGUAGES, phrases
from combinet.registry import registry

PARTS = ("train", "validation", "test")


def test_phrases_are_long_enough_and_of_one_language_each() -> None:
    pairs = phrases()
    assert pairs == sorted(pairs)
    assert 31_000 < len(pairs) < 33_000
    assert all(len(phrase) > 3 for phrase, _ in pairs)
    assert max(Counter(phrase for phrase, _ in pairs).values()) == 1
    assert {code for _, code in pairs} == set(LANGUAGES)


def test_a_phrase_of_two_languages_is_left_out() -> None:
    owners = [
        code for code in LANGUAGES if "Portugal" in dict(Locale.parse(code).territories).values()
    ]
    assert len(owners) > 1
    assert "Portugal" not in dict(phrases())
    assert dict(phrases())["Vereinigtes Königreich"] == "de"


def test_the_parts_of_the_phrases_make_up_the_whole_and_share_nothing() -> None:
    found = [(each["text"], each["label"]) for part in PARTS for each in Languages()(part)]
    assert sorted(found) == phrases()


def test_the_test_phrases_are_a_tenth() -> None:
    sizes = [len(Languages()(part)) for part in PARTS]
    assert [round(size / sum(sizes), 3) for size in sizes] == [0.85, 0.05, 0.1]


def test_the_seed_says_which_part_a_phrase_is_in() -> None:
    assert Languages(0)("test") == Languages(0)("test") != Languages(1)("test")


def test_digits_are_pixels_from_0_to_1() -> None:
    instances = Digits()("train")
    assert instances[0]["pixels"].shape == (64,)
    assert instances[0]["pixels"].dtype == np.float32
    assert {each["label"] for each in instances} == set("0123456789")
    values = np.stack([each["pixels"] for each in instances])
    assert (values.min(), values.max()) == (0, 1)


def test_the_parts_of_the_digits_make_up_the_whole() -> None:
    parts = {part: Digits()(part) for part in PARTS}
    assert sum(map(len, parts.values())) == 1797
    assert len(parts["test"]) == 360
    seen = [each["pixels"].tobytes() for part in parts.values() for each in part]
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("reader", [Digits(), Languages()])
def test_an_unknown_part_is_named(reader: Any) -> None:
    with pytest.raises(DataError, match="no part 'tset'") as raised:
        reader("tset")
    assert "train, validation, test" in raised.value.fix


@pytest.mark.parametrize(
    ("reader", "package"), [(Digits(), "sklearn.datasets"), (Languages(), "babel")]
)
def test_a_missing_package_is_named_with_the_extra(
    monkeypatch: pytest.MonkeyPatch, reader: Any, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackageError) as raised:
        reader("train")
    assert "combinet[examples]" in raised.value.fix


@pytest.mark.parametrize("name", ["digits.cfg", "languages.cfg"])
def test_a_bundled_config_builds_without_its_data(name: str) -> None:
    config = Config().from_disk(Path(examples.__file__).with_name(name))
    built = registry.resolve(config)
    assert built["model"].name
    assert callable(built["data"]["reader"])


def test_the_comment_of_the_config_says_how_many_languages_there_are() -> None:
    text = Path(examples.__file__).with_name("languages.cfg").read_text("utf-8")
    assert f"among {len(LANGUAGES)}" in text.splitlines()[0]
