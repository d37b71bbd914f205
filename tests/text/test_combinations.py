"""Every embedding with every encoder and every head, from .cfg edits alone."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from combinet import Adam, Config, registry
from combinet.testing.laws import assert_same
from combinet.training.sequence import SequenceTask
from combinet.training.supervised import SupervisedTask

EMBEDDINGS = {
    "MultiHashEmbed": 'attrs = ["NORM", "SHAPE"]\nrows = [40, 20]\ninclude_static_vectors = false',
    "CharacterEmbed": "embed_size = 40\nnM = 2\nnC = 4",
    "HashEmbedCNN": "depth = 1\nembed_size = 20\nwindow_size = 1\nmaxout_pieces = 2\n"
    "subword_features = true\npretrained_vectors = null",
    "Tok2Vec": "",
}
ENCODERS = {
    "MaxoutWindowEncoder": "window_size = 1\nmaxout_pieces = 2\ndepth = 1",
    "MishWindowEncoder": "window_size = 1\ndepth = 1",
    "BiLSTMEncoder": "depth = 1",
    "TransformerEncoder": "depth = 1\nheads = 2",
}
HEADS = {
    "Tagger": "nO = null",
    "SequenceTagger": "nO = null",
    "TextCatReduce": "exclusive_classes = true\nuse_reduce_first = false\nuse_reduce_last = false\n"
    "use_reduce_max = true\nuse_reduce_mean = true\nnO = null",
    "TextCatParametricAttention": "exclusive_classes = true\nnO = null",
    "TextCatEnsemble": "nO = null",
}
LINEAR = """
[model.linear_model]
@architectures = "combinet.TextCatBOW.v1"
exclusive_classes = true
ngram_size = 1
no_output_layer = false
length = 64
"""
DOCS: Any = [["Good", "morning"], ["Guten", "Morgen", "!"]]


def block(section: str, name: str, settings: str) -> str:
    version = "v2" if name == "TextCatEnsemble" else "v1"
    return f'[{section}]\n@architectures = "combinet.{name}.{version}"\n{settings}\n'


def config_of(embed: str, encode: str, head: str) -> Config:
    path = "model.tok2vec.embed"
    parts = [block("model", head, HEADS[head]), block("model.tok2vec", "Tok2Vec", "")]
    if embed == "Tok2Vec":  # an embedding may be encoded already
        parts.append(block(path, "Tok2Vec", ""))
        parts.append(
            block(f"{path}.encode", "MishWindowEncoder", "width = 8\nwindow_size = 1\ndepth = 1")
        )
        path, embed = f"{path}.embed", "MultiHashEmbed"
    parts.append(block(path, embed, f"width = 8\n{EMBEDDINGS[embed]}"))
    parts.append(block("model.tok2vec.encode", encode, f"width = 8\n{ENCODERS[encode]}"))
    parts.append(LINEAR if head == "TextCatEnsemble" else "")
    return Config().from_str("\n".join(parts))


@pytest.mark.parametrize(("embed", "encode", "head"), list(product(EMBEDDINGS, ENCODERS, HEADS)))
def test_it_trains_and_predicts_the_same_once_loaded(
    embed: str, encode: str, head: str, tmp_path: Path
) -> None:
    config = config_of(embed, encode, head)
    model = registry.resolve(config)["model"]
    is_tagger = head in ("Tagger", "SequenceTagger")
    task = (SequenceTask if is_tagger else SupervisedTask)(model)
    labels: Any = [["A", "B"], ["B", "A", "C"]] if is_tagger else ["A", "B"]
    task.index([{"label": each} for each in labels])
    task.initialize(seed=0, text=DOCS, label=labels)
    optimizer = Adam(0.01)
    losses: list[float] = []
    for _ in range(10):
        output, backprop = task.forward(text=DOCS, label=labels)
        assert backprop is not None
        backprop()
        task.finish_update(optimizer)
        losses.append(output["loss"])
    assert losses[-1] < losses[0]
    model.to_disk(tmp_path / "model")
    other = registry.resolve(config)["model"]
    SupervisedTask(other, task.vocab).initialize(seed=1, text=DOCS)
    other.from_disk(tmp_path / "model")
    assert_same(model.predict(DOCS), other.predict(DOCS))
