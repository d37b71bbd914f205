"""Our encoder that PyTorch runs, in spaCy's pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

spacy: Any = pytest.importorskip("spacy", reason="spaCy is not installed", exc_type=ImportError)
pytest.importorskip("torch", reason="PyTorch is not installed", exc_type=ImportError)

from tests.spacy import pipelines as p  # noqa: E402

ENCODE = f"""
    @architectures = "combinet.TorchBiLSTMEncoder.v1"
    width = {p.WIDTH}
    depth = 1
"""


def blocks(by: str) -> Any:
    return {**p.tok2vec(by=by), "encode": ENCODE}


@pytest.mark.parametrize("by", ["combinet.Tok2Vec.v1", "spacy.Tok2Vec.v2"])
def test_a_tagger_learns_and_comes_back(by: str, tmp_path: Path) -> None:
    nlp, _ = p.trained(p.pipeline(tagger=p.tagger(blocks(by))), 40)
    assert [tags for tags, *_ in p.predictions(nlp)] == p.gold(nlp)
    nlp.to_disk(tmp_path)
    assert p.predictions(spacy.load(tmp_path)) == p.predictions(nlp)


def weights(nlp: Any) -> list[Any]:
    shims = [shim for node in nlp.get_pipe("tok2vec").model.walk() for shim in node.shims]
    return [row.weights.copy() for shim in shims for row in shim.rows() if "shim" in row.path]


def test_the_weights_of_torch_learn_what_listeners_pass_on_and_are_averaged() -> None:
    nlp = p.pipeline(tok2vec=blocks("combinet.Tok2Vec.v1"), tagger=p.tagger(p.LISTENER))
    batch = p.examples(nlp)
    nlp.initialize(lambda: batch)
    optimizer = spacy.util.registry.optimizers.get("Adam.v1")(0.01)
    before = weights(nlp)
    for _ in range(3):
        nlp.update(batch, sgd=optimizer)
    after = weights(nlp)
    assert len(after) == 8
    assert not any(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    with nlp.use_params(optimizer.averages):
        inside = weights(nlp)
    assert not any(np.array_equal(a, b) for a, b in zip(inside, after, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(weights(nlp), after, strict=True))
