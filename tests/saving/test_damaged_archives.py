"""No bit of an archive can flip, and no byte can be cut off, without a word."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

import combinet
from combinet import Linear
from combinet.errors import LoadError
from tests.saving.models import X, trained

#: In the ordinary run one byte in so many, in the slow one each.
EVERY = pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
EXTRAS = {"vocabulary": {"labels": ["ja", "nein"]}, "files": {"notes.txt": b"further"}}


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    combinet.save(trained(), tmp_path / "model.zip", meta={"a": 1}, sample=X[:1], **EXTRAS)
    return tmp_path / "model.zip"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    combinet.save(trained(), tmp_path / "model", meta={"a": 1}, sample=X[:1], **EXTRAS)
    return tmp_path / "model"


@pytest.fixture(autouse=True)
def _stray_members_are_no_matter() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def refused(archive: Path, file: Path, data: bytes) -> None:
    file.write_bytes(data)
    with pytest.raises(LoadError):
        combinet.load(archive)


def flipped(data: bytes, byte: int, bits: int) -> bytes:
    return data[:byte] + bytes([data[byte] ^ bits]) + data[byte + 1 :]


@EVERY
def test_no_byte_of_a_zip_can_change_unnoticed(zipped: Path, every: int) -> None:
    data, draw = zipped.read_bytes(), random.Random(0)
    for byte in range(0, len(data), every):
        refused(zipped, zipped, flipped(data, byte, draw.randrange(1, 256)))
    zipped.write_bytes(data)
    assert np.array_equal(combinet.load(zipped).predict(X), trained().predict(X))


@pytest.mark.slow
def test_no_bit_of_a_zip_can_flip_unnoticed(zipped: Path) -> None:
    data = zipped.read_bytes()
    for byte in range(len(data)):
        for bit in range(8):
            refused(zipped, zipped, flipped(data, byte, 1 << bit))


@pytest.mark.parametrize("flips", [100, pytest.param(10_000, marks=pytest.mark.slow)])
def test_random_flips_in_a_larger_zip_are_all_refused(tmp_path: Path, flips: int) -> None:
    path, draw = tmp_path / "model.zip", random.Random(0)
    combinet.save(Linear(200, 200).initialize(), path)
    data = path.read_bytes()
    for _ in range(flips):
        refused(path, path, flipped(data, draw.randrange(len(data)), 1 << draw.randrange(8)))


@EVERY
def test_a_zip_cut_off_anywhere_is_refused(zipped: Path, every: int) -> None:
    data = zipped.read_bytes()
    for length in [*range(0, len(data), every), *range(len(data) - 100, len(data))]:
        refused(zipped, zipped, data[:length])


@pytest.mark.parametrize("tail", [b"\0", b"PK\x05\x06", bytes(100)])
def test_bytes_after_the_end_of_a_zip_are_refused(zipped: Path, tail: bytes) -> None:
    refused(zipped, zipped, zipped.read_bytes() + tail)


def test_a_zip_that_was_added_to_after_it_was_made_is_refused(zipped: Path) -> None:
    with ZipFile(zipped, "a") as file:
        file.writestr("more.txt", b"")
    with pytest.raises(LoadError, match=r"not as it was when it was made(?s:.*)zip its files anew"):
        combinet.load(zipped)


def test_a_zip_with_the_comment_of_another_program_is_refused(zipped: Path) -> None:
    with ZipFile(zipped, "a") as file:
        file.comment = b"by another"
    with pytest.raises(LoadError, match="not as it was"):
        combinet.load(zipped)


NAMES = ["config.cfg", "model.safetensors", "vocabulary.json", "meta.json", "notes.txt"]


@pytest.mark.parametrize("name", NAMES)
@EVERY
def test_no_byte_of_a_file_of_a_directory_can_change_unnoticed(
    directory: Path, name: str, every: int
) -> None:
    file, draw = directory / name, random.Random(0)
    data = file.read_bytes()
    for byte in range(0, len(data), every):
        refused(directory, file, flipped(data, byte, draw.randrange(1, 256)))
        refused(directory, file, flipped(data, byte, 1 << draw.randrange(8)))
    file.write_bytes(data)
    assert np.array_equal(combinet.load(directory).predict(X), trained().predict(X))


@pytest.mark.parametrize("name", NAMES)
@EVERY
def test_a_file_of_a_directory_cut_off_anywhere_is_refused(
    directory: Path, name: str, every: int
) -> None:
    file = directory / name
    data = file.read_bytes()
    for length in range(0, len(data), every):
        refused(directory, file, data[:length])
    refused(directory, file, data + b" ")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_missing_is_refused(directory: Path, name: str) -> None:
    (directory / name).unlink()
    with pytest.raises(LoadError):
        combinet.load(directory)


def test_a_config_that_was_changed_on_purpose_is_let_in_as_the_error_says(directory: Path) -> None:
    config, meta = directory / "config.cfg", directory / "meta.json"
    config.write_text(config.read_text() + "\n[data]\nreader = 1\n")
    with pytest.raises(LoadError, match=r"config.cfg is not the one(?s:.*)set its format to 1"):
        combinet.load(directory)
    rows = meta.read_text().replace('"format": 2', '"format": 1').splitlines()
    own = [row for row in rows if not row.startswith((' "sha256"', ' "config_sha256"'))]
    meta.write_text("\n".join(own).replace(",\n}", "\n}"))
    assert "reader" in combinet.load_archive(directory).config
    assert combinet.load_archive(directory).format == 1


@pytest.mark.parametrize("version", ["0", "3", "true", "1.0", "null", '"2"'])
def test_a_directory_of_another_version_is_refused(directory: Path, version: str) -> None:
    meta = directory / "meta.json"
    meta.write_text(meta.read_text().replace('"format": 2', f'"format": {version}'))
    with pytest.raises(LoadError, match="reads 1 to 2"):
        combinet.load(directory)


@pytest.mark.parametrize("name", ["format", "sha256", "files", "config_sha256"])
def test_meta_data_of_ours_cannot_be_given(tmp_path: Path, name: str) -> None:
    with pytest.raises(combinet.errors.SaveError, match=f"cannot have '{name}'"):
        combinet.save(trained(), tmp_path / "model", meta={name: 1})
