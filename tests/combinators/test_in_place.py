"""with_debug, with_nvtx_range, with_signpost_interval: code around a layer, in place."""

# The marks are told to a module that is there on a GPU only: its place is taken.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from combinet.chain import chain
from combinet.combinators import (
    use_nvtx_range,
    with_debug,
    with_nvtx_range,
    with_signpost_interval,
)
from combinet.edit import wrap_model_recursive
from combinet.errors import DTypeError, ShapeError
from combinet.layers import Linear, Relu
from combinet.model import Model

from .values import VALUES, floats

X, Y = VALUES["array"], floats(6, 3)


class Signposter:
    """Writes the intervals down."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    @contextmanager
    def use_interval(self, begin_msg: str) -> Iterator[None]:
        self.seen.append(begin_msg)
        yield
        self.seen.append(f"end of {begin_msg}")


@pytest.fixture
def marks(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is told to NVTX."""
    import importlib

    seen: list[Any] = []
    nvtx = SimpleNamespace(
        RangePush=lambda *told: seen.append(told), RangePop=lambda: seen.append("pop")
    )
    module = importlib.import_module("combinet.combinators.with_nvtx_range")
    monkeypatch.setattr(module, "_nvtx", lambda: nvtx)
    return seen


def wrappers() -> dict[str, Any]:
    return {
        "debug": with_debug,
        "nvtx": with_nvtx_range,
        "signpost": lambda layer: with_signpost_interval(layer, Signposter()),
        "hooks": lambda layer: with_debug(layer, on_init=print, on_forward=len_of, on_backprop=len),
    }


def len_of(model: Any, X: Any, is_train: bool) -> int:
    return len(X)


every_wrapper = pytest.mark.parametrize("wrapper", wrappers().values(), ids=list(wrappers()))


@every_wrapper
def test_it_is_the_same_layer_and_computes_the_same(wrapper: Any) -> None:
    plain = Relu(3, 4).initialize(seed=0)
    layer = Relu(3, 4)
    assert wrapper(layer) is layer
    layer.initialize(seed=0)
    (Z, backprop), (wanted, backprop_plain) = layer.begin_update(X), plain.begin_update(X)
    np.testing.assert_array_equal(Z, wanted)
    np.testing.assert_array_equal(backprop(Y), backprop_plain(Y))


@every_wrapper
def test_sizes_are_found_as_before(wrapper: Any) -> None:
    model: Any = chain(wrapper(Relu(5)), wrapper(Linear()))
    model.initialize(X=X, Y=Y)
    assert [layer.get_dim("nI") for layer in model.layers] == [4, 5]
    assert model.layers[1].get_dim("nO") == 3


@every_wrapper
def test_it_leaves_out_the_gradient_that_is_not_needed(wrapper: Any) -> None:
    layer = wrapper(Relu(3, 4)).initialize()
    Z, backprop = layer.begin_update(X, need_dX=False)
    assert backprop(Z) is None
    assert layer.has_grad("W")


@every_wrapper
def test_a_backprop_without_the_option_works_too(wrapper: Any) -> None:
    layer: Any = wrapper(Model("plain", lambda model, X, is_train: (X, lambda dY: 2 * dY)))
    np.testing.assert_array_equal(layer.begin_update(X)[1](Y), 2 * Y)


@every_wrapper
def test_errors_pass_with_their_path(wrapper: Any) -> None:
    model = chain(Linear(5, 4), wrapper(Linear(3, 5))).initialize()
    wrong = Linear(6, 4).initialize()
    model.layers[0] = wrong
    with pytest.raises(ShapeError, match="where: linear>>linear > linear"):
        model.predict(X)


@pytest.mark.parametrize("wrapper", [with_debug, with_nvtx_range])
def test_it_survives_copy_and_pickle(wrapper: Any) -> None:
    layer = wrapper(Relu(3, 4)).initialize(seed=0)
    for twin in (layer.copy(), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(twin.predict(X), layer.predict(X))


def test_a_whole_tree_can_be_wrapped() -> None:
    signposter = Signposter()
    model = chain(Relu(5, 4), Linear(3, 5)).initialize()
    wrap_model_recursive(model, lambda layer: with_signpost_interval(layer, signposter))
    model.predict(X)
    assert signposter.seen[:3] == ["relu>>linear forward", "relu forward", "end of relu forward"]


# --- with_debug -----------------------------------------------------------------------------


def test_hooks_are_called_with_what_the_layer_gets() -> None:
    seen: list[tuple[Any, ...]] = []
    model = with_debug(
        Linear(),
        on_init=lambda *given: seen.append(given),
        on_forward=lambda *given: seen.append(given),
        on_backprop=lambda *given: seen.append(given),
    )
    assert not seen
    model.initialize(X=X, Y=Y)
    assert _same(seen[0], (model, X, Y))
    assert sum(len(given) == 3 and given[2] is Y for given in seen) == 1
    seen.clear()
    _, backprop = model.begin_update(X)
    assert _same(seen.pop(), (model, X, True))
    backprop(Y)
    assert _same(seen.pop(), (Y,))
    assert not seen


def _same(one: tuple[Any, ...], two: tuple[Any, ...]) -> bool:
    return len(one) == len(two) and all(a is b for a, b in zip(one, two, strict=True))


def test_the_hook_of_an_inner_layer_sees_what_reaches_it() -> None:
    widths: list[Any] = []
    model: Any = chain(
        Relu(5), with_debug(Linear(), on_init=lambda model, X, Y: widths.append((X.shape, Y.shape)))
    )
    model.initialize(X=X, Y=Y)
    assert widths == [((6, 5), (1, 3))]


def test_without_data_the_init_hook_gets_none() -> None:
    seen: list[Any] = []
    with_debug(Linear(3, 4), on_init=lambda model, X, Y: seen.append((X, Y))).initialize()
    assert seen == [(None, None)]


def test_the_hook_of_a_layer_with_an_init_of_its_own_is_called_before_it() -> None:
    seen: list[str] = []

    def init(model: Any, X: Any = None, Y: Any = None) -> None:
        seen.append("init")

    layer: Any = Model("own", lambda model, X, is_train: (X, lambda dY: dY), init=init)
    with_debug(layer, on_init=lambda *given: seen.append("hook")).initialize(X=X)
    assert seen == ["hook", "init"]


# --- with_nvtx_range ------------------------------------------------------------------------


def test_ranges_carry_the_name_of_the_layer_and_the_pass(marks: list[Any]) -> None:
    layer = with_nvtx_range(Linear(3, 4), forward_color=1, backprop_color=2).initialize()
    layer.begin_update(X)[1](Y)
    assert marks == [("linear forward", 1), "pop", ("linear backprop", 2), "pop"]


def test_ranges_may_have_a_name_of_their_own(marks: list[Any]) -> None:
    with_nvtx_range(Linear(3, 4), "mine").initialize().predict(X)
    assert marks == [("mine forward", -1), "pop"]


def test_a_range_ends_when_its_layer_fails(marks: list[Any]) -> None:
    with pytest.raises(ShapeError):
        with_nvtx_range(Linear(3, 5)).initialize().predict(X)
    assert marks[-1] == "pop"


def test_without_cupy_a_range_is_its_block(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    module = importlib.import_module("combinet.combinators.with_nvtx_range")
    monkeypatch.setattr(module, "_nvtx", lambda: None)
    with use_nvtx_range("block"):
        ran = True
    assert ran


# --- with_signpost_interval -----------------------------------------------------------------


def test_intervals_carry_the_name_of_the_layer_and_the_phase() -> None:
    signposter = Signposter()
    with_signpost_interval(Linear(3, 4), signposter).initialize().begin_update(X)[1](Y)
    assert signposter.seen[::2] == ["linear forward", "linear backprop"]
    assert signposter.seen[1::2] == ["end of linear forward", "end of linear backprop"]


def test_an_init_of_its_own_is_an_interval() -> None:
    signposter = Signposter()
    layer: Any = Model("own", lambda model, X, is_train: (X, None), init=lambda *_, **samples: None)
    with_signpost_interval(layer, signposter, "mine").initialize()
    assert signposter.seen == ["mine init", "end of mine init"]


def test_what_is_no_signposter_is_refused() -> None:
    wrong: Any = None
    with pytest.raises(DTypeError, match="takes a Signposter"):
        with_signpost_interval(Linear(), wrong)
