"""Deep merging of configs."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from .trees import call_of, is_mapping


def merged(
    defaults: Mapping[str, Any], updates: Mapping[str, Any], *, remove_extra: bool = False
) -> dict[str, Any]:
    """A new mapping with the values of ``updates`` over those of ``defaults``.

    Args:
        remove_extra: Leave out what ``defaults`` does not have.
    """
    made: dict[str, Any] = {}
    for key, value in updates.items():
        if key in defaults:
            made[key] = _merged_value(defaults[key], value, remove_extra)
        elif not remove_extra:
            made[key] = copy.deepcopy(value)
    for key, value in defaults.items():
        if key not in updates:
            made[key] = copy.deepcopy(value)
    return made


def _merged_value(default: Any, update: Any, remove_extra: bool) -> Any:
    if not is_mapping(default) or not is_mapping(update):
        return copy.deepcopy(update)
    if call_of(update) is not None and call_of(update) != call_of(default):
        return copy.deepcopy({**update})
    return merged(default, update, remove_extra=remove_extra)
