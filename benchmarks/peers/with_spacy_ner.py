"""spaCy's own entity recognizer on documents that come in as JSON, in a process of its own.

    python -m benchmarks.peers.with_spacy_ner < request.json

The request: {"train", "validation", "test": [[words, BIO tags], ...], "epochs", "batch_size",
"dropout", "seed"}. The answer, on stdout: the tags of the best epoch on the test documents.
"""

from __future__ import annotations

import json
import random
import sys
import time
from importlib import import_module, metadata
from typing import Any

#: What ``spacy init config --pipeline ner --optimize efficiency`` writes, as arguments.
MODEL = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "nO": None,
    "tok2vec": {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": 96,
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
            "rows": [5000, 1000, 2500, 2500],
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": 96,
            "depth": 4,
            "window_size": 1,
            "maxout_pieces": 3,
        },
    },
}


def train(given: dict[str, Any]) -> dict[str, Any]:
    """Train as the request says; the answer."""
    spacy: Any = import_module("spacy")
    nlp = spacy.blank("en")
    spacy.util.fix_random_seed(given["seed"])
    nlp.add_pipe("ner", config={"model": MODEL})
    parts = {name: [_example(nlp, *each) for each in given[name]] for name in _PARTS}
    optimizer = nlp.initialize(lambda: parts["train"])
    optimizer.learn_rate, optimizer.L2, optimizer.grad_clip = 0.001, 0.01, 1.0
    best, kept, started = -1.0, b"", time.process_time()
    for _ in range(given["epochs"]):
        random.shuffle(parts["train"])
        for batch in spacy.util.minibatch(parts["train"], given["batch_size"]):
            nlp.update(batch, sgd=optimizer, drop=given["dropout"])
        score = nlp.evaluate(parts["validation"])["ents_f"] or 0.0
        if score > best:
            best, kept = score, nlp.to_bytes()
    seconds = time.process_time() - started
    nlp.from_bytes(kept)
    docs = nlp.pipe(_doc(nlp, words) for words, _ in given["test"])
    return {
        "tags": [[f"{t.ent_iob_}-{t.ent_type_}" if t.ent_type_ else "O" for t in d] for d in docs],
        "cpu_seconds": round(seconds, 1),
        "versions": {name: metadata.version(name) for name in ("spacy", "thinc", "numpy")},
    }


_PARTS = ("train", "validation", "test")


def _doc(nlp: Any, words: list[str]) -> Any:
    return import_module("spacy").tokens.Doc(nlp.vocab, words=words)


def _example(nlp: Any, words: list[str], tags: list[str]) -> Any:
    training = import_module("spacy.training")
    reference = {"entities": training.iob_to_biluo(tags)}
    return training.Example.from_dict(_doc(nlp, words), reference)


if __name__ == "__main__":
    json.dump(train(json.load(sys.stdin)), sys.stdout)
