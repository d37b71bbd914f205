"""The examples, filled and damaged: filled they say the same, damaged they are refused or built."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path
from typing import Any

import pytest

from combinet import Config, examples, registry
from combinet.cli._config import SCHEMA
from combinet.cli.check import build_network, remarks, remarks_on_flops
from combinet.describe import FlopsOf
from combinet.errors import CombinetError
from combinet.initialize import check as check_sizes
from tests.config.test_mutations import damaged

TEXTS = {
    path.name: path.read_text("utf-8")
    for path in sorted(Path(examples.__file__).parent.glob("*.cfg"))
}
#: What may stand for a value by mistake.
VALUES = [
    "-1", "0", "3.5", "null", "true", '"x"', "[1]", "{}", "1e999", "NaN", "40", "[]", '["a"]',
    "[[1, 2]]", "${model}", "${training.num_epochs}", "${model.nothing}", '""',
    '{"@layers": "Linear.v1"}', '{"@layers": "Relu.v1", "nO": -3}', '{"@layers": "chain.v1"}',
    '{"@optimizers": "Adam.v1"}', "text, without quotes",
]  # fmt: skip


def schema(config: Config) -> dict[str, Any]:
    return {name: func for name, func in SCHEMA.items() if name in config}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_filled_example_builds_the_same_network(text: str) -> None:
    config = Config().from_str(text)
    filled = registry.fill(Config().from_str(text, interpolate=False), schema=schema(config))
    again = Config().from_str(filled.to_str())
    assert registry.fill(again, schema=schema(config)) == again
    one, other = (build_network(each, "model") for each in (config, again))
    assert other.to_config() == one.to_config()
    assert other.summary() == one.summary()


def mistaken(rng: random.Random, text: str) -> str:
    """The text with other values in one or two places."""
    lines = text.split("\n")
    places = [i for i, line in enumerate(lines) if "=" in line and line[:1] not in "#;"]
    for i in rng.choices(places, k=rng.randint(1, 2)):
        lines[i] = f"{lines[i].split('=')[0]}= {rng.choice(VALUES)}"
    return "\n".join(lines)


def check(text: str) -> None:
    """All that the two commands do; anything but an error of ours fails the test."""
    with contextlib.suppress(CombinetError):
        config = Config().from_str(text)
        registry.fill(Config().from_str(text, interpolate=False), schema=schema(config))
        model = build_network(config, "model")
        found = check_sizes(model, None, None, keep=True)
        assert [model.summary(), *remarks(found), *remarks_on_flops(FlopsOf(model))]


def mutate_and_check(rng: random.Random, times: int) -> None:
    texts = list(TEXTS.values())
    for _ in range(times):
        text = rng.choice(texts)
        check(mistaken(rng, text) if rng.random() < 0.5 else damaged(rng, text))


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_example_never_shows_our_insides(seed: int) -> None:
    mutate_and_check(random.Random(seed), 60)


@pytest.mark.slow
def test_ten_thousand_damaged_examples_never_show_our_insides() -> None:
    mutate_and_check(random.Random(10_000), 10_000)
