"""Build -> to_config -> text -> build, for everything registered as an architecture."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from combinet import Config, Model, registry
from combinet.describe import FlopsOf
from combinet.initialize import Initialization
from combinet.testing import assert_same

for module in ("text", "bridges", "saving"):  # what registers architectures
    import_module(f"combinet.{module}")

DOCUMENTS = [["a", "dog", "sleeps", "!"], ["Ärger"], [], ["x1", "The", "the"]]
#: Values of arguments by name, for whatever architecture has one of that name without a default.
VALUES: dict[str, Any] = {
    "width": 4, "rows": 30, "embed_size": 20, "nM": 2, "nC": 3, "depth": 2, "window_size": 1,
    "maxout_pieces": 2, "ngram_size": 2, "conv_depth": 1, "columns": ["NORM", "SHAPE"],
    "attrs": ["NORM", "SHAPE"], "subword_features": True, "pretrained_vectors": None,
    "dropout": 0.1, "exclusive_classes": True, "no_output_layer": False, "nO": 3,
    "use_reduce_first": True, "use_reduce_last": False, "use_reduce_max": True,
    "use_reduce_mean": True,
}  # fmt: skip
#: Arguments that are models, and those that another architecture of the same name takes.
BLOCKS: dict[str, dict[str, Any]] = {
    "tok2vec": {
        "@architectures": "combinet.HashEmbedCNN.v1", "width": 4, "depth": 1, "embed_size": 30,
        "window_size": 1, "maxout_pieces": 2, "subword_features": True,
    },
    "linear_model": {
        "@architectures": "combinet.TextCatBOW.v1", "exclusive_classes": True, "ngram_size": 1,
        "no_output_layer": False, "length": 64,
    },
    "embed": {"@architectures": "combinet.Words.v1", "width": 4, "rows": 20},
    "encode": {"@architectures": "combinet.MeanPool.v1"},
    "head": {"@architectures": "combinet.SoftmaxHead.v1"},
    "heads": {
        "tags": {"@architectures": "combinet.TaggerHead.v1", "nO": 3},
        "names": {"@architectures": "combinet.TaggerHead.v1", "nO": 2},
    },
    "reducer": {"@layers": "reduce_max.v1"},
    "pooling": {"@layers": "reduce_mean.v1"},
    "scorer": {"@layers": "Softmax.v1", "nO": 3},
    "classification_layer": {"@layers": "Softmax.v1", "nO": 3},
}  # fmt: skip
OTHERS: dict[str, dict[str, Any]] = {
    "combinet.TransformerEncoder.v1": {"width": 8},
    "combinet.MultiHashEmbed.v1": {"rows": [30, 20]},
    "combinet.Tok2Vec.v1": {
        "embed": {
            "@architectures": "combinet.MultiHashEmbed.v1", "width": 4, "attrs": ["NORM"],
            "rows": [20],
        },
        "encode": {
            "@architectures": "combinet.MaxoutWindowEncoder.v1", "width": 4, "window_size": 1,
            "maxout_pieces": 2, "depth": 1,
        },
    },
    "combinet.shared.v1": {
        "model": {"@layers": "clone.v1", "orig": {"@layers": "Linear.v1", "nO": 2}, "n": 2},
        "same": {"1": "0"},
    },
}  # fmt: skip
#: Architectures whose every layer has a rule for its FLOPs.
KNOWN = """AttentionPool BagOfEmbeddings BiLSTMEncoder CharacterEmbed CharacterNgrams Characters
FeatureExtractor HashEmbedCNN HiddenHead MaxoutWindowEncoder MeanPool MishWindowEncoder
MultiHashEmbed SequenceTagger SequenceTaggerHead SoftmaxHead StaticVectors Tagger TaggerHead
TextCatBOW TextCatCNN TextCatEnsemble TextCatLowData TextCatParametricAttention TextCatReduce
TextClassifier Tok2Vec TransformerEncoder WindowPool Words WordsAndSubwords extract_ngrams
extract_subwords shared utf8_bytes""".split()
#: What takes a function of another registry, and so has its test where that is.
ELSEWHERE = ("combinet.rel_instance_tensor.v1", "combinet.rel_model.v1")


def architectures() -> list[str]:
    names = [name for name in registry.architectures.names() if name.startswith("combinet.")]
    return [name for name in names if not missing(name)]


def missing(name: str) -> list[str]:
    """The arguments that the tables above have no value for."""
    parameters = inspect.signature(registry.architectures.get(name)).parameters.values()
    known = {**VALUES, **BLOCKS, **OTHERS.get(name, {})}
    return [p.name for p in parameters if p.default is p.empty and p.name not in known]


def built(name: str) -> Model[Any, Any]:
    """An architecture with arguments by their names."""
    own = OTHERS.get(name, {})
    block: dict[str, Any] = {"@architectures": name}
    for key, parameter in inspect.signature(registry.architectures.get(name)).parameters.items():
        if key in own or parameter.default is parameter.empty:
            block[key] = own.get(key, BLOCKS.get(key, VALUES.get(key)))
    model: Model[Any, Any] = registry.resolve({"model": block})["model"]
    return model


def rebuilt(model: Model[Any, Any], **options: bool) -> Model[Any, Any]:
    text = model.to_config(**options).to_str()
    again: Model[Any, Any] = registry.resolve(Config().from_str(text))["model"]
    return again


def test_every_architecture_is_tried_here() -> None:
    names = {name for name in registry.architectures.names() if name.startswith("combinet.")}
    assert names - {*architectures()} <= {*ELSEWHERE}


@pytest.mark.parametrize("name", architectures())
def test_the_config_of_an_architecture_builds_the_same_tree(name: str) -> None:
    model = built(name)
    again = rebuilt(model)
    assert again.summary() == model.summary()
    assert again.to_config() == model.to_config()
    assert again.to_config()["model"]["@architectures"] == name


@pytest.mark.parametrize("name", [name for name in architectures() if name.split(".")[1] in KNOWN])
def test_its_flops_are_not_guessed(name: str) -> None:
    model = built(name)
    Initialization(model, None, None).settle()
    assert FlopsOf(model).ruleless == []


@pytest.mark.parametrize(
    "name",
    [
        "combinet.CharacterEmbed.v1",
        "combinet.HashEmbedCNN.v1",
        "combinet.MultiHashEmbed.v1",
        "combinet.Tagger.v1",
        "combinet.TextCatBOW.v1",
        "combinet.TextCatCNN.v1",
        "combinet.TextCatEnsemble.v2",
        "combinet.TextCatParametricAttention.v1",
        "combinet.TextCatReduce.v1",
        "combinet.Tok2Vec.v1",
    ],
)
def test_with_its_weights_the_rebuilt_architecture_predicts_the_same(name: str) -> None:
    model = built(name)
    labels = np.eye(3, dtype="float32")[np.arange(len(DOCUMENTS)) % 3]
    Y: Any = [np.eye(3, dtype="float32")[[0] * len(d)] for d in DOCUMENTS]
    model.initialize(X=DOCUMENTS, Y=labels if "TextCat" in name else Y if "Tag" in name else None)
    for options in ({}, {"sizes": True}):
        again = rebuilt(model, **options).from_bytes(model.to_bytes())
        assert_same(again.predict(DOCUMENTS), model.predict(DOCUMENTS))
