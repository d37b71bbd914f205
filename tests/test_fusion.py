"""Plans: fused and one by one are the same, and no plan outlives what it was made of."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import combinet
from combinet import (
    Adam,
    Dropout,
    LayerNorm,
    Linear,
    Maxout,
    Model,
    Ops,
    Ragged,
    Relu,
    Softmax,
    chain,
    expand_window,
    fusion,
    glorot_uniform_init,
    residual,
    tap,
    tapped,
    tie,
    with_array,
    with_debug,
)
from combinet.errors import BackpropError
from combinet.layers import FusedDense, FusedMaxout
from combinet.testing import read_only
from tests.compositions import compositions
from tests.fused import (
    WIDTH,
    AnyNet,
    assert_same_as_one_by_one,
    encoder,
    fused_steps,
    mlp,
    rows,
    run,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    compositions(WIDTH),
    st.sampled_from(["float32", "float64"]),
    st.sampled_from([5, 1, 0]),
    st.booleans(),
    st.booleans(),
)
def test_any_composition_gives_fused_what_it_gives_one_by_one(
    model: AnyNet, dtype: Any, n: int, is_train: bool, need_dX: bool
) -> None:
    model.initialize(X=rows(), seed=1).to_dtype(dtype)
    assert_same_as_one_by_one(model, rows(n, dtype=dtype), is_train=is_train, need_dX=need_dX)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(compositions(WIDTH), st.sampled_from(["list", "ragged"]), st.integers(0, 3))
def test_so_it_does_over_sequences(model: AnyNet, kind: str, pad: int) -> None:
    model = with_array(model, pad=pad)
    Xs: Any = [rows(3), rows(0), rows(1)]
    model.initialize(X=Xs[:1], seed=1)
    X = Ragged(np.concatenate(Xs), [3, 0, 1]) if kind == "ragged" else Xs
    assert_same_as_one_by_one(model, X)


def test_a_run_of_dense_layers_is_one_op() -> None:
    model = mlp()
    assert_same_as_one_by_one(model, rows())
    assert fused_steps(model) == [FusedDense]


def test_a_window_encoder_is_one_op_a_layer() -> None:
    model = encoder()
    assert_same_as_one_by_one(model, Ragged(rows(6), [2, 1, 3]))
    assert fused_steps(model) == [FusedMaxout, FusedMaxout]


def test_a_residual_alone_is_fused_too() -> None:
    model = residual(chain(expand_window(1), Maxout(4, 12))).initialize(seed=0)
    assert_same_as_one_by_one(model, rows())
    assert fused_steps(model) == [FusedMaxout]


def test_the_reference_backend_runs_plans_as_well() -> None:
    with combinet.use_ops("reference"):
        model = mlp()
    assert type(model.ops) is Ops
    assert_same_as_one_by_one(model, rows())


def test_a_hook_sees_every_layer() -> None:
    model, seen = mlp(), list[str]()
    model.predict(rows())
    for layer in model.layers:
        with_debug(layer, on_forward=lambda node, X, is_train: seen.append(node.name))
    model.predict(rows())
    assert seen == ["relu", "dropout", "gelu", "softmax"]


def test_a_tap_records_what_passes_between_fused_layers() -> None:
    model = chain(tap(Relu(5, 4), "hidden"), Linear(3, 5)).initialize(seed=0)
    with tapped() as fused:
        run(model, rows())
    with tapped() as alone, fusion(False):
        run(model, rows())
    for kind in ("outputs", "gradients"):
        (one,), (other,) = getattr(fused["hidden"], kind), getattr(alone["hidden"], kind)
        np.testing.assert_allclose(one, other, 1e-5, 1e-6)


def test_a_node_of_a_class_of_its_own_is_left_alone() -> None:
    owner = Linear(4, 4)
    model = chain(owner, tie(Relu(), owner), Linear(2, 4)).initialize(seed=0)
    assert_same_as_one_by_one(model, rows())


def test_a_layer_that_stands_twice_gathers_both_gradients() -> None:
    shared = Relu(4, 4)
    assert_same_as_one_by_one(chain(shared, Dropout(0.2), shared).initialize(seed=0), rows())


def test_input_of_another_float_type_is_cast_as_ever() -> None:
    for model in (mlp(), chain(expand_window(1), Maxout(4, 12)).initialize(seed=0)):
        assert_same_as_one_by_one(model, rows(dtype="float64"))


def test_input_that_is_strided_serves() -> None:
    X = np.asfortranarray(rows(6))[::2]
    assert_same_as_one_by_one(mlp(), X)
    assert_same_as_one_by_one(chain(LayerNorm(4), Maxout(4, 4)).initialize(), X)


def test_backprop_may_run_twice() -> None:
    model = mlp()
    Y, backprop = model.begin_update(rows())
    first = backprop(Y)
    np.testing.assert_array_equal(backprop(Y), first)


def test_arrays_that_were_handed_out_stay() -> None:
    model, X = mlp(0.0), rows()
    first = model.predict(X)
    before = first.copy()
    for n in (5, 9, 5):
        run(model, rows(n) + 1)
    np.testing.assert_array_equal(first, before)


def test_logits_on_request_are_given_and_refuse_backprop() -> None:
    model = chain(Relu(4, 4), Softmax(2, 4)).initialize(seed=0)
    model.layers[1].attrs["softmax_normalize"] = False
    assert_same_as_one_by_one(model, rows())
    Y, backprop = model(rows(), False)
    with pytest.raises(BackpropError):
        backprop(Y)


def test_training_fused_ends_where_training_one_by_one_ends() -> None:
    losses: list[float] = []
    for enabled in (True, False):
        model, optimizer, X = mlp(0.1), Adam(0.01), rows(8)
        with fusion(enabled):
            for _ in range(20):
                Y, backprop = model.begin_update(X)
                backprop(Y - np.eye(2, dtype="f")[[0, 1] * 4])
                model.finish_update(optimizer)
            losses.append(float(model.predict(X)[:, 0].sum()))
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_a_copy_and_a_pickle_make_plans_of_their_own() -> None:
    import pickle

    model, X = mlp(), rows()
    expected = model.predict(X)
    for twin in (model.copy(), pickle.loads(pickle.dumps(model))):
        twin.layers[0].get_param("W")[...] = 0
        assert not np.allclose(twin.predict(X), expected)
    np.testing.assert_array_equal(model.predict(X), expected)


def test_the_summary_shows_what_is_fused() -> None:
    model = chain(LayerNorm(4), mlp())
    table = model.summary(fused=True)
    assert table.splitlines()[0].split()[-1] == "fused"
    assert [line.split()[-1] for line in table.splitlines()[3:7]] == ["dense_stack"] * 4
    assert "dense_stack" not in table.splitlines()[2]
    assert "dense_stack" not in model.summary()
    with fusion(False):
        assert "dense_stack" not in model.summary(fused=True)


def test_the_block_ends_when_an_exception_leaves_it() -> None:
    with pytest.raises(ZeroDivisionError), fusion(False):
        raise ZeroDivisionError
    model = mlp()
    model.predict(rows())
    assert model._plan is not None


def test_the_environment_switches_it_off() -> None:
    code = (
        "import numpy as np; from combinet import Relu;"
        "m = (Relu(2, 2) >> Relu(2, 2)).initialize();"
        "m.predict(np.ones((1, 2), 'f')); print(m._plan)"
    )
    environment = {**os.environ, "COMBINET_FUSE": "0"}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "None"


@pytest.mark.parametrize("make", [Relu, Linear, Maxout])
def test_a_layer_that_stands_alone_is_fused_too(make: Any) -> None:
    model = with_array(make(3, 4)).initialize(seed=0)
    assert_same_as_one_by_one(model, [rows(3), rows(2)])
    assert fused_steps(model.layers[0]) == [FusedMaxout if make is Maxout else FusedDense]
    assert "1 " in model.summary(fused=True).splitlines()[2]


def test_another_backend_is_the_one_that_runs() -> None:
    ran: list[str] = []

    class Counting(Ops):
        def dense_stack(self, *args: Any, **kwargs: Any) -> Any:
            ran.append("dense_stack")
            return super().dense_stack(*args, **kwargs)

    model = mlp()
    model.predict(rows())
    ops = Counting()
    for layer in model.layers:
        layer.ops = ops
    model.predict(rows())
    assert ran == ["dense_stack"]


def test_a_softmax_ends_a_run_wherever_it_stands() -> None:
    softmax = Softmax(3, 4, init_W=glorot_uniform_init)
    model = chain(softmax, Dropout(0.2), Linear(2, 3)).initialize(seed=0)
    assert_same_as_one_by_one(model, rows())
    assert fused_steps(model) == [FusedDense, FusedDense]


@pytest.mark.parametrize("of", ["array", "ragged"])
def test_what_stands_behind_the_maxout_is_not_lost(of: str) -> None:
    behind = chain(Maxout(4, 12), Dropout(0.2), Relu(4, 4))
    inside = with_array(behind, of="ragged") if of == "ragged" else behind
    model = residual(chain(expand_window(1), inside)).initialize(seed=0)
    assert_same_as_one_by_one(model, Ragged(rows(5), [2, 3]) if of == "ragged" else rows())


def test_what_a_subclass_does_otherwise_it_does_in_a_chain_too() -> None:
    class Doubled(Model[Any, Any]):
        __slots__ = ()

        def get_param(self, name: str) -> Any:
            return 2 * super().get_param(name)

    model = chain(Linear(3, 4), Linear(2, 3)).initialize(seed=0)
    before = model.predict(rows())
    model.layers[0].__class__ = Doubled
    np.testing.assert_allclose(model.predict(rows()), 2 * before, rtol=1e-5)


@pytest.mark.parametrize("enabled", [True, False])
def test_no_layer_writes_into_what_is_not_its_own(enabled: bool) -> None:
    model = chain(encoder(), with_array(mlp(), of="ragged"))
    with read_only(), fusion(enabled):
        run(model, Ragged(rows(6), [2, 1, 3]))
