"""The laws, over everything registered as a layer."""

from __future__ import annotations

from contextlib import suppress

import pytest

from combinet.testing import LAWS, Case, NoCase, cases_of

from . import cases
from . import cases_modern as cases_modern
from . import cases_transforms as cases_transforms


def built() -> list[Case]:
    """Every case of every registered layer that can be built."""
    found: list[Case] = []
    for name in cases.NAMES:
        with suppress(NoCase):  # the next test says so
            found += cases_of(name)
    return found


@pytest.mark.parametrize("name", cases.NAMES)
def test_every_registered_layer_can_be_built_for_the_laws(name: str) -> None:
    assert cases_of(name)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("case", built(), ids=repr)
def test_law(case: Case, law: str) -> None:
    if law in case.skip:
        pytest.skip(case.skip[law])
    LAWS[law](case)
