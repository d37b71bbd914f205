"""Text: documents, vocabularies, and the architectures over them."""

from __future__ import annotations

from .bag_of_embeddings import BagOfEmbeddings as BagOfEmbeddings
from .bilstm_encoder import BiLSTMEncoder as BiLSTMEncoder
from .bio_spans import BioSpans as BioSpans
from .character_embed import CharacterEmbed as CharacterEmbed
from .character_ngrams import character_ngrams as character_ngrams
from .classification_tables import ClassificationCSV as ClassificationCSV
from .classification_tables import ClassificationTSV as ClassificationTSV
from .conll_bio import ConllBio as ConllBio
from .conll_u import ConllU as ConllU
from .conll_u import ConllUTags as ConllUTags
from .conll_u_relations import ConllURelations as ConllURelations
from .doc import Doc as Doc
from .doc import words as words
from .document import Document as Document
from .embedders import CharacterNgrams as CharacterNgrams
from .embedders import Characters as Characters
from .embedders import Words as Words
from .embedders import WordsAndSubwords as WordsAndSubwords
from .extract_ngrams import extract_ngrams as extract_ngrams
from .extract_spans import extract_spans as extract_spans
from .extract_subwords import extract_subwords as extract_subwords
from .feature_extractor import FeatureExtractor as FeatureExtractor
from .hash_embed_cnn import HashEmbedCNN as HashEmbedCNN
from .hash_string import hash_string as hash_string
from .heads import HiddenHead as HiddenHead
from .heads import SoftmaxHead as SoftmaxHead
from .json_lines import JsonLines as JsonLines
from .lexicon import attributes as attributes
from .linear_chain import LinearChainCrossentropy as LinearChainCrossentropy
from .linear_chain import marginals as marginals
from .maxout_window_encoder import MaxoutWindowEncoder as MaxoutWindowEncoder
from .mish_window_encoder import MishWindowEncoder as MishWindowEncoder
from .multi_hash_embed import MultiHashEmbed as MultiHashEmbed
from .multi_task import MultiTask as MultiTask
from .pools import AttentionPool as AttentionPool
from .pools import MeanPool as MeanPool
from .pools import WindowPool as WindowPool
from .relations import rel_cand_generator as rel_cand_generator
from .relations import rel_cand_generator_v2 as rel_cand_generator_v2
from .relations import rel_classification_layer as rel_classification_layer
from .relations import rel_hidden_layer as rel_hidden_layer
from .relations import rel_instance_tensor as rel_instance_tensor
from .relations import rel_model as rel_model
from .resize_output import resize_output as resize_output
from .sequence_tagger import SequenceTagger as SequenceTagger
from .sequence_tagger import SequenceTaggerHead as SequenceTaggerHead
from .sequence_tagger import TaggerHead as TaggerHead
from .span_categorizer import LinearLogistic as LinearLogistic
from .span_categorizer import SpanCategorizer as SpanCategorizer
from .span_categorizer import mean_max_reducer as mean_max_reducer
from .split_words import split_words as split_words
from .static_vectors import StaticVectors as StaticVectors
from .static_vectors import set_vectors as set_vectors
from .suggesters import ngram_range_suggester as ngram_range_suggester
from .suggesters import ngram_suggester as ngram_suggester
from .suggesters import preset_spans_suggester as preset_spans_suggester
from .tag_schemes import TagSpan as TagSpan
from .tag_schemes import biluo_to_bio as biluo_to_bio
from .tag_schemes import bio_to_biluo as bio_to_biluo
from .tag_schemes import check_tags as check_tags
from .tag_schemes import legal_transitions as legal_transitions
from .tag_schemes import spans_of_tags as spans_of_tags
from .tag_schemes import tags_of_spans as tags_of_spans
from .tagger import Tagger as Tagger
from .text_cat_bow import TextCatBOW as TextCatBOW
from .text_cat_ensemble import TextCatEnsemble as TextCatEnsemble
from .text_cat_ensemble import TextCatEnsemble_v2 as TextCatEnsemble_v2
from .text_cat_low_data import TextCatLowData as TextCatLowData
from .text_cat_parametric_attention import TextCatParametricAttention as TextCatParametricAttention
from .text_cat_reduce import TextCatCNN as TextCatCNN
from .text_cat_reduce import TextCatReduce as TextCatReduce
from .text_classifier import TextClassifier as TextClassifier
from .tok2vec import Tok2Vec as Tok2Vec
from .tokenizers import Whitespace as Whitespace
from .tokenizers import WordsAndMarks as WordsAndMarks
from .torch_bilstm_encoder import TorchBiLSTMEncoder as TorchBiLSTMEncoder
from .transformer_encoder import TransformerEncoder as TransformerEncoder
from .transitions import Transitions as Transitions
from .utf8_bytes import utf8_bytes as utf8_bytes
from .vector_table import VectorTable as VectorTable
from .vector_table import as_vector_table as as_vector_table
from .vector_table import read_vectors as read_vectors
from .viterbi import viterbi as viterbi
from .vocabulary import Vocabulary as Vocabulary

__all__ = [
    "AttentionPool",
    "BagOfEmbeddings",
    "BiLSTMEncoder",
    "BioSpans",
    "CharacterEmbed",
    "CharacterNgrams",
    "Characters",
    "ClassificationCSV",
    "ClassificationTSV",
    "ConllBio",
    "ConllU",
    "ConllURelations",
    "ConllUTags",
    "Doc",
    "Document",
    "FeatureExtractor",
    "HashEmbedCNN",
    "HiddenHead",
    "JsonLines",
    "LinearChainCrossentropy",
    "LinearLogistic",
    "MaxoutWindowEncoder",
    "MeanPool",
    "MishWindowEncoder",
    "MultiHashEmbed",
    "MultiTask",
    "SequenceTagger",
    "SequenceTaggerHead",
    "SoftmaxHead",
    "SpanCategorizer",
    "StaticVectors",
    "TagSpan",
    "Tagger",
    "TaggerHead",
    "TextCatBOW",
    "TextCatCNN",
    "TextCatEnsemble",
    "TextCatEnsemble_v2",
    "TextCatLowData",
    "TextCatParametricAttention",
    "TextCatReduce",
    "TextClassifier",
    "Tok2Vec",
    "TorchBiLSTMEncoder",
    "TransformerEncoder",
    "Transitions",
    "VectorTable",
    "Vocabulary",
    "Whitespace",
    "WindowPool",
    "Words",
    "WordsAndMarks",
    "WordsAndSubwords",
    "as_vector_table",
    "attributes",
    "biluo_to_bio",
    "bio_to_biluo",
    "character_ngrams",
    "check_tags",
    "extract_ngrams",
    "extract_spans",
    "extract_subwords",
    "hash_string",
    "legal_transitions",
    "marginals",
    "mean_max_reducer",
    "ngram_range_suggester",
    "ngram_suggester",
    "preset_spans_suggester",
    "read_vectors",
    "rel_cand_generator",
    "rel_cand_generator_v2",
    "rel_classification_layer",
    "rel_hidden_layer",
    "rel_instance_tensor",
    "rel_model",
    "resize_output",
    "set_vectors",
    "spans_of_tags",
    "split_words",
    "tags_of_spans",
    "utf8_bytes",
    "viterbi",
    "words",
]
