"""The laws of layers, over the architectures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from combinet import Model
from combinet.testing import LAWS, Case
from combinet.text import (
    BiLSTMEncoder,
    CharacterEmbed,
    FeatureExtractor,
    HashEmbedCNN,
    MultiHashEmbed,
    Tagger,
    TextCatBOW,
    TextCatEnsemble_v2,
    TextCatParametricAttention,
    Tok2Vec,
    extract_ngrams,
    utf8_bytes,
)

WORDS = ["the", "The", "dog", "sleeps", "!", "Ärger", "x1", ""]


def documents(rng: np.random.Generator, n: int) -> list[list[str]]:
    """Documents of no word up to four."""
    return [list(map(str, rng.choice(WORDS, size=rng.integers(0, 5)))) for _ in range(n)]


def cnn() -> Model[Any, Any]:
    return HashEmbedCNN(
        width=4, depth=1, embed_size=30, window_size=1, maxout_pieces=2, subword_features=True
    )


def ensemble() -> Model[Any, Any]:
    return TextCatEnsemble_v2(cnn(), TextCatBOW(True, 2, False, length=32))


BUILD: dict[str, Callable[[], Model[Any, Any]]] = {
    "FeatureExtractor": lambda: FeatureExtractor(["NORM", "SHAPE"]),
    "utf8_bytes": lambda: utf8_bytes(3),
    "extract_ngrams": lambda: extract_ngrams(2),
    "MultiHashEmbed": lambda: MultiHashEmbed(4, ["NORM", "SHAPE"], [30, 20]),
    "CharacterEmbed": lambda: Tok2Vec(CharacterEmbed(4, 30, 2, 3), BiLSTMEncoder(4, 1)),
    "Tagger": lambda: Tagger(cnn()),
    "TextCatBOW": lambda: TextCatBOW(False, 2, False, length=32),
    "TextCatParametricAttention": lambda: TextCatParametricAttention(cnn(), False),
    "TextCatEnsemble": ensemble,
}


#: Its input says no dtype, and counts are exact in float32.
NO_DTYPE = {
    ("extract_ngrams", law) for law in ("gradient_keeps_its_contract", "dtypes_pass_through")
}


@pytest.mark.parametrize(
    ("name", "law"), [(name, law) for name in BUILD for law in LAWS if (name, law) not in NO_DTYPE]
)
def test_law(name: str, law: str) -> None:
    LAWS[law](Case(name, BUILD[name], documents))
