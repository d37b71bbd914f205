from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from combinet.errors import CombinetError, DTypeError, UnknownName
from combinet.text import FeatureExtractor, attributes, words


class Token:
    """A token as spaCy has it."""

    def __init__(self, text: str) -> None:
        self.text, self.norm_ = text, "something else"


class TokenDoc:
    """A document of tokens, as spaCy's Doc is one."""

    def __init__(self, *texts: str) -> None:
        self.tokens = [Token(text) for text in texts]

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, i: int) -> Token:
        return self.tokens[i]

    def __iter__(self) -> Iterator[Token]:
        return iter(self.tokens)


def test_each_document_has_a_row_for_each_word() -> None:
    docs: Any = [["Good", "morning"], [], ["!"]]
    found = FeatureExtractor(["NORM", "SHAPE"]).predict(docs)
    assert [each.shape for each in found] == [(2, 2), (0, 2), (1, 2)]
    assert np.array_equal(found[0], attributes(docs[0], ["NORM", "SHAPE"]))
    assert found[1].dtype == "uint64"


def test_documents_of_tokens_and_of_words_have_the_same_features() -> None:
    layer = FeatureExtractor(["NORM", "ORTH", "SUFFIX"])
    plain: Any = [["It", "'s", "“"]]
    assert np.array_equal(layer.predict([TokenDoc(*plain[0])])[0], layer.predict(plain)[0])


def test_the_words_of_a_document_of_tokens_are_their_texts() -> None:
    assert words(TokenDoc("a", "b")) == ["a", "b"]
    assert words(("a", "b")) == ["a", "b"]


def test_no_documents_give_no_arrays() -> None:
    assert FeatureExtractor(["NORM"]).predict([]) == []


@pytest.mark.parametrize("docs", ["Good", ["Good", "morning"], [["Good", 1]], [3]])
def test_what_is_no_list_of_documents_is_named(docs: Any) -> None:
    with pytest.raises(DTypeError, match="list of"):
        FeatureExtractor(["NORM"]).predict(docs)


def test_unknown_and_missing_columns_are_refused() -> None:
    with pytest.raises(UnknownName, match="'LEMMA'"):
        FeatureExtractor(["LEMMA"])
    with pytest.raises(CombinetError, match="one column or more"):
        FeatureExtractor([])


def test_check_says_how_wide_the_features_are() -> None:
    said = FeatureExtractor(["NORM", "SHAPE"]).check(X=[["a"]]).y
    assert said is not None
    assert (said.container, said.rank, said.width) == ("list", 2, 2)


def test_it_survives_saving() -> None:
    layer = FeatureExtractor(["NORM", "SHAPE"]).initialize()
    other = FeatureExtractor(["NORM", "SHAPE"]).from_bytes(layer.to_bytes())
    docs: Any = [["a", "b"]]
    assert np.array_equal(other.predict(docs)[0], layer.predict(docs)[0])
