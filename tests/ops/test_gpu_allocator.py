"""CuPy in the memory of another library, where there is a GPU."""

from __future__ import annotations

from typing import Any

import pytest

from combinet.ops import set_gpu_allocator

cupy: Any = pytest.importorskip("cupy", reason="CuPy is not installed")
if not cupy.cuda.is_available():
    pytest.skip("CuPy finds no GPU", allow_module_level=True)

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize(("name", "package"), [("pytorch", "torch"), ("tensorflow", "tensorflow")])
def test_arrays_lie_in_the_pool_of_the_other_library(name: str, package: str) -> None:
    pytest.importorskip(package)
    try:
        set_gpu_allocator(name)
        before = cupy.get_default_memory_pool().used_bytes()
        array = cupy.arange(1000, dtype="float32")
        assert cupy.get_default_memory_pool().used_bytes() == before
        assert float(array.sum()) == 499500
        assert float(cupy.zeros((0, 3)).sum()) == 0
    finally:
        cupy.cuda.set_allocator(cupy.get_default_memory_pool().malloc)
