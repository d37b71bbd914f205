"""A resumed run is the uninterrupted run, bit for bit; what does not fit is refused whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from combinet.errors import LoadError, SaveError
from combinet.optimizers import SGD, Adam, AdamW, Optimizer, RAdam
from combinet.schedules import constant, constant_then, decaying, plateau

MAKERS = {
    "Adam": lambda: Adam(decaying(0.1, 0.1), L2=0.1),
    "AdamW": lambda: AdamW([0.1, 0.05, 0.02, 0.01]),
    "RAdam": lambda: RAdam(iter([0.1, 0.05, 0.02, 0.01, 0.005]), use_averages=False),
    "SGD": lambda: SGD(constant_then(0.1, 2, plateau(1, 0.5, constant(0.1)))),
    "momentum": lambda: SGD(0.1, momentum=[0.9, 0.8], groups=[("b", {"lr_scale": [1.0, 0.5]})]),
    "frozen": lambda: Adam(0.1, freeze=["0/W"]),
}
SCORES = [0.1, 0.2, 0.2, 0.1, 0.3, 0.2, 0.1]


def train(nets: Any, optimizer: Optimizer, steps: range) -> None:
    for step in steps:
        for number, net in enumerate(nets.values()):
            optimizer.update(net.set_gradients(10 * step + number))
        optimizer.last_score = SCORES[step]
        optimizer.step_schedules()


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_resumed_run_is_the_uninterrupted_one(make: Any, make_net: Any, tmp_path: Path) -> None:
    straight = {"tagger": make_net(), "parser": make_net()}
    whole = make()
    train(straight, whole, range(7))

    first = {"tagger": make_net(), "parser": make_net()}
    before = make()
    train(first, before, range(3))
    before.to_disk(tmp_path / "optimizer", first)
    second = {"tagger": make_net(), "parser": make_net()}
    for name in second:
        second[name].copy_weights(first[name])
    after = make().from_disk(tmp_path / "optimizer", second)
    assert after.to_bytes(second) == before.to_bytes(first)
    train(second, after, range(3, 7))

    assert after.to_bytes(second) == whole.to_bytes(straight)
    for name in straight:
        for path, W in straight[name].weights().items():
            np.testing.assert_array_equal(second[name].weights()[path], W)
    assert [path.name for path in tmp_path.iterdir()] == ["optimizer"]


def test_rates_that_were_assigned_are_saved(net: Any) -> None:
    optimizer = Adam(0.1)
    optimizer.update(net.set_gradients(0))
    optimizer.learn_rate = 0.03
    assert Adam(0.1).from_bytes(optimizer.to_bytes({"m": net}), {"m": net}).learn_rate == 0.03


def test_parameters_that_were_never_updated_are_saved_too(make_net: Any) -> None:
    net, other = make_net(), make_net()
    optimizer = Adam(0.1)
    optimizer.update(net.set_gradients(0)[:1])
    loaded = Adam(0.1).from_bytes(optimizer.to_bytes({"m": net}), {"m": other})
    assert loaded.nr_update == {other.rows[0].key: 1}


def test_a_parameter_that_two_roots_share_is_saved_once(make_net: Any) -> None:
    one, two = make_net(), make_net()
    two.rows[0] = one.rows[0]
    optimizer = Adam(0.1)
    optimizer.update([*one.set_gradients(0), *two.set_gradients(1)[1:]])
    data = optimizer.to_bytes({"one": one, "two": two})
    assert b"one/0/W/mom1" in data
    assert b"two/0/W/mom1" not in data
    Adam(0.1).from_bytes(data, {"one": one, "two": two})


def test_loaded_state_is_not_shared_with_the_file(net: Any) -> None:
    optimizer = Adam(0.1)
    optimizer.update(net.set_gradients(0))
    loaded = Adam(0.1).from_bytes(optimizer.to_bytes({"m": net}), {"m": net})
    assert all(moment.flags.writeable for moment in loaded.mom1.values())


def test_state_that_no_root_has_is_not_dropped_silently(make_net: Any) -> None:
    tagger, parser = make_net(), make_net()
    optimizer = Adam(0.1)
    for net in (tagger, parser):
        optimizer.update(net.set_gradients(0))
    with pytest.raises(SaveError, match="4 parameters that no root has"):
        optimizer.to_bytes({"tagger": tagger})
    optimizer.forget(row.key for row in parser.rows)
    optimizer.to_bytes({"tagger": tagger})


def assert_refused(optimizer: Optimizer, data: bytes, roots: Any, *words: str) -> None:
    """It is, all words are in the message, and nothing was changed."""
    before = optimizer.to_bytes(roots)
    with pytest.raises(LoadError) as caught:
        optimizer.from_bytes(data, roots)
    for word in words:
        assert word in str(caught.value)
    assert optimizer.to_bytes(roots) == before


def test_every_difference_is_listed_and_nothing_is_changed(make_net: Any) -> None:
    saved = make_net({"0/W": (2, 3), "1/W": (4, 3), "2/W": (2, 2)})
    optimizer = Adam(decaying(0.1, 0.1))
    optimizer.update(saved.set_gradients(0))
    data = optimizer.to_bytes({"m": saved})
    mine = make_net({"0/W": (3, 2), "1/W": (4, 3), "3/b": (2,)})
    trained = AdamW(0.1, groups=[("3", {"L2": 0.0})], use_averages=False)
    trained.update(mine.set_gradients(1))
    assert_refused(
        trained,
        data,
        {"m": mine},
        "rule: saved with 'adam', now 'adamw'",
        "averages: saved with True, now False",
        "groups: saved with [], now ['3']",
        "m/3/b: not in the file",
        "m/2/W: not in the roots",
        "m/0/W/mom1: saved as (2, 3), now (3, 2)",
    )


@pytest.mark.parametrize("other", [Adam([0.1, 0.2]), Adam(0.1), Adam(plateau(1, 1.0, constant(1)))])
def test_another_schedule_is_a_difference(other: Optimizer, net: Any) -> None:
    data = Adam(decaying(0.1, 0.1)).to_bytes({"m": net})
    assert_refused(other, data, {"m": net}, "learn_rate")


def test_another_name_of_a_root_is_a_difference(net: Any) -> None:
    data = Adam(0.1).to_bytes({"tagger": net})
    assert_refused(Adam(0.1), data, {"parser": net}, "parser/0/W: not in", "tagger/0/W: not in")


def test_every_flipped_bit_and_every_cut_is_refused(make_net: Any) -> None:
    net = make_net({"0/W": (2, 1)})
    optimizer = SGD(0.1, momentum=0.9)
    optimizer.update(net.set_gradients(0))
    data = optimizer.to_bytes({"m": net})
    for position in range(len(data)):
        flipped = bytearray(data)
        flipped[position] ^= 1 << (position % 8)
        with pytest.raises(LoadError):
            optimizer.from_bytes(bytes(flipped), {"m": net})
        with pytest.raises(LoadError):
            optimizer.from_bytes(data[:position], {"m": net})
    with pytest.raises(LoadError):
        optimizer.from_bytes(data + b"\0", {"m": net})
    optimizer.from_bytes(data, {"m": net})


def test_a_file_that_says_the_same_in_other_bytes_is_refused(net: Any) -> None:
    data = SGD(0.1).to_bytes({"m": net})
    length = int.from_bytes(data[:8], "little")
    header = json.dumps(json.loads(data[8 : 8 + length]), indent=1).encode()
    rewritten = len(header).to_bytes(8, "little") + header + data[8 + length :]
    assert_refused(SGD(0.1), rewritten, {"m": net}, "damaged")


def test_a_file_of_another_kind_is_refused(net: Any) -> None:
    from safetensors.numpy import save

    tensors = {"x": np.ones(2, "f")}
    foreign = [b"", b"hello", save(tensors), save(tensors, metadata={"combinet": "[]"})]
    newer = json.dumps({"format": 2, "sha256": ""})
    foreign += [save(tensors, metadata={"combinet": newer})]
    for data in foreign:
        assert_refused(SGD(0.1), data, {"m": net}, "no saved state")


def test_equal_states_give_equal_bytes(make_net: Any) -> None:
    found = set()
    for _ in range(3):
        net, optimizer = make_net(), Adam(0.1)
        optimizer.update(net.set_gradients(0))
        found.add(optimizer.to_bytes({"m": net}))
    assert len(found) == 1


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    net: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "optimizer"
    Adam(0.1).to_disk(path, {"m": net})
    old = path.read_bytes()

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    optimizer = Adam(0.1)
    optimizer.update(net.set_gradients(0))
    with pytest.raises(OSError, match="No space") as caught:
        optimizer.to_disk(path, {"m": net})
    assert caught.value.__notes__ == [f"{path} could not be written and is as it was before"]
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_beside_the_file_is_removed(net: Any, tmp_path: Path) -> None:
    (tmp_path / ".optimizer.123.abcdef01.new").write_bytes(b"half")
    Adam(0.1).to_disk(tmp_path / "optimizer", {"m": net})
    assert [path.name for path in tmp_path.iterdir()] == ["optimizer"]


def test_a_link_to_the_file_stays_a_link(net: Any, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "optimizer")
    Adam(0.1).to_disk(tmp_path / "link", {"m": net})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "optimizer").read_bytes() == Adam(0.1).to_bytes({"m": net})
