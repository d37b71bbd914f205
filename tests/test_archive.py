"""The model directory: replaced whole, recovered, refused where it is damaged or foreign."""

from __future__ import annotations

import json
import os
import shutil
import stat
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from combinet._replace import directories as module
from combinet.archive import Archive, holds_model, load_directory, save_directory
from combinet.errors import LoadError, SaveError
from tests.serialize.files import X, net, trained

NAMES = {"labels": ["ja", "nein", "Königreich"]}


def an_archive(seed: int = 1) -> Archive:
    return Archive(trained(seed), f"[model]\nseed = {seed}", NAMES, {"b": 2, "a": {"x": 1}})


def load(path: Path) -> Archive:
    return load_directory(path, lambda text, file: net())


def contents(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir()}


def beside(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir())


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save_directory(an_archive(), tmp_path / "model")
    return tmp_path / "model"


def test_what_is_loaded_is_what_was_saved(saved: Path) -> None:
    found = load(saved)
    assert np.array_equal(found.model.predict(X), trained(1).predict(X))
    assert not np.array_equal(found.model.predict(X), trained(2).predict(X))
    assert (found.config, found.vocabulary) == ("[model]\nseed = 1", NAMES)
    assert found.meta == {"b": 2, "a": {"x": 1}}


def test_the_config_that_was_saved_builds_the_model(saved: Path) -> None:
    given: list[tuple[str, str]] = []

    def build(text: str, file: str) -> Any:
        given.append((text, file))
        return net()

    load_directory(saved, build)
    assert given == [("[model]\nseed = 1", str(saved / "config.cfg"))]


def test_an_archive_without_a_vocabulary_has_no_file_for_it(tmp_path: Path) -> None:
    save_directory(Archive(trained(), "[model]"), tmp_path / "model")
    assert set(contents(tmp_path / "model")) == {"config.cfg", "model.safetensors", "meta.json"}
    assert load(tmp_path / "model").vocabulary is None


def test_a_model_saved_twice_gives_equal_bytes(saved: Path, tmp_path: Path) -> None:
    save_directory(an_archive(), tmp_path / "again")
    assert contents(saved) == contents(tmp_path / "again")


def test_saving_makes_the_folders_above_and_leaves_nothing_beside(tmp_path: Path) -> None:
    save_directory(an_archive(), tmp_path / "a" / "b" / "model")
    assert beside(tmp_path / "a" / "b" / "model") == ["model"]


def test_a_directory_is_replaced_whole(saved: Path) -> None:
    save_directory(Archive(trained(2), "[model]\nseed = 2"), saved)
    assert "vocabulary.json" not in contents(saved)
    assert load(saved).config == "[model]\nseed = 2"
    assert beside(saved) == ["model"]


def test_a_link_to_a_directory_stays_a_link(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(saved)
    save_directory(an_archive(2), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert load(saved).config == load(tmp_path / "link").config == "[model]\nseed = 2"


@pytest.mark.parametrize("stop", ["write", "rename"])
def test_a_save_that_fails_leaves_the_old_model(
    saved: Path, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    before = contents(saved)
    rename, write = Path.rename, module.write_synced

    def full_disk(path: Path, data: bytes) -> None:
        if path.name == "meta.json":
            raise OSError("no space left on device")
        write(path, data)

    def interrupted(self: Path, target: Path) -> Path:
        if Path(target).name == "model" and self.name.endswith(".new"):
            raise KeyboardInterrupt
        return rename(self, target)

    if stop == "write":
        monkeypatch.setattr(module, "write_synced", full_disk)
    else:
        monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises((OSError, KeyboardInterrupt)):
        save_directory(an_archive(2), saved)
    assert contents(saved) == before
    assert beside(saved) == ["model"]


def test_loading_reverts_a_replacement_that_was_cut_off_between_its_renames(saved: Path) -> None:
    save_directory(an_archive(2), saved.parent / ".model.7.abcdef01.new")
    saved.rename(saved.parent / ".model.old")
    with pytest.warns(UserWarning, match="was interrupted; the old model is back"):
        assert load(saved).config == "[model]\nseed = 1"
    assert holds_model(saved)


def test_loading_leaves_alone_what_another_process_may_be_writing(saved: Path) -> None:
    (saved.parent / ".model.7.abcdef01.new").mkdir()
    (saved.parent / ".model.old").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(saved).config == "[model]\nseed = 1"
    assert beside(saved) == [".model.7.abcdef01.new", ".model.old", "model"]


def test_saving_clears_away_what_an_interrupted_replacement_left(saved: Path) -> None:
    shutil.copytree(saved, saved.parent / ".model.old")
    (saved.parent / ".model.7.abcdef01.new").mkdir()
    (saved.parent / ".model.7.abcdef01.new" / "config.cfg").write_text("half")
    (saved.parent / ".model.lock").write_text("")
    others = [".model.2.7.abcdef01.new", ".model.zip.7.abcdef01.new"]  # of names that begin alike
    for other in others:
        (saved.parent / other).mkdir()
    save_directory(an_archive(2), saved)
    assert load(saved).config == "[model]\nseed = 2"
    assert beside(saved) == [*others, "model"]


def test_saving_over_an_interrupted_replacement_keeps_the_old_model_until_the_end(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved.rename(saved.parent / ".model.old")

    def full_disk(path: Path, data: bytes) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(module, "write_synced", full_disk)
    with pytest.warns(UserWarning, match="interrupted"), pytest.raises(OSError, match="space"):
        save_directory(an_archive(2), saved)
    assert load(saved).config == "[model]\nseed = 1"


def test_files_that_are_not_the_model_s_are_not_destroyed(saved: Path) -> None:
    (saved / "notes.md").write_text("years")
    (saved / ".git").mkdir()
    with pytest.raises(SaveError, match=r"would be lost: '\.git', 'notes\.md'\n  fix:"):
        save_directory(an_archive(2), saved)
    assert load(saved).config == "[model]\nseed = 1"
    assert (saved / "notes.md").read_text() == "years"


def test_files_that_were_saved_with_a_model_are_replaced_with_it(tmp_path: Path) -> None:
    first = Archive(trained(1), "[model]", files={"notes.txt": b"1"})
    save_directory(first, tmp_path / "model")
    (tmp_path / "model" / ".DS_Store").write_text("")
    save_directory(an_archive(2), tmp_path / "model")
    assert {"notes.txt", ".DS_Store"}.isdisjoint(contents(tmp_path / "model"))


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_who_may_read_the_old_model_may_read_the_new_one(saved: Path) -> None:
    (saved / "model.safetensors").chmod(0o600)
    saved.chmod(0o2750)
    save_directory(an_archive(2), saved)
    assert stat.S_IMODE(saved.stat().st_mode) == 0o2750
    assert stat.S_IMODE((saved / "model.safetensors").stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_what_is_no_model_is_not_replaced(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "thesis"
    if kind == "directory":
        target.mkdir()
        target = target / "chapter"
    target.write_text("years")
    with pytest.raises(SaveError, match="no model directory"):
        save_directory(an_archive(), tmp_path / "thesis")
    assert target.read_text() == "years"


def test_a_name_to_which_nothing_can_be_added_is_read_like_others(saved: Path) -> None:
    long = saved.rename(saved.with_name("x" * 252))
    assert load(long).config == "[model]\nseed = 1"
    with pytest.raises(OSError, match="too long"):
        save_directory(an_archive(2), long)
    assert load(long).config == "[model]\nseed = 1"
    with pytest.raises(OSError, match="too long"):
        load(saved.with_name("x" * 300))


def test_a_link_to_itself_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(LoadError, match="there is no model directory"):
        load(tmp_path / "loop")


def test_an_empty_directory_is_taken(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    save_directory(an_archive(), tmp_path / "model")
    assert holds_model(tmp_path / "model")


def test_a_directory_without_a_model_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="holds no model") as raised:
        load(tmp_path)
    assert "combinet train" in raised.value.fix


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("meta.json", b"{"),
        ("meta.json", b"[1]"),
        ("meta.json", b"\xff"),
        ("vocabulary.json", b'{"labels": ["ja", "nien"]}'),
        ("config.cfg", b"\xff"),
    ],
)
def test_a_damaged_file_is_named(saved: Path, name: str, content: bytes) -> None:
    (saved / name).write_bytes(content)
    with pytest.raises(LoadError, match="damaged"):
        load(saved)


@pytest.mark.parametrize("name", ["meta.json", "vocabulary.json"])
def test_a_missing_file_is_named(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(LoadError, match=name):
        load(saved)


def test_no_bit_of_weights_or_vocabulary_can_flip_unnoticed(saved: Path) -> None:
    draw = np.random.default_rng(0)
    for name in ("model.safetensors", "vocabulary.json"):
        data = (saved / name).read_bytes()
        for position in draw.integers(len(data), size=40):
            flipped = bytearray(data)
            flipped[position] ^= 1 << int(draw.integers(8))
            (saved / name).write_bytes(flipped)
            with pytest.raises(LoadError):
                load(saved)
        (saved / name).write_bytes(data)


def test_the_vocabulary_may_be_read_by_a_person(saved: Path) -> None:
    assert "Königreich" in (saved / "vocabulary.json").read_text("utf-8")
    assert json.loads((saved / "vocabulary.json").read_text("utf-8")) == NAMES


def test_an_old_directory_that_was_half_removed_does_not_come_back(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = shutil.rmtree

    def interrupted(path: Path) -> None:
        (path / "meta.json").unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_directory(an_archive(2), saved)
    assert load(saved).config == "[model]\nseed = 2"
    remove(saved)
    with pytest.raises(LoadError, match="there is no model directory"):
        load(saved)
