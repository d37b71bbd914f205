"""A file with a probe proves, where it is loaded, that the model still does what it did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import combinet
from combinet import Gelu, HashEmbed, Linear, Relu, named, with_array
from combinet.errors import LoadError, SaveError
from combinet.model import Model
from combinet.serialize import probe as module
from combinet.types import ArgsKwargs, Padded, Pairs, Ragged
from tests.serialize.files import X, trained, untouched
from tests.serialize.nets import shimmed

Net = Model[Any, Any]


def same(model: Net, X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
    return X, lambda dY: dY


def test_a_file_with_a_probe_is_of_format_2_and_one_without_of_format_1() -> None:
    assert b'\\"format\\":1' in trained().to_bytes()
    assert b'\\"format\\":2' in trained().to_bytes(sample=X)


def test_the_weights_of_a_probed_file_are_those_of_the_plain_one() -> None:
    model = trained(2).from_bytes(trained(1).to_bytes(sample=X))
    assert model.to_bytes() == trained(1).to_bytes()


def test_equal_models_and_samples_give_equal_bytes() -> None:
    assert trained().to_bytes(sample=X) == trained().to_bytes(sample=X.copy())
    assert trained().to_bytes(sample=X) != trained().to_bytes(sample=X[:2])


def test_a_model_that_predicts_something_else_is_refused_and_says_how_far_off_it_is() -> None:
    data = named(h=Relu(4, 3)).initialize(seed=1).to_bytes(sample=X)
    model = named(h=Relu(4, 3)).initialize(seed=2)
    model.layers[0].replace_callbacks(lambda model, X, is_train: (X @ model.get_param("W").T, None))
    check = untouched(model)
    with pytest.raises(LoadError, match="does not predict what it predicted when") as caught:
        model.from_bytes(data)
    facts = caught.value.facts
    assert facts["where"] == "output['h']"
    assert str(facts["numbers_off"]).endswith("of 20")
    assert "for 0, by" in str(facts["furthest_off"])
    assert "replay=False" in caught.value.fix
    check()


def test_an_exact_copy_of_the_weights_in_another_function_is_noticed() -> None:
    """Which no comparison of structure can see: Gelu and Relu have the same parameters."""
    data = Relu(4, 3).initialize(seed=1).to_bytes(sample=X)
    model = Gelu(4, 3).initialize(seed=2)
    model.name = "relu"
    with pytest.raises(LoadError, match="does not predict"):
        model.from_bytes(data)
    model.from_bytes(data, replay=False)
    assert np.array_equal(model.get_param("W"), Relu(4, 3).initialize(seed=1).get_param("W"))


@pytest.mark.parametrize(("factor", "fits"), [(1 + 3e-5, True), (1 + 3e-4, False)])
def test_numbers_may_be_rounded_differently_but_no_more(factor: float, fits: bool) -> None:
    data = Linear(2, 3).initialize(seed=1).to_bytes(sample=X)
    model = Linear(2, 3)
    model.replace_callbacks(
        lambda model, X, is_train: (np.float32(factor) * (X @ model.get_param("W").T), None)
    )
    assert model.can_from_bytes(data, strict=False) is fits
    if fits:
        model.from_bytes(data)


def test_asking_changes_nothing_even_where_the_probe_fails(tmp_path: Path) -> None:
    model = Relu(4, 3).initialize(seed=1)
    model.to_disk(tmp_path / "m", sample=X)
    for other, fits in ((Relu(4, 3), True), (Gelu(4, 3), False)):
        other.initialize(seed=2).name = "relu"
        check = untouched(other)
        assert other.can_from_disk(tmp_path / "m") is fits
        check()


def test_disk_and_bytes_hold_the_same_probe(tmp_path: Path) -> None:
    trained().to_disk(tmp_path / "m", sample=X)
    assert (tmp_path / "m").read_bytes() == trained().to_bytes(sample=X)
    gelu = Gelu(4, 3).initialize(seed=1)
    gelu.to_disk(tmp_path / "m", sample=X)
    relu = Relu(4, 3).initialize(seed=2)
    relu.name = "gelu"
    with pytest.raises(LoadError, match="file: .*m(?s:.*)does not predict|does not predict"):
        relu.from_disk(tmp_path / "m")
    relu.from_disk(tmp_path / "m", replay=False)


lengths = np.array([2, 0, 1], "int32")
SAMPLES: dict[str, Any] = {
    "array": X,
    "ints": np.arange(3),
    "list": [X[:2], X[:0], X[2:]],
    "ragged": Ragged(X[:3], lengths),
    "ragged of rank 3": Ragged(X[:3].reshape(3, 1, 3), lengths),
    "padded": Padded(np.ones((2, 3, 4), "f"), [3, 1], [2, 1, 1], [2, 0, 1]),
    "pairs": Pairs(X, X + 1),
    "texts": ["a text", "", '日本 \ud800 $"\\'],
    "documents": [["two", "words"], []],
    "tuple": (X, [1, 2.5, None, True]),
    "dict": {"a": X, 3: {"b": (X[0],)}},
    "arguments": ArgsKwargs((X, 1), {"mask": X > 0}),
    "half": X.astype("float16"),
    "strided": X[::-1, ::2],
    "numbers": [np.float32(1.5), np.int64(3)],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_kind_of_input_comes_back_and_is_predicted_again(name: str) -> None:
    sample = SAMPLES[name]
    data = Model("same", same).to_bytes(sample=sample)
    seen: list[Any] = []

    def look(model: Net, X: Any, is_train: bool) -> tuple[Any, Callable[[Any], Any]]:
        seen.append(X)
        return X, lambda dY: dY

    Model("same", look).from_bytes(data)
    assert [type(each) for each in seen] == [type(sample)]
    assert module.misfit(Model("same", same), seen[0], sample) == {}
    with pytest.raises(LoadError, match=r"does not predict(?s:.*)where: output|parts: output"):
        Model("same", lambda *args: (["another"], None)).from_bytes(data)


def test_a_list_of_docs_is_kept_as_their_words() -> None:
    class Doc(list[Any]):
        """Of tokens, as spaCy's are."""

    docs = [Doc(SimpleNamespace(text=word) for word in text.split()) for text in ("a b", "c")]

    def letters(model: Net, docs: Any, is_train: bool) -> tuple[Any, None]:
        return [len([getattr(t, "text", t) for t in doc]) for doc in docs], None

    data = Model("letters", letters).to_bytes(sample=docs)
    assert b'[[\\"a\\",\\"b\\"],[\\"c\\"]]' in data
    Model("letters", letters).from_bytes(data)


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        (object(), "a object cannot be saved"),
        ([X, {1: object()}], "a object cannot be saved"),
        (np.array(["a"]), "array of <U1 cannot be saved"),
        (np.array([None]), "array of object cannot be saved"),
        (lambda: 1, "function cannot be saved"),
    ],
)
def test_a_sample_that_no_file_can_hold_is_refused_at_save(sample: Any, said: str) -> None:
    with pytest.raises(SaveError, match=rf"the sample cannot be kept(?s:.*){said}(?s:.*)arrays"):
        Model("same", same).to_bytes(sample=sample)


def test_a_prediction_that_no_file_can_hold_is_refused_at_save() -> None:
    model: Net = Model("odd", lambda model, X, is_train: (object(), None))
    with pytest.raises(SaveError, match="prediction for the sample cannot be kept"):
        model.to_bytes(sample=X)


def test_a_sample_that_contains_itself_is_refused() -> None:
    sample: list[Any] = []
    sample.append(sample)
    with pytest.raises(SaveError, match="it contains itself"):
        Model("same", lambda *args: (1, None)).to_bytes(sample=sample)


def test_a_model_that_draws_its_predictions_is_refused_at_save() -> None:
    rng = np.random.default_rng(0)
    model: Net = Model("noise", lambda model, X, is_train: (rng.standard_normal(3), None))
    with pytest.raises(SaveError, match="does not predict the same"):
        model.to_bytes(sample=X)


@pytest.mark.parametrize(
    "sample",
    [
        np.zeros(5 << 20, "uint8"),
        [np.zeros(3000, "int32"), *[np.zeros(0, "int32")] * 3000],
        Ragged(np.zeros((3000, 1), "f"), np.array([3000] + [0] * 3000)),
    ],
)
def test_a_sample_that_is_large_or_would_be_when_padded_is_refused(
    sample: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SaveError, match=r"too large(?s:.*)sample=X\[:4\]"):
        Model("same", same).to_bytes(sample=sample)
    if isinstance(sample, np.ndarray):
        return
    with monkeypatch.context() as patch:
        patch.setattr(module, "PLACES_LIMIT", 1 << 40)
        data = Model("same", same).to_bytes(sample=sample)
    with pytest.raises(LoadError, match="larger than any"):
        Model("same", same).from_bytes(data)


def test_a_model_that_fails_on_its_probe_is_refused() -> None:
    def fails(model: Net, X: Any, is_train: bool) -> Any:
        raise RuntimeError("no kernel for this")

    data = Model("same", same).to_bytes(sample=X)
    with pytest.raises(LoadError, match=r"fails on the probe(?s:.*)no kernel for this"):
        Model("same", fails).from_bytes(data)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda m: m["probe"].update(input={"!array": "0/W"}),
        lambda m: m["probe"].update(input={"!array": "probe.output"}),
        lambda m: m["probe"].update(input={"!registered": ["misc", "os.system"]}),
        lambda m: m["probe"].update(input={"!nothing": 1}),
        lambda m: m["probe"].update(output={"!ragged": [1, 2, 3]}),
        lambda m: m["probe"].update(output={"!padded": []}),
        lambda m: m["tensors"].pop("probe.input"),
        lambda m: m["tensors"].update({"probe.input#1": np.zeros(1, "f")}),
        lambda m: m["probe"].update(input=1),
        lambda m: m["tensors"].update({"probe.input": np.zeros((2, 7), "f")}),
        lambda m: m["tensors"].update({"probe.output": np.zeros((5, 2), "f")}),
    ],
)
def test_a_malformed_probe_is_refused_and_changes_nothing(spoil: Callable[[Any], Any]) -> None:
    model = trained(1)
    message = model.to_dict()
    module.add_probe(message, model, X)
    trained(2).from_dict(message)
    spoil(message)
    other = trained(2)
    check = untouched(other)
    with pytest.raises(LoadError):
        other.from_dict(message)
    check()


def test_an_attribute_nested_without_end_in_a_probe_is_refused() -> None:
    message = trained().to_dict()
    module.add_probe(message, trained(), X)
    for _ in range(100_000):
        message["probe"]["input"] = [message["probe"]["input"]]
    with pytest.raises(LoadError, match="nested too deep"):
        trained(2).from_dict(message)


def test_a_parameter_of_the_name_of_a_probe_is_refused_at_save() -> None:
    model: Net = Model("same", same, params={"probe.input": X})
    with pytest.raises(SaveError, match="two arrays would be called 'probe.input'"):
        model.to_bytes(sample=X)


def test_every_bit_of_a_probe_matters() -> None:
    model = Linear(1, 1).initialize(seed=1)
    data = model.to_bytes(sample=np.ones((1, 1), "f"))
    for byte in range(len(data)):
        flipped = bytearray(data)
        flipped[byte] ^= 1 << byte % 8
        with pytest.raises(LoadError):
            model.from_bytes(bytes(flipped))


def test_a_shim_is_put_back_when_the_probe_fails() -> None:
    data = shimmed(1.0).to_bytes(sample=X)
    model = shimmed(2.0)
    model.replace_callbacks(lambda model, X, is_train: (X + 1, None))
    with pytest.raises(LoadError, match="does not predict"):
        model.from_bytes(data)
    assert model.shims[0].tensors()["weight"].tolist() == [[2.0] * 3] * 2


def test_a_tok2vec_is_proven_on_words(tmp_path: Path) -> None:
    ids = [np.arange(5), np.arange(2)]
    model = with_array(HashEmbed(4, 20)).initialize(X=ids)
    model.to_disk(tmp_path / "m", sample=ids)
    again = with_array(HashEmbed(4, 20)).from_disk(tmp_path / "m")
    assert np.array_equal(again.predict(ids)[0], model.predict(ids)[0])


def test_a_wrapped_torch_module_is_proven_too() -> None:
    torch = pytest.importorskip("torch")
    model = combinet.PyTorchWrapper(torch.nn.Linear(3, 2))
    data = model.to_bytes(sample=X)
    other = combinet.PyTorchWrapper(torch.nn.Linear(3, 2)).from_bytes(data)
    assert np.array_equal(other.predict(X), model.predict(X))
    with_tanh = torch.nn.Linear(3, 2)
    with_tanh.register_forward_hook(lambda module, inputs, output: output.tanh())
    with pytest.raises(LoadError, match="does not predict"):
        combinet.PyTorchWrapper(with_tanh).from_bytes(data)
