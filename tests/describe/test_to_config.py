"""What the config of a composed model looks like, and what is refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import combinet
from combinet import (
    Config,
    Dropout,
    Embed,
    Linear,
    Maxout,
    Model,
    Relu,
    Softmax,
    clone,
    concatenate,
    configure_uniform_init,
    noop,
    registry,
    set_dropout_rate,
    uniform_init,
    with_array,
    zero_init,
)
from combinet.describe.twins import Twins
from combinet.errors import ConfigError
from combinet.initializers import Initializer
from combinet.types import Floats2d, Unserializable


def block(model: Model[Any, Any], **options: bool) -> dict[str, Any]:
    made: dict[str, Any] = model.to_config(**options)["model"]
    return made


def build(config: Config) -> Model[Any, Any]:
    model: Model[Any, Any] = registry.resolve(Config().from_str(config.to_str()))["model"]
    return model


def refusal(model: Model[Any, Any], **options: bool) -> str:
    with pytest.raises(ConfigError) as caught:
        model.to_config(**options)
    return str(caught.value)


@registry.architectures("test_to_config.Stack.v1")
def Stack(
    layers: Sequence[Model[Floats2d, Floats2d]],
    heads: dict[str, Model[Any, Any]],
    width: float = 1.0,
    title: str = "",
    init: Initializer = zero_init,
) -> Model[Any, Any]:
    return Model("stack", _forward, layers=[*layers, *heads.values()], attrs={"title": title})


@registry.layers("test_to_config.Rows.v1")
def Rows(rows: list[dict[str, Any]]) -> Model[Any, Any]:
    return Model("rows", _forward, attrs={"rows": rows})


@registry.layers("test_to_config.renamed.v1")
def renamed(layer: Model[Any, Any], name: str) -> Model[Any, Any]:
    layer.name = name
    return layer


def _forward(model: Model[Any, Any], X: Any, is_train: bool) -> Any:
    return X, lambda dY: dY


def test_a_layer_is_written_with_what_is_not_its_default() -> None:
    assert block(Relu(8, dropout=0.1, normalize=False)) == {
        "@layers": "Relu.v1",
        "nO": 8,
        "dropout": 0.1,
    }


def test_a_layer_that_makes_several_nodes_is_one_block() -> None:
    written = block(Relu(8, normalize=True, dropout=0.1))
    assert written == {"@layers": "Relu.v1", "nO": 8, "normalize": True, "dropout": 0.1}


def test_a_chain_has_a_block_for_each_layer_in_order() -> None:
    written = block(Relu(8) >> Relu(4) >> Softmax())
    assert written["@layers"] == "chain.v1"
    assert [list(written), list(written["*"])] == [["@layers", "*"], ["chain", "softmax"]]
    assert list(written["*"]["chain"]["*"]) == ["relu", "relu2"]


def test_operators_are_written_as_their_combinators() -> None:
    for made, name in ((Relu(4) | Relu(4), "concatenate"), (Relu(4) + Relu(4), "add")):
        assert block(made)["@layers"] == f"{name}.v1"
    assert block(Linear(4) ** 3) == {
        "@layers": "clone.v1",
        "orig": {"@layers": "Linear.v1", "nO": 4},
        "n": 3,
    }


def test_a_combinator_that_gives_its_argument_back_is_written_around_it() -> None:
    assert block(clone(Linear(4), 1))["orig"] == {"@layers": "Linear.v1", "nO": 4}
    assert block(renamed(Linear(4), "new")) == {
        "@layers": "test_to_config.renamed.v1",
        "layer": {"@layers": "Linear.v1", "nO": 4},
        "name": "new",
    }


def test_rows_and_tables_of_models_become_sections() -> None:
    model = Stack([Relu(4), Linear(3)], {"tag": Softmax(5)})
    text = model.to_config().to_str()
    for section in ("[model.layers.*.relu]", "[model.layers.*.linear]", "[model.heads.tag]"):
        assert section in text
    assert [node.name for node in build(model.to_config()).layers] == ["relu", "linear", "softmax"]


@pytest.mark.parametrize(
    "title", ["plain", "${a.b}", 'a "b" $', "two\nlines", "ünï", " ", "3", "@x"]
)
def test_any_text_comes_back(title: str) -> None:
    assert build(Stack([], {}, title=title).to_config()).attrs["title"] == title


def test_an_initializer_is_written_as_the_block_that_gives_it() -> None:
    for init in (uniform_init, configure_uniform_init()):
        written = block(Linear(4, init_W=init))
        assert written["init_W"] == {"@initializers": "uniform_init.v1"}


@pytest.mark.parametrize("make", [configure_uniform_init, partial(partial, uniform_init)])
def test_the_settings_of_an_initializer_are_written(make: Callable[..., Initializer]) -> None:
    written = block(Linear(4, init_W=make(lo=-2.0, hi=3.0)))
    assert written["init_W"] == {"@initializers": "uniform_init.v1", "lo": -2.0, "hi": 3.0}


def test_an_initializer_given_outright_that_is_the_default_is_left_out() -> None:
    assert "init_b" not in block(Linear(4, init_b=zero_init))


def test_what_a_function_of_the_user_s_own_made_is_written_by_its_name() -> None:
    @registry.initializers("test_to_config.threes.v1")
    def configure_threes(scale: float) -> Initializer:
        def threes(ops: Any, shape: Any) -> Any:
            return ops.alloc(shape) + 3 * scale

        return threes

    model = Linear(2, 2, init_W=configure_threes(0.5)).initialize()
    assert block(model)["init_W"] == {"@initializers": "test_to_config.threes.v1", "scale": 0.5}
    assert build(model.to_config()).initialize().get_param("W")[0, 0] == 1.5


def test_copies_and_pickled_models_are_written_as_the_original() -> None:
    model = Relu(8, normalize=True) >> with_array(Softmax(3, init_W=configure_uniform_init(lo=-1)))
    for twin in (model.copy(), pickle.loads(pickle.dumps(model))):
        assert twin.to_config() == model.to_config()


def test_inferred_sizes_are_written_only_when_asked_for() -> None:
    model = (Relu(8, 4) >> Softmax(3)).initialize()
    assert "nI" not in block(model)["*"]["softmax"]
    assert block(model, sizes=True)["*"]["softmax"]["nI"] == 8


def test_a_description_holds_no_weights() -> None:
    layer = Linear(4, 4).initialize()
    call: Any = (layer >> Linear(4)).made_by
    assert call.args[0] is layer.made_by


def test_a_model_made_by_hand_is_refused_by_name() -> None:
    message = refusal(Relu(4) >> Model("mine", _forward))
    assert "the model 'mine' was not made by a registered function" in message
    assert "model.*.value" in message
    assert "@registry.architectures" in message


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (
            lambda: combinet.resizable(Linear(4, 4), combinet.resize_linear_weighted),
            "resizable(linear) (path 1)",
        ),
        (lambda: combinet.with_cpu(Linear(4, 4), combinet.NumpyOps()), "with_cpu(linear) (path 1)"),
        (lambda: Linear(4, init_W=_forward), "linear (path 1)"),
        (lambda: combinet.residual(Relu(4) >> Linear(4, init_W=_forward)), "linear (path 1.0.1)"),
        (lambda: combinet.residual(Relu(4) >> Model("mine", _forward)), "mine (path 1.0.1)"),
        (lambda: Relu(4) >> (Relu(4) >> Model("mine", _forward)), "mine (path 3)"),
    ],
)
def test_a_refusal_names_the_layer_and_its_path_in_the_model(layer: Any, said: str) -> None:
    assert f"\n  layer: {said}\n" in refusal(Relu(4) >> layer())


def test_a_function_that_no_registry_has_is_refused_by_name() -> None:
    message = refusal(with_array(Linear(4, init_W=lambda ops, shape: ops.alloc(shape))))
    assert "lambda" in message
    assert "model.layer.init_W" in message


@pytest.mark.parametrize("table", [{1: 2}, {"@layers": "Relu.v1"}, {"*": 1}, object()])
def test_an_argument_that_no_config_can_hold_is_refused(table: Any) -> None:
    message = refusal(Stack([], {"head": Linear(2)}, title=table))
    assert "no config can hold" in message
    assert "path: model.title" in message


def test_an_exchanged_layer_is_refused_with_its_path() -> None:
    model = Relu(4) >> Relu(4) >> Softmax()
    model.replace_node(model.layers[1], Maxout(4))
    message = refusal(model)
    assert "softmax" in message
    assert "maxout" in message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.remove_node(m.layers[-1]), "1 layers, and the config gives it 2"),
        (
            lambda m: set_dropout_rate(m, 0.5),
            "dropout (path 1): its attribute 'dropout_rate' is 0.5",
        ),
        (lambda m: m.layers[1].attrs.update(new=1), "its attribute 'new' is 1"),
        (lambda m: m.layers[1].attrs.clear(), "'dropout_rate' is nothing"),
        (lambda m: m.layers[0].set_dim("nI", 9), "linear (path 0): its dim 'nI' is 9"),
        (lambda m: m.layers[0].set_dim("nO", 9, force=True), "its dim 'nO' is 9"),
        (lambda m: m.layers[0].set_param("V", None), "it has other parameters"),
        (lambda m: m.layers[0].replace_callbacks(_forward), "it runs another function"),
        (lambda m: setattr(m.layers[0], "name", "other"), "its name is 'other'"),
        (lambda m: m._refs.update(first=m.layers[0]), "its references were changed"),
        (lambda m: m.layers.reverse(), "linear"),
    ],
)
def test_what_was_changed_afterwards_is_refused(change: Callable[[Any], Any], said: str) -> None:
    model = Linear(4) >> Dropout(0.2)
    change(model)
    message = refusal(model)
    assert "the one of its constructors builds another" in message
    assert said in message


def test_every_change_is_listed() -> None:
    model = Dropout(0.1) >> Dropout(0.2) >> Dropout(0.3)
    set_dropout_rate(model, 0.5)
    assert refusal(model).count("'dropout_rate' is 0.5") == 3


def test_a_size_set_later_is_written_with_the_sizes() -> None:
    model = Linear(4)
    model.set_dim("nI", 9)
    assert block(model, sizes=True)["nI"] == 9


def test_a_table_with_numbers_as_keys_is_a_list_of_pairs() -> None:
    model = combinet.remap_ids({3: 1, "a": 2, None: 3})
    assert block(model)["mapping_table"] == [[3, 1], ["a", 2], [None, 3]]
    assert build(model.to_config()).attrs["mapping_table"] == {3: 1, "a": 2, None: 3}


def test_a_table_with_layers_under_numbers_is_written_too() -> None:
    model = combinet.switch(1, {1: Linear(2, 3), 2: Relu(2, 3)})
    again = build(model.to_config())
    assert again.attrs == model.attrs
    assert [layer.name for layer in again.layers] == ["linear", "relu"]


def test_tables_may_stand_in_a_list() -> None:
    model = Rows([{"a": 1}, {"b": [2]}])
    assert block(model)["rows"] == [{"a": 1}, {"b": [2]}]
    assert build(model.to_config()).attrs["rows"] == [{"a": 1}, {"b": [2]}]


def test_a_copy_in_another_place_is_no_shared_layer() -> None:
    layer = Linear(4, 4)
    assert build((layer >> layer.copy()).to_config()).layers[0].name == "linear"


def test_an_argument_changed_after_composition_does_not_change_the_whole() -> None:
    layer = Linear(4, 4)
    model = layer >> Relu(4)
    layer.replace_callbacks(_forward)
    assert "it runs another function" in refusal(model)


def test_a_hash_seed_that_initialize_chose_is_no_change() -> None:
    model = with_array(combinet.HashEmbed(4, 20)).initialize()
    assert "seed" not in block(model)["layer"]


def test_an_attribute_that_only_initialize_may_choose_is_compared_before() -> None:
    model = combinet.HashEmbed(4, 20)
    model.attrs["seed"] = 3
    assert "its attribute 'seed' is 3" in refusal(model)


def leaves() -> st.SearchStrategy[Model[Any, Any]]:
    width = st.sampled_from([None, 3])
    return st.one_of(
        st.builds(Linear, width),
        st.builds(
            Relu, width, width, normalize=st.booleans(), dropout=st.sampled_from([None, 0.0, 0.5])
        ),
        st.builds(Maxout, width, nP=st.integers(1, 3), init_W=st.just(uniform_init)),
        st.builds(Dropout, st.floats(0, 0.9)),
        st.builds(noop),
    )


def composed(inner: st.SearchStrategy[Model[Any, Any]]) -> st.SearchStrategy[Model[Any, Any]]:
    return st.one_of(
        st.builds(lambda a, b: a >> b, inner, inner),
        st.builds(lambda a, b: a | b, inner, inner),
        st.builds(lambda a, b, c: concatenate(a, b, c), inner, inner, inner),
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, n: a**n, inner, st.integers(0, 3)),
        st.builds(combinet.residual, inner),
        st.builds(with_array, inner),
        st.builds(lambda a: a.copy(), inner),
    )


@settings(max_examples=60, deadline=None)
@given(model=st.recursive(leaves(), composed, max_leaves=8))
def test_any_composition_is_rebuilt(model: Model[Any, Any]) -> None:
    again = build(model.to_config())
    assert again.summary() == model.summary()
    assert again.to_config() == model.to_config()


def test_an_embedding_keeps_its_arguments() -> None:
    assert block(Embed(4, 10, column=1, dropout=0.3)) == {
        "@layers": "Embed.v1",
        "nO": 4,
        "nV": 10,
        "column": 1,
        "dropout": 0.3,
    }


def test_a_name_that_is_registered_no_longer_is_refused() -> None:
    @registry.layers("test_to_config.gone.v1")
    def gone() -> Model[Any, Any]:
        return Model("gone", _forward)

    model = gone()
    registry.layers.unregister("test_to_config.gone.v1")
    assert "'test_to_config.gone.v1' is no longer what is registered" in refusal(model)


def test_a_config_that_the_annotations_refuse_is_named() -> None:
    @registry.layers("test_to_config.pairs.v1")
    def pairs(table: list[int]) -> Model[Any, Any]:
        return Model("pairs", _forward)

    message = refusal(pairs(("a",)))  # type: ignore[arg-type]
    assert "cannot be read back" in message
    assert "expected int" in message


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ([1, (2, 3)], (1, [2, 3]), True),
        (1, 1.0, True),
        (1, True, False),
        (partial(int, base=2), partial(int, base=2), True),
        (partial(int, base=2), partial(int, base=3), False),
        (uniform_init, partial(uniform_init), True),
        (object(), object(), False),
        (np.arange(3), np.arange(3), True),
        (np.arange(3), np.arange(3.0), False),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"b": 1}, False),
        (Unserializable(1), Unserializable(2), False),
        (Unserializable(1), Unserializable(1), True),
        (np.float64(2.5), 2.5, True),
        (Path("a"), "a", True),
    ],
)
def test_attributes_are_compared_by_what_a_config_tells_apart(
    ours: Any, theirs: Any, same: bool
) -> None:
    models = [Model("twin", _forward, attrs={"value": value}) for value in (ours, theirs)]
    assert bool(Twins(*models).differences) is not same
