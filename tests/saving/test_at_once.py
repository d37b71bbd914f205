"""Those who save to one place at the same time, or load from it, do not disturb each other."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import combinet
from combinet._replace import directories as module
from combinet.errors import LoadError
from combinet.saving import members
from tests.saving import at_once
from tests.saving.models import X, trained

ROOT = Path(__file__).parents[2]
LOCKS = pytest.mark.skipif(os.name != "posix", reason="there are no such locks")


def seed_of(path: Path) -> int:
    found = combinet.load(path).predict(X)
    return next(seed for seed in range(9) if np.array_equal(found, trained(seed).predict(X)))


@LOCKS
@pytest.mark.parametrize("name", ["model", "model.zip"])
def test_processes_that_save_load_and_are_killed_at_once_meet_whole_models_only(
    tmp_path: Path, name: str
) -> None:
    done = subprocess.run(
        [sys.executable, at_once.__file__, str(tmp_path / name)],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[1]) > 2


@LOCKS
def test_one_who_saves_while_another_does_waits_with_a_word_and_is_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write, begun = tmp_path / "model", module.write_synced, threading.Event()

    def slowly(file: Path, data: bytes) -> None:
        if threading.current_thread() is first:
            begun.set()
            time.sleep(0.05)
        write(file, data)

    monkeypatch.setattr(module, "write_synced", slowly)
    first = threading.Thread(target=lambda: combinet.save(trained(0), path))
    first.start()
    begun.wait()
    with pytest.warns(UserWarning, match=f"another process is saving to {path}: waiting for it"):
        combinet.save(trained(1), path)
    first.join()
    assert seed_of(path) == 1
    assert list(tmp_path.iterdir()) == [path]


def between_the_renamings(monkeypatch: pytest.MonkeyPatch, run: Callable[[], Any]) -> None:
    """Let something happen at the moment when a directory is moved away, and nothing is there."""
    rename = Path.rename

    def renamed(self: Path, target: Path) -> Path:
        there = rename(self, target)
        if there.name.endswith(".old"):
            run()
        return there

    monkeypatch.setattr(Path, "rename", renamed)


@LOCKS
def test_one_who_loads_between_the_two_renamings_waits_for_the_new_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, found = tmp_path / "model", list[int]()
    combinet.save(trained(0), path)
    loading = threading.Thread(target=lambda: found.append(seed_of(path)))

    def load() -> None:
        loading.start()
        time.sleep(0.2)

    between_the_renamings(monkeypatch, load)
    combinet.save(trained(1), path)
    loading.join()
    assert found == [1]


@pytest.mark.parametrize("name", ["model", "model.zip"])
def test_a_model_that_is_replaced_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path, read = tmp_path / name, Path.read_bytes
    for seed in (0, 1):
        combinet.save(trained(seed), tmp_path / name, vocabulary={"labels": [str(seed)]})
        if seed == 0:
            path.rename(tmp_path / "first")
    path.rename(tmp_path / "second")
    (tmp_path / "first").rename(path)

    def exchanged(*_: object) -> None:
        if (tmp_path / "second").exists():
            path.rename(tmp_path / "first")
            (tmp_path / "second").rename(path)

    def read_bytes(file: Path) -> bytes:
        if file.name == "model.safetensors":
            exchanged()
        return read(file)

    of_zip: Any = vars(members)["_of_zip"]
    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    monkeypatch.setattr(members, "_of_zip", lambda *given: (exchanged(), of_zip(*given))[1])
    archive = combinet.load_archive(path)
    assert archive.vocabulary == {"labels": ["1"]}
    assert np.array_equal(archive.model.predict(X), trained(1).predict(X))


def test_a_model_that_never_stays_is_an_error_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    combinet.save(trained(), tmp_path / "model")
    states = iter(range(10**6))
    monkeypatch.setattr(module, "_state", lambda path: next(states))
    with pytest.raises(OSError, match="replaced again and again while it is read"):
        combinet.load(tmp_path / "model")


def test_what_others_write_into_a_directory_does_not_keep_it_from_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read, times = tmp_path / "model", Path.read_bytes, iter(range(100))
    combinet.save(trained(), path)

    def read_bytes(file: Path) -> bytes:
        (path / f".log.{next(times)}").write_text("")
        return read(file)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert seed_of(path) == 0
    assert next(times) < 5


def test_where_there_are_no_locks_one_saves_all_the_same_and_removes_nothing_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "lock", lambda file, wait=False: False)
    other = tmp_path / ".model.7.abcdef01.new"
    other.mkdir()
    for seed in (0, 1):
        combinet.save(trained(seed), tmp_path / "model")
    assert seed_of(tmp_path / "model") == 1
    assert sorted(tmp_path.iterdir()) == [other, tmp_path / "model"]


@pytest.mark.filterwarnings("ignore:replacing")
def test_where_there_are_no_locks_the_loser_gets_an_error_and_the_model_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model"
    monkeypatch.setattr(module, "lock", lambda file, wait=False: False)
    combinet.save(trained(0), path)
    nested = iter([True])

    def other() -> None:
        if next(nested, False):
            combinet.save(trained(1), path)

    between_the_renamings(monkeypatch, other)
    with pytest.raises(OSError, match=r"not empty|exists"):
        combinet.save(trained(2), path)
    assert seed_of(path) == 1


@LOCKS
def test_an_old_model_that_cannot_be_put_back_is_an_error_that_says_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    combinet.save(trained(), tmp_path / "model")
    (tmp_path / "model").rename(tmp_path / ".model.old")

    def refuse(*_: object) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module, "lock", refuse)
    with pytest.raises(PermissionError) as caught:
        combinet.load(tmp_path / "model")
    assert f"the old model is {tmp_path / '.model.old'}" in caught.value.__notes__[0]


def test_nothing_there_is_still_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="there is no file or directory"):
        combinet.load(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []
