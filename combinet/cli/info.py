"""combinet info: what runs here."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from .. import __version__
from ..ops import get_current_ops


def info() -> None:
    """Print versions, the backend, and which optional packages are there."""
    lines = {
        "combinet": __version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "backend": f"{get_current_ops().name} (NumPy reference, no native kernels)",
    }
    optional = ("cupy", "torch", "tensorflow", "spacy", "transformers", "thinc", "babel")
    for package in ("numpy", "catalogue", "confection", "safetensors", *optional):
        lines[package] = _version_of(package)
    width = max(map(len, lines))
    for name, value in lines.items():
        print(f"{name:<{width}}  {value}")


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
