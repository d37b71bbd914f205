"""Building what a config describes, once all of it is valid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from combinet.config import Config, ConfigError
from combinet.registry import registry

THREE = """
[model]
@layers = "three.v1"

[model.tok2vec]
@layers = "embed.v1"

[model.layer1]
@layers = "pool.v1"

[model.layer2]
@layers = "linear.v1"
nO = 4
"""


def build(names: type[registry], text: str, **options: Any) -> Any:
    return names.resolve(Config().from_str(text), **options)


def refusal(names: type[registry], text: str, **options: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        build(names, text, **options)
    return str(caught.value)


def test_blocks_are_built_from_the_inside_out(names: type[registry]) -> None:
    model = build(names, THREE)["model"]
    assert [layer.name for layer in model.layers] == ["embed", "pool", "linear(4, None, 0.0)"]


def test_plain_sections_pass_as_they_are(names: type[registry]) -> None:
    text = '[components]\n[components.tagger]\nfactory = "tagger"\n' + THREE
    assert build(names, text)["components"] == {"tagger": {"factory": "tagger"}}


def test_the_result_knows_where_plain_values_stand(names: type[registry]) -> None:
    built = build(names, "[a]\nx = 1\n[a.b]\ny = 2")
    assert str(built.source.locate(("a", "b", "y"))[1]) == "line 4"


def test_the_config_is_left_as_it_was(names: type[registry]) -> None:
    config = Config().from_str(THREE)
    before = config.copy()
    names.resolve(config, overrides={"model.layer2.nO": 5})
    assert config == before


def test_variables_that_are_still_open_are_filled_in(names: type[registry]) -> None:
    text = '[a]\nn = 3\n[m]\n@layers = "linear.v1"\nnO = ${a.n}'
    config = Config().from_str(text, interpolate=False)
    assert names.resolve(config)["m"].name == "linear(3, None, 0.0)"
    assert names.resolve(config, overrides={"a.n": 5})["m"].name == "linear(5, None, 0.0)"


def test_positional_blocks_keep_the_order_of_the_file(names: type[registry]) -> None:
    text = """
[m]
@layers = "chain.v1"
name = "both"
[m.*.zweite]
@layers = "linear.v1"
nO = 1
[m.*.erste]
@layers = "pool.v1"
"""
    model = build(names, text)["m"]
    assert model.name == "both"
    assert [layer.name for layer in model.layers] == ["linear(1, None, 0.0)", "pool"]


def test_parameters_before_positional_blocks_are_given_by_position(names: type[registry]) -> None:
    def f(first: int, second: int = 2, *rest: int, last: int = 0) -> tuple[Any, ...]:
        return first, second, rest, last

    names.misc("f.v1", func=f)
    assert build(names, '[m]\n@misc = "f.v1"\nfirst = 1\nlast = 9\n[m.*]\na = 5\nb = 6')["m"] == (
        1, 2, (5, 6), 9,
    )  # fmt: skip


def test_positional_blocks_fill_parameters_that_are_not_named(names: type[registry]) -> None:
    def f(a: int, b: int, /, c: int) -> tuple[int, ...]:
        return a, b, c

    names.misc("f.v1", func=f)
    assert build(names, '[m]\n@misc = "f.v1"\nb = 2\n* = [1, 3]')["m"] == (1, 2, 3)
    message = refusal(names, '[m]\n@misc = "f.v1"\nb = 2\n[m.*]\na = 1\nz = "x"')
    assert 'expected int, got str "x"' in message


def test_further_keywords_are_checked_by_their_annotation(names: type[registry]) -> None:
    def f(**sizes: int) -> dict[str, int]:
        return sizes

    names.misc("f.v1", func=f)
    assert build(names, '[m]\n@misc = "f.v1"\na = 1\nb = 2')["m"] == {"a": 1, "b": 2}
    assert "expected int" in refusal(names, '[m]\n@misc = "f.v1"\na = 1.5')


def test_blocks_in_lists_and_mappings_are_built(names: type[registry]) -> None:
    def f(layers: list[Any], table: dict[str, Any]) -> Any:
        return [x.name for x in layers], table["p"].name

    names.misc("f.v1", func=f)
    text = """
[pool]
@layers = "pool.v1"
[m]
@misc = "f.v1"
layers = [{"@layers": "embed.v1"}, ${pool}]
[m.table.p]
@layers = "pool.v1"
[m.table]
"""
    assert build(names, text)["m"] == (["embed", "pool"], "pool")


def test_starred_blocks_alone_are_a_list(names: type[registry]) -> None:
    def f(layers: list[Any]) -> list[str]:
        return [x.name for x in layers]

    names.misc("f.v1", func=f)
    text = """
[m]
@misc = "f.v1"
[m.layers]
[m.layers.*.a]
@layers = "pool.v1"
[m.layers.*.b]
@layers = "embed.v1"
"""
    assert build(names, text)["m"] == ["pool", "embed"]


def test_lists_become_tuples_and_texts_become_paths(names: type[registry]) -> None:
    def f(sizes: tuple[int, ...], where: Path, rate: float) -> Any:
        return sizes, where, rate

    names.misc("f.v1", func=f)
    built = build(names, '[m]\n@misc = "f.v1"\nsizes = [1, 2]\nwhere = a/b\nrate = 0')["m"]
    assert built == ((1, 2), Path("a/b"), 0.0)
    assert isinstance(built[2], float)


def test_null_is_taken_where_the_default_is_none(names: type[registry]) -> None:
    def f(nO: int = None) -> Any:  # type: ignore[assignment]  # noqa: RUF013
        return nO

    names.misc("f.v1", func=f)
    assert build(names, '[m]\n@misc = "f.v1"\nnO = null') == {"m": None}


def test_text_without_quotes_serves_as_text_path_and_choice(names: type[registry]) -> None:
    def f(a: str, b: Path | None, c: Any) -> Any:
        return a, b, c

    names.misc("f.v1", func=f)
    text = '[m]\n@misc = "f.v1"\na = hello world\nb = data/x\nc = q'
    assert build(names, text)["m"] == ("hello world", Path("data/x"), "q")


def test_a_misfit_shows_both_signatures_and_the_section(names: type[registry]) -> None:
    swapped = THREE.replace('"pool.v1"', '"linear.v1"\nnO = 3')
    assert refusal(names, swapped) == (
        'line 9 [model.layer1] @layers = "linear.v1": expected Model[list[Floats2d], Floats2d], '
        "but linear.v1 gives Model[Floats2d, Floats2d]; fix: call a function whose result fits"
    )


def test_a_type_variable_is_bound_by_what_comes_first(names: type[registry]) -> None:
    wrapped = '"wrap.v1"\n[model.layer1.layer]\n@layers = "linear.v1"\nnO = 3'
    text = THREE.replace('"pool.v1"', wrapped)
    assert "wrap.v1 gives Model[list[Floats2d], list[Floats2d]]" in refusal(names, text)


def test_a_result_without_annotation_is_checked_when_it_is_there(names: type[registry]) -> None:
    def text():  # type: ignore[no-untyped-def]
        return "text"

    names.misc("text.v1", func=text)
    message = refusal(names, '[m]\n@layers = "linear.v1"\n[m.nO]\n@misc = "text.v1"')
    assert message.startswith('line 4 [m.nO] @misc: expected int, got str "text" from text.v1')


def test_nothing_is_called_before_everything_is_valid(names: type[registry]) -> None:
    called: list[int] = []

    def effect(x: int = 1) -> int:
        called.append(x)
        return x

    names.misc("effect.v1", func=effect)
    good = '[good]\n@misc = "effect.v1"\n'
    refusal(names, good + '[bad]\n@misc = "effect.v1"\nx = "y"')
    refusal(names, good + '[good.x]\n@misc = "effect.v1"\n[bad]\n@misc = "nothing.v1"')
    assert called == []
    build(names, good)
    assert called == [1]


def test_an_error_of_a_function_keeps_its_type_and_gains_a_note(names: type[registry]) -> None:
    def fails() -> int:
        raise KeyError("gone")

    names.misc("fails.v1", func=fails)
    with pytest.raises(KeyError) as caught:
        build(names, '[m]\n@layers = "linear.v1"\n[m.nO]\n@misc = "fails.v1"')
    assert caught.value.__notes__ == ['while building [m.nO] @misc = "fails.v1" (line 4)']


def test_a_block_at_the_top_is_refused(names: type[registry]) -> None:
    with pytest.raises(ConfigError, match="the whole config is one block"):
        names.resolve({"@layers": "pool.v1"})


def test_a_plain_mapping_is_refused_with_section_and_key(names: type[registry]) -> None:
    with pytest.raises(ConfigError) as caught:
        names.resolve({"m": {"@layers": "linear.v1", "nO": "x"}})
    assert str(caught.value) == '[m] nO = "x": expected int, got str "x"'


def test_objects_may_stand_in_a_config_made_in_python(names: type[registry]) -> None:
    model = build(names, THREE)["model"]
    built = names.resolve({"m": {"@layers": "chain.v1", "*": [model]}})
    assert built["m"].layers == (model,)


def test_problems_behind_a_reference_name_the_place_that_is_meant(names: type[registry]) -> None:
    text = '[shared]\n@layers = "linear.v1"\nnO = "x"\n[m]\na = ${shared}\nb = ${shared}'
    assert refusal(names, text) == 'line 3 [shared] nO = "x": expected int, got str "x"'


def test_overrides_are_checked_as_values_of_the_file_are(names: type[registry]) -> None:
    text = '[m]\n@layers = "linear.v1"\nnO = 3'
    assert refusal(names, text, overrides={"m.nO": "3"}) == (
        'override [m] nO = "3": expected int, got str "3"; fix: remove the quotes'
    )
    assert build(names, text, overrides={"m.nI": 7})["m"].name == "linear(3, 7, 0.0)"
    assert "no key m.nJ to override" in refusal(names, text, overrides={"m.nJ": 7})


def test_types_may_be_left_unchecked(names: type[registry]) -> None:
    text = '[m]\n@layers = "linear.v1"\nnO = "x"'
    assert build(names, text, validate=False)["m"].name == "linear(x, None, 0.0)"
    assert "needs nO" in refusal(names, '[m]\n@layers = "linear.v1"', validate=False)
