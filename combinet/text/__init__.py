"""Text: documents, vocabularies, and the architectures over them."""

from __future__ import annotations

from .bag_of_embeddings import BagOfEmbeddings as BagOfEmbeddings
from .bilstm_encoder import BiLSTMEncoder as BiLSTMEncoder
from .character_embed import CharacterEmbed as CharacterEmbed
from .character_ngrams import character_ngrams as character_ngrams
from .classification_tables import ClassificationCSV as ClassificationCSV
from .classification_tables import ClassificationTSV as ClassificationTSV
from .conll_bio import ConllBio as ConllBio
from .conll_u import ConllU as ConllU
from .doc import Doc as Doc
from .doc import words as words
from .embedders import CharacterNgrams as CharacterNgrams
from .embedders import Characters as Characters
from .embedders import Words as Words
from .extract_ngrams import extract_ngrams as extract_ngrams
from .feature_extractor import FeatureExtractor as FeatureExtractor
from .hash_embed_cnn import HashEmbedCNN as HashEmbedCNN
from .hash_string import hash_string as hash_string
from .heads import HiddenHead as HiddenHead
from .heads import SoftmaxHead as SoftmaxHead
from .json_lines import JsonLines as JsonLines
from .lexicon import attributes as attributes
from .maxout_window_encoder import MaxoutWindowEncoder as MaxoutWindowEncoder
from .mish_window_encoder import MishWindowEncoder as MishWindowEncoder
from .multi_hash_embed import MultiHashEmbed as MultiHashEmbed
from .pools import AttentionPool as AttentionPool
from .pools import MeanPool as MeanPool
from .pools import WindowPool as WindowPool
from .split_words import split_words as split_words
from .tagger import Tagger as Tagger
from .text_cat_bow import TextCatBOW as TextCatBOW
from .text_cat_ensemble import TextCatEnsemble as TextCatEnsemble
from .text_cat_ensemble import TextCatEnsemble_v2 as TextCatEnsemble_v2
from .text_cat_parametric_attention import TextCatParametricAttention as TextCatParametricAttention
from .text_cat_reduce import TextCatCNN as TextCatCNN
from .text_cat_reduce import TextCatReduce as TextCatReduce
from .text_classifier import TextClassifier as TextClassifier
from .tok2vec import Tok2Vec as Tok2Vec
from .tokenizers import Whitespace as Whitespace
from .tokenizers import WordsAndMarks as WordsAndMarks
from .transformer_encoder import TransformerEncoder as TransformerEncoder
from .utf8_bytes import utf8_bytes as utf8_bytes
from .vocabulary import Vocabulary as Vocabulary

__all__ = [
    "AttentionPool",
    "BagOfEmbeddings",
    "BiLSTMEncoder",
    "CharacterEmbed",
    "CharacterNgrams",
    "Characters",
    "ClassificationCSV",
    "ClassificationTSV",
    "ConllBio",
    "ConllU",
    "Doc",
    "FeatureExtractor",
    "HashEmbedCNN",
    "HiddenHead",
    "JsonLines",
    "MaxoutWindowEncoder",
    "MeanPool",
    "MishWindowEncoder",
    "MultiHashEmbed",
    "SoftmaxHead",
    "Tagger",
    "TextCatBOW",
    "TextCatCNN",
    "TextCatEnsemble",
    "TextCatEnsemble_v2",
    "TextCatParametricAttention",
    "TextCatReduce",
    "TextClassifier",
    "Tok2Vec",
    "TransformerEncoder",
    "Vocabulary",
    "Whitespace",
    "WindowPool",
    "Words",
    "WordsAndMarks",
    "attributes",
    "character_ngrams",
    "extract_ngrams",
    "hash_string",
    "split_words",
    "utf8_bytes",
    "words",
]
