"""What earlier versions wrote still loads, and gives the numbers that it gave then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import combinet
from combinet import Adam
from tests.golden.kinds import KINDS, X, make, plain, steps, trained

HERE = Path(__file__).parent
FORMATS = sorted(path.name for path in HERE.glob("format-*/"))
VERSION = pytest.mark.parametrize("version", FORMATS)


def expected(version: str, name: str) -> Any:
    return json.loads((HERE / version / "expected.json").read_text())[name]


def agree(found: Any, wanted: Any) -> None:
    """Within what machines round differently."""
    if isinstance(wanted, list) and wanted and isinstance(wanted[0], list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            agree(one, other)
    else:
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_every_version_that_there_was_has_its_files() -> None:
    assert FORMATS == ["format-1", "format-2"]


@VERSION
@pytest.mark.parametrize("name", KINDS)
def test_a_model_of_this_kind_still_loads(version: str, name: str) -> None:
    kind = KINDS[name]
    if kind.needs:
        pytest.importorskip(kind.needs)
    model = kind.build().from_disk(HERE / version / f"{name}.safetensors")
    agree(plain(model.predict(kind.sample)), expected(version, name))


@VERSION
@pytest.mark.parametrize("name", KINDS)
def test_what_was_loaded_is_written_again_bit_for_bit(version: str, name: str) -> None:
    """By the version whose files these are at least: it is how a silent change is noticed."""
    kind = KINDS[name]
    if kind.needs:
        pytest.importorskip(kind.needs)
    data = (HERE / version / f"{name}.safetensors").read_bytes()
    plain_data = kind.build().from_bytes(data).to_bytes()
    assert kind.build().from_bytes(plain_data).to_bytes() == plain_data
    if version == "format-1":
        assert plain_data == data


@VERSION
def test_attributes_and_references_come_back(version: str) -> None:
    model = KINDS["chain"].build()
    model.attrs.update(labels=None, table=None)
    model.set_ref("head", None)
    model.from_disk(HERE / version / "chain.safetensors")
    assert model.attrs["labels"] == {1: ("a", b"b"), (2, 3): {"x"}}
    assert model.attrs["table"].tolist() == [0, 1, 2]
    assert model.get_ref("head") is model.layers[-1]


@VERSION
def test_an_optimizer_goes_on_from_a_saved_state(version: str) -> None:
    model, optimizer = trained("tied"), Adam(0.01)
    steps(model, Adam(0.01), 2)  # the weights as they were when the state was saved
    optimizer.from_disk(HERE / version / "optimizer.safetensors", {"model": model})
    steps(model, optimizer, 2)
    agree(plain([row.weights for row in model.parameters()]), expected(version, "optimizer"))


@VERSION
@pytest.mark.parametrize("name", ["archive", "archive.zip"])
def test_an_archive_still_loads(version: str, name: str) -> None:
    archive = combinet.load_archive(HERE / version / name)
    agree(plain(archive.model.predict(X)), expected(version, "archive"))
    assert archive.vocabulary == {"labels": ["ja", "Königreich"]}
    assert archive.meta == {"score": 0.5}
    assert archive.files == {"README.md": b"kept"}
    assert f"format-{archive.format}" == version
    assert (archive.sample is None) is (version == "format-1")


def test_the_files_of_the_latest_version_are_what_is_written_now(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    make(tmp_path / "now", probed=True)
    for name in KINDS:
        now = KINDS[name].build().from_disk(tmp_path / "now" / f"{name}.safetensors")
        then = KINDS[name].build().from_disk(HERE / FORMATS[-1] / f"{name}.safetensors")
        agree(plain(now.predict(KINDS[name].sample)), plain(then.predict(KINDS[name].sample)))


def test_the_files_are_small() -> None:
    assert sum(file.stat().st_size for file in HERE.rglob("format-*/**/*")) < 100_000
