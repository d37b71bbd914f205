"""What is in a file can be asked without building it."""

from __future__ import annotations

from pathlib import Path

import pytest

import combinet
from combinet.errors import LoadError
from combinet.saving.about import about
from tests.saving.models import X, trained


@pytest.mark.parametrize("name", ["model", "model.zip"])
def test_an_archive_says_its_versions_and_whether_it_has_a_probe(tmp_path: Path, name: str) -> None:
    combinet.save(trained(), tmp_path / name, sample=X[:1])
    assert about(tmp_path / name) == {
        "file": str(tmp_path / name),
        "archive format": "2",
        "weights format": "2, with a probe",
        "holds": "4 layers, 108 numbers",  # 8 * 6 + 8, 8 + 8, 3 * 8 + 3, and the probe's 6 + 3
    }


def test_a_file_without_a_probe_is_of_the_first_format(tmp_path: Path) -> None:
    trained().to_disk(tmp_path / "m.safetensors")
    rows = about(tmp_path / "m.safetensors")
    assert rows["weights format"] == "1, without a probe"
    assert "archive format" not in rows


@pytest.mark.parametrize("name", ["none.safetensors", "none.zip", "none"])
def test_what_is_not_there_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(LoadError, match=r"there is no file or directory(?s:.*)fix:   give a model"):
        about(tmp_path / name)


def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes(b"nothing")
    with pytest.raises(LoadError, match=r"file: .*m\.safetensors"):
        about(tmp_path / "m.safetensors")
