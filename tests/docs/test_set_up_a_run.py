"""The page "Set up a training run" has every key of a training config, and every command."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from combinet import Config, Optimizer, registry
from combinet.cli._app import app
from combinet.training.settings import DataSettings, TrainingSettings
from tests.docs.run_page import blocks

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "set-up-a-run.md"
ROW = re.compile(r"^\| `([^`]+)` \| (?:`([^`]+)`)? ?\|", re.MULTILINE)


def table_after(heading: str) -> dict[str, Any]:
    """The keys in the table behind a heading, with the defaults it gives."""
    _, _, rest = PAGE.read_text("utf-8").partition(f"**`{heading}`**\n\n")
    rows = ROW.findall(rest.partition("\n\n")[0])
    return {
        key: json.loads(default) if default else inspect.Parameter.empty for key, default in rows
    }


@pytest.mark.parametrize(
    ("heading", "settings"), [("[data]", DataSettings), ("[training]", TrainingSettings)]
)
def test_every_key_is_there_with_its_default(heading: str, settings: Any) -> None:
    parameters = inspect.signature(settings).parameters
    assert table_after(heading) == {name: each.default for name, each in parameters.items()}


def test_every_command_is_there() -> None:
    rows = re.findall(r"^\| `combinet ([a-z ]+)", PAGE.read_text("utf-8"), re.MULTILINE)
    program: Any = typer.main.get_command(app)
    commands = {
        f"{name} {inner}".strip()
        for name, command in program.commands.items()
        for inner in getattr(command, "commands", [""])
    }
    assert {row.strip() for row in rows} == commands


def test_the_section_of_the_optimizer_can_be_built() -> None:
    (section,) = [block.text for block in blocks(PAGE.read_text("utf-8")) if block.info == "ini"]
    optimizer = registry.resolve(Config().from_str(f"[training]\n\n{section}"))["training"]
    assert isinstance(optimizer["optimizer"], Optimizer)
