"""What the wheel holds: the package, whole, and nothing of the repository around it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = {".py", ".typed", ".cfg"}


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names in a wheel that is built from a copy, so that no build/ is left in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "source"
    shutil.copytree(ROOT / "combinet", copy / "combinet")
    for name in ("pyproject.toml", "setup.cfg", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    build = ["wheel", "--no-build-isolation", "--no-deps", "-q", "-w", str(folder), str(copy)]
    subprocess.run([sys.executable, "-m", "pip", *build], capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    return frozenset(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_holds_every_file_of_the_package(names: frozenset[str]) -> None:
    package = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.joinpath("combinet").rglob("*")
        if path.suffix in SHIPPED
    }
    assert package - names == set()


def test_the_wheel_says_that_the_package_is_typed(names: frozenset[str]) -> None:
    assert "combinet/py.typed" in names


def test_the_wheel_holds_nothing_but_the_package(names: frozenset[str]) -> None:
    roots = {name.partition("/")[0] for name in names}
    assert {root for root in roots if not root.endswith(".dist-info")} == {"combinet"}


def test_the_wheel_carries_the_licence(names: frozenset[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
