"""What holds for every layer: each law takes a case and raises when it is broken."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import pickle  # noqa: TID251 - the law is that models survive it; no file holds one
from collections.abc import Callable
from typing import Any

import numpy as np

from ..edit import set_dropout_rate
from ..infer import Spec
from ..model import Model
from ._values import Leaf, form, leaves, rebuild, to_floats
from .cases import Case
from .gradients import assert_is_gradient
from .ownership import read_only

Law = Callable[[Case], None]


def predict_is_forward(case: Case) -> None:
    """predict() gives the output of forward; without dropout, also that of training."""
    model, X = case.model(), case.batch(4)
    assert_same(model.predict(X), model(X, False)[0])
    _without_dropout(model)
    assert_same(model.predict(X), model(X, True)[0], rtol=1e-5)


def gradient_keeps_its_contract(case: Case) -> None:
    """Backprop gives the gradient that the layer declares."""
    assert_is_gradient(case.model(), case.batch(4))


def gradients_add_up(case: Case) -> None:
    """A second backprop adds to the gradients; it neither replaces them nor reads them."""
    model, X = case.model(), case.batch(4)
    _without_dropout(model)
    _, _, once = step(model, X)
    _, _, twice = step(model, X, keep=True)
    assert_same({k: 2 * g for k, g in once.items()}, twice, rtol=1e-4)


def copies_are_equal_and_independent(case: Case) -> None:
    """A copy predicts the same, and changing it leaves the original as it was."""
    model, X = case.model(), case.batch(4)
    before = model.predict(X)
    twin = model.copy()
    assert_same(before, twin.predict(X))
    for parameter in twin.parameters():
        parameter.weights[...] += 1
    twin.attrs["of the copy"] = True
    assert "of the copy" not in model.attrs
    assert_same(before, model.predict(X))


def bytes_restore_it(case: Case) -> None:
    """A model with other weights predicts the same after from_bytes()."""
    model, X = case.model(), case.batch(4)
    other = case.model(seed=1)
    for parameter in other.parameters():
        parameter.weights[...] += 1
    assert_same(model.predict(X), other.from_bytes(model.to_bytes()).predict(X))


def pickle_restores_it(case: Case) -> None:
    """A pickled model predicts the same, under another id."""
    model, X = case.model(), case.batch(4)
    twin: Model[Any, Any] = pickle.loads(pickle.dumps(model))  # noqa: S301 - made here
    assert twin.id != model.id, "the pickled model has the id of the original"
    assert_same(model.predict(X), twin.predict(X))


def empty_batches_work(case: Case) -> None:
    """A batch of nothing goes forward and back, and adds nothing to a gradient."""
    model, X = case.model(), case.batch(0)
    for is_train in (False, True):
        model(X, is_train)
    _, dX, gradients = step(model, X)
    _assert_has_form_of(model, dX, X)
    for path, gradient in gradients.items():
        assert not gradient.any(), f"an empty batch gave {path} a gradient"


def batches_of_any_size_work(case: Case) -> None:
    """One row and a thousand go forward and back, and everything stays finite."""
    for n in (1, 1000):
        model, X = case.model(), case.batch(n)
        Y, dX, gradients = step(model, X)
        _assert_has_form_of(model, dX, X)
        for leaf in leaves((Y, dX, gradients)).values():
            assert not leaf.is_float or np.isfinite(leaf.array).all(), f"{leaf.where} at n={n}"


def output_is_what_check_says(case: Case) -> None:
    """check() foretells the form of the output."""
    model, X = case.model(), case.batch(4)
    said, real = model.check(X=X).y, Spec.of(model.predict(X))
    if said is None or real is None:
        assert model.infer is None or real is None, f"check() says nothing of {real}"
        return
    for name in ("container", "rank", "width", "dtype"):
        foretold, found = getattr(said, name), getattr(real, name)
        assert foretold is None or found is None or foretold == found, f"{said} became {real}"


def writes_only_what_is_its_own(case: Case) -> None:
    """No input, no output once handed out and no dY is written, in two steps."""
    model = case.model()
    with read_only():
        for seed in (0, 1):
            step(model, case.batch(4, seed))


def need_dX_changes_no_other_gradient(case: Case) -> None:
    """need_dX=False leaves out the gradient of the input and nothing else."""
    model, X = case.model(), case.batch(4)
    _without_dropout(model)
    _, _, gradients = step(model, X)
    _, dX, without = step(model, X, need_dX=False)
    assert dX is None, "backprop returned a gradient that was not needed"
    assert_same(gradients, without)


def dtypes_pass_through(case: Case) -> None:
    """float32 gives float32 and float64 gives float64, forward and back, near each other."""
    model, X = case.model(), case.batch(4)
    _without_dropout(model)
    single = step(model, X)
    double = step(model.copy().to_dtype("float64"), to_floats(X, "float64"))
    for dtype, values in (("float32", single), ("float64", double)):
        for leaf in leaves(values).values():
            assert not leaf.is_float or leaf.array.dtype == dtype, f"{leaf.where} in {dtype}"
    assert_same(single, to_floats(double, "float32"), rtol=1e-3)


def strides_do_not_matter(case: Case) -> None:
    """Arrays with gaps and reversed arrays give what contiguous ones give."""
    model, X = case.model(), case.batch(4)
    _without_dropout(model)
    plain = step(model, X)
    for change in (_with_gaps, _reversed_twice):
        assert_same(plain, step(model, rebuild(X, change), change=change), rtol=1e-4)


def calls_do_not_mix(case: Case) -> None:
    """A backprop works on its own forward, whatever ran in between, and more than once."""
    model, X = case.model(), case.batch(4)
    _without_dropout(model)
    Y, dX, gradients = step(model, X)
    held, backprop = model.begin_update(X)
    step(model, case.batch(3, seed=1))
    assert_same(Y, held)
    for _ in range(2):
        _clear_gradients(model)
        assert_same(dX, backprop(_gradient_for(Y)))
        assert_same(gradients, _gradients(model))


def seeds_decide_the_weights(case: Case) -> None:
    """The same seed gives the same weights, whatever was drawn elsewhere before."""
    one = case.model(seed=3)
    np.random.random(7)  # noqa: NPY002 - it must not matter
    case.model(seed=4)
    two = case.model(seed=3)
    assert_same(_weights(one), _weights(two))


LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        predict_is_forward,
        gradient_keeps_its_contract,
        gradients_add_up,
        copies_are_equal_and_independent,
        bytes_restore_it,
        pickle_restores_it,
        empty_batches_work,
        batches_of_any_size_work,
        output_is_what_check_says,
        writes_only_what_is_its_own,
        need_dX_changes_no_other_gradient,
        dtypes_pass_through,
        strides_do_not_matter,
        calls_do_not_mix,
        seeds_decide_the_weights,
    )
}


def step(
    model: Model[Any, Any],
    X: Any,
    *,
    need_dX: bool = True,
    keep: bool = False,
    change: Callable[[Leaf], Any] | None = None,
) -> tuple[Any, Any, dict[str, Any]]:
    """Forward and back once: the output, the gradient of the input, those of the parameters.

    Args:
        keep: Add to the gradients that are there.
        change: Applied to each array of dY.
    """
    for node in model.walk():
        node._draws = 0
    if not keep:
        _clear_gradients(model)
    Y, backprop = model.begin_update(X, need_dX=need_dX)
    dY = _gradient_for(Y)
    dX = backprop(dY if change is None else rebuild(dY, change))
    return Y, dX, _gradients(model)


def assert_same(one: Any, two: Any, *, rtol: float = 0.0) -> None:
    """Both hold the same numbers in the same places.

    Args:
        rtol: How far they may differ, as a part of the largest number in an array.
    """
    ones, twos = leaves(one, "value"), leaves(two, "value")
    assert ones.keys() == twos.keys(), f"{form(one)} and {form(two)}"
    for where, leaf in ones.items():
        a, b = leaf.array, twos[where].array
        assert a.shape == b.shape, f"{where}: {a.shape} and {b.shape}"
        if a.size and a.dtype.kind == "f":
            apart = float(np.abs(a - b).max()) if (a != b).any() else 0.0
            allowed = rtol * max(1.0, float(np.abs(a).max()))
            assert apart <= allowed, f"{where} differs by {apart:.3g}"
        else:
            assert (a == b).all(), f"{where} differs"


def _clear_gradients(model: Model[Any, Any]) -> None:
    for parameter in model.parameters():
        if parameter.gradient is not None:
            parameter.gradient[...] = 0


def _gradients(model: Model[Any, Any]) -> dict[str, Any]:
    return {p.path: p.gradient.copy() for p in model.parameters() if p.gradient is not None}


def _gradient_for(Y: Any) -> Any:
    """A random dY, the same for the same shapes, 0 in padding."""
    rng = np.random.default_rng(7)

    def drawn(leaf: Leaf) -> Any:
        if not leaf.is_float:
            return leaf.array
        return leaf.masked(rng.standard_normal(leaf.array.shape)).astype(leaf.array.dtype)

    return rebuild(Y, drawn, "Y")


def _assert_has_form_of(model: Model[Any, Any], dX: Any, X: Any) -> None:
    if model.gradient == "none":
        return
    given = leaves(dX)
    for where, leaf in leaves(X).items():
        if leaf.is_float:
            assert where in given, f"no gradient for {where}: {form(dX)} for {form(X)}"
            assert given[where].array.shape == leaf.array.shape, f"{form(dX)} for {form(X)}"


def _weights(model: Model[Any, Any]) -> dict[str, Any]:
    return {parameter.path: parameter.weights for parameter in model.parameters()}


def _without_dropout(model: Model[Any, Any]) -> None:
    set_dropout_rate(model, 0.0)


def _with_gaps(leaf: Leaf) -> Any:
    return np.repeat(leaf.array, 2, axis=-1)[..., ::2]


def _reversed_twice(leaf: Leaf) -> Any:
    return leaf.array[::-1].copy()[::-1]
