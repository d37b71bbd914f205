"""Ragged, Padded and ArgsKwargs of either library as the other's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from combinet import Linear, list2padded, list2ragged, padded2list, ragged2list, with_array
from combinet.bridges import from_thinc, to_thinc
from combinet.bridges._thinc_containers import to_ours, to_thincs
from combinet.types import ArgsKwargs, Padded, Ragged

thinc: Any = pytest.importorskip("thinc.api", reason="Thinc is not installed", exc_type=ImportError)

X = np.arange(12, dtype="float32").reshape(6, 2)
LENGTHS = np.array([4, 0, 2], dtype="int32")
SEQUENCES = [X[:4], X[:0], X[4:]]
VALUES: dict[str, Any] = {
    "Ragged": Ragged(X, LENGTHS),
    "Ragged of 3-d": Ragged(X.reshape(6, 2, 1), LENGTHS),
    "empty Ragged": Ragged(X[:0], LENGTHS[:0]),
    "Padded": list2padded().initialize().predict(SEQUENCES),
    "list": SEQUENCES,
    "tuple in a list": [(X, LENGTHS), "word", None],
    "ArgsKwargs": ArgsKwargs((X,), {"mask": LENGTHS}),
    "dict": {"a": Ragged(X, LENGTHS)},
}


def arrays(value: Any) -> list[Any]:
    """Every array in a value, in order."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in arrays(item)]
    if isinstance(value, dict):
        return arrays(list(value.values()))
    slots = {"dataXd": 0, "data": 0, "size_at_t": 0, "lengths": 0, "indices": 0, "args": 0}
    names = [name for name in [*slots, "kwargs"] if hasattr(value, name)]
    return arrays([getattr(value, name) for name in names])


@pytest.mark.parametrize("name", VALUES)
def test_a_value_comes_back_with_the_same_arrays(name: str) -> None:
    value = VALUES[name]
    theirs = to_thincs(value)
    again = to_ours(theirs)
    assert type(again) is type(value)
    for array, twin in zip(arrays(value), arrays(again), strict=True):
        assert array.shape == twin.shape
        assert not array.size or np.shares_memory(array, twin)


@pytest.mark.parametrize("kind", [Ragged, Padded, ArgsKwargs])
def test_a_container_is_one_of_thincs(kind: type) -> None:
    value = next(value for value in VALUES.values() if type(value) is kind)
    assert type(to_thincs(value)) is getattr(thinc, kind.__name__)


def test_a_list_without_containers_is_the_same_list() -> None:
    assert to_thincs(SEQUENCES) is SEQUENCES
    assert to_ours(SEQUENCES) is SEQUENCES


@pytest.mark.parametrize(
    ("pack", "unpack"),
    [(list2ragged, thinc.ragged2list), (list2padded, thinc.padded2list)],
)
def test_thinc_unpacks_what_we_pack(pack: Any, unpack: Any) -> None:
    model = (pack() >> from_thinc(unpack())).initialize(SEQUENCES)
    Y, backprop = model.begin_update(SEQUENCES)
    for array, twin in zip(SEQUENCES, Y, strict=True):
        assert np.array_equal(array, twin)
    for array, twin in zip(SEQUENCES, backprop(Y), strict=True):
        assert np.array_equal(array, twin)


@pytest.mark.parametrize(
    ("pack", "unpack"),
    [(thinc.list2ragged, ragged2list), (thinc.list2padded, padded2list)],
)
def test_we_unpack_what_thinc_packs(pack: Any, unpack: Any) -> None:
    model = thinc.chain(pack(), to_thinc(unpack())).initialize(SEQUENCES)
    Y, backprop = model.begin_update(SEQUENCES)
    for array, twin in zip(SEQUENCES, backprop(Y), strict=True):
        assert np.array_equal(array, twin)


@pytest.mark.parametrize("sequences", [SEQUENCES, [X[:0]], []])
def test_layers_over_sequences_work_inside_thinc(sequences: Any) -> None:
    model = thinc.chain(to_thinc(with_array(Linear(3, 2))), thinc.list2array()).initialize()
    Y, backprop = model.begin_update(sequences)
    assert Y.shape[0] == sum(map(len, sequences))
    assert [dX.shape for dX in backprop(Y)] == [x.shape for x in sequences]
