from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet import get_current_ops
from combinet.errors import CombinetError, UnknownName
from combinet.text import attributes, extract_ngrams

DOCS = st.lists(st.lists(st.sampled_from("a b c d".split()), max_size=6), max_size=4)


def counted(doc: list[str], ngram_size: int) -> Counter[int]:
    """Each run of one document by itself."""
    ops, found = get_current_ops(), Counter[int]()
    for n in range(1, ngram_size + 1):
        for start in range(len(doc) - n + 1):
            keys: Any = attributes(doc[start : start + n], ["ORTH"])[:, 0]
            found[int(keys[0] if n == 1 else ops.ngrams(n, keys)[0])] += 1
    return found


@given(DOCS, st.integers(1, 3))
def test_runs_are_counted_document_by_document(docs: Any, ngram_size: int) -> None:
    keys, counts, lengths = extract_ngrams(ngram_size, "ORTH").predict(docs)
    ends = np.cumsum(lengths)
    assert len(lengths) == len(docs)
    assert (keys.dtype, counts.dtype) == ("uint64", "float32")
    for doc, end, length in zip(docs, ends, lengths, strict=True):
        part = slice(end - length, end)
        found = zip(keys[part].tolist(), counts[part].tolist(), strict=True)
        assert dict(found) == counted(doc, ngram_size)


def test_the_attribute_decides_which_words_are_one() -> None:
    docs: Any = [["Good", "good"]]
    assert extract_ngrams(1, "LOWER").predict(docs)[1].tolist() == [2]
    assert extract_ngrams(1, "ORTH").predict(docs)[1].tolist() == [1, 1]


def test_sizes_and_attributes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(CombinetError, match="ngram_size=0"):
        extract_ngrams(0)
    with pytest.raises(UnknownName):
        extract_ngrams(1, "TEXT")
