"""Whatever is given to a layer in place of what it takes: it works, or the error is one of ours."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import torch

from combinet.errors import CombinetError
from combinet.testing import Case, padded_of
from combinet.types import Ragged

from .test_layers import built

F: Any = np.ones((4, 5), dtype="float32")
VALUES: dict[str, Any] = {
    "rows": F,
    "rows of another width": F[:, :3],
    "no rows": F[:0],
    "one row": F[0],
    "a number": np.float32(1),
    "a cube": F.reshape((2, 2, 5)),
    "ids": np.arange(4),
    "columns of ids": np.arange(8).reshape((4, 2)),
    "bools": F > 0,
    "objects": np.array(["a", "b"], dtype=object),
    "a list": [F, F[:2]],
    "a list of ids": [np.arange(3)],
    "a list of numbers": [[1.0, 2.0]],
    "a list of nothing": [None],
    "an empty list": [],
    "a tuple": (F, F),
    "an empty tuple": (),
    "a Ragged": Ragged(F, [1, 3]),
    "a Ragged of ids": Ragged(np.arange(4), [1, 3]),
    "a Padded": padded_of([F, F[:2]], 5),
    "a dict": {"a": F},
    "words": [["a", "b"], ["c"]],
    "a word": "abc",
    "None": None,
    "an int": 3,
    "a tensor": torch.ones(4, 5),
    "an iterator": iter([F]),
}
#: What runs is a function of the user's, whose errors are its own.
FOREIGN = {
    "elementwise.v1",
    "from_function.v1",
    "switch.v1",
    "with_flatten.v1",
    "with_flatten.v2",
}
CASES = [case for case in built() if case.name not in FOREIGN]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_wrong_input_is_an_error_of_ours(case: Case) -> None:
    model = case.model()
    for is_train in (False, True):
        for value in VALUES.values():
            with suppress(CombinetError):
                model(value, is_train)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_so_is_a_wrong_gradient(case: Case) -> None:
    model, X = case.model(), case.batch(4)
    for value in VALUES.values():
        _, backprop = model.begin_update(X)
        with suppress(CombinetError):
            backprop(value)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_so_is_a_wrong_sample(case: Case) -> None:
    for value in VALUES.values():
        with suppress(CombinetError):
            case.build().initialize(X=value)
