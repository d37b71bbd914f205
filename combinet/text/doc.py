"""Doc: what a document is to our layers."""

from __future__ import annotations

from typing import Protocol


class Doc(Protocol):
    """Words in order: a plain ``list[str]`` is one."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> object: ...
