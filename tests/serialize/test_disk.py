"""A file on disk is replaced whole or not at all, and old ones still load."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.errors import LoadError, SaveError
from combinet.layers.dropout import Dropout
from combinet.layers.linear import Linear
from combinet.layers.relu import Relu
from tests.serialize.files import X, trained

GOLDEN = Path(__file__).parents[1] / "golden"


def test_disk_and_bytes_hold_the_same(tmp_path: Path) -> None:
    model, path = trained(), tmp_path / "model.safetensors"
    model.to_disk(path)
    assert path.read_bytes() == model.to_bytes()
    loaded = trained(2).from_disk(str(path))
    assert np.array_equal(loaded.predict(X), model.predict(X))
    assert loaded.can_from_disk(path)
    assert not Linear(2, 3).can_from_disk(path)
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"nonsense")
    with pytest.raises(LoadError, match=r"file: .*model.safetensors"):
        trained().from_disk(path)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_keeps_the_old_file_and_leaves_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "model.safetensors"
    trained(1).to_disk(path)
    before = path.read_bytes()

    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[call], full)
    with pytest.raises(OSError, match="No space left") as caught:
        trained(2).to_disk(path)
    assert "as it was before" in caught.value.__notes__[0]
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    import resource
    import signal

    path = tmp_path / "model.safetensors"
    trained().to_disk(path)
    before = path.read_bytes()
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            trained(2).to_disk(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_model_that_cannot_be_saved_leaves_the_old_file(tmp_path: Path) -> None:
    path, model = tmp_path / "model.safetensors", trained()
    model.to_disk(path)
    before = path.read_bytes()
    model.attrs["f"] = lambda: 1
    with pytest.raises(SaveError):
        model.to_disk(path)
    assert path.read_bytes() == before


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "model", tmp_path / "link"
    link.symlink_to(target)
    trained().to_disk(link)
    assert link.is_symlink()
    assert target.read_bytes() == trained().to_bytes()


def test_a_file_is_made_with_the_rights_that_files_usually_get(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    trained().to_disk(tmp_path / "model")
    assert (tmp_path / "model").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_who_may_read_the_old_file_may_read_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "model"
    trained().to_disk(path)
    path.chmod(0o600)
    trained(2).to_disk(path)
    assert path.read_bytes() == trained(2).to_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(IsADirectoryError):
        trained().to_disk(tmp_path / "folder")
    with pytest.raises(OSError, match="Not a regular file") as caught:
        trained().to_disk(tmp_path / "pipe")
    assert caught.value.filename == str(tmp_path / "pipe")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "pipe"]


def test_a_directory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        trained().to_disk(tmp_path / "none" / "model")


def test_a_file_of_format_1_still_loads() -> None:
    model = chain(Relu(4, 3), Dropout(), Linear(2, 4))
    model.attrs.update(labels=None, table=None)
    model.from_disk(GOLDEN / "format-1.safetensors")
    expected = json.loads((GOLDEN / "format-1.json").read_text())
    rows = np.array(expected["X"], "float32")
    np.testing.assert_allclose(model.predict(rows), expected["Y"], rtol=1e-6)
    assert model.attrs["labels"] == {1: ("a", b"b")}
    assert model.attrs["table"].tolist() == [0, 1, 2]
    assert model.get_ref("head") is model.layers[2]


def test_a_file_of_format_1_is_written_again_bit_for_bit() -> None:
    data = (GOLDEN / "format-1.safetensors").read_bytes()
    model = chain(Relu(4, 3), Dropout(), Linear(2, 4))
    model.attrs.update(labels=None, table=None)
    assert model.from_bytes(data).to_bytes() == data
