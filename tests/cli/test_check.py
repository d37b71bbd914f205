"""combinet check and combinet config fill: a config is tried without any data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from combinet import Config, Linear, MultiHeadAttention, Relu, Softmax, reduce_mean
from combinet.testing import read_only
from tests.cli.conftest import Program

Refused = Callable[..., str]
CHECK = ("check", "own.cfg", "--code", "readers.py")
FILL = ("config", "fill", "own.cfg", "--code", "readers.py")


@pytest.mark.parametrize("name", ["digits", "languages", "tagger", "textcat"])
def test_every_example_is_found_good(program: Program, name: str) -> None:
    done = program("check", f"{name}.cfg")
    assert (done.code, done.err) == (0, "")
    assert "total" in done.out


def test_a_network_of_documents_takes_a_list_and_not_one_of_numbers(program: Program) -> None:
    assert "\ntakes a list\n" in program("check", "textcat.cfg").out


def test_the_network_is_shown_with_its_sizes_parameters_and_bytes(
    home: Path, program: Program
) -> None:
    model = Relu(8, 4) >> Linear(5) >> Softmax(3)
    model.to_config().to_disk(home / "net.cfg")
    lines = program("check", "net.cfg").out.splitlines()
    assert lines[0].split() == ["path", "name", "dims", "parameters", "bytes", "FLOPs", "a", "row"]
    assert "nO=5 nI=8" in next(line for line in lines if "linear  " in line)
    parameters = 8 * 4 + 8 + 5 * 8 + 5 + 3 * 5 + 3
    total = next(line for line in lines if "total" in line)
    flops = 2 * (8 * 4 + 5 * 8 + 3 * 5)
    assert total.split() == ["total", str(parameters), str(4 * parameters), str(flops)]
    assert lines[-1] == "every size is known"


def test_flops_are_said_for_rows_pairs_and_sequences(home: Path, program: Program) -> None:
    model = MultiHeadAttention(1, 8, 8) >> reduce_mean() >> Linear(2)
    model.to_config().to_disk(home / "net.cfg")
    lines = program("check", "net.cfg").out.splitlines()
    total = next(line for line in lines if "total" in line)
    assert total.endswith(f"{4 * 2 * 64} + {4 * 8} n + {2 * 2 * 8}/sequence")
    assert lines[-2:] == [
        "n: rows of the sequence that a row stands in",
        "sequence: what a layer makes one row of",
    ]


def test_what_only_data_can_tell_is_said_and_is_no_error(program: Program) -> None:
    done = program("check", "digits.cfg")
    assert done.code == 0
    assert "open, to be read off the data: 0/nI (relu), 2/nO (softmax)" in done.out
    assert "every size is known" not in done.out


def test_a_layer_that_only_data_can_size_is_called_opaque(home: Path, program: Program) -> None:
    (home / "opaque.py").write_text(
        "from combinet import Model, registry\n"
        "@registry.layers('tests.opaque.v1', override=True)\n"
        "def opaque(): return Model('opaque', lambda m, X, t: (X, None), init=lambda m, X, Y: m)\n"
    )
    (home / "net.cfg").write_text('[model]\n@layers = "tests.opaque.v1"')
    done = program("check", "net.cfg", "--code", "opaque.py")
    assert done.out.splitlines()[-1] == "FLOPs not known: opaque"
    assert "opaque, sized by running data through them: opaque" in done.out


def test_no_weight_is_made(program: Program) -> None:
    size = "1000000000"
    done = program("check", "digits.cfg", "--model.*.hidden.nO", size, "--model.*.hidden.nI", size)
    assert done.code == 0
    assert "1,000,000,001,000,000,000" in done.out


def test_neighbours_that_do_not_fit_are_an_error_with_both_sides(
    home: Path, refused: Refused
) -> None:
    (Relu(8, 10) >> Linear(3, 7)).to_config().to_disk(home / "net.cfg")
    says = refused("check", "net.cfg")
    assert "takes rows of 7 numbers, and gets rows of 8" in says
    assert "path 1" in says


def test_every_section_is_checked_and_all_is_said_at_once(home: Path, refused: Refused) -> None:
    text = (home / "own.cfg").read_text()
    text = text.replace("width = 4", 'width = "4"').replace("patience = 3", "patiense = 3")
    (home / "own.cfg").write_text(text)
    says = refused(*CHECK)
    assert "own.cfg:" in says
    assert "width" in says
    assert "did you mean 'patience'?" in says


def test_no_data_is_read(home: Path, program: Program) -> None:
    (home / "train.jsonl").unlink()
    with read_only():
        assert program(*CHECK).code == 0


def test_a_setting_can_be_given_by_hand(program: Program) -> None:
    assert "nO=77" in program("check", "digits.cfg", "--model.*.hidden.nO", "77").out


def test_the_network_may_stand_in_another_section(home: Path, refused: Refused) -> None:
    (home / "net.cfg").write_text(
        '[components]\n\n[components.tagger]\nname = "t"\n\n'
        '[components.tagger.model]\n@layers = "Linear.v1"\nnO = 3\n'
    )
    says = refused("check", "net.cfg")
    assert "no section [model]" in says
    assert "sections: components" in says
    assert "--section" in says


def test_the_section_of_the_network_can_be_said(home: Path, program: Program) -> None:
    (home / "net.cfg").write_text(
        "[components]\n\n[components.tagger]\n\n"
        '[components.tagger.model]\n@layers = "Linear.v1"\nnO = 3\n'
    )
    assert "nO=3" in program("check", "net.cfg", "--section", "components.tagger.model").out


def test_a_section_that_makes_no_network_is_refused(refused: Refused) -> None:
    assert "gives Optimizer, not a Model" in refused(
        "check", "digits.cfg", "--section", "training.optimizer"
    )


def test_fill_writes_every_default_and_calls_nothing(home: Path, program: Program) -> None:
    (home / "train.jsonl").unlink()
    filled = Config().from_str(program(*FILL).out)
    assert filled["training"]["grad_norm"] is None
    assert filled["training"]["optimizer"]["beta2"] == 0.999
    assert filled["model"]["embed"]["width"] == 4
    assert "dropout" in str(filled["model"])


def test_a_filled_config_is_filled_already(home: Path, program: Program) -> None:
    (home / "own.cfg").write_text(first := program(*FILL).out)
    assert program(*FILL).out == first


def test_fill_leaves_variables_as_they_are(home: Path, program: Program) -> None:
    text = (home / "own.cfg").read_text().replace("width = 4", "width = ${training.batch_size}")
    (home / "own.cfg").write_text(text)
    assert "width = ${training.batch_size}" in program(*FILL).out


def test_fill_can_write_a_file(home: Path, program: Program) -> None:
    assert program(*FILL, "--output", "full.cfg", "--training.num_epochs", "7").out == ""
    assert Config().from_disk(home / "full.cfg")["training"]["num_epochs"] == 7


def test_fill_refuses_what_check_refuses(home: Path, refused: Refused) -> None:
    (home / "own.cfg").write_text((home / "own.cfg").read_text().replace("rows = 50", "row = 50"))
    assert "did you mean 'rows'?" in refused(*FILL)
