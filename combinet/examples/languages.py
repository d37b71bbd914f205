"""Short phrases in 39 languages: names of territories, languages, currencies and scripts.

From the Unicode CLDR, as the package Babel ships it. The task is to tell the language.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from combinet.errors import DataError, MissingPackageError
from combinet.registry import registry

LANGUAGES = (
    "en de fr es it pt nl sv da nb fi hu pl cs sk sl hr ro bg ru uk el tr et lv lt sq eu ca ga "
    "cy is mt id vi sw af az uz"
).split()


@registry.readers("combinet.Languages.v1")
class Languages:
    """Reads {"text": phrase, "label": language code}.

    A phrase is longer than three characters and occurs in one of the languages only. After a
    shuffle with a fixed seed the last tenth is "test", the twentieth before it "validation",
    and the rest "train".

    Args:
        seed: Of the shuffle.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def __call__(self, source: str) -> list[dict[str, Any]]:
        """The instances of "train", "validation" or "test"."""
        pairs = phrases()
        order = np.random.default_rng(self.seed).permutation(len(pairs))
        train, test = len(pairs) * 17 // 20, len(pairs) * 9 // 10
        parts = {"train": order[:train], "validation": order[train:test], "test": order[test:]}
        if source not in parts:
            raise DataError(
                f"the languages data has no part {source!r}",
                fix=f"choose one of {', '.join(parts)}",
            )
        chosen = parts[source]
        return [{"text": pairs[i][0], "label": pairs[i][1]} for i in chosen]


def phrases() -> list[tuple[str, str]]:
    """Every (phrase, language), sorted."""
    try:
        from babel import Locale
    except ImportError as error:
        raise MissingPackageError(
            "the languages example reads its phrases from the package Babel",
            fix='pip install "combinet[examples]"',
        ) from error
    owners: dict[str, set[str]] = {}
    for code in LANGUAGES:
        locale: Any = Locale.parse(code)
        for table in (locale.territories, locale.languages, locale.currencies, locale.scripts):
            for phrase in table.values():
                owners.setdefault(str(phrase), set()).add(code)
    own = [(phrase, codes) for phrase, codes in owners.items() if len(phrase) > 3]
    return sorted((phrase, codes.pop()) for phrase, codes in own if len(codes) == 1)
