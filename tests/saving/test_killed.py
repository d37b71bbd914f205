"""A process that is killed while it saves leaves the old model or the new one."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import combinet
from combinet._replace import files as module
from tests.saving import killing
from tests.saving.models import X, trained

ROOT = Path(__file__).parents[2]
KINDS = pytest.mark.parametrize("name", ["model.safetensors", "model", "model.zip"])
pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are forked and killed")


def killed(path: Path, how: str) -> str:
    done = subprocess.run(
        [sys.executable, killing.__file__, str(path), how],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@KINDS
def test_killed_before_any_call_into_the_system_it_leaves_the_old_or_the_new(
    tmp_path: Path, name: str
) -> None:
    times = int(killed(tmp_path / name, "calls").split()[1])
    assert times > 5


@KINDS
def test_killed_at_random_instants_it_leaves_the_old_or_the_new(tmp_path: Path, name: str) -> None:
    killed(tmp_path / name, "20")


@pytest.mark.slow
@KINDS
def test_killed_at_200_random_instants_it_leaves_the_old_or_the_new(
    tmp_path: Path, name: str
) -> None:
    killed(tmp_path / name, "200")


def test_what_a_killed_process_left_beside_a_file_is_removed_by_the_next_save(
    tmp_path: Path,
) -> None:
    left = tmp_path / ".model.zip.123.abcdef01.new"
    left.write_bytes(b"half")
    other = tmp_path / ".other.zip.123.abcdef01.new"
    other.write_bytes(b"of another")
    combinet.save(trained(), tmp_path / "model.zip")
    assert sorted(each.name for each in tmp_path.iterdir()) == [other.name, "model.zip"]


def test_what_another_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "model[1].zip"  # a name that is a pattern
    with module.replacing(path) as file:
        file.write(b"later")
        combinet.save(trained(), path)
        assert np.array_equal(combinet.load(path).predict(X), trained().predict(X))
    assert path.read_bytes() == b"later"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_taken_for_a_leftover_before_it_was_locked_is_opened_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = module.lock
    taken: list[Path] = []

    def cleaned(file: Any, *, wait: bool = False) -> bool:
        if not taken:
            taken.extend(tmp_path.iterdir())
            taken[0].unlink()
        return lock(file, wait=wait)

    monkeypatch.setattr(module, "lock", cleaned)
    combinet.save(trained(), tmp_path / "model.zip")
    assert taken
    assert np.array_equal(combinet.load(tmp_path / "model.zip").predict(X), trained().predict(X))


FULL = """
import resource, signal, sys
from pathlib import Path
import combinet
from tests.saving.models import trained
path = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    if path.suffix == ".safetensors":
        trained(1).to_disk(path)
    else:
        combinet.save(trained(1), path)
except OSError as error:
    print(error.errno, *error.__notes__)
"""


@KINDS
def test_on_a_full_disk_the_old_model_survives_and_the_error_says_so_by_name(
    tmp_path: Path, name: str
) -> None:
    """A file that may not grow is how a process can meet one without a disk of its own."""
    path = tmp_path / name
    if path.suffix == ".safetensors":
        trained(0).to_disk(path)
    else:
        combinet.save(trained(0), path)
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert done.stdout.startswith(f"{errno.EFBIG} "), done.stderr
    assert f"{path} could not be written and is as it was before" in done.stdout
    if path.suffix == ".safetensors":
        again: Any = trained(1).from_disk(path)
    else:
        again = combinet.load(path)
    assert np.array_equal(again.predict(X), trained(0).predict(X))
    assert list(tmp_path.iterdir()) == [path]
