"""Models to save, and zips made by hand."""

from __future__ import annotations

import json
import stat
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from combinet import Model, Relu, Softmax

X = np.random.default_rng(0).standard_normal((4, 6)).astype("float32")


def trained(seed: int = 0) -> Model[Any, Any]:
    model = (Relu(8, normalize=True) >> Softmax(3)).initialize(X=X, seed=seed)
    rng = np.random.default_rng(seed)
    for row in model.parameters():
        row.weights[...] = rng.standard_normal(row.weights.shape)
    return model


def members(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def rezipped(path: Path, changes: dict[str, bytes | None], *, packed: bool = False) -> Path:
    """The zip with members replaced, added, or left out, and digests that are right for it."""
    found = {**members(path), **changes}
    if changes.get("config.cfg") is not None and "meta.json" not in changes:
        found["meta.json"] = signed(found["meta.json"], changes["config.cfg"])
    with ZipFile(path, "w", ZIP_DEFLATED if packed else 0) as file:
        for name, data in found.items():
            if data is not None:
                file.writestr(name, data)
    return path


def signed(meta: bytes | None, config: bytes | None) -> bytes:
    """The meta data as somebody writes them who knows how."""
    table = json.loads(meta or b"")
    table["config_sha256"], table["sha256"] = sha256(config or b"").hexdigest(), "0" * 64
    text = json.dumps(table, ensure_ascii=False, indent=1, sort_keys=True).encode()
    return text.replace(b'\n "sha256": "' + b"0" * 64, own_line(text))


def own_line(text: bytes) -> bytes:
    return b'\n "sha256": "' + sha256(text).hexdigest().encode()


def with_member(path: Path, name: str, data: bytes = b"", *, mode: int = stat.S_IFREG) -> Path:
    """The zip with one more member, under any name and of any kind."""
    with ZipFile(path, "a") as file:
        info = ZipInfo("placeholder")
        info.filename, info.external_attr = name, (mode | 0o644) << 16
        file.writestr(info, data)
    return path
