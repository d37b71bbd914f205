"""The public names of the package: ``combinet.__all__``."""

from __future__ import annotations

from types import ModuleType

import pytest

import combinet
from scripts.reference_pages import PACKAGE, exported, pages

#: What the file itself is written with.
WRITTEN_WITH = {"annotations", "Any", "TYPE_CHECKING", "import_module"}


def test_the_public_names_are_sorted() -> None:
    assert list(combinet.__all__) == sorted(combinet.__all__)


def test_no_public_name_is_listed_twice() -> None:
    assert len(set(combinet.__all__)) == len(combinet.__all__)


@pytest.mark.parametrize("name", combinet.__all__)
def test_a_listed_name_can_be_imported(name: str) -> None:
    assert getattr(combinet, name) is not None


def test_every_name_that_looks_public_is_listed() -> None:
    looks_public = {
        name
        for name, value in vars(combinet).items()
        if not name.startswith("_") and name not in WRITTEN_WITH
        if not isinstance(value, ModuleType)
    }
    assert looks_public - set(combinet.__all__) == set()


def test_every_re_exported_name_is_listed() -> None:
    assert set(exported(PACKAGE / "__init__.py")) - set(combinet.__all__) == set()


def test_every_public_name_is_in_the_reference() -> None:
    documented = {name.rpartition(".")[2] for names in pages().values() for name in names}
    in_types = set(vars(combinet.types))  # shown as one module, not name by name
    assert set(combinet.__all__) - {"__version__"} - documented - in_types == set()


@pytest.mark.parametrize("name", combinet.__all__)
def test_a_public_function_or_class_has_a_docstring(name: str) -> None:
    value = getattr(combinet, name)
    if isinstance(value, type) or callable(value):
        assert (value.__doc__ or "").strip()
