"""A process that trains combinet's tagger by itself, a few batches a turn: no spaCy anywhere.

    python -m benchmarks.peers.tagger_alone VARIANT

It takes the requests of ``with_spacy_tagger`` and does for each batch what ``Trainer`` does. What
is counted includes the words' features, which spaCy finds when it makes its documents.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from combinet import Adam
from combinet.text import MaxoutWindowEncoder, MultiHashEmbed, Tok2Vec
from combinet.text import Tagger as Network
from combinet.training import SequenceTask, batch_by_words, collate

from .with_spacy_tagger import DROPOUT, EMBED, ENCODE, serve


class Tagger:
    """What the requests act on."""

    def __init__(self, variant: str) -> None:
        del variant  # there is one

    def prepare(self, train: Sequence[Any], seed: int, batch_words: int) -> dict[str, Any]:
        self.shuffled = random.Random(seed)
        self.batcher = batch_by_words(batch_words, tolerance=0.2)
        self.examples = [{"text": words, "label": tags} for words, tags in train]
        self.task = SequenceTask(Network(_tok2vec()))
        self.task.index(self.examples)
        self.task.initialize(seed=seed, **collate(self.examples[:64]))
        self.optimizer = Adam(0.001, L2=0.01, grad_clip=1.0)
        self.batches = self._epoch()
        return {"versions": {}}

    def _epoch(self) -> Iterator[Any]:
        self.shuffled.shuffle(self.examples)
        return iter(list(self.batcher(self.examples)))

    def train(self, batches: int) -> dict[str, Any]:
        words, seconds = 0, 0.0
        for _ in range(batches):
            batch = next(self.batches, None)
            if batch is None:
                self.batches = self._epoch()
                return {"words": words, "seconds": seconds, "epoch_ends": True}
            started = time.process_time()
            _, backprop = self.task.forward(**collate(batch))
            assert backprop is not None  # there are labels
            backprop()
            self.task.finish_update(self.optimizer)
            seconds += time.process_time() - started
            words += sum(len(each["text"]) for each in batch)
        return {"words": words, "seconds": seconds, "epoch_ends": False}

    def predict(self, docs: Sequence[list[str]]) -> dict[str, Any]:
        started = time.process_time()
        tags: list[list[str]] = []
        for first in range(0, len(docs), 128):
            batch = [{"text": words} for words in docs[first : first + 128]]
            found = self.task.forward_on_instances(batch)
            tags += [each["label"] for each in found]
        seconds = time.process_time() - started
        return {"tags": tags, "words": sum(map(len, tags)), "seconds": seconds}


def _tok2vec() -> Any:
    embed: dict[str, Any] = {name: v for name, v in EMBED.items() if name != "@architectures"}
    encode: dict[str, Any] = {name: v for name, v in ENCODE.items() if name != "@architectures"}
    return Tok2Vec(
        MultiHashEmbed(**embed, dropout=DROPOUT), MaxoutWindowEncoder(**encode, dropout=DROPOUT)
    )


if __name__ == "__main__":
    serve(Tagger)
