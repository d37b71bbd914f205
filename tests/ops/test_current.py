"""Which backend is current, and what is said where there is no GPU."""

from __future__ import annotations

import threading
from importlib.util import find_spec

import pytest

from combinet.errors import CombinetError, DeviceError, MissingPackageError
from combinet.ops import (
    CupyOps,
    NumpyOps,
    Ops,
    get_current_ops,
    get_ops,
    prefer_gpu,
    require_cpu,
    require_gpu,
    set_active_gpu,
    set_current_ops,
    set_gpu_allocator,
    use_ops,
    use_pytorch_for_gpu_memory,
    use_tensorflow_for_gpu_memory,
)

without_cupy = pytest.mark.skipif(find_spec("cupy") is not None, reason="CuPy is installed")


@pytest.mark.parametrize(
    ("name", "kind"), [("cpu", NumpyOps), ("numpy", NumpyOps), ("reference", Ops)]
)
def test_backends_are_found_by_name(name: str, kind: type[Ops]) -> None:
    assert isinstance(get_ops(name), kind)


def test_thincs_argument_is_accepted() -> None:
    assert get_ops("cpu", use_blis=False).name == "numpy"


def test_an_unknown_backend_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'tpu'") as caught:
        get_ops("tpu")
    assert "numpy" in str(caught.value)


def test_numpy_is_current_until_another_is_set() -> None:
    assert get_current_ops().name == "numpy"


def test_use_ops_holds_inside_its_block_and_no_longer() -> None:
    before = get_current_ops()
    with use_ops("reference") as ops:
        assert get_current_ops() is ops
        assert ops.name == "reference"
    assert get_current_ops() is before


def test_use_ops_restores_after_an_exception() -> None:
    before = get_current_ops()
    with pytest.raises(RuntimeError), use_ops("reference"):
        raise RuntimeError
    assert get_current_ops() is before


def test_another_thread_starts_with_numpy() -> None:
    seen: list[str] = []
    with use_ops("reference"):
        thread = threading.Thread(target=lambda: seen.append(get_current_ops().name))
        thread.start()
        thread.join()
    assert seen == ["numpy"]


def test_set_current_ops_stays_until_it_is_set_again() -> None:
    before = get_current_ops()
    reference = Ops()
    try:
        set_current_ops(reference)
        assert get_current_ops() is reference
        assert require_cpu()
        assert get_current_ops().name == "numpy"
    finally:
        set_current_ops(before)


@without_cupy
def test_cupy_ops_can_be_made_without_cupy() -> None:
    ops = CupyOps()
    assert (ops.xp, ops.device_type, ops.device_id) == (None, "gpu", 0)


@without_cupy
def test_without_cupy_no_gpu_is_preferred() -> None:
    before = get_current_ops()
    assert prefer_gpu() is False
    assert get_current_ops() is before


@without_cupy
def test_without_cupy_whatever_needs_it_says_how_to_get_it() -> None:
    for need in (
        lambda: get_ops("cupy"),
        lambda: require_gpu(),
        lambda: set_active_gpu(0),
        lambda: set_gpu_allocator("pytorch"),
        lambda: set_gpu_allocator("tensorflow"),
        use_pytorch_for_gpu_memory,
        use_tensorflow_for_gpu_memory,
    ):
        with pytest.raises(MissingPackageError, match="pip install"):
            need()


def test_memory_is_shared_with_two_libraries_only() -> None:
    with pytest.raises(DeviceError, match="'jax'") as caught:
        set_gpu_allocator("jax")
    assert isinstance(caught.value, CombinetError | ValueError)
    assert "'pytorch' or 'tensorflow'" in str(caught.value)
