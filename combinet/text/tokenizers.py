"""Tokenizers: from a text to its words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from ..registry import registry

Tokenizer: TypeAlias = Callable[[str], list[str]]

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


@registry.tokenizers("combinet.Whitespace.v1")
def Whitespace() -> Tokenizer:
    """Cut a text at its white space."""
    return str.split


@registry.tokenizers("combinet.WordsAndMarks.v1")
def WordsAndMarks(lower: bool = False) -> Tokenizer:
    """Runs of letters and digits, apostrophes inside them included; each other sign by itself.

    Args:
        lower: In lower case.

    Example:
        >>> WordsAndMarks()("It's here, isn't it?")
        ["It's", 'here', ',', "isn't", 'it', '?']
    """
    return _lower_words if lower else _WORD.findall


def _lower_words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
