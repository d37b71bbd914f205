"""save and load: one line each, as a directory or as one file."""

from __future__ import annotations

import inspect
import json
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import combinet
from combinet import Config, HashEmbed, Linear, Model, registry, with_array
from combinet.errors import ConfigError, LoadError, SaveError
from tests.saving.models import X, members, rezipped, trained


@pytest.fixture(params=["model", "model.zip"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


@pytest.fixture
def saved(path: Path) -> Path:
    combinet.save(trained(), path)
    return path


def test_a_loaded_model_predicts_the_same(saved: Path) -> None:
    again = combinet.load(saved)
    assert np.array_equal(again.predict(X), trained().predict(X))
    assert not np.array_equal(again.predict(X), trained(seed=1).predict(X))


def test_the_archive_gives_the_config_too(saved: Path) -> None:
    archive = combinet.load_archive(saved)
    assert Config().from_str(archive.config) == trained().to_config()
    assert (archive.vocabulary, archive.meta, archive.format) == (None, {}, 2)


def test_vocabulary_meta_data_and_further_files_come_back(path: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("from a file")
    combinet.save(
        trained(),
        path,
        vocabulary={"labels": ["ja", "Königreich"]},
        meta={"score": 0.5},
        files={"README.md": b"bytes", "notes.txt": tmp_path / "notes"},
    )
    archive = combinet.load_archive(path)
    assert archive.vocabulary == {"labels": ["ja", "Königreich"]}
    assert archive.meta == {"score": 0.5}
    assert archive.files == {"README.md": b"bytes", "notes.txt": b"from a file"}


def test_a_saved_model_replaces_the_one_that_is_there(saved: Path) -> None:
    combinet.save(trained(seed=1), saved)
    assert np.array_equal(combinet.load(saved).predict(X), trained(seed=1).predict(X))


def test_a_config_starts_from_an_archive(saved: Path) -> None:
    block = {"@architectures": "from_archive.v1", "archive_file": str(saved)}
    model = registry.resolve({"model": block})["model"]
    assert np.array_equal(model.predict(X), trained().predict(X))


def test_a_model_from_an_archive_describes_itself_and_not_the_archive(saved: Path) -> None:
    model = registry.architectures.get("from_archive.v1")(str(saved))
    assert model.to_config() == trained().to_config()


def test_a_hash_table_keeps_its_seed(path: Path) -> None:
    ids = [np.arange(5)]
    model = with_array(HashEmbed(4, 20)).initialize(X=ids)
    combinet.save(model, path)
    assert np.array_equal(combinet.load(path).predict(ids)[0], model.predict(ids)[0])


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        combinet.save(trained(), tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_model_that_no_config_describes_says_so_and_needs_one(path: Path) -> None:
    unregistered: Any = inspect.unwrap(Linear)
    model = unregistered(3, 6).initialize(X=X)
    with pytest.raises(ConfigError, match=r"not made by a registered(?s:.*)config="):
        combinet.save(model, path)
    assert not path.exists()
    combinet.save(model, path, config='[model]\n@layers = "Linear.v1"\nnO = 3\nnI = 6')
    assert np.array_equal(combinet.load(path).predict(X), model.predict(X))


def test_only_the_section_of_the_model_is_built(saved: Path, tmp_path: Path) -> None:
    text = trained().to_config().to_str() + '\n\n[data]\n@readers = "there is none"\n'
    combinet.save(trained(), saved, config=text)
    assert np.array_equal(combinet.load(saved).predict(X), trained().predict(X))


def test_a_file_that_holds_no_model_is_not_replaced(path: Path) -> None:
    other = path if path.suffix else path / "diary.txt"
    other.parent.mkdir(exist_ok=True)
    other.write_text("mine")
    with pytest.raises(SaveError, match="is there"):
        combinet.save(trained(), path)
    assert other.read_text() == "mine"


def test_a_zip_of_something_else_is_not_replaced(tmp_path: Path) -> None:
    combinet.save(trained(), tmp_path / "model.zip")
    rezipped(tmp_path / "model.zip", {"config.cfg": None})
    with pytest.raises(SaveError, match="holds no model"):
        combinet.save(trained(), tmp_path / "model.zip")


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    combinet.save(trained(), tmp_path / "model.zip")
    before = (tmp_path / "model.zip").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        combinet.save(trained(seed=1), tmp_path / "model.zip")
    assert (tmp_path / "model.zip").read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["model.zip"]


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "config.cfg", "x" * 129, "é"])
def test_a_further_file_needs_a_plain_name(path: Path, name: str) -> None:
    with pytest.raises(SaveError, match="name of a further file"):
        combinet.save(trained(), path, files={name: b""})


def test_what_is_not_there_is_an_error_with_a_fix(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"no file or directory(?s:.*)fix"):
        combinet.load(tmp_path / "none.zip")
    (tmp_path / "empty").mkdir()
    with pytest.raises(LoadError, match="holds no model"):
        combinet.load(tmp_path / "empty")


def test_stray_files_are_left_alone_with_a_word(saved: Path) -> None:
    if saved.is_dir():
        (saved / "stray.py").write_text("raise SystemExit")
        (saved / ".hidden").write_text("")
    else:
        rezipped(saved, {"stray.py": b"raise SystemExit", ".hidden": b""})
    with pytest.warns(UserWarning, match=r"files that are not read: 'stray\.py'$"):
        combinet.load(saved)


def test_an_ordinary_archive_is_loaded_without_a_word(saved: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        combinet.load(saved)


def test_a_packed_zip_of_the_directory_loads(tmp_path: Path) -> None:
    combinet.save(trained(), tmp_path / "model.zip")
    path = rezipped(tmp_path / "model.zip", {}, packed=True)
    assert np.array_equal(combinet.load(path).predict(X), trained().predict(X))


@pytest.mark.parametrize("name", ["extra.txt", "vocabulary.json"])
def test_a_changed_file_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.zip"
    combinet.save(trained(), path, files={"extra.txt": b"a"}, vocabulary={"labels": ["a"]})
    rezipped(path, {name: b"{}"})
    with pytest.raises(LoadError, match=f"{name} is not the one"):
        combinet.load(path)


def test_a_listed_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    combinet.save(trained(), path, files={"extra.txt": b"a"})
    with pytest.raises(LoadError, match=r"extra\.txt is not the one"):
        combinet.load(rezipped(path, {"extra.txt": None}))


def test_the_zip_holds_what_the_directory_holds(tmp_path: Path) -> None:
    combinet.save(trained(), tmp_path / "model")
    combinet.save(trained(), tmp_path / "model.zip")
    files = {file.name: file.read_bytes() for file in (tmp_path / "model").iterdir()}
    assert members(tmp_path / "model.zip") == files
    assert json.loads(files["meta.json"]).keys() == {"format", "config_sha256", "sha256"}


# --- into another model -------------------------------------------------------------------------


def head(width: int) -> Model[Any, Any]:
    return (combinet.Relu(8, normalize=True) >> Linear(width)).initialize(X=X, seed=5)


def test_a_part_of_the_weights_is_taken_over_with_a_report(saved: Path) -> None:
    model = head(7)
    archive = combinet.load_archive(saved, into=model, partial=r"^[01]/")
    assert archive.model is model
    assert np.array_equal(model.layers[0].predict(X), trained().layers[0].predict(X))
    assert np.array_equal(model.layers[1].get_param("W"), head(7).layers[1].get_param("W"))
    assert repr(archive.report) == "loaded: 0/W, 0/b, 1/G, 1/b\nkept: 2/W, 2/b\nunused: 2/W, 2/b"


def test_what_was_taken_over_is_the_model_s_own(saved: Path) -> None:
    one, other = head(7), head(7)
    for model in (one, other):
        combinet.load(saved, into=model, partial="^0/")
    one.layers[0].layers[0].get_param("W")[...] = 0
    assert other.layers[0].layers[0].get_param("W").any()


def test_a_hash_table_is_taken_over_with_its_seed(path: Path) -> None:
    ids = np.arange(5)
    combinet.save(HashEmbed(4, 20).initialize(X=ids, seed=1), path)
    model = HashEmbed(4, 20).initialize(X=ids, seed=2)
    combinet.load(path, into=model, partial="E")
    assert np.array_equal(model.predict(ids), HashEmbed(4, 20).initialize(seed=1).predict(ids))


def test_a_shape_that_does_not_fit_is_refused_and_nothing_is_changed(saved: Path) -> None:
    model = head(7)
    with pytest.raises(LoadError, match=r"2/W: \(3, 8\) in the archive, \(7, 8\) in the model"):
        combinet.load(saved, into=model, partial=".")
    assert np.array_equal(model.predict(X), head(7).predict(X))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"into": None, "partial": "^0/"}, "pass it as into="),
        ({"into": head(7), "partial": "^9/"}, r"finds no parameter(?s:.*)0/W"),
        ({"into": head(7), "partial": "^(0/"}, r"no regular expression(?s:.*)fix"),
        ({"into": Linear(3, 6).initialize(), "partial": "^0/"}, "no such parameter"),
        ({"into": head(7)}, "does not fit the model"),
    ],
)
def test_what_cannot_be_taken_over_is_refused(
    saved: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(LoadError, match=said):
        combinet.load(saved, **options)


def test_a_whole_archive_is_loaded_into_a_like_model(saved: Path) -> None:
    model = trained(seed=3)
    assert combinet.load(saved, into=model) is model
    assert np.array_equal(model.predict(X), trained().predict(X))


def test_weights_of_another_kind_of_number_are_refused(saved: Path) -> None:
    model = head(7).to_dtype("float64")
    with pytest.raises(LoadError, match="0/W: float32 in the archive, float64 in the model"):
        combinet.load(saved, into=model, partial="^0/")


# --- what other frameworks hold ------------------------------------------------------------------


def with_torch(width: int, seed: int) -> Model[Any, Any]:
    torch = pytest.importorskip("torch")
    torch.manual_seed(seed)
    inner = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.BatchNorm1d(8))
    wrapped = combinet.PyTorchWrapper(inner)
    return (wrapped >> Linear(width, 8)).initialize(X=X, seed=seed)


def test_weights_of_a_torch_module_are_taken_over_and_reported(path: Path) -> None:
    model = with_torch(3, seed=1)
    model.begin_update(X)  # moves the statistics of the batch norm
    text = '[model]\n@misc = "test_archives.with_torch.v1"\nwidth = 3\nseed = 9\n'
    registry.misc("test_archives.with_torch.v1", func=with_torch)
    combinet.save(model, path, config=text)
    other = with_torch(7, seed=2)
    archive = combinet.load_archive(path, into=other, partial="^0/", trusted=True)
    report: Any = archive.report
    assert "0/shim.0/0.weight" in report.loaded
    assert report.kept == report.unused == ["1/W", "1/b"]
    assert np.array_equal(other.layers[0].predict(X), model.layers[0].predict(X))


def test_one_tensor_of_a_torch_module_is_taken_over_alone(path: Path) -> None:
    model, other = with_torch(3, seed=1), with_torch(3, seed=2)
    before = other.layers[0].shims[0].tensors()
    text = '[model]\n@misc = "test_archives.with_torch.v1"\nwidth = 3\nseed = 9\n'
    registry.misc("test_archives.with_torch.v1", func=with_torch)
    combinet.save(model, path, config=text)
    combinet.load(path, into=other, partial=r"0\.weight$", trusted=True)
    after, wanted = (each.layers[0].shims[0].tensors() for each in (other, model))
    assert np.array_equal(after["0.weight"], wanted["0.weight"])
    assert np.array_equal(after["0.bias"], before["0.bias"])
