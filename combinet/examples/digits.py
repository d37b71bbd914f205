"""Handwritten digits, 8 x 8 pixels: the data set that scikit-learn bundles."""

from __future__ import annotations

from typing import Any

import numpy as np

from combinet.errors import DataError, MissingPackageError
from combinet.registry import registry


@registry.readers("combinet.Digits.v1")
class Digits:
    """Reads {"pixels": (64,) float32 from 0 to 1, "label": digit}.

    After a shuffle with a fixed seed the last fifth is "test", the tenth before it
    "validation", and the rest "train".

    Args:
        seed: Of the shuffle.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def __call__(self, source: str) -> list[dict[str, Any]]:
        """The instances of "train", "validation" or "test"."""
        try:
            from sklearn.datasets import load_digits
        except ImportError as error:
            raise MissingPackageError(
                "the digits example reads its images from scikit-learn",
                fix='pip install "combinet[examples]"',
            ) from error
        load: Any = load_digits
        data = load()
        images, digits = data["data"].astype("float32") / 16, data["target"]
        order = np.random.default_rng(self.seed).permutation(len(images))
        train, test = len(images) * 7 // 10, len(images) * 4 // 5
        parts = {"train": order[:train], "validation": order[train:test], "test": order[test:]}
        if source not in parts:
            raise DataError(
                f"the digits data has no part {source!r}", fix=f"choose one of {', '.join(parts)}"
            )
        chosen = parts[source]
        return [{"pixels": images[i], "label": str(digits[i])} for i in chosen]
