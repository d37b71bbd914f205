"""Every entry of the extension, called with what it should not be called with."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import combinet.ops._native as native
from combinet.ops import Ops
from tests.ops.layouts import over_arrays, plain, strided
from tests.ops.native.recording import (
    ABOUT,
    ENTRIES,
    ROWS,
    Call,
    arrays_in,
    calls_of,
    in_float32,
    is_overridden,
    kernels,
    recording,
)
from tests.ops.native.scenes import SCENES
from tests.ops.native.test_numbers import NativeOps, at_offset
from tests.ops.row import Draw, Row

#: Rows of the table with arguments that are left to the reference, and why.
LEFT = {
    "add_sum_rows": "of three dimensions",
    "dense_stack": "a stack with gelu",
    "scatter_add": "values that are broadcast",
    "take_step": "a penalty",
}


def served_calls() -> dict[str, Call]:
    """A call of each entry that did its work."""
    calls = [call for row in ROWS for call in calls_of(row)]
    for scene in SCENES:
        with recording() as more:
            scene.play(NativeOps(), *in_float32(scene.make(Draw(), 9, 6)))
        calls += more
    return {call.entry: call for call in calls if call.served}


@pytest.fixture(scope="module")
def served() -> dict[str, Call]:
    return served_calls()


def test_each_entry_serves_a_call(served: dict[str, Call]) -> None:
    assert sorted(served) == ENTRIES


#: The table calls these with what the reference saved; the scenes do not.
OTHERS = {"backprop_dense_stack", "backprop_maxout_norm"}


@pytest.mark.parametrize("op", sorted({row.op for row in ROWS} - OTHERS))
def test_the_kernel_runs_and_not_the_reference(op: str) -> None:
    rows = [row for row in ROWS if row.op == op]
    done = [all(call.served for call in calls_of(row)) for row in rows]
    assert all(done) or (op in LEFT and any(done))


def test_every_op_that_a_kernel_serves_is_in_a_scene() -> None:
    played: set[str] = set()

    class Spy(NativeOps):
        def __getattribute__(self, name: str) -> Any:
            played.add(name)
            return super().__getattribute__(name)

    for scene in SCENES:
        scene.play(Spy(), *in_float32(scene.make(Draw(), 9, 6)))
    assert {name for name in dir(Ops) if name[0] != "_" and _is_native(name)} - played == set()


def _is_native(name: str) -> bool:
    return callable(getattr(NativeOps, name)) and is_overridden(name)


def wrong_arrays(array: Any) -> Iterator[Any]:
    """The array in ways that no entry can use, or that it must look twice at."""
    with np.errstate(all="ignore"):
        yield from [array.astype(t) for t in ("f8", "f2", "i1", "i8", "u4", "bool", "O")]
    yield array.astype(array.dtype.newbyteorder())
    yield array[None]
    yield array.reshape(-1)
    yield np.zeros((), array.dtype)
    yield np.zeros((1,) * 6, array.dtype)
    yield np.zeros((2**40, 0), array.dtype)
    yield np.zeros((0, 2**40), array.dtype)
    yield np.zeros((0,) * array.ndim, array.dtype)
    yield np.broadcast_to(np.zeros((), array.dtype), (2**33,) + (1,) * (array.ndim - 1))
    yield strided(array)
    yield np.asfortranarray(array)
    yield array[::-1] if array.ndim else array
    yield at_offset(array, 1)
    yield at_offset(array, 2)
    for axis in range(array.ndim):
        yield np.ascontiguousarray(np.delete(array, slice(0, 1), axis))
        yield np.concatenate([array, array], axis)
        yield np.ascontiguousarray(np.moveaxis(array, axis, 0))
    if array.dtype.kind in "iu":
        limits = np.iinfo(array.dtype)
        numbers = limits.max, limits.min, -1 if limits.min else 3, 2**31 - 1, 5, 0
        yield from (np.full_like(array, number) for number in numbers if number <= limits.max)
        spoiled = array.copy()
        spoiled.reshape(-1)[-1:] = limits.max
        yield spoiled
    elif array.dtype.kind == "f":
        yield from (np.full_like(array, number) for number in (np.nan, np.inf, -np.inf, 1e38))
    yield array.tolist()
    yield memoryview(array)
    yield bytes(array.tobytes())


class Odd:
    """Something that raises where others have a value."""

    def __bool__(self) -> bool:
        raise ValueError("neither true nor false")

    def __float__(self) -> float:
        raise KeyError("no number")

    def __index__(self) -> int:
        raise OSError("no index")


ANYTHING = (None, True, 0, -1, 1, 2**31, 2**63, 2**70, -(2**70), 0.5, 1.5, -3.0, float("nan"))
MORE: tuple[Any, ...] = (float("inf"), "x", "adam", b"", b"12345678", [], (), [None], {}, Odd())
OBJECTS: tuple[Any, ...] = (object(), np, np.float32(1), np.zeros(3), np.array([1, 2]), Ops)


def wrong_for(value: Any) -> list[Any]:
    """What might stand in the place of ``value`` by mistake, and worse."""
    wrong: list[Any] = [*ANYTHING, *MORE, *OBJECTS, _block()]
    if hasattr(value, "strides"):
        wrong += wrong_arrays(value)
    elif isinstance(value, list | tuple):
        kind = type(value)
        wrong += [kind(value[:-1]), kind([*value, *value]), kind([*value, None])]
        wrong += [list(value) if kind is tuple else tuple(value)]
        for i, item in enumerate(value):
            wrong += [kind([*value[:i], other, *value[i + 1 :]]) for other in wrong_for(item)]
    return wrong


def _block() -> Any:
    """Memory of the pool, and no array."""
    return kernels.affine(*(np.ones((2, 2), "float32"),) * 2, np.ones(2, "float32")).base


def call_safely(entry: str, args: list[Any]) -> None:
    """It declines, raises, or does its work; and writes only in the last case."""
    before = [array.tobytes() for array in small_arrays(args)]
    locked = [array.tobytes() for array in small_arrays(args) if not array.flags.writeable]
    try:
        with np.errstate(all="ignore"):
            result = getattr(kernels, entry)(*args)
    except (TypeError, ValueError, MemoryError, OverflowError):
        result = None
    arrays = small_arrays(args)
    if result is None:
        assert [array.tobytes() for array in arrays] == before, entry
    assert [array.tobytes() for array in arrays if not array.flags.writeable] == locked, entry


def small_arrays(args: list[Any]) -> list[Any]:
    return [array for array in arrays_in(args) if array.dtype != "O" and array.size < 2**20]


@pytest.mark.parametrize("entry", ENTRIES)
def test_one_wrong_argument_does_no_harm(entry: str, served: dict[str, Call]) -> None:
    given = served[entry].args
    for i, value in enumerate(given):
        for wrong in wrong_for(value):
            args = over_arrays(plain, [*given[:i], None, *given[i + 1 :]])
            args[i] = wrong
            call_safely(entry, args)


@pytest.mark.parametrize("entry", ENTRIES)
def test_several_wrong_arguments_do_no_harm(entry: str, served: dict[str, Call]) -> None:
    given, chance = served[entry].args, random.Random(0)
    choices = [wrong_for(value) for value in given]
    for _ in range(300):
        args = over_arrays(plain, list(given))
        for i in chance.sample(range(len(args)), min(len(args), chance.randint(2, 4))):
            args[i] = chance.choice(choices[i])
        call_safely(entry, args)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_wrong_number_of_arguments_is_declined(entry: str, served: dict[str, Call]) -> None:
    given = list(served[entry].args)
    for args in ([], given[:-1], [*given, None], given * 7):
        call_safely(entry, args)
        assert getattr(kernels, entry)(*args) is None


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_output_that_cannot_be_written_is_declined(entry: str, served: dict[str, Call]) -> None:
    """Whichever array is read-only keeps its numbers."""
    given = served[entry].args
    for chosen in range(len(arrays_in(given))):
        args = over_arrays(plain, list(given))
        arrays = arrays_in(args)
        arrays[chosen].flags.writeable = False
        before = arrays[chosen].tobytes()
        getattr(kernels, entry)(*args)
        assert arrays[chosen].tobytes() == before


@pytest.mark.parametrize("entry", ENTRIES)
def test_arguments_that_share_memory_do_no_harm(entry: str, served: dict[str, Call]) -> None:
    """Each pair of arrays in one block of memory: numbers may be wrong, indices are checked."""
    given = served[entry].args
    count = len(arrays_in(given))
    for first in range(count):
        for second in range(count):
            memory = np.zeros(4096, dtype="float64")
            number = iter(range(count))

            args = over_arrays(partial(_placed, memory, number, {first, second}), list(given))
            getattr(kernels, entry)(*args)


def _placed(memory: Any, number: Iterator[int], chosen: set[int], array: Any) -> Any:
    """The array, at the start of ``memory`` where its number is chosen."""
    if next(number) not in chosen or array.nbytes > memory.nbytes:
        return plain(array)
    view = memory.view("uint8")[: array.nbytes].view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


def test_out_may_not_share_memory_with_what_is_read() -> None:
    memory = np.arange(64, dtype="float32")
    x, out = memory[:16].reshape(4, 4), memory[8:24].reshape(4, 4)
    assert kernels.gemm(x, x, out, False, False, False) is None
    assert kernels.add_sum_rows(memory[:4], x) is None
    assert kernels.scatter_add(x, np.zeros(4, "int32"), out) is None
    np.testing.assert_array_equal(memory, np.arange(64))


def test_indices_may_not_change_while_they_are_used() -> None:
    table = np.zeros((4, 4), "float32")
    assert kernels.scatter_add(table, table.view("int32")[0], np.ones((4, 4), "float32")) is None
    assert not table.any()


def test_sizes_that_no_memory_holds_are_an_error() -> None:
    x, y = np.zeros((2**24 - 1, 0), "float32"), np.zeros((0, 2**24 - 1), "float32")
    with pytest.raises(MemoryError):
        kernels.gemm(x, y, None, False, False, False)


def test_an_empty_array_with_more_rows_than_a_loop_gets_through_is_declined() -> None:
    x, y = np.zeros((2**33, 0), "float32"), np.zeros((0, 2**31), "float32")
    assert kernels.gemm(x, y, None, False, False, False) is None
    assert kernels.softmax(x, 1.0, None) is None


def test_the_stub_names_every_entry() -> None:
    stub = ast.parse(Path(native.__file__ or "").with_name("compiled.pyi").read_text())
    names = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
    assert names == set(ENTRIES) | ABOUT


@pytest.mark.parametrize("count", [0, -1, 1025, 2**70, "two", 1.5, None])
def test_a_number_of_threads_that_makes_no_sense_is_refused(count: Any) -> None:
    before = kernels.get_num_threads()
    with pytest.raises((ValueError, TypeError, OverflowError)):
        kernels.set_num_threads(count)
    assert kernels.get_num_threads() == before


def test_rows_of_the_table_are_recorded() -> None:
    row = next(row for row in ROWS if row.op == "affine")
    assert isinstance(row, Row)
    assert [call.entry for call in calls_of(row)] == ["affine"]


def test_a_rate_below_nothing_drops_nothing() -> None:
    X = np.arange(1, 20, dtype="float32")
    np.testing.assert_array_equal(kernels.dropout(X, -0.5, 1, 2), X)
    np.testing.assert_array_equal(Ops().dropout(X, -0.5, 1, 2), X)


def test_a_rate_that_is_no_number_is_declined() -> None:
    X = np.ones((2, 2), "float32")
    drop = (float("nan"), 1, 2)
    assert kernels.dropout(X, *drop) is None
    assert (
        kernels.maxout_norm(X, X[:, None].copy(), X[:, :1].copy(), None, None, 0, None, drop, 0, 0)
        is None
    )
