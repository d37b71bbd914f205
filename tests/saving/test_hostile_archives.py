"""Archives that a stranger made to do harm are refused, and nothing is written anywhere."""

from __future__ import annotations

import inspect
import re
import stat
import struct
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_LZMA, ZipFile

import numpy as np
import pytest

import combinet
from combinet import Model, registry
from combinet.errors import LoadError
from combinet.saving import members as module
from combinet.saving.trust import ALLOWED, FILE_ARGUMENTS, READS_FILES
from tests.saving.models import X, rezipped, trained, with_member


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    combinet.save(trained(), tmp_path / "model.zip")
    return tmp_path / "model.zip"


def with_config(path: Path, text: str) -> Path:
    return rezipped(path, {"config.cfg": text.encode()})


ran: list[str] = []


@registry.misc("test_hostile.run.v1")
def run() -> str:
    ran.append("misc")
    return ""


@registry.readers("test_hostile.read.v1")
def read(path: str = "") -> str:
    ran.append("reader")
    return ""


@registry.architectures("test_hostile.takes.v1")
def takes(value: Any) -> Model[Any, Any]:
    return trained()


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "a/../../x", "C:x", "a\\..\\x", "config.cfg/../x"]
)
def test_a_member_that_would_land_elsewhere_is_refused(saved: Path, name: str) -> None:
    with pytest.raises(LoadError, match="outside of itself"):
        combinet.load(with_member(saved, name))


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
@pytest.mark.parametrize("name", ["stray", "vocabulary.json"])
def test_a_link_or_device_is_refused(saved: Path, name: str, mode: int) -> None:
    with pytest.raises(LoadError, match="a link or a device"):
        combinet.load(with_member(saved, name, b"/etc/passwd", mode=mode))


@pytest.mark.parametrize("name", ["config.cfg", "model.safetensors", "stray"])
def test_a_member_that_is_there_twice_is_refused(saved: Path, name: str) -> None:
    with pytest.warns(UserWarning, match="Duplicate name") if name != "stray" else _quiet():
        with_member(saved, name, b"other")
        if name == "stray":
            with pytest.warns(UserWarning, match="Duplicate name"):
                with_member(saved, name, b"other")
    with pytest.raises(LoadError, match="twice"):
        combinet.load(saved)


class _quiet:
    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None: ...


@pytest.mark.parametrize("name", ["config.cfg", "meta.json"])
def test_a_description_that_unpacks_to_a_lot_is_refused_unread(saved: Path, name: str) -> None:
    rezipped(saved, {name: b" " * (module.TEXT_LIMIT + 1)}, packed=True)
    with pytest.raises(LoadError, match=f"{name} in .* bytes, which no description has"):
        combinet.load(saved)


def test_weights_that_unpack_to_a_lot_are_refused_unread(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNPACKED_LIMIT", 1 << 20)
    rezipped(saved, {"model.safetensors": bytes(2 << 20)}, packed=True)
    with pytest.raises(LoadError, match="would unpack from"):
        combinet.load(saved)


def test_weights_that_are_not_packed_may_be_of_any_size(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNPACKED_LIMIT", 1)
    assert np.array_equal(combinet.load(saved).predict(X), trained().predict(X))


def test_a_size_that_the_zip_lies_about_is_refused(saved: Path) -> None:
    data = bytearray(rezipped(saved, {}, packed=True).read_bytes())
    entry = data.index(b"PK\x01\x02")  # of the central directory: sizes stand 20 bytes on
    struct.pack_into("<I", data, entry + 24, 10)
    saved.write_bytes(bytes(data))
    with pytest.raises(LoadError):
        combinet.load(saved)


def test_thousands_of_members_are_refused(saved: Path) -> None:
    with ZipFile(saved, "a") as file:
        for i in range(module.MEMBER_LIMIT):
            file.writestr(f"stray{i}", b"")
    with pytest.raises(LoadError, match="members, which no model has"):
        combinet.load(saved)


@pytest.mark.parametrize("way", [ZIP_BZIP2, ZIP_LZMA])
def test_another_way_of_packing_is_refused(saved: Path, way: int) -> None:
    with ZipFile(saved, "a", way) as file:
        file.writestr("stray.txt", b"{}")
    with pytest.raises(LoadError, match=r"'stray\.txt' in .* is packed in an unusual way"):
        combinet.load(saved)


def test_a_link_in_a_directory_is_refused(tmp_path: Path) -> None:
    combinet.save(trained(), tmp_path / "model")
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "model" / "meta.json").unlink()
    (tmp_path / "model" / "meta.json").symlink_to(tmp_path / "secret")
    with pytest.raises(LoadError, match=r"meta\.json .* no file of its own"):
        combinet.load(tmp_path / "model")


@pytest.mark.parametrize("listed", ['["a"]', '{"../secret": "0"}', '{"config.cfg": "0"}', "3"])
def test_a_list_of_files_that_leads_elsewhere_is_refused(saved: Path, listed: str) -> None:
    rezipped(saved, {"meta.json": b'{"files": %s}' % listed.encode()})
    with pytest.raises(LoadError, match="list of files is malformed"):
        combinet.load(saved)


TAKES = '[model]\n@architectures = "test_hostile.takes.v1"\n'
RUN, READ = '@misc = "test_hostile.run.v1"', '@readers = "test_hostile.read.v1"'
BLOCKS = [
    f"[model]\n{RUN}",
    TAKES + 'value = {"@misc": "test_hostile.run.v1"}',
    TAKES + 'value = [{"a": {"@readers": "test_hostile.read.v1"}}]',
    f"{TAKES}[model.value]\n{RUN}",
    f"{TAKES}[model.value]\n[model.value.*.x]\n{READ}\npath = '/etc/passwd'".replace("'", '"'),
    f"[other]\n{RUN}\n\n{TAKES}value = ${{other}}",
    '[model]\n@architectures = "from_archive.v1"\narchive_file = "/somewhere/else"',
]


@pytest.mark.parametrize("text", BLOCKS)
def test_a_config_that_names_another_kind_of_function_is_refused_unbuilt(
    saved: Path, text: str
) -> None:
    ran.clear()
    with pytest.raises(LoadError, match=r"a stranger's may not(?s:.*)trusted=True"):
        combinet.load(with_config(saved, text))
    assert ran == []


def test_a_trusted_archive_may_name_what_it_likes(saved: Path) -> None:
    ran.clear()
    model = combinet.load(with_config(saved, BLOCKS[1]), trusted=True)
    assert ran == ["misc"]
    assert np.array_equal(model.predict(X), trained().predict(X))


def test_a_config_may_not_extend_another_file(saved: Path, tmp_path: Path) -> None:
    base = tmp_path / "base.cfg"
    base.write_text('[model]\n@layers = "Linear.v1"')
    with pytest.raises(LoadError, match="extends another file"):
        combinet.load(with_config(saved, f'extends = "{base}"\n\n[model]\nnO = 3'))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[other]\na = 1", r"no section \[model\]"),
        ('[model]\n@layers = "nobody.v1"', "'nobody.v1' is not registered"),
        ("[model]\na = 1", "not a Model"),
        ("[model", "does not build here"),
    ],
)
def test_a_config_that_builds_no_model_is_refused(saved: Path, text: str, said: str) -> None:
    with pytest.raises(LoadError, match=said):
        combinet.load(with_config(saved, text))


@pytest.mark.parametrize("line", ['width = "four"', "width = four", "wdith = 4"])
def test_what_is_wrong_in_the_config_is_named_with_its_file_and_line(
    saved: Path, line: str
) -> None:
    text = f'[other]\na = 1\n\n[model]\n@layers = "Linear.v1"\nnI = 2\n{line}'
    where = f"{saved / 'config.cfg'}:7 [model] {line.split(' = ')[0]}"
    with pytest.raises(LoadError, match=re.escape(where)):
        combinet.load(with_config(saved, text))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"PK\x05\x06" + bytes(18),
        lambda data: data.replace(b"PK\x03\x04", b"PK\x03\x05"),
        lambda data: data[100:],
        lambda data: b"not a zip at all",
    ],
)
def test_what_is_no_zip_of_a_model_is_refused(
    saved: Path, damage: Callable[[bytes], bytes]
) -> None:
    saved.write_bytes(damage(saved.read_bytes()))
    with pytest.raises(LoadError):
        combinet.load(saved)


def test_an_encrypted_member_is_refused(saved: Path) -> None:
    data = bytearray(saved.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 8] |= 1
    saved.write_bytes(bytes(data))
    with pytest.raises(LoadError, match="encrypted"):
        combinet.load(saved)


def test_loading_writes_nothing(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rezipped(saved, {"stray.txt": b"x"}, packed=True)
    before = sorted(saved.parent.rglob("*"))
    monkeypatch.chdir(saved.parent)
    with pytest.warns(UserWarning, match="not read"):
        combinet.load(saved)
    assert sorted(saved.parent.rglob("*")) == before


@pytest.mark.parametrize("name", ["meta.json", "vocabulary.json"])
def test_json_that_is_nested_without_end_is_refused(saved: Path, name: str) -> None:
    with pytest.raises(LoadError, match="is damaged"):
        combinet.load(rezipped(saved, {name: b"[" * 200_000}))


# --- sizes ---------------------------------------------------------------------------------------

LINEAR = '[model.orig]\n@layers = "Linear.v1"\nnO = 2\nnI = 2\n'
SIZES = {
    "clones": f'[model]\n@layers = "clone.v1"\nn = 1000000000\n{LINEAR}',
    "clones of clones": (
        '[model]\n@layers = "clone.v1"\nn = 30000\n[model.orig]\n@layers = "clone.v1"\nn = 30000\n'
        + LINEAR.replace("model.orig", "model.orig.orig")
    ),
    "depth": (
        '[model]\n@architectures = "combinet.MaxoutWindowEncoder.v1"\nwidth = 4\nwindow_size = 1\n'
        "maxout_pieces = 2\ndepth = 1000000000\n"
    ),
    "width": '[model]\n@layers = "Linear.v1"\nnO = 1000000000\nnI = 1000000000\n',
    "rows": '[model]\n@layers = "HashEmbed.v1"\nnO = 1000000000\nnV = 1000000000\n',
}


@pytest.mark.parametrize("name", SIZES)
def test_a_few_bytes_that_ask_for_terabytes_are_refused_at_once(saved: Path, name: str) -> None:
    with_config(saved, SIZES[name])
    tracemalloc.start()
    started = time.perf_counter()
    try:
        with pytest.raises(LoadError, match="far more layers|does not fit the model"):
            combinet.load(saved)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - started < 10


def test_a_torch_layer_that_asks_for_terabytes_is_refused_at_once(saved: Path) -> None:
    pytest.importorskip("torch")
    text = '[model]\n@layers = "PyTorchLSTM.v1"\nnO = 1000000\nnI = 1000000\n'
    with pytest.raises(LoadError, match="far more numbers"):
        combinet.load(with_config(saved, text))


def test_a_deep_model_of_ones_own_is_no_bomb(tmp_path: Path) -> None:
    model = combinet.clone(combinet.freeze(combinet.Relu(2, 2)), 300).initialize()
    combinet.save(model, tmp_path / "deep.zip")
    x = np.ones((1, 2), "f")
    assert np.array_equal(combinet.load(tmp_path / "deep.zip").predict(x), model.predict(x))


def test_a_recurrent_torch_layer_of_ones_own_is_no_bomb(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    model = combinet.PyTorchLSTM(64, 8, bi=True, depth=2)
    combinet.save(model, tmp_path / "lstm.zip")
    x = [np.ones((3, 8), "f")]
    assert np.array_equal(combinet.load(tmp_path / "lstm.zip").predict(x)[0], model.predict(x)[0])


def test_what_is_built_elsewhere_is_not_counted(saved: Path) -> None:
    with pytest.raises(LoadError):
        combinet.load(with_config(saved, SIZES["clones"]))
    assert len(combinet.clone(combinet.Relu(2, 2), 3000).layers) == 3000


@pytest.mark.parametrize("kind", ALLOWED)
def test_everything_that_takes_a_path_is_on_the_list_of_what_reads_files(kind: str) -> None:
    table: Any = registry.kinds()[kind]
    for name in table.names():
        parameters = inspect.signature(table.get(name)).parameters
        takes_path = any("Path" in str(each.annotation) for each in parameters.values())
        takes_path |= any("file" in each or each == "path" for each in parameters)
        assert not takes_path or name in READS_FILES, name
        if FILE_ARGUMENTS[0] in parameters:
            assert kind == "architectures"


def test_a_config_may_not_name_a_file_of_vectors(saved: Path) -> None:
    text = '[model]\n@architectures = "combinet.StaticVectors.v1"\nvectors = "/dev/zero"'
    with pytest.raises(LoadError, match=r"vectors = '/dev/zero'(?s:.*)trusted=True"):
        combinet.load(with_config(saved, text))
