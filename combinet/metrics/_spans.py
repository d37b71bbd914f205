"""The spans that the tags of a sentence stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..errors import DataError

#: The letters of BILUO, BIOES and BMES in terms of begin, inside, end and single.
_LETTERS = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "O": "O"}


class Span(NamedTuple):
    """Words ``first`` to ``last``, both included."""

    kind: str
    first: int
    last: int


def spans_of(tags: Sequence[str]) -> Iterator[Span]:
    """The spans of one sentence, by the rule of CoNLL's evaluation script.

    A span begins at B and S, at any tag of another type than the one before, and at I and E
    after O, E or S. It ends where the next begins, at O, and after E and S. For well-formed
    tags of any scheme this is what the scheme says.

    Raises:
        DataError: A tag is neither O nor a known letter, alone or followed by ``-`` and a type.
    """
    before, kind_before, first = "O", "", 0
    for place, tag in enumerate([*tags, "O"]):
        letter, kind = _split(tag)
        new = letter in "BS" or kind != kind_before or before in "OES"
        if before != "O" and (new or letter == "O"):
            yield Span(kind_before, first, place - 1)
        if letter != "O" and new:
            first = place
        before, kind_before = letter, kind


def _split(tag: str) -> tuple[str, str]:
    prefix, dash, kind = tag.partition("-")
    letter = _LETTERS.get(prefix)
    if letter is None or (letter == "O" and dash):
        raise DataError(
            f"{tag!r} is no tag",
            fix="tags are O, or one of B I M E L S U before a dash and a type, such as B-PER",
        )
    return letter, kind
