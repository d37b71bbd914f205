"""How many threads kernels use, as a user sets it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from combinet.errors import DTypeError, RangeError
from combinet.ops._native import kernels
from combinet.ops._threads import get_num_threads, set_num_threads

built = pytest.mark.skipif(kernels is None, reason="the kernels are not built")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = get_num_threads()
    yield
    set_num_threads(before)


@built
@pytest.mark.parametrize("count", [1, 7, np.int64(3)])
def test_the_number_that_is_set_is_the_number_that_there_is(count: Any) -> None:
    set_num_threads(count)
    assert get_num_threads() == count


@pytest.mark.parametrize("count", [1.0, "2", None, True, np.ones(2)])
def test_what_is_no_number_of_threads_is_refused(count: Any) -> None:
    with pytest.raises(DTypeError, match="whole number"):
        set_num_threads(count)


@pytest.mark.parametrize("count", [0, -1, 1025, 2**80])
def test_a_number_of_threads_that_nobody_has_is_refused(count: int) -> None:
    with pytest.raises(RangeError, match="from 1 to 1024"):
        set_num_threads(count)


def test_without_kernels_the_settings_do_no_harm() -> None:
    code = "from combinet.ops._threads import *; set_num_threads(4);print(get_num_threads())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "COMBINET_NATIVE": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "1"
