"""Every registered architecture takes every document: none, long ones, strange characters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from combinet import Model, registry
from combinet.errors import DTypeError
from combinet.text import (
    BagOfEmbeddings,
    BiLSTMEncoder,
    CharacterEmbed,
    CharacterNgrams,
    Characters,
    FeatureExtractor,
    HashEmbedCNN,
    HiddenHead,
    MaxoutWindowEncoder,
    MeanPool,
    MishWindowEncoder,
    MultiHashEmbed,
    SoftmaxHead,
    StaticVectors,
    Tagger,
    TextCatBOW,
    TextCatCNN,
    TextCatEnsemble,
    TextCatEnsemble_v2,
    TextCatLowData,
    TextCatParametricAttention,
    TextCatReduce,
    TextClassifier,
    Tok2Vec,
    TorchBiLSTMEncoder,
    TransformerEncoder,
    WindowPool,
    Words,
    WordsAndSubwords,
    extract_ngrams,
    extract_subwords,
    utf8_bytes,
)
from combinet.types import Ragged

VECTORS: Any = {"a": [1.0, 2.0], "\ud800": [0.5, 0.0]}


def embed() -> Model[Any, Any]:
    return MultiHashEmbed(8, ["NORM", "SHAPE"], [40, 20])


def bow() -> Model[Any, Any]:
    return TextCatBOW(True, 2, False, length=64)


def words(encode: Model[Any, Any]) -> Model[Any, Any]:
    return Tok2Vec(embed(), encode)


def torch_encoder() -> Model[Any, Any]:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    return words(TorchBiLSTMEncoder(8, 1))


def cnn() -> Model[Any, Any]:
    return HashEmbedCNN(
        width=8, depth=1, embed_size=40, window_size=1, maxout_pieces=2, subword_features=True
    )


def of_words(encode: Model[Any, Any], head: Model[Any, Any]) -> Model[Any, Any]:
    return TextClassifier(WordsAndSubwords(6, 50), encode, head)


#: Those that take lists of words, as they are named in a .cfg.
OF_WORDS: dict[str, Callable[[], Model[Any, Any]]] = {
    "FeatureExtractor.v1": lambda: FeatureExtractor(["NORM", "SHAPE", "SUFFIX"]),
    "utf8_bytes.v1": lambda: utf8_bytes(5),
    "extract_ngrams.v1": lambda: extract_ngrams(3),
    "extract_subwords.v1": lambda: extract_subwords(2, [1, 3]),
    "MultiHashEmbed.v1": embed,
    "CharacterEmbed.v1": lambda: CharacterEmbed(8, 40, 2, 4),
    "HashEmbedCNN.v1": cnn,
    "StaticVectors.v1": lambda: StaticVectors(4, vectors=VECTORS),
    "Tok2Vec.v1": lambda: words(MaxoutWindowEncoder(8, 1, 2, 2)),
    "MaxoutWindowEncoder.v1": lambda: words(MaxoutWindowEncoder(8, 2, 2, 1)),
    "MishWindowEncoder.v1": lambda: words(MishWindowEncoder(8, 1, 2)),
    "BiLSTMEncoder.v1": lambda: words(BiLSTMEncoder(8, 1)),
    "TorchBiLSTMEncoder.v1": torch_encoder,
    "TransformerEncoder.v1": lambda: words(TransformerEncoder(8, 1, 1)),
    "BagOfEmbeddings.v1": lambda: words(BagOfEmbeddings()),
    "Tagger.v1": lambda: Tagger(cnn(), 3),
    "TextCatBOW.v1": bow,
    "TextCatCNN.v1": lambda: TextCatCNN(cnn(), True),
    "TextCatReduce.v1": lambda: TextCatReduce(cnn(), False, True, True, True, True),
    "TextCatParametricAttention.v1": lambda: TextCatParametricAttention(cnn(), True),
    "TextCatEnsemble.v1": lambda: TextCatEnsemble(8, 40, None, True, 2, 1, 1, None),
    "TextCatEnsemble.v2": lambda: TextCatEnsemble_v2(cnn(), bow()),
    "TextCatLowData.v1": lambda: TextCatLowData(4, 0.1, vectors=VECTORS),
    "WordsAndSubwords.v1": lambda: WordsAndSubwords(4, 50),
    "TextClassifier.v1": lambda: of_words(MeanPool(), HiddenHead(5)),
    "MeanPool.v1": lambda: of_words(MeanPool(), SoftmaxHead()),
    "WindowPool.v1": lambda: of_words(WindowPool(5), SoftmaxHead()),
}
#: Those that take texts.
OF_TEXTS: dict[str, Callable[[], Model[Any, Any]]] = {
    "CharacterNgrams.v1": lambda: CharacterNgrams(4, 50),
    "Characters.v1": lambda: Characters(4, 50),
    "Words.v1": lambda: Words(4, 50),
}
#: With tests of documents of their own: heads, and networks that take more than documents.
ELSEWHERE = ("MultiTask", "SequenceTagger", "SpanCategorizer", "TaggerHead", "rel_")
#: Tried within the classifier, or where they are tested by themselves.
INSIDE = {"AttentionPool.v1", "HiddenHead.v1", "SoftmaxHead.v1"}
STRANGE = [
    "😀",
    "👩‍👩‍👧",
    "e\u0301",
    "\u0301",
    "\0",
    "\ud800",
    "\udfff\ud800",
    "",
    " ",
    "\u200b",
    "ﷺ" * 99,
]
BATCHES: dict[str, list[list[str]]] = {
    "no documents": [],
    "no words": [[]],
    "no words between words": [["a"], [], ["b", "c"]],
    "no words at all": [[], []],
    "one word": [["a"]],
    "5,000 words": [[f"w{i % 1700}" for i in range(5000)]],
    "strange characters": [STRANGE, ["a", *STRANGE[:3]]],
    "a strange character alone": [[each] for each in STRANGE],
}
CLASSES = np.zeros((1, 3), "float32")


def built(make: Callable[[], Model[Any, Any]], is_of_texts: bool) -> Model[Any, Any]:
    X: Any = ["a b", "c"] if is_of_texts else [["a", "b"], ["c"]]
    model = make()
    return model.initialize(X, CLASSES if model.check(X).open else None, seed=0)


def arrays(value: Any) -> Iterator[Any]:
    """Every array in an output."""
    if isinstance(value, Ragged):
        yield value.dataXd
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from arrays(item)
    else:
        yield value


def goes_forward_and_back(model: Model[Any, Any], batch: Any) -> None:
    found, backprop = model.begin_update(batch)
    if isinstance(found, Ragged):
        assert len(found.lengths) == len(batch)
    elif not isinstance(found, tuple):
        assert len(found) == len(batch)
    assert all(np.isfinite(each).all() for each in arrays(found) if each.dtype.kind == "f")
    backprop(found)
    gradients = [row.gradient for row in model.parameters() if row.gradient is not None]
    assert all(np.isfinite(each).all() for each in gradients)
    model.predict(batch)


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("name", OF_WORDS)
def test_documents(name: str, batch: str) -> None:
    if batch == "5,000 words" and name == "TransformerEncoder.v1":
        pytest.skip("5,000 x 5,000 scores; test_a_transformer_reads_a_long_document")
    goes_forward_and_back(built(OF_WORDS[name], False), BATCHES[batch])


def test_a_transformer_reads_a_long_document() -> None:
    model = built(OF_WORDS["TransformerEncoder.v1"], False)
    (found,) = model.predict(BATCHES["5,000 words"])
    assert found.shape == (5000, 8)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("name", OF_TEXTS)
def test_texts(name: str, batch: str) -> None:
    goes_forward_and_back(built(OF_TEXTS[name], True), [" ".join(doc) for doc in BATCHES[batch]])


@pytest.mark.parametrize(
    "docs",
    ["one text", [1, 2], [["a", 5]], [[b"a"]], [[["a"]]], [None], [{"words": ["a"]}], [{"a"}]],
    ids=repr,
)
@pytest.mark.parametrize("name", OF_WORDS)
def test_what_is_no_list_of_documents_is_named(name: str, docs: Any) -> None:
    with pytest.raises(DTypeError):
        built(OF_WORDS[name], False).predict(docs)


def test_no_architecture_is_left_out() -> None:
    names = {
        name.removeprefix("combinet.")
        for name, make in registry.architectures.get_all().items()
        if make.__module__.startswith("combinet.text.")
    }
    here = {name for name in names if not name.startswith(ELSEWHERE)}
    assert here - {*OF_WORDS, *OF_TEXTS, *INSIDE} == set()
