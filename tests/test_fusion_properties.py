"""Whatever is done to a model between two runs: fused it gives what it gives one by one."""

from __future__ import annotations

from threading import Thread
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from combinet import Dropout, Gelu, Linear, Maxout, Relu, chain, fusion, residual
from combinet.testing._values import Leaf, leaves, rebuild
from tests.edits import EDITS, models, twin_of
from tests.fused import AnyNet, rows

edits = st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.integers(0, 99)), max_size=5)
#: In training or not, the gradient of the input asked for, backprops: which pass, in which order.
ways = st.tuples(
    st.booleans(), st.booleans(), st.sampled_from([(0,), (0, 0), (0, 1), (1, 0), (1, 0, 1), ()])
)


def _ran(model: AnyNet, X: Any, way: tuple[bool, bool, tuple[int, ...]]) -> list[Any]:
    """Two forward passes, a prediction, backprops in some order: all that comes out of it."""
    is_train, need_dX, order = way
    passes = [
        model.begin_update(X, need_dX=need_dX) if is_train or need_dX is False else model(X, True)
        for _ in range(2)
    ]
    found: list[Any] = [Y for Y, _ in passes] + [model.predict(X)]
    for number in order:
        Y, backprop = passes[number]
        found.append(backprop(_gradient_for(Y)))
    gradients = [row.gradient for row in model.parameters()]
    found.append([None if g is None else g.copy() for g in gradients])
    return [*found, [node._draws for node in model.walk()]]


def _gradient_for(Y: Any) -> Any:
    rng = np.random.default_rng(7)

    def drawn(leaf: Leaf) -> Any:
        numbers = rng.standard_normal(leaf.array.shape).astype(leaf.array.dtype)
        return numbers if leaf.is_float else leaf.array

    return rebuild(Y, drawn)


def _assert_alike(one: Any, other: Any) -> None:
    ones, others = leaves(one), leaves(other)
    assert ones.keys() == others.keys()
    for where, leaf in ones.items():
        a, b = leaf.array, others[where].array
        assert (a.dtype, a.shape) == (b.dtype, b.shape), where
        finite = np.abs(np.where(np.isfinite(b), b, 0)).max(initial=1.0)
        # Several norms in a row magnify what was rounded; a plan that is wrong is far off.
        np.testing.assert_allclose(a, b, 2e-3, 2e-3 * float(finite), err_msg=where)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(models(), edits, ways)
def test_no_edit_tells_the_two_apart(
    made: tuple[AnyNet, Any], edits: list[tuple[str, int]], way: Any
) -> None:
    fused, X = made
    alone = twin_of(fused)
    for name, i in [("", 0), *edits]:
        if name:
            fused, alone = (EDITS[name](model, i) or model for model in (fused, alone))
        with fusion(False):
            expected = _ran(alone, X, way)
        _assert_alike(_ran(fused, X, way), expected)


def test_threads_predict_the_same_while_plans_are_compared_and_made() -> None:
    model = chain(Relu(8, 4), Dropout(0.3), Gelu(8, 8), residual(Maxout(8, 8)), Linear(3, 8))
    model.initialize(seed=0)
    expected, wrong, running = model.predict(rows()), list[int](), [True]

    def predict() -> None:
        for i in range(300):
            if not np.array_equal(model.predict(rows()), expected):
                wrong.append(i)

    def change() -> None:
        while running:
            Linear(2, 2).initialize()  # tells that some model changed
            model.layers[0].set_param("W", model.layers[0].get_param("W").copy())

    threads = [Thread(target=predict) for _ in range(3)]
    editor = Thread(target=change)
    for thread in [editor, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    running.clear()
    editor.join()
    assert not wrong
