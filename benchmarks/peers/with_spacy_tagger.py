"""A process that trains one tagger of spaCy's, a few batches a turn.

    python -m benchmarks.peers.with_spacy_tagger VARIANT

VARIANT is "stock", "encoder" (combinet's encoder in spaCy's model) or "all" (nothing of spaCy's
in the model). It reads requests from stdin and answers on stdout, a line of JSON each:

    {"do": "prepare", "train": [[words, tags], ...], "seed", "batch_words"} -> {"versions"}
    {"do": "train", "batches"}                      -> {"words", "seconds", "epoch_ends"}
    {"do": "predict", "docs": [words, ...]}         -> {"tags", "words", "seconds"}

Seconds are CPU time; what makes documents is not counted. What fails is answered by {"error"}.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module, metadata
from typing import Any

#: What ``spacy init config --pipeline tagger --optimize efficiency`` writes, as arguments.
EMBED = {
    "@architectures": "spacy.MultiHashEmbed.v2",
    "width": 96,
    "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
    "rows": [5000, 1000, 2500, 2500],
    "include_static_vectors": False,
}
ENCODE = {
    "@architectures": "spacy.MaxoutWindowEncoder.v2",
    "width": 96,
    "depth": 4,
    "window_size": 1,
    "maxout_pieces": 3,
}
DROPOUT = 0.1
#: The blocks of a variant that are combinet's; the head is "".
OURS = {"stock": (), "encoder": ("encode",), "all": ("", "tok2vec", "embed", "encode")}


def model_of(variant: str) -> dict[str, Any]:
    """The tagger's model, as a config has it."""
    ours = OURS[variant]

    def block(part: str, theirs: dict[str, Any], name: str) -> dict[str, Any]:
        return {**theirs, "@architectures": f"combinet.{name}.v1"} if part in ours else theirs

    tok2vec = {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": block("embed", EMBED, "MultiHashEmbed"),
        "encode": block("encode", ENCODE, "MaxoutWindowEncoder"),
    }
    head = {
        "@architectures": "spacy.Tagger.v2",
        "tok2vec": block("tok2vec", tok2vec, "Tok2Vec"),
    }
    return block("", head, "Tagger")


class Tagger:
    """What the requests act on."""

    def __init__(self, variant: str) -> None:
        self.variant = variant
        self.spacy: Any = import_module("spacy")
        self.nlp: Any = self.spacy.blank("en")
        if variant != "stock":
            self._register()

    def _register(self) -> None:
        """What an installed combinet's entry points do."""
        module: Any = import_module("combinet.spacy.architectures")
        for place in dir(module):
            function: Any = getattr(module, place)
            name = getattr(function, "registered", None)
            if name is not None:
                self.spacy.registry.architectures.register(name, func=function)

    def prepare(self, train: Sequence[Any], seed: int, batch_words: int) -> dict[str, Any]:
        self.spacy.util.fix_random_seed(seed)
        self.shuffled, self.batch_words = random.Random(seed), batch_words
        self.nlp.add_pipe("tagger", config={"model": model_of(self.variant)})
        self.examples = [self._example(*each) for each in train]
        self.optimizer = self.nlp.initialize(lambda: self.examples)
        self.optimizer.learn_rate, self.optimizer.L2, self.optimizer.grad_clip = 0.001, 0.01, 1.0
        self.batches = self._epoch()
        versions = {name: metadata.version(name) for name in ("spacy", "thinc", "numpy")}
        return {"versions": versions}

    def _example(self, words: list[str], tags: list[str]) -> Any:
        training: Any = import_module("spacy.training")
        gold = self.spacy.tokens.Doc(self.nlp.vocab, words=words, tags=tags)
        return training.Example(self._doc(words), gold)

    def _doc(self, words: list[str]) -> Any:
        return self.spacy.tokens.Doc(self.nlp.vocab, words=words)

    def _epoch(self) -> Iterator[list[Any]]:
        self.shuffled.shuffle(self.examples)
        batches: Any = import_module("spacy.training.batchers").minibatch_by_words(
            self.examples, self.batch_words, tolerance=0.2
        )
        return iter(list(batches))

    def train(self, batches: int) -> dict[str, Any]:
        words, seconds = 0, 0.0
        for _ in range(batches):
            batch = next(self.batches, None)
            if batch is None:
                self.batches = self._epoch()
                return {"words": words, "seconds": seconds, "epoch_ends": True}
            started = time.process_time()
            self.nlp.update(batch, sgd=self.optimizer, drop=DROPOUT)
            seconds += time.process_time() - started
            words += sum(len(eg.x) for eg in batch)
        return {"words": words, "seconds": seconds, "epoch_ends": False}

    def predict(self, docs: Sequence[list[str]]) -> dict[str, Any]:
        made = [self._doc(words) for words in docs]
        started = time.process_time()
        found = list(self.nlp.pipe(made, batch_size=128))
        seconds = time.process_time() - started
        tags = [[token.tag_ for token in doc] for doc in found]
        return {"tags": tags, "words": sum(map(len, tags)), "seconds": seconds}


def serve(kind: Callable[[str], Any]) -> None:
    """Answer requests with what ``kind`` makes of the variant, until there are no more."""
    warnings.simplefilter("ignore")
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library may print
    tagger = kind(sys.argv[1])
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        try:
            reply = getattr(tagger, request.pop("do"))(**request)
        except Exception as error:  # noqa: BLE001  # any that a library raises
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=channel, flush=True)


if __name__ == "__main__":
    serve(Tagger)
