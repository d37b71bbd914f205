"""What is said where Thinc is not installed."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from combinet import Linear
from combinet.bridges import from_thinc, to_thinc
from combinet.errors import MissingPackageError


@pytest.mark.parametrize("call", [lambda: from_thinc(None), lambda: to_thinc(Linear(3))])
def test_nesting_says_which_extra_to_install(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "thinc"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "thinc", None)
    with pytest.raises(MissingPackageError, match=r'pip install "combinet\[thinc\]"'):
        call()
