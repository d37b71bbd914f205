"""Random streams depend on their keys and on nothing else."""

# ruff: noqa: NPY002 - what others draw from NumPy's global state is part of the test

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combinet.rng import (
    current_generator,
    derive_key,
    fix_random_seed,
    generator,
    next_root_seed,
    shuffle_generator,
    using_generator,
)

parts = st.lists(st.one_of(st.integers(), st.text()), max_size=4)


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_a_key_is_the_same_under_every_hash_seed(hash_seed: str) -> None:
    code = "from combinet.rng import derive_key; print(derive_key(7, '0.2', 'W', 3))"
    env = {**os.environ, "PYTHONHASHSEED": hash_seed}
    printed = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert int(printed.stdout) == derive_key(7, "0.2", "W", 3)


@given(st.integers(), parts, parts)
def test_different_parts_give_different_keys(seed: int, one: list[int], two: list[int]) -> None:
    same_key = derive_key(seed, *one) == derive_key(seed, *two)
    assert same_key == (one == two)


def test_parts_do_not_run_into_each_other() -> None:
    keys = {derive_key(0, "ab", "c"), derive_key(0, "a", "bc"), derive_key(0, "abc")}
    assert len(keys | {derive_key(0, "1"), derive_key(0, 1), derive_key(0, 1, 0)}) == 6


def test_a_key_has_64_bits() -> None:
    keys = [derive_key(seed) for seed in range(200)]
    assert all(0 <= key < 2**64 for key in keys)
    assert max(keys) > 2**63


def test_a_generator_is_numpys_philox_with_that_key() -> None:
    expected = np.random.Generator(np.random.Philox(key=12345)).random(5)
    np.testing.assert_array_equal(generator(12345).random(5), expected)


def test_roots_are_numbered_from_the_seed() -> None:
    fix_random_seed(3)
    first = [next_root_seed() for _ in range(3)]
    fix_random_seed(4)
    other = next_root_seed()
    fix_random_seed(3)
    np.random.rand()
    random.random()
    current_generator().random()
    assert [next_root_seed() for _ in range(3)] == first
    assert len({*first, other}) == 4


def test_roots_made_in_many_threads_get_the_serial_seeds() -> None:
    fix_random_seed(0)
    serial = {next_root_seed() for _ in range(400)}
    fix_random_seed(0)
    with ThreadPoolExecutor(8) as pool:
        parallel = set(pool.map(lambda _: next_root_seed(), range(400)))
    assert parallel == serial


def test_fixing_the_seed_fixes_the_generators_around_us() -> None:
    import torch

    fix_random_seed(5)
    first = random.random(), np.random.rand(), float(torch.rand(()))
    fix_random_seed(5)
    assert (random.random(), np.random.rand(), float(torch.rand(()))) == first


def test_any_integer_can_be_a_seed() -> None:
    for seed in (-1, 2**40, 0):
        fix_random_seed(seed)
        assert 0 <= current_generator().random() < 1


def test_the_process_stream_is_not_numpys() -> None:
    fix_random_seed(1)
    expected = current_generator().random(3)
    fix_random_seed(1)
    np.random.rand(10)
    np.testing.assert_array_equal(current_generator().random(3), expected)


def test_the_generator_of_a_block_is_current_inside_it_only() -> None:
    outer, inner = generator(1), generator(2)
    with using_generator(outer):
        with using_generator(inner):
            assert current_generator() is inner
        assert current_generator() is outer
        with pytest.raises(KeyError), using_generator(inner):
            raise KeyError
        assert current_generator() is outer
    assert current_generator() is not outer


def test_another_thread_does_not_see_the_generator_of_a_block() -> None:
    mine = generator(1)
    seen: list[bool] = []
    with using_generator(mine):
        thread = threading.Thread(target=lambda: seen.append(current_generator() is mine))
        thread.start()
        thread.join()
    assert seen == [False]


def test_a_shuffle_depends_on_seed_and_epoch_alone() -> None:
    expected = shuffle_generator(1, 2).permutation(50)
    fix_random_seed(9)
    shuffle_generator()
    np.testing.assert_array_equal(shuffle_generator(1, 2).permutation(50), expected)
    assert not np.array_equal(shuffle_generator(1, 3).permutation(50), expected)
    assert not np.array_equal(shuffle_generator(2, 2).permutation(50), expected)


def test_shuffles_without_an_epoch_differ_and_come_again_with_the_seed() -> None:
    fix_random_seed(9)
    first = [shuffle_generator().permutation(50) for _ in range(2)]
    assert not np.array_equal(*first)
    fix_random_seed(9)
    np.testing.assert_array_equal([shuffle_generator().permutation(50) for _ in range(2)], first)


def test_processes_that_fix_no_seed_differ() -> None:
    code = "from combinet.rng import next_root_seed; print(next_root_seed())"
    runs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
        for _ in range(2)
    }
    assert len(runs) == 2
