"""Vocabulary: names and numbers, there and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet.errors import LabelError, LoadError
from combinet.text import Vocabulary

NAMES = st.lists(st.text(max_size=4), unique=True, max_size=6)


def test_names_are_numbered_in_the_order_of_their_first_appearance() -> None:
    vocab = Vocabulary()
    numbers = [vocab.add_token_to_namespace(name, "labels") for name in ("b", "a", "b", "c")]
    assert numbers == [0, 1, 0, 2]
    assert vocab.get_tokens("labels") == ("b", "a", "c")
    assert vocab.get_vocab_size("labels") == 3


def test_namespaces_have_numbers_of_their_own() -> None:
    vocab = Vocabulary({"labels": ["x"], "tags": ["y", "x"]})
    assert vocab.get_token_index("x", "labels") == 0
    assert vocab.get_token_index("x", "tags") == 1
    assert vocab.get_vocab_size() == 0
    assert vocab.add_token_to_namespace("x") == 0
    assert vocab.get_tokens() == ("x",)


@given(st.dictionaries(st.text(max_size=4), NAMES, max_size=4))
def test_what_was_written_reads_as_the_same(namespaces: dict[str, list[str]]) -> None:
    vocab = Vocabulary(namespaces)
    again = Vocabulary.from_dict(json.loads(json.dumps(vocab.to_dict())))
    assert again == vocab
    for namespace in again.to_dict():
        for i, name in enumerate(namespaces[namespace]):
            assert again.get_token_index(name, namespace) == i
            assert again.get_token_from_index(i, namespace) == name


def test_another_order_is_another_vocabulary() -> None:
    assert Vocabulary({"labels": "ab"}) != Vocabulary({"labels": "ba"})
    assert Vocabulary() != {}


def test_the_table_that_is_given_out_is_a_copy() -> None:
    vocab = Vocabulary({"labels": ["a"]})
    vocab.to_dict()["labels"].append("b")
    assert vocab.get_tokens("labels") == ("a",)


@pytest.mark.parametrize("index", [-1, 2, 99])
def test_a_number_without_a_name_is_named(index: int) -> None:
    with pytest.raises(LabelError, match=f"'labels' has 2 names, so none is number {index}"):
        Vocabulary({"labels": "ab"}).get_token_from_index(index, "labels")


def test_an_unknown_name_is_named_with_some_known_ones() -> None:
    many = Vocabulary({"labels": [str(i) for i in range(20)]})
    with pytest.raises(LabelError, match="'x' is not among the 20 labels") as raised:
        many.get_token_index("x", "labels")
    assert str(raised.value.facts["known"]).endswith("11, ...")
    with pytest.raises(LabelError, match="among the 0 tags") as raised:
        many.get_token_index("x", "tags")
    assert raised.value.facts["known"] == "none"


@pytest.mark.parametrize(
    "data", [None, [], "ab", {"labels": "ab"}, {"labels": [1]}, {"labels": ["a", "a"]}, {"l": None}]
)
def test_what_is_no_vocabulary_is_refused(data: Any) -> None:
    with pytest.raises(LoadError):
        Vocabulary.from_dict(data)


def test_it_says_how_much_it_holds() -> None:
    assert repr(Vocabulary({"labels": "ab", "tags": []})) == "Vocabulary(labels: 2)"
