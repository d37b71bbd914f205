"""Config: text in and out, files, overrides, merging."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
from confection import Config as Peer
from hypothesis import example, given
from hypothesis import strategies as st

from combinet.config import Config, ConfigError
from combinet.registry import registry

AWKWARD = ["${a.b}", "$${x}", "$", "$$", "a$b", "${", '"', "'", "\\", "\n", "# x", "[x]", "null",
           "3", "=", " x ", "\u2028", "\x1c", "\ud800", "Ünïcödé", "{}"]  # fmt: skip
texts = st.text() | st.sampled_from(AWKWARD)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
keys = st.text() | st.sampled_from(["a", "a.b", "*", "@x", "x y", "#a", "DEFAULT", "x=y"])
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,5}", fullmatch=True).filter("DEFAULT".__ne__)
configs = st.dictionaries(names, st.dictionaries(names, json_values, max_size=3), max_size=3)

SPACY_LIKE = """
# settings for everybody
[paths]
train = null
dev = ""

[system]
seed = 342

[nlp]
lang = "en"
pipeline = ["transformer", "tagger"]
tokenizer = {"@tokenizers":"spacy.Tokenizer.v1"}

[components]

[components.tagger]
factory = "tagger"

[components.tagger.model]
@architectures = "spacy.Tagger.v1"
nO = null

[components.tagger.model.tok2vec]
@architectures = "spacy.Tok2VecListener.v1"
width = ${components.tok2vec.model.encode:width}

[components.tok2vec]
factory = "tok2vec"

[components.tok2vec.model]
@architectures = "spacy.Tok2Vec.v1"

[components.tok2vec.model.encode]
@architectures = "spacy.MaxoutWindowEncoder.v1"
width = 96

[initialize]

[training]
seed = ${system.seed}
train = ${paths.train}
name = "run ${system.seed}"
score_weights = {"dep_las": 0.4,
    "ents_f": 0.6}
both = [${system.seed}, "x"]
patience = None

; the optimizer
[training.optimizer]
@optimizers: "Adam.v1"
eps = 1e-8

[pretraining]
"""


@given(configs)
@example({"a": {"b": "${a.b} and $${c} for 5$", "c": "0${}", "d": "0${x}"}})
@example({"a": {"*": {"*": {"b": {}}}}})
def test_written_and_read_again_is_the_same(data: dict[str, Any]) -> None:
    assert Config().from_str(Config(data).to_str()) == data


@given(configs)
def test_confection_reads_what_is_written_here(data: dict[str, Any]) -> None:
    assert Peer().from_str(Config(data).to_str()) == data


@given(configs)
@example({"a": {"b": "${a.b} and $${c} for 5$", "c": "0${}", "d": "0${x}"}})
def test_variables_may_be_filled_in_later(data: dict[str, Any]) -> None:
    config = Config().from_str(Config(data).to_str(), interpolate=False)
    assert Config().from_str(config.to_str(), interpolate=False) == config
    assert config.interpolate() == data


def test_spacy_s_format_is_read_as_confection_reads_it() -> None:
    assert Config().from_str(SPACY_LIKE) == Peer().from_str(SPACY_LIKE)


def test_spacy_s_format_is_kept_with_its_variables() -> None:
    config = Config().from_str(SPACY_LIKE, interpolate=False)
    assert config["training"]["seed"] == "${system.seed}"
    assert Config().from_str(config.to_str()) == Config().from_str(SPACY_LIKE)


def test_sections_may_stand_before_their_parents() -> None:
    assert Config().from_str("[a.b]\nx = 1\n[a]\ny = 2") == {"a": {"b": {"x": 1}, "y": 2}}


def test_a_section_that_is_referred_to_twice_is_two() -> None:
    config = Config().from_str("[a]\nx = []\n[b]\np = ${a}\nq = ${a}")
    config["b"]["p"]["x"].append(1)
    assert config["b"]["q"] == {"x": []}


def test_a_variable_keeps_its_type_alone_and_is_text_inside_a_text() -> None:
    config = Config().from_str('[a]\nx = 3\ny = ${a.x}\nz = ${x}\nt = "${a.x}"\nu = v${a:x}')
    assert config["a"] == {"x": 3, "y": 3, "z": 3, "t": "3", "u": "v3"}


@pytest.mark.parametrize("text", ["3 apples", ".5 and more", "[x", "'x'", "", "1, 2"])
def test_a_text_may_look_like_a_slip_once_its_variables_are_filled_in(text: str) -> None:
    first, rest = text[:1], text[1:]
    config = Config().from_str(f'[a]\nx = "{first}"\ny = "${{x}}{rest}"')
    assert config["a"]["y"] == text


def test_a_key_may_name_the_section_of_its_own_name() -> None:
    config = Config().from_str("[width]\nx = 1\n[model]\nwidth = ${width}")
    assert config["model"]["width"] == {"x": 1}


def test_two_dollars_are_one() -> None:
    config = Config().from_str('[a]\nx = "$$ 5.00 $$"\ny = 3\nz = "$${a.y} is ${a.y}"')
    assert config["a"] == {"x": "$ 5.00 $", "y": 3, "z": "${a.y} is 3"}


@pytest.mark.parametrize("depth", [10, 11])
def test_ten_references_may_follow_each_other_and_no_more(depth: int) -> None:
    text = "[a]\nx0 = 1\n" + "\n".join(f"x{i} = ${{a.x{i - 1}}}" for i in range(1, depth + 1))
    if depth == 10:
        assert Config().from_str(text)["a"]["x10"] == 1
    else:
        with pytest.raises(ConfigError, match=r"line 13 \[a\] x11: more than 10 references"):
            Config().from_str(text)


def test_from_disk_and_to_disk_are_inverse(tmp_path: Path) -> None:
    config = Config({"a": {"x": "ü\n$"}})
    config.to_disk(tmp_path / "a.cfg")
    assert Config().from_disk(str(tmp_path / "a.cfg")) == config


def test_bytes_are_utf8() -> None:
    config = Config({"a": {"x": "ü"}})
    assert "ü".encode() in config.to_bytes()
    assert Config().from_bytes(config.to_bytes()) == config


def test_half_a_character_is_escaped_in_a_value_and_refused_in_a_name() -> None:
    config = Config({"a": {"x": "\ud83d", "y": {"\ud83d": 1}}})
    assert Config().from_bytes(config.to_bytes())["a"]["x"] == "\ud83d"
    assert Config().from_bytes(config.to_bytes())["a"]["y"] == {"\ud83d": 1}
    with pytest.raises(ConfigError, match="cannot be a key of a section"):
        Config({"a": {"\ud83d": 1}}).to_bytes()
    with pytest.raises(ConfigError, match="cannot be the name of a section"):
        Config({"a\ud83d": {"x": 1}}).to_bytes()
    variable = Config({"a": {"x": "${a.y}\ud83d", "y": 1}}, is_interpolated=False)
    with pytest.raises(ConfigError, match=r"'\\ud83d' is half a character"):
        variable.to_bytes()


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    Config({"a": {"x": 1}}).to_disk(tmp_path / "a.cfg")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        Config({"a": {"x": 2}}).to_disk(tmp_path / "a.cfg")
    assert Config().from_disk(tmp_path / "a.cfg")["a"]["x"] == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_bytes(b"\xef\xbb\xbf[a]\r\nx = [1,\r\n  2]\r\n")
    assert Config().from_disk(tmp_path / "a.cfg") == {"a": {"x": [1, 2]}}


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_bytes(b"[a]\nx = \xff")
    with pytest.raises(ConfigError, match=r"a\.cfg is not a text in UTF-8 \(byte 8\)"):
        Config().from_disk(tmp_path / "a.cfg")


def test_a_missing_file_is_the_system_s_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Config().from_disk(tmp_path / "none.cfg")


def test_a_text_is_called_after_the_file_that_it_was_read_from(tmp_path: Path) -> None:
    where = "net.zip: config.cfg"
    with pytest.raises(ConfigError, match=r"^net\.zip: config\.cfg:2 \[a\] x = \.5"):
        Config().from_str("[a]\nx = .5", file=where)
    config = Config().from_str('[a]\nx = 1\n[m]\n@layers = "nobody.v1"', file=where)
    del config["a"]
    with pytest.raises(ConfigError, match=r"^net\.zip: config\.cfg:4 \[m\] @layers"):
        registry.resolve(config)


def test_reading_replaces_what_was_there() -> None:
    config = Config({"old": {"x": 1}})
    assert config.from_str("[new]\ny = 1") is config
    assert config == {"new": {"y": 1}}


def test_reading_that_fails_changes_nothing() -> None:
    config = Config({"old": {"x": 1}})
    with pytest.raises(ConfigError):
        config.from_str("[new]\ny = .5")
    assert config == {"old": {"x": 1}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"x": 1}, "x: a value outside any section"),
        ({"a.b": {}}, "'a.b' cannot be the name of a section"),
        ({"DEFAULT": {}}, "'DEFAULT' cannot be the name of a section"),
        ({"a": {"x": print}}, r"\[a\] x: a config cannot hold builtin_function_or_method"),
        ({"a": {"x": {1: 2}}}, r"\[a\] x: the key 1 is not a text"),
        ({"a": {"x": [{1: 2}]}}, r"\[a\] x: the key 1 is not a text"),
        ({"a": {"x=y": 2}}, r"\[a\]: 'x=y' cannot be a key"),
    ],
)
def test_what_a_text_cannot_hold_is_refused(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Config(data).to_str()


def test_copies_share_nothing() -> None:
    config = Config().from_str("[a]\nx = [1]")
    for other in (config.copy(), copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
        assert other == config
        assert isinstance(other, Config)
        other["a"]["x"].append(2)
        assert config["a"]["x"] == [1]


def test_a_config_of_a_config_keeps_its_state() -> None:
    config = Config().from_str("[a]\nx = ${a.y}\ny = 1", interpolate=False)
    assert not Config(config).is_interpolated
    assert Config(config).interpolate() == {"a": {"x": 1, "y": 1}}


def test_variables_in_a_config_made_in_python_can_be_filled_in() -> None:
    config = Config({"a": {"x": "${a.y}", "y": 1}}, is_interpolated=False)
    assert config.interpolate() == {"a": {"x": 1, "y": 1}}
    assert config.to_str(interpolate=True) == "[a]\nx = 1\ny = 1"


def test_merge_goes_deep_and_leaves_both_as_they_were() -> None:
    base = Config({"a": {"x": 1, "b": {"y": [1], "z": 2}}})
    news = {"a": {"b": {"y": [3]}}, "c": {}}
    merged = base.merge(news)
    assert merged == {"a": {"x": 1, "b": {"y": [3], "z": 2}}, "c": {}}
    merged["a"]["b"]["y"].append(9)
    assert base == {"a": {"x": 1, "b": {"y": [1], "z": 2}}}
    assert news == {"a": {"b": {"y": [3]}}, "c": {}}


def test_merge_replaces_a_block_that_calls_another_function() -> None:
    base = Config({"a": {"@layers": "one.v1", "x": 1, "y": 2}})
    assert base.merge({"a": {"@layers": "one.v1", "x": 3}})["a"]["y"] == 2
    assert base.merge({"a": {"@layers": "two.v1", "x": 3}})["a"] == {"@layers": "two.v1", "x": 3}
    assert base.merge({"a": {"x": 3}})["a"] == {"@layers": "one.v1", "x": 3, "y": 2}


def test_merge_can_leave_out_what_is_not_in_the_base() -> None:
    base = Config({"a": {"x": 1}})
    assert base.merge({"a": {"x": 2, "y": 3}, "b": {}}, remove_extra=True) == {"a": {"x": 2}}


def test_merge_is_interpolated_only_if_both_are() -> None:
    open_one = Config().from_str("[a]\nx = ${a.y}\ny = 1", interpolate=False)
    assert not Config().merge(open_one).is_interpolated
    assert not open_one.merge(Config()).is_interpolated


def test_bytes_that_are_no_text_are_an_error_that_says_where() -> None:
    with pytest.raises(ConfigError, match=r"not a text in UTF-8 \(byte 4\)"):
        Config().from_bytes(b"[a]\n\xff = 1")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_ends_of_lines_of_any_system_are_understood(tmp_path: Path, end: str) -> None:
    (tmp_path / "a.cfg").write_bytes(b"[a]\nx = [1,\n  2]\ny = text\n".replace(b"\n", end.encode()))
    assert Config().from_disk(tmp_path / "a.cfg") == {"a": {"x": [1, 2], "y": "text"}}
