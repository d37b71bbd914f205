"""A zip that was changed at random is refused with an error of ours, or is the model it was."""

from __future__ import annotations

import random
import warnings
from pathlib import Path

import numpy as np
import pytest

import combinet
from combinet.errors import LoadError, SaveError
from combinet.saving.about import about
from tests.saving.models import X, rezipped, trained

MODEL = trained()


def mutated(rng: random.Random, data: bytes) -> bytes:
    """With bytes exchanged, left out and put in, mostly where the zip says what is where."""
    new, directory = bytearray(data), data.index(b"PK\x01\x02")
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(directory if rng.random() < 0.8 else 0, len(data)) % len(new)
        how = rng.random()
        if how < 0.6:
            new[at] = rng.choice((0, 255, rng.randrange(256)))
        elif how < 0.8:
            del new[at : at + rng.randint(1, 20)]
        else:
            new[at:at] = rng.randbytes(rng.randint(1, 12))
    return bytes(new)


def zips(folder: Path) -> list[bytes]:
    """As we write it, and packed by another program."""
    path = folder / "good.zip"
    combinet.save(MODEL, path, files={"a.txt": b"x"}, sample=X[:1])
    return [path.read_bytes(), rezipped(path, {}, packed=True).read_bytes()]


@pytest.mark.parametrize("times", [600, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_zip_that_was_changed_at_random_is_refused_or_is_as_it_was(
    tmp_path: Path, times: int
) -> None:
    rng, path, loaded = random.Random(times), tmp_path / "model.zip", 0
    good = zips(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about members that are not read
        for _ in range(times):
            path.write_bytes(mutated(rng, rng.choice(good)))
            try:
                again = combinet.load(path)
                about(path)
            except LoadError:
                continue
            assert np.array_equal(again.predict(X), MODEL.predict(X))
            loaded += 1
    assert loaded < times / 10


@pytest.mark.parametrize("times", [150, pytest.param(2_000, marks=pytest.mark.slow)])
def test_a_zip_that_was_changed_at_random_is_replaced_or_kept(tmp_path: Path, times: int) -> None:
    rng, path = random.Random(times), tmp_path / "model.zip"
    good = zips(tmp_path)
    for _ in range(times):
        path.write_bytes(changed := mutated(rng, rng.choice(good)))
        try:
            combinet.save(MODEL, path)
        except SaveError:
            assert path.read_bytes() == changed
        else:
            assert np.array_equal(combinet.load(path).predict(X), MODEL.predict(X))
