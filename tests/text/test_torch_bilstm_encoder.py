"""An encoder that PyTorch runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet import Adam, registry
from combinet.errors import DimError
from combinet.text import HashEmbedCNN, Tagger, Tok2Vec, TorchBiLSTMEncoder
from combinet.training import SequenceTask

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")

DOCS: Any = [["the", "dog"], [], ["a", "dog", "sleeps"]]


def rows(*lengths: int) -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal((n, 8)).astype("float32") for n in lengths]


def test_it_gives_what_torchs_lstm_gives_for_each_document() -> None:
    model, docs = TorchBiLSTMEncoder(8, 2).initialize(), rows(3, 0, 5)
    (lstm,) = [shim._model for node in model.walk() for shim in node.shims]
    assert (lstm.num_layers, lstm.bidirectional, lstm.hidden_size) == (2, True, 4)
    found = model.predict(docs)
    for doc, each in zip(docs, found, strict=True):
        if len(doc):
            wanted = lstm(torch.from_numpy(doc))[0].detach().numpy()
            np.testing.assert_allclose(each, wanted, rtol=1e-4, atol=1e-5)
    assert found[1].shape == (0, 8)


def test_a_tagger_learns_through_it() -> None:
    embed = HashEmbedCNN(
        width=8, depth=1, embed_size=60, window_size=1, maxout_pieces=2, subword_features=False
    )
    make = registry.get("architectures", "combinet.TorchBiLSTMEncoder.v1")
    task, labels = SequenceTask(Tagger(Tok2Vec(embed, make(8, 1)))), [["D", "N"], [], [*"DNV"]]
    task.index([{"label": each} for each in labels])
    task.initialize(seed=0, text=DOCS)
    optimizer = Adam(0.03)
    for _ in range(60):
        _, backprop = task.forward(text=DOCS, label=labels)
        assert backprop is not None
        backprop()
        task.finish_update(optimizer)
    found = task.forward_on_instances([{"text": doc} for doc in DOCS])
    assert [each["label"] for each in found] == labels


def test_without_layers_the_vectors_stay() -> None:
    docs = rows(2, 3)
    found = TorchBiLSTMEncoder(8, 0).predict(docs)
    assert all(np.array_equal(a, b) for a, b in zip(found, docs, strict=True))


def test_an_odd_width_is_refused() -> None:
    with pytest.raises(DimError, match="even"):
        TorchBiLSTMEncoder(7, 1)
