"""A config with random damage is built as confection reads it, or refused with a ConfigError."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import pytest
from confection import Config as Peer

from combinet.config import Config, ConfigError
from combinet.registry import registry

GOOD = """# a comment
[paths]
train = "data/train"
root = ${paths.train}/sub

[system]
seed = 3

[model]
@layers = "chain.v1"
name = "x ${system.seed} y"

[model.*.first]
@layers = "linear.v1"
nO = ${system.seed}
nI = null

[model.*.second]
@layers = "three.v1"
tok2vec = {"@layers": "embed.v1"}
layer1 = ${pool}

[model.*.second.layer2]
@layers = "linear.v1"
nO = 7
dropout = 1e-1

[pool]
@layers = "pool.v1"

[training]
lists = [${system.seed}, "a",
    2.5]
copy = ${system}
text = hello world
"""
ALPHABET = "[]{}\"'$.,:=@*#;\\ \n\tab01-${}"


def damaged(rng: random.Random, text: str = GOOD) -> str:
    letters = list(text)
    for _ in range(rng.randint(1, 4)):
        at, what = rng.randrange(len(letters)), rng.random()
        if what < 0.35:
            letters[at] = rng.choice(ALPHABET)
        elif what < 0.6:
            del letters[at]
        elif what < 0.8:
            letters.insert(at, rng.choice(ALPHABET))
        else:
            piece = letters[at : at + rng.randint(1, 30)]
            to = rng.randrange(len(letters))
            letters[to:to] = piece
    return "".join(letters)


def test_the_undamaged_config_builds(names: type[registry]) -> None:
    assert names.resolve(Config().from_str(GOOD))["model"].name == "x 3 y"


@pytest.mark.parametrize("seed", range(10))
def test_damage_never_shows_our_insides(seed: int, names: type[registry]) -> None:
    rng = random.Random(seed)
    for _ in range(150):
        check(damaged(rng), names)


@pytest.mark.slow
def test_ten_thousand_damaged_configs_never_show_our_insides(names: type[registry]) -> None:
    rng = random.Random(10_000)
    for _ in range(10_000):
        check(damaged(rng), names)


def check(text: str, names: type[registry]) -> None:
    """Parse and build; anything but a ConfigError is an error of ours."""
    try:
        config: Any = Config().from_str(text)
    except ConfigError:
        return
    if "$$" not in text:  # which confection does not always take for a plain $
        assert config == Peer().from_str(text)
    with contextlib.suppress(ConfigError):
        names.resolve(config)
