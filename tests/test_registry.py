"""Registering, looking up, refusing what is taken."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from typing import Any

import pytest

from combinet.errors import RegistryError
from combinet.registry import Registry, did_you_mean, registry


@pytest.fixture
def layers() -> Registry:
    return Registry("layers", entry_points=False)


def double(x: int) -> int:
    return 2 * x


def triple(x: int) -> int:
    return 3 * x


def test_a_decorator_gives_the_function_back(layers: Registry) -> None:
    assert layers("double.v1")(double) is double
    assert layers.get("double.v1") is double


def test_register_is_the_same_as_a_call(layers: Registry) -> None:
    layers.register("double.v1")(double)
    assert layers.get("double.v1") is double


def test_a_function_can_be_given_directly(layers: Registry) -> None:
    assert layers("double.v1", func=double) is double
    assert layers.get("double.v1") is double


def test_a_taken_name_is_refused_with_both_places(layers: Registry) -> None:
    layers("double.v1", func=double)
    with pytest.raises(RegistryError, match=r"already registered(?s:.*)double(?s:.*)triple"):
        layers("double.v1", func=triple)
    assert layers.get("double.v1") is double


def test_override_replaces(layers: Registry) -> None:
    layers("double.v1", func=double)
    layers("double.v1", func=triple, override=True)
    assert layers.get("double.v1") is triple


def test_two_functions_of_one_name_in_one_file_are_not_the_same(layers: Registry) -> None:
    def f() -> int:
        return 1

    first = f

    def f() -> int:  # type: ignore[no-redef]
        return 2

    layers("f.v1", func=first)
    with pytest.raises(RegistryError, match="already registered"):
        layers("f.v1", func=f)


def test_running_a_definition_again_replaces_it(layers: Registry) -> None:
    def define() -> Any:
        @layers("again.v1")
        def again() -> int:
            return 1

        return again

    define()
    second = define()
    assert layers.get("again.v1") is second


def test_a_class_defined_again_by_the_same_lines_replaces_itself(layers: Registry) -> None:
    def define() -> Any:
        @layers("again.v1")
        class Again:
            pass

        return Again

    define()
    second = define()
    assert layers.get("again.v1") is second


def test_an_unknown_name_is_answered_with_the_one_that_was_meant(layers: Registry) -> None:
    layers("Linear.v1", func=double)
    layers("Softmax.v1", func=double)
    with pytest.raises(RegistryError, match=r"did you mean 'Linear\.v1'\?"):
        layers.get("linear.v1")


def test_a_zero_is_taken_for_the_letter_that_was_meant() -> None:
    assert did_you_mean("n0", ["nI", "nO", "init_W"]) == "did you mean 'nO'?"


def test_an_unknown_name_like_no_other_lists_what_there_is(layers: Registry) -> None:
    layers("Linear.v1", func=double)
    with pytest.raises(RegistryError, match=r"one of Linear\.v1"):
        layers.get("q")


def test_a_name_in_an_empty_registry_asks_for_an_import(layers: Registry) -> None:
    with pytest.raises(RegistryError, match="import the module"):
        layers.get("q")


def test_contains_says_what_get_would(layers: Registry) -> None:
    layers("double.v1", func=double)
    assert "double.v1" in layers
    assert "triple.v1" not in layers


def test_get_all_and_names_show_everything(layers: Registry) -> None:
    layers("b.v1", func=double)
    layers("a.v1", func=triple)
    assert layers.get_all() == {"a.v1": triple, "b.v1": double}
    assert layers.names() == ["a.v1", "b.v1"]


def test_unregister_frees_a_name(layers: Registry) -> None:
    layers("a.v1", func=double)
    layers.unregister("a.v1")
    layers("a.v1", func=triple)
    assert layers.get("a.v1") is triple


def test_unregister_of_an_unknown_name_is_refused(layers: Registry) -> None:
    with pytest.raises(RegistryError, match="not registered"):
        layers.unregister("a.v1")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A package whose entry point in ``combinet_planets`` is what the test asks for."""
    import catalogue

    group = "combinet_planets"
    point = importlib.metadata.EntryPoint(name="earth.v1", value=request.param, group=group)
    points = importlib.metadata.EntryPoints([point])
    monkeypatch.setattr(catalogue, "AVAILABLE_ENTRY_POINTS", points)
    module = sys.modules[Registry.__module__]
    monkeypatch.setattr(module, "_OWN_MODULES", ())
    monkeypatch.setattr(module, "_offered", lambda _: ("earth.v1",))
    return group


@pytest.mark.parametrize("installed", ["math:sqrt"], indirect=True)
def test_an_entry_point_is_loaded_when_its_name_is_asked_for(installed: str) -> None:
    planets = Registry("planets")
    assert "earth.v1" in planets
    assert planets.get("earth.v1")(9) == 3
    assert "sqrt" in repr(planets.get_all()["earth.v1"])


@pytest.mark.parametrize("installed", ["math:sqrt"], indirect=True)
def test_entry_points_are_among_the_names_that_may_have_been_meant(installed: str) -> None:
    with pytest.raises(RegistryError, match=r"did you mean 'earth\.v1'"):
        Registry("planets").get("eart.v1")


@pytest.mark.parametrize("installed", ["math:sqrt"], indirect=True)
def test_what_this_process_registered_comes_before_entry_points(installed: str) -> None:
    planets = Registry("planets")
    planets("earth.v1", func=double)
    assert planets.get("earth.v1") is double


@pytest.mark.parametrize("installed", ["no_such_module_anywhere:f"], indirect=True)
def test_a_broken_entry_point_keeps_its_error_and_gains_a_note(installed: str) -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        Registry("planets").get("earth.v1")
    assert "earth.v1" in caught.value.__notes__[0]
    assert "combinet_planets" in caught.value.__notes__[0]


def test_a_subclass_has_registries_of_its_own_and_those_it_inherits() -> None:
    class mine(registry):
        layers = Registry("layers", entry_points=False)

    mine.layers("double.v1", func=double)
    assert mine.get("layers", "double.v1") is double
    assert not registry.layers._table.get("double.v1")
    assert mine.optimizers is registry.optimizers


def test_catalogue_s_registries_serve_in_a_subclass() -> None:
    import catalogue

    class mine(registry):
        cats = catalogue.create("combinet_test", "cats", entry_points=False)

    mine.cats("tom.v1", func=double)
    assert mine.get("cats", "tom.v1") is double
    assert mine.has("cats", "tom.v1")
    assert mine.resolve({"cat": {"@cats": "tom.v1", "x": 4}}) == {"cat": 8}


def test_create_adds_a_kind() -> None:
    class mine(registry):
        pass

    mine.create("animals")("cat.v1", func=double)
    assert mine.get("animals", "cat.v1") is double
    assert "animals" in mine.kinds()
    assert "animals" not in registry.kinds()


@pytest.mark.parametrize("name", ["layers", "resolve"])
def test_create_of_a_kind_that_is_there_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        registry.create(name)


def test_all_kinds_are_there() -> None:
    kinds = """architectures layers optimizers schedules initializers regularizers losses metrics
    readers tokenizers batchers callbacks trainers ops misc datasets"""
    assert set(registry.kinds()) == set(kinds.split())


def test_an_unknown_kind_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(RegistryError, match=r"no registry 'layer'(?s:.*)did you mean 'layers'"):
        registry.get("layer", "Linear.v1")


def test_has_is_false_for_unknown_kinds_and_methods() -> None:
    assert not registry.has("planets", "earth.v1")
    assert not registry.has("resolve", "earth.v1")


def test_registering_imports_neither_catalogue_nor_confection() -> None:
    code = """if True:
        import sys
        from combinet.registry import registry
        from combinet.config import Config
        registry.layers("quiet.v1", func=print)
        registry.get("layers", "quiet.v1")
        loud = {"catalogue", "confection", "pydantic"} & set(sys.modules)
        assert not loud, loud
    """
    subprocess.run([sys.executable, "-c", code], check=True)
