"""What an error says, and that it survives a process boundary."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from combinet import Linear, chain, errors, reduce_mean
from combinet.errors import CombinetError, ShapeError
from combinet.infer import Misfit

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, CombinetError)
]


def test_it_shows_what_where_the_facts_and_the_fix_in_this_order() -> None:
    error = ShapeError("it does not fit", fix="make it fit", X=(2, 5), W=(4, 3))
    error.where = "tagger > linear"
    assert str(error) == (
        "it does not fit\n  where: tagger > linear\n  X: (2, 5)\n  W: (4, 3)\n  fix:   make it fit"
    )


def test_it_leaves_out_what_it_does_not_know() -> None:
    assert str(CombinetError("only this")) == "only this"


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_pickles_with_all_it_says(kind: type[CombinetError]) -> None:
    error = kind("what", fix="fix", a=1)
    error.where = "here"
    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is kind
    assert str(twin) == str(error)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_an_exception_that_thinc_users_catch(kind: type[CombinetError]) -> None:
    builtin = (ValueError, TypeError, KeyError, IndexError, ArithmeticError, ImportError, OSError)
    assert kind is CombinetError or issubclass(kind, builtin) or kind.__bases__ == (CombinetError,)


@pytest.mark.parametrize("kind", KINDS)
def test_no_error_is_shown_as_a_quoted_key(kind: type[CombinetError]) -> None:
    assert str(kind("a\nb")) == "a\nb"


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_says_what_it_is_for(kind: type[CombinetError]) -> None:
    assert (kind.__doc__ or "").strip().endswith((".", ":", "breaks."))


def test_an_error_with_a_constructor_of_its_own_pickles_too() -> None:
    with pytest.raises(Misfit) as caught:
        chain(reduce_mean(), Linear(2, 3)).initialize(X=np.zeros((2, 3), dtype="float32"))
    twin = pickle.loads(pickle.dumps(caught.value))
    assert type(twin) is Misfit
    assert str(twin) == str(caught.value)
