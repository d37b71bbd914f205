"""What our layers for texts take."""

from __future__ import annotations

from typing import Any

from ..errors import DTypeError
from ..model import Model


def as_texts(model: Model[Any, Any], texts: Any) -> list[str]:
    """``texts``, found to be a list of strings.

    Raises:
        DTypeError: It is one string, or an item is none.
    """
    if isinstance(texts, str):
        raise DTypeError(f"{model.name} takes a list of texts, got one text", fix="[text]")
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise DTypeError(
                f"{model.name} takes texts; item {i} is {type(text).__name__}",
                fix="join the words of a document: ' '.join(words)",
            )
    return list(texts)
