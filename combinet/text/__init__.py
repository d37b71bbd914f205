"""Text: documents, vocabularies, and the architectures over them."""

from __future__ import annotations

from .character_ngrams import character_ngrams as character_ngrams
from .doc import Doc as Doc
from .embedders import CharacterNgrams as CharacterNgrams
from .embedders import Characters as Characters
from .embedders import Words as Words
from .heads import HiddenHead as HiddenHead
from .heads import SoftmaxHead as SoftmaxHead
from .pools import AttentionPool as AttentionPool
from .pools import MeanPool as MeanPool
from .pools import WindowPool as WindowPool
from .split_words import split_words as split_words
from .text_classifier import TextClassifier as TextClassifier
from .vocabulary import Vocabulary as Vocabulary

__all__ = [
    "AttentionPool",
    "CharacterNgrams",
    "Characters",
    "Doc",
    "HiddenHead",
    "MeanPool",
    "SoftmaxHead",
    "TextClassifier",
    "Vocabulary",
    "WindowPool",
    "Words",
    "character_ngrams",
    "split_words",
]
