"""Code of the user's own: where it was forgotten, and where it fails, the command says so."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from combinet.registry import registry
from tests.cli.conftest import CONFIG, READER, TRAIN, Program

Refused = Callable[..., str]
NAME = "tests.MeanPoll.v1"  # so that another name looks alike
ARCHITECTURE = f"""
from combinet import Model, reduce_mean

@registry.architectures("{NAME}")
def pool():
    return reduce_mean()
"""


def forget() -> None:
    for table, name in ((registry.architectures, NAME), (registry.readers, "tests.Lines.v1")):
        if name in table.names():
            table.unregister(name)
    sys.modules.pop("readers", None)


@pytest.fixture
def own(home: Path, program: Program) -> Iterator[Path]:
    """A model whose architecture and reader are the user's, in a process that knows neither."""
    (home / "readers.py").write_text(READER + ARCHITECTURE)
    (home / "own.cfg").write_text(CONFIG.replace("combinet.MeanPool.v1", NAME))
    done = program(*TRAIN)
    assert done.code == 0, done.err
    forget()
    yield home / "model"
    forget()


@pytest.mark.parametrize("verb", ["predict", "evaluate"])
def test_a_model_of_ones_own_code_asks_for_it_and_suggests_no_other_name(
    own: Path, refused: Refused, verb: str
) -> None:
    says = refused(verb, "model", "train.jsonl")
    lines = (own / "config.cfg").read_text().splitlines()
    number = 1 + lines.index(f'@architectures = "{NAME}"')
    where = f"model/config.cfg:{number} [model.encode] @architectures"
    assert f"{where} = \"{NAME}\": '{NAME}' is not registered in architectures\n" in says
    assert "'tests.Lines.v1' is not registered in readers" in says
    assert says.endswith(
        "  fix:   give the code that registers it, as combinet train had it: --code FILE\n"
    )
    assert "did you mean" not in says
    assert "MeanPool" not in says


def test_with_its_code_the_model_is_asked(own: Path, program: Program) -> None:
    assert program("predict", "model", "train.jsonl", "--code", "readers.py").code == 0


def test_code_that_registers_something_else_is_named(
    own: Path, home: Path, refused: Refused
) -> None:
    (home / "other.py").write_text("")
    assert "--code FILE; it is not in other.py" in refused("predict", own, "--code", "other.py")


@pytest.mark.parametrize("verb", [["train", "--output", "new"], ["check"], ["config", "fill"]])
def test_a_config_with_names_that_nobody_registered_asks_for_code_too(
    own: Path, refused: Refused, verb: list[str]
) -> None:
    says = refused(*verb, "own.cfg")
    assert f"'{NAME}' is not registered in architectures" in says
    assert "  fix:   if it is of your own code, import that: --code FILE\n" in says


def test_another_mistake_in_a_config_does_not_ask_for_code(home: Path, refused: Refused) -> None:
    (home / "net.cfg").write_text('[model]\n@layers = "Linear.v1"\nnO = "3"\n')
    assert "--code" not in refused("check", "net.cfg")


def test_code_that_fails_shows_the_lines_of_the_user_and_none_of_ours(
    home: Path, refused: Refused
) -> None:
    (home / "readers.py").write_text("def f():\n    return 1 / 0\n\n\nf()\n")
    says = refused(*TRAIN)
    assert says.startswith("error: --code readers.py cannot be imported\n  Traceback")
    assert says.endswith("\n  ZeroDivisionError: division by zero\n")
    assert says.count('  File "') == 2
    assert 'readers.py", line 5' in says
    assert "combinet/" not in says


@pytest.mark.parametrize("code", ["readers.py", "readers"])
def test_code_that_is_no_python_shows_where(home: Path, refused: Refused, code: str) -> None:
    (home / "readers.py").write_text("def f(:\n")
    says = refused(*TRAIN[:-1], code)
    assert "SyntaxError" in says
    assert 'readers.py", line 1' in says
    assert "importlib" not in says


def test_a_name_taken_twice_says_in_which_line(home: Path, refused: Refused) -> None:
    (home / "readers.py").write_text(
        "from combinet import registry\n\nregistry.layers('Linear.v1', func=lambda: 1)\n"
    )
    says = refused(*TRAIN)
    assert "'Linear.v1' is already registered in layers" in says
    assert says.endswith("  while importing --code readers.py, line 3\n")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("folder", "'folder' is a folder without code"),
        ("text", "'text' is no Python file"),
        ("text.txt", "'text.txt' is no Python file"),
    ],
)
def test_what_is_no_code_is_not_imported(
    home: Path, refused: Refused, code: str, says: str
) -> None:
    (home / "folder").mkdir()
    for name in ("text", "text.txt"):
        (home / name).write_text("registry")
    message = refused(*TRAIN[:-1], code)
    assert says in message
    assert "fix:" in message
