"""What is built of the compiled kernels, and what is shipped of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NATIVE = ROOT / "combinet" / "ops" / "_native"
SOURCES = (".cpp", ".hpp", ".rows")


def extension() -> dict[str, Any]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    (only,) = settings["ext-modules"]
    return dict(only)


def copy_of_the_tree(folder: Path) -> Path:
    """A copy without what was built, so that nothing is left in the tree."""
    copy = folder / "source"
    ignored = shutil.ignore_patterns("*.so", "__pycache__", "*.o")
    shutil.copytree(ROOT / "combinet", copy / "combinet", ignore=ignored)
    for name in ("pyproject.toml", "setup.cfg", "README.md", "LICENSE", "MANIFEST.in"):
        shutil.copy(ROOT / name, copy)
    return copy


def build(copy: Path, kind: str, **environment: str) -> Path:
    """What setuptools makes of the copy: its "wheel" or "sdist"."""
    code = f"from setuptools import build_meta; print(build_meta.build_{kind}({str(copy)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=copy,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return copy / done.stdout.splitlines()[-1]


def test_every_source_is_compiled() -> None:
    folder = NATIVE.relative_to(ROOT).as_posix()
    assert extension()["sources"] == sorted(
        f"{folder}/{path.name}" for path in NATIVE.glob("*.cpp")
    )


def test_no_flag_trades_right_results_for_speed() -> None:
    flags = set(extension()["extra-compile-args"])
    assert flags.isdisjoint({"-ffast-math", "-Ofast", "-funsafe-math-optimizations"})
    assert not any("march" in flag or "finite-math" in flag for flag in flags)


def test_the_source_distribution_holds_every_source(tmp_path: Path) -> None:
    copy = copy_of_the_tree(tmp_path)
    with tarfile.open(build(copy, "sdist")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    paths = [path for path in copy.joinpath("combinet").rglob("*") if path.suffix in SOURCES]
    assert {path.relative_to(copy).as_posix() for path in paths} - names == set()
    assert len(paths) > 30


def test_a_wheel_without_a_compiler_lacks_the_kernels_alone(tmp_path: Path) -> None:
    copy = copy_of_the_tree(tmp_path)
    with zipfile.ZipFile(build(copy, "wheel", CXX="/bin/false", CC="/bin/false")) as archive:
        names = archive.namelist()
    assert "combinet/ops/_native/__init__.py" in names
    assert not [name for name in names if name.endswith((".so", *SOURCES))]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no compiler")
def test_a_wheel_holds_the_kernels_and_not_their_sources(tmp_path: Path) -> None:
    wheel = build(copy_of_the_tree(tmp_path), "wheel")
    assert "-cp311-abi3-" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "installed")
    assert [name for name in names if name.endswith(".so")] == [
        "combinet/ops/_native/compiled.abi3.so"
    ]
    assert "combinet/ops/_native/compiled.pyi" in names
    assert not [name for name in names if name.endswith(SOURCES)]
    code = "from combinet.ops._native import kernels; print(kernels.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "installed",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(str(tmp_path))
