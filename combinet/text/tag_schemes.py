"""BIO and BILUO: spans written as one tag for each word, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from ..errors import DataError

Scheme: TypeAlias = Literal["BIO", "BILUO"]

#: The letters of each scheme but O, in the order in which ``tags_of_kinds`` gives them.
LETTERS: dict[str, str] = {"BIO": "BI", "BILUO": "BILU"}


class TagSpan(NamedTuple):
    """Words ``start`` to ``end``, the last not included, are of the kind ``label``."""

    start: int
    end: int
    label: str


def may_follow(before: str, tag: str, scheme: Scheme) -> bool:
    """Whether ``tag`` may stand behind ``before``; beyond both ends of a document is "O".

    In BIO, I-X goes on a span of kind X. In BILUO a span begun by B-X goes on with I-X and ends
    with L-X, and nothing else may come in between.
    """
    letter, kind, same = tag[:1], before[1:], before[1:] == tag[1:]
    if scheme == "BIO":
        return letter != "I" or (bool(kind) and same)
    if before[:1] in ("B", "I"):
        return letter in ("I", "L") and same
    return letter in ("O", "B", "U")


def legal_transitions(tags: Sequence[str], scheme: Scheme) -> Any:
    """Which tag may follow which: [i, j] is true where ``tags[j]`` may stand behind ``tags[i]``.

    The last row says what a document may begin with, the last column what it may end with.

    Shapes:
        n tags -> (n + 1, n + 1) bool.

    Raises:
        DataError: One of them is no tag of that scheme.
    """
    for tag in tags:
        _check_form(tag, scheme)
    every = [*tags, "O"]
    legal: Any = np.array([[may_follow(a, b, scheme) for b in every] for a in every])
    return legal


def tags_of_kinds(kinds: Iterable[str], scheme: Scheme) -> list[str]:
    """Every tag that spans of these kinds need, "O" first.

    Raises:
        DataError: There is no such scheme.
    """
    letters = _letters(scheme)
    return ["O", *(f"{letter}-{kind}" for kind in kinds for letter in letters)]


def spans_of_tags(tags: Sequence[str], scheme: Scheme) -> list[TagSpan]:
    """The spans that the tags of one document stand for, in order.

    Raises:
        DataError: A tag cannot stand where it does; the message says which.

    Example:
        >>> spans_of_tags(["B-PER", "I-PER", "O", "B-LOC"], "BIO")
        [TagSpan(start=0, end=2, label='PER'), TagSpan(start=3, end=4, label='LOC')]
    """
    check_tags(tags, scheme)
    spans: list[TagSpan] = []
    start = 0
    for place, tag in enumerate(tags):
        if tag[0] in "BU":
            start = place
        following = tags[place + 1] if place + 1 < len(tags) else "O"
        if tag[0] in "LU" or (scheme == "BIO" and tag != "O" and following[0] != "I"):
            spans.append(TagSpan(start, place + 1, tag[2:]))
    return spans


def tags_of_spans(spans: Iterable[Sequence[Any]], length: int, scheme: Scheme) -> list[str]:
    """One tag for each word of a document.

    Args:
        spans: (start, end, label) each, the end not included, in any order.
        length: Words in the document.

    Raises:
        DataError: A span is empty or outside of the document, or two overlap.

    Example:
        >>> tags_of_spans([(0, 2, "PER"), (3, 4, "LOC")], 4, "BILUO")
        ['B-PER', 'L-PER', 'O', 'U-LOC']
    """
    tags = ["O"] * length
    for start, end, label in spans:
        if not 0 <= start < end <= length:
            raise DataError(f"no span from word {start} to {end} is in a document of {length}")
        if any(tag != "O" for tag in tags[start:end]):
            what = f"the span from word {start} to {end}, {label!r}, overlaps with another"
            raise DataError(what, fix="tags hold no overlaps; a SpanCategorizer finds them")
        tags[start:end] = [f"B-{label}"] + [f"I-{label}"] * (end - start - 1)
        if scheme == "BILUO":
            tags[end - 1] = f"{'U' if end - start == 1 else 'L'}-{label}"
    return tags


def bio_to_biluo(tags: Sequence[str]) -> list[str]:
    """The same spans in BILUO.

    Raises:
        DataError: These are no BIO tags.

    Example:
        >>> bio_to_biluo(["B-PER", "I-PER", "O", "B-LOC"])
        ['B-PER', 'L-PER', 'O', 'U-LOC']
    """
    return tags_of_spans(spans_of_tags(tags, "BIO"), len(tags), "BILUO")


def biluo_to_bio(tags: Sequence[str]) -> list[str]:
    """The same spans in BIO.

    Raises:
        DataError: These are no BILUO tags.
    """
    return tags_of_spans(spans_of_tags(tags, "BILUO"), len(tags), "BIO")


def check_tags(tags: Sequence[str], scheme: Scheme) -> None:
    """Raise where the tags of one document are not well-formed.

    Raises:
        DataError: A tag is none of the scheme, or cannot stand where it does.
    """
    before = "O"
    _letters(scheme)
    for place, tag in enumerate(tags):
        _check_form(tag, scheme)
        if not may_follow(before, tag, scheme):
            after = f"after {before!r}" if place else "at the start"
            raise DataError(
                f"tag {place}, {tag!r}, cannot stand {after} in {scheme}", fix=_fix(before, scheme)
            )
        before = tag
    if not may_follow(before, "O", scheme):
        raise DataError(f"the last tag, {before!r}, leaves a span open", fix=_fix(before, scheme))


def _fix(before: str, scheme: Scheme) -> str:
    if scheme == "BIO":
        return "a span begins with B-; bio_to_biluo() and biluo_to_bio() convert"
    kind = before[1:]
    if before[:1] in ("B", "I"):
        return f"a span goes on with 'I{kind}' and ends with 'L{kind}'; one word alone is 'U{kind}'"
    return "a span begins with B-, or is one word, U-; bio_to_biluo() makes BILUO of BIO"


def _check_form(tag: Any, scheme: Scheme) -> None:
    letters = _letters(scheme)
    well_formed = isinstance(tag, str) and (
        tag == "O" or (tag[:1] in tuple(letters) and tag[1:2] == "-" and len(tag) > 2)
    )
    if not well_formed:
        known = ", ".join(f"{letter}-X" for letter in letters)
        raise DataError(f"{tag!r} is no tag of {scheme}", fix=f"tags are O, {known}")


def _letters(scheme: str) -> str:
    if scheme not in LETTERS:
        raise DataError(f"there is no scheme {scheme!r}", known=", ".join(LETTERS))
    return LETTERS[scheme]
