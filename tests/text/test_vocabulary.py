"""Vocabulary: names and numbers, there and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet.errors import LabelError, LoadError, UnknownName
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
    assert vocab.add_token_to_namespace("x", "more labels") == 0
    assert vocab.get_tokens("more labels") == ("x",)
    assert vocab.namespaces == ("labels", "tags", "more labels")


def test_words_leave_room_for_padding_and_unknown_and_labels_do_not() -> None:
    vocab = Vocabulary({"tokens": ["x"], "labels": ["x"]})
    assert vocab.get_tokens() == (vocab.padding, vocab.unknown, "x")
    assert (vocab.is_padded("tokens"), vocab.is_padded("labels")) == (True, False)
    assert (vocab.is_padded("words"), vocab.is_padded("pos_tags")) == (True, False)
    assert vocab.get_vocab_size() == 3


def test_an_unknown_word_has_the_number_of_the_unknown() -> None:
    vocab = Vocabulary({"tokens": "ab", "labels": "ab"})
    assert vocab.get_token_index("c") == 1
    assert vocab.indices(["b", "c", "a"]) == [3, 1, 2]
    assert vocab.indices("ba", "labels") == [1, 0]
    with pytest.raises(LabelError, match="'c' is not among the 2 labels"):
        vocab.indices("abc", "labels")
    with pytest.raises(LabelError, match="among the 0 words"):
        vocab.indices("a", "words")


def test_which_namespaces_are_padded_and_with_what_may_be_said() -> None:
    vocab = Vocabulary({"kinds": "a", "labels": "a"}, non_padded_namespaces=["k*"], padding="_")
    assert vocab.get_tokens("kinds") == ("a",)
    assert vocab.get_tokens("labels") == ("_", vocab.unknown, "a")
    again = Vocabulary.from_dict(vocab.to_dict(), padding="_")
    assert again == vocab
    assert (again.is_padded("kinds"), again.is_padded("labels")) == (False, True)


ROWS: list[dict[str, Any]] = [
    {"text": ["b", "a", "b"], "label": "y"},
    {"text": ["c", "a", "b"], "label": "x"},
    {"text": ["d", None], "label": None},
]
FIELDS = {"text": "tokens", "label": "labels"}


def test_the_most_frequent_name_comes_first_and_equals_in_sorted_order() -> None:
    vocab = Vocabulary.from_instances(ROWS, FIELDS)
    assert vocab.get_tokens()[2:] == ("b", "a", "c", "d")
    assert vocab.get_tokens("labels") == ("x", "y")


def test_rare_names_are_left_out_and_so_are_those_that_are_too_many() -> None:
    some = Vocabulary.from_instances(ROWS, FIELDS, min_count={"tokens": 2})
    assert some.get_tokens()[2:] == ("b", "a")
    few = Vocabulary.from_instances(ROWS, FIELDS, max_size={"tokens": 1})
    assert few.get_tokens()[2:] == ("b",)


def test_several_fields_may_share_a_namespace() -> None:
    rows: list[dict[str, Any]] = [{"question": ["a"], "answer": ["b", "b"]}, {"question": ["c"]}]
    vocab = Vocabulary.from_instances(rows, {"question": "tokens", "answer": "tokens"})
    assert vocab.get_tokens()[2:] == ("b", "a", "c")


def test_numbers_stay_when_a_vocabulary_grows() -> None:
    vocab = Vocabulary({"tokens": "xc", "labels": "z"})
    vocab.extend_from_instances(ROWS, FIELDS)
    assert vocab.get_tokens()[2:] == ("x", "c", "b", "a", "d")
    assert vocab.get_tokens("labels") == ("z", "x", "y")
    vocab.extend_from_vocab(Vocabulary({"tokens": "ea", "tags": "t"}, padding="_"))
    assert vocab.get_tokens()[2:] == ("x", "c", "b", "a", "d", "e")
    assert vocab.get_tokens("tags") == ("t",)


def test_a_limit_must_name_a_namespace_that_can_do_without_some_names() -> None:
    with pytest.raises(UnknownName, match="'token'") as raised:
        Vocabulary.from_instances(ROWS, FIELDS, min_count={"token": 2})
    assert "tokens" in raised.value.fix
    with pytest.raises(LabelError, match="'labels' has no unknown name"):
        Vocabulary.from_instances(ROWS, FIELDS, max_size={"labels": 2})


def test_it_is_saved_as_a_file_of_json(tmp_path: Path) -> None:
    vocab = Vocabulary({"tokens": ["\ud800", "👩‍👩‍👧", "\0"], "labels": ["ä"]})
    vocab.to_disk(tmp_path / "vocabulary.json")
    assert json.loads((tmp_path / "vocabulary.json").read_text("utf-8")) == vocab.to_dict()
    again = Vocabulary.from_disk(tmp_path / "vocabulary.json")
    assert again == vocab
    assert again.get_token_index("?") == 1


@pytest.mark.parametrize("text", [None, "", "[", "[]", '{"labels": 1}', "\udcff", "[" * 10**5])
def test_a_file_without_a_vocabulary_is_named(text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    if text is not None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(LoadError, match=r"names\.json' holds no vocabulary"):
        Vocabulary.from_disk(path)


@given(st.dictionaries(st.text(max_size=4), NAMES, max_size=4))
def test_what_was_written_reads_as_the_same(namespaces: dict[str, list[str]]) -> None:
    vocab = Vocabulary(namespaces)
    again = Vocabulary.from_dict(json.loads(json.dumps(vocab.to_dict())))
    assert again == vocab
    for namespace in again.to_dict():
        assert again.is_padded(namespace)
        for i, name in enumerate(namespaces[namespace], start=2):
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
