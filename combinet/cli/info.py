"""combinet info: what runs here, and what a file of a model says of itself."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from .. import __version__
from ..ops import get_current_ops
from ..ops._native import kernels
from ..saving.about import about


def info(
    model: Annotated[
        Path | None, typer.Argument(help="A model: its directory, zip or .safetensors file.")
    ] = None,
) -> None:
    """Print versions, the backend, and which optional packages are there; or what a model is."""
    _print(_here() if model is None else about(model))


def _here() -> dict[str, str]:
    lines = {
        "combinet": __version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "backend": f"{get_current_ops().name}, {_kernels()}",
    }
    optional = ("cupy", "torch", "tensorflow", "spacy", "transformers", "thinc", "babel")
    for package in ("numpy", "catalogue", "confection", "safetensors", *optional):
        lines[package] = _version_of(package)
    return lines


def _kernels() -> str:
    if kernels is None:
        return "no compiled kernels"
    threads, chosen = kernels.get_num_threads(), kernels.instruction_set()
    return f"kernels for {chosen} on {threads} thread{'s' * (threads > 1)}"


def _print(lines: dict[str, str]) -> None:
    width = max(map(len, lines))
    for name, value in lines.items():
        print(f"{name:<{width}}  {value}")


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
