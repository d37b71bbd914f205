"""as_torch_module: a combinet model inside PyTorch."""

from __future__ import annotations

import copy
import itertools
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from combinet import (
    SGD,
    Dropout,
    HashEmbed,
    Linear,
    Maxout,
    Model,
    Relu,
    Shim,
    Softmax,
    list2ragged,
    noop,
    reduce_mean,
    strings2arrays,
    tuplify,
    with_array,
)
from combinet.bridges import PyTorchWrapper, as_torch_module
from combinet.errors import BackpropError, DTypeError, StructureError

from .networks import X, dY

SEEDS = itertools.count()


def network(*, dropout: float = 0.0) -> Model[Any, Any]:
    return (Maxout(5, 4) >> Dropout(dropout) >> Linear(3)).initialize(X=X, seed=next(SEEDS))


def doubled() -> Any:
    return as_torch_module(network().to_dtype("float64"))


def rows(requires_grad: bool = False, dtype: Any = torch.float32) -> torch.Tensor:
    return torch.tensor(X, dtype=dtype, requires_grad=requires_grad)


def test_it_gives_what_the_model_gives() -> None:
    model = network()
    assert np.array_equal(as_torch_module(model)(rows()).detach().numpy(), model.predict(X))


def test_the_gradient_of_its_input_passes_gradcheck() -> None:
    assert torch.autograd.gradcheck(doubled(), (rows(True, torch.float64),))


def test_the_gradients_of_its_parameters_pass_gradcheck() -> None:
    module = doubled()
    x = rows(dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda *_: module(x), tuple(module.parameters()))


def test_gradients_are_those_of_the_model() -> None:
    model = network()
    module, x = as_torch_module(model), rows(True)
    module(x).backward(torch.tensor(dY))
    dX = model.begin_update(X)[1](dY)
    assert x.grad is not None
    assert np.allclose(x.grad.numpy(), dX)
    for name, p in module.named_parameters():
        (row,) = (r for r in model.parameters() if r.path.replace("/", ".") == name)
        assert p.grad is not None
        assert np.allclose(p.grad.numpy(), row.gradient)


def test_backward_leaves_no_gradient_in_the_model() -> None:
    model = network()
    model.begin_update(X)[1](dY)
    before = {r.path: r.gradient.copy() for r in model.parameters() if r.gradient is not None}
    as_torch_module(model)(rows()).sum().backward()
    assert all(np.array_equal(before[r.path], r.gradient) for r in model.parameters())


def test_parameters_are_named_by_path_and_share_their_memory() -> None:
    model = network()
    module = as_torch_module(model)
    shared = {r.path.replace("/", "."): r.weights for r in model.parameters()}
    assert dict(module.named_parameters()).keys() == shared.keys() == {"0.W", "0.b", "2.W", "2.b"}
    for name, p in module.named_parameters():
        assert np.shares_memory(p.detach().numpy(), shared[name])


def test_the_state_dict_is_loaded_into_the_model() -> None:
    model, other = network(), network()
    as_torch_module(other).load_state_dict(as_torch_module(model).state_dict())
    assert np.array_equal(other.predict(X), model.predict(X))


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.AdamW])
def test_it_trains_under_torchs_optimizers(optimizer: Any) -> None:
    model = (Relu(16, 4) >> Linear(3)).initialize(X=X, seed=0)
    module = nn.Sequential(nn.Linear(4, 4), as_torch_module(model), nn.ReLU(inplace=True))
    step, target = optimizer(module.parameters(), lr=0.1), torch.tensor(np.abs(dY))
    losses = []
    for _ in range(100):
        step.zero_grad()
        losses.append(loss := ((module(rows()) - target) ** 2).mean())
        loss.backward()
        step.step()
    assert losses[-1] < 0.5 * losses[0]


def test_it_takes_the_steps_of_the_model() -> None:
    model, target = network(), torch.tensor(dY)
    twin = model.copy()
    module, optimizer = as_torch_module(model), SGD(0.01, grad_clip=0)
    step = torch.optim.SGD(module.parameters(), lr=0.01)
    for _ in range(20):
        step.zero_grad()
        ((module(rows()) - target) ** 2).sum().backward()
        step.step()
        Y, backprop = twin.begin_update(X)
        backprop(2 * (Y - dY))
        twin.finish_update(optimizer)
    assert np.allclose(model.predict(X), twin.predict(X), atol=1e-6)


def test_a_wrapped_module_inside_is_trained_too() -> None:
    inner = nn.Linear(4, 2)
    model = (Linear(4, 4) >> PyTorchWrapper(inner)).initialize()
    module = as_torch_module(model)
    assert list(module.state_dict()) == ["0.W", "0.b", "1.shim.0.weight", "1.shim.0.bias"]
    W, b = (torch.tensor(model.layers[0].get_param(name), requires_grad=True) for name in "Wb")
    bare = [W, b, *inner.parameters()]
    expected = torch.autograd.grad(inner(rows() @ W.T + b).sin().sum(), bare)
    got = torch.autograd.grad(module(rows()).sin().sum(), list(module.parameters()))
    assert all(torch.allclose(g, e, atol=1e-6) for g, e in zip(got, expected, strict=True))
    assert all(p.grad is None for p in module.parameters())


def test_hooks_of_a_wrapped_module_inside_run_once_for_each_backward() -> None:
    """DistributedDataParallel counts on it."""
    inside, calls = nn.Linear(4, 3), list[Any]()
    inside.weight.register_post_accumulate_grad_hook(lambda p: calls.append(p.grad.clone()))
    module = as_torch_module((Relu(4, 4) >> PyTorchWrapper(inside)).initialize(X=X))
    module(rows()).sum().backward()
    assert len(calls) == 1
    assert torch.equal(calls[0], inside.weight.grad)


def test_parameters_of_another_framework_inside_are_refused() -> None:
    model = Linear(2, 2).initialize()
    model.shims.append(Shim(object()))
    with pytest.raises(StructureError, match="another framework"):
        as_torch_module(model)


def test_several_inputs_and_outputs() -> None:
    model = tuplify(Linear(3, 4), noop()).initialize(X=X)
    x = rows(True)
    one, two = as_torch_module(model)(x)
    (one.sum() + (two * 2).sum()).backward()
    assert x.grad is not None
    assert np.allclose(x.grad.numpy(), 2 + model.layers[0].get_param("W").sum(axis=0))


def test_words_go_in_as_they_are() -> None:
    model = strings2arrays() >> with_array(HashEmbed(4, 50, column=0)) >> list2ragged()
    model = (model >> reduce_mean()).initialize(X=[["a"], ["b", "c"]])
    Y = as_torch_module(model)([["a"], ["b", "c"]])
    Y.sum().backward()
    assert Y.shape == (2, 4)


def test_what_comes_out_may_be_written_in_place() -> None:
    def forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
        Y = np.exp(X)
        return Y, lambda dY: dY * Y  # reads the very array that it handed out

    x = rows(True)
    as_torch_module(Model("exp", forward))(x).mul_(2).sum().backward()
    assert x.grad is not None
    assert np.allclose(x.grad.numpy(), 2 * np.exp(X))


def test_the_gradient_of_the_input_is_not_memory_of_dY() -> None:
    x, gradient = rows(True), torch.ones(6, 4)
    (found,) = torch.autograd.grad(as_torch_module(noop())(x), x, gradient)
    found += 1
    assert gradient.unique().tolist() == [1]


def test_an_input_that_is_written_before_backward_is_an_error() -> None:
    module, x = as_torch_module(network()), rows()
    y = module(x)
    x.zero_()
    with pytest.raises(RuntimeError, match="inplace operation"):
        y.sum().backward()


def test_dropout_follows_torchs_seed_and_modes() -> None:
    module = as_torch_module(network(dropout=0.5))
    torch.manual_seed(3)
    first = module(rows())
    assert not torch.equal(first, module(rows()))
    torch.manual_seed(3)
    assert torch.equal(first, module(rows()))
    module.eval()
    assert torch.equal(module(rows()), module(rows()))


def test_a_checkpoint_recomputes_the_same_masks() -> None:
    module, x = as_torch_module(network(dropout=0.5)), rows(True)
    torch.manual_seed(3)
    (expected,) = torch.autograd.grad(module(x).sum(), x)
    torch.manual_seed(3)
    again = checkpoint(module, x, use_reentrant=False)
    (got,) = torch.autograd.grad(again.sum(), x)
    assert torch.equal(got, expected)


# --- staying one ------------------------------------------------------------------------------


def test_casting_the_module_casts_the_model() -> None:
    model = network()
    module = as_torch_module(model).double()
    assert model.predict(X.astype("float64")).dtype == np.float64
    for (_, p), row in zip(module.named_parameters(), model.parameters(), strict=True):
        assert np.shares_memory(p.detach().numpy(), row.weights)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_refused_and_changes_nothing(dtype: Any) -> None:
    model = network()
    module, before = as_torch_module(model), model.predict(X)
    with pytest.raises(DTypeError, match=r"(?s)not in torch\..*autocast"):
        module.to(dtype)
    assert {p.dtype for p in module.parameters()} == {torch.float32}
    assert np.array_equal(module(rows()).detach().numpy(), before)


def test_under_autocast_what_is_around_it_is_cast() -> None:
    module = nn.Sequential(nn.Linear(4, 4), as_torch_module(network()), nn.Linear(3, 2))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = module(rows())
    y.float().sum().backward()
    assert y.dtype == torch.bfloat16
    assert torch.allclose(y.float(), module(rows()), atol=0.05)
    assert all(p.grad is not None and p.grad.any() for p in module.parameters())


class Around(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.inside, self.two = nn.Linear(4, 4), as_torch_module(network()), nn.Tanh()

    def forward(self, x: torch.Tensor) -> Any:
        return self.two(self.inside(self.one(x).sin()))


@pytest.mark.filterwarnings("ignore")  # the compiler's own
def test_what_is_around_it_may_be_compiled_and_is_once() -> None:
    compilations: list[Any] = []

    def backend(graph: Any, inputs: Any) -> Any:
        compilations.append(graph)
        return graph.forward

    module = Around()
    compiled: Any = torch.compile(module, backend=backend)
    for _ in range(3):
        got, expected = (
            torch.autograd.grad(each(rows()).sum(), list(module.parameters()))
            for each in (compiled, module)
        )
        assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(got, expected, strict=True))
        assert len(compilations) == 2


def test_loading_the_model_loads_the_module() -> None:
    model, other = network(), network()
    module = as_torch_module(model)
    model.from_bytes(other.to_bytes())
    module(rows()).sum().backward()
    for (_, p), row in zip(module.named_parameters(), model.parameters(), strict=True):
        assert np.shares_memory(p.detach().numpy(), row.weights)
    assert np.array_equal(module(rows()).detach().numpy(), other.predict(X))


def test_functional_call_runs_other_weights() -> None:
    model, other = network(), network()
    module = as_torch_module(model)
    theirs = {n: p.detach() * 1 for n, p in as_torch_module(other).named_parameters()}
    before = model.predict(X)
    got = torch.func.functional_call(module, theirs, (rows(),))
    assert np.array_equal(got.numpy(), other.predict(X))
    assert np.array_equal(module(rows()).detach().numpy(), before)


def test_a_deep_copy_is_independent() -> None:
    model = network()
    module = as_torch_module(model)
    next(module.parameters()).requires_grad_(False)
    before, twin = model.predict(X), copy.deepcopy(module.eval())
    assert (twin.training, [p.requires_grad for p in twin.parameters()]) == (
        False,
        [False, True, True, True],
    )
    with torch.no_grad():
        for p in twin.parameters():
            p += 1
    assert np.array_equal(model.predict(X), before)
    assert not np.array_equal(twin(rows()).detach().numpy(), before)


def test_a_pickled_module_gives_the_same() -> None:
    module = as_torch_module(network())
    assert torch.equal(pickle.loads(pickle.dumps(module))(rows()), module(rows()))


def test_frozen_parameters_get_no_gradient() -> None:
    module = as_torch_module(network()).requires_grad_(False)
    x = rows(True)
    module(x).sum().backward()
    assert all(p.grad is None for p in module.parameters())
    assert x.grad is not None


# --- what is refused --------------------------------------------------------------------------


def test_a_gradient_of_logits_is_refused() -> None:
    with pytest.raises(StructureError, match="gradient of logits"):
        as_torch_module((Linear(3, 4) >> Softmax(2)).initialize())


def test_a_model_without_weights_is_refused() -> None:
    with pytest.raises(StructureError, match="'W' of 'linear' is not made yet"):
        as_torch_module(Linear(3))


def test_an_output_of_no_tensors_is_refused() -> None:
    module = as_torch_module(list2ragged())
    with pytest.raises(DTypeError, match="gives Ragged"):
        module([rows()])


def test_gradients_after_eval_through_a_wrapped_module_are_refused() -> None:
    module = as_torch_module(PyTorchWrapper(nn.Linear(4, 3))).eval()
    with pytest.raises(BackpropError, match="after predict"):
        module(rows()).sum().backward()


def test_gradients_of_gradients_are_refused_and_not_left_out() -> None:
    module, x = as_torch_module(network()), rows(True)
    y = module(x).sum()
    (dX,) = torch.autograd.grad(y, x, create_graph=True)
    with pytest.raises(BackpropError, match="no gradients of gradients"):
        (y + (dX**2).sum()).backward()


def test_a_graph_of_gradients_that_nobody_asks_for_is_no_obstacle() -> None:
    module, x = as_torch_module(network()), rows(True)
    (expected,) = torch.autograd.grad(module(x).sum(), x)
    (got,) = torch.autograd.grad(module(x).sum(), x, create_graph=True)
    assert torch.equal(got, expected)
