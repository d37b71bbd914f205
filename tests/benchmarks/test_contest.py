"""Peers are to be measured on the same work, and beside combinet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import adam, bags, bilstm, files, layer_overhead, mlp, tiny, tok2vec
from benchmarks.__main__ import NAMES, benchmark, main, write
from benchmarks.contest import Disagreement, Notes, Options, agreed, greet, prepare, ratios, run
from benchmarks.contestants import CONTESTANTS, Contestant, entered
from benchmarks.crew import Worker, WorkerError, crew, environment
from benchmarks.plot import picture
from benchmarks.scaling import exponent
from benchmarks.tables import bars_table, table
from benchmarks.worker import cost
from benchmarks.workload import Case, Work, Workload

QUICK = Options(rounds=2, quick=True, libraries=("combinet",))
SMALL: list[tuple[Workload, dict[str, Any]]] = [
    (mlp.WORKLOAD, mlp.mlp_settings((5, 4, 4, 3), batch=6, dropout=0.0)),
    (tok2vec.WORKLOAD, {**tok2vec.tok2vec_settings(docs=3, rows=(50, 10, 20, 30)), "dropout": 0.0}),
    (bilstm.WORKLOAD, {"depth": 2, "dropout": 0.0}),
    (bags.WORKLOAD, {"model": "sparse linear", "dropout": 0.0}),
    (bags.WORKLOAD, {"model": "mean pool", "dropout": 0.0}),
    (adam.WORKLOAD, {"arrays": 3, "size": 50, "full": False, "dropout": 0.0}),
    (adam.WORKLOAD, {"arrays": 3, "size": 50, "full": True, "dropout": 0.0}),
    (files.WORKLOAD, {"layers": 2, "dropout": 0.0}),
    (layer_overhead.WORKLOAD, {"empty": False, "dropout": 0.0}),
]


@pytest.fixture
def torch_threads() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("torch_threads")
@pytest.mark.parametrize(("workload", "settings"), SMALL)
def test_combinet_and_torch_give_the_same_answers(
    workload: Workload, settings: dict[str, Any]
) -> None:
    given = workload.given(settings)
    ours, theirs = (
        workload.builders[library](settings, given, "eager").answers()
        for library in ("combinet", "torch")
    )
    assert ours.keys() >= theirs.keys() or workload is bilstm.WORKLOAD
    assert ours.keys() & theirs.keys()
    agreed(ours, theirs, workload.tolerance)


@pytest.mark.parametrize(("workload", "settings"), SMALL[:5])
def test_measured_steps_leave_the_weights_nearly_as_they_are(
    workload: Workload, settings: dict[str, Any]
) -> None:
    entrant = workload.builders["combinet"](settings, workload.given(settings), "eager")
    before = np.array(entrant.answers()["Y"])
    for _ in range(5):
        entrant.works["train"].run()
    np.testing.assert_allclose(entrant.answers()["Y"], before, atol=1e-5)


def test_windows_of_the_tagger_stop_at_the_ends_of_documents() -> None:
    workload, settings = SMALL[1]
    given = dict(workload.given(settings))
    first = int(given["lengths"][0])
    build = workload.builders["combinet"]
    before = build(settings, given, "eager").answers()["Y"][first:]
    given["ids"] = given["ids"].copy()
    given["ids"][:first] += np.uint64(1)
    after = build(settings, given, "eager").answers()["Y"][first:]
    np.testing.assert_array_equal(after, before)


def test_a_worker_runs_a_workload_and_the_rows_hold_its_costs() -> None:
    small = Case("small", mlp.mlp_settings((5, 4, 3), batch=6))
    result = run(replace(tiny.WORKLOAD, cases=[small]), QUICK)
    assert [row["case"] for row in result["rows"]] == ["train, small", "predict, small"]
    assert all(row["results"]["combinet"]["minimum"] > 0 for row in result["rows"])
    assert result["versions"]["combinet"]["numpy"] == np.__version__


def test_a_library_that_is_not_installed_is_left_out_with_a_word() -> None:
    notes = Notes()
    with crew([Contestant("nobody", "no_such_library", "eager")], 1, {}) as workers:
        assert greet(workers, notes) == []
    assert "no_such_library" in notes.left_out["nobody"]


def test_what_a_builder_raises_comes_back_in_its_words() -> None:
    with crew(CONTESTANTS[:1], 1, {}) as workers, pytest.raises(WorkerError, match="KeyError"):
        workers[0].ask("turn", work="unknown", times=1, clock="cpu")


class Liar(Worker):
    """Answers with what it is told to."""

    def __init__(self, name: str, answer: float) -> None:
        self.contestant, self.answer = Contestant(name, name, "eager"), answer

    def ask(self, do: str, **request: Any) -> Any:
        np.savez(request["answers"], Y=np.array([1.0, self.answer]))
        return {"works": ["train"]}


def test_a_contestant_with_other_answers_is_not_measured() -> None:
    notes, nothing = Notes(), {"X": np.zeros(1)}
    workload = Workload("any", [], lambda settings: nothing, {})
    liars = [Liar("first", 2.0), Liar("same", 2.00001), Liar("other", 2.1)]
    ready = prepare(workload, Case("one", {}), liars, notes)
    assert [worker.contestant.name for worker, _ in ready] == ["first", "same"]
    assert "Y is off by" in notes.disagree["other: one"]


@pytest.mark.parametrize("wrong", [[1.0, 2.1], [1.0, np.nan], [1.0, 2.0, 3.0]])
def test_answers_that_differ_are_a_disagreement(wrong: list[float]) -> None:
    with pytest.raises(Disagreement):
        agreed({"Y": np.array([1.0, 2.0])}, {"Y": np.array(wrong)}, 1e-3)


def test_ratios_are_taken_within_a_round() -> None:
    assert ratios({"combinet": [1.0, 10.0, 1.0], "torch": [2.0, 20.0, 2.0]}) == {"torch": 2.0}


def test_what_comes_before_a_run_is_not_measured() -> None:
    clock = count()
    wait: Callable[[], object] = lambda: [next(clock) for _ in range(100)]  # noqa: E731
    assert cost(Work(lambda: None, wait), 3, lambda: float(next(clock))) == 3.0


def test_one_thread_is_asked_of_every_library() -> None:
    jax = environment(1, "jax")
    assert jax["OMP_NUM_THREADS"] == jax["COMBINET_NUM_THREADS"] == "1"
    assert "intra_op_parallelism_threads=1" in jax["XLA_FLAGS"]


def row(ratio: float, bar: float, roof: float = 1.0) -> dict[str, Any]:
    one = {"minimum": 1.0, "median": 1.0, "iqr": 0.0}
    return {
        "case": "train",
        "threads": 1,
        "clock": "cpu",
        "results": {"combinet": one, "torch": one},
        "ratios": {"torch": ratio, "roof": roof},
        "bars": {"torch": bar, "roof": 1.5, "thinc": 2.0},
        "roof": 1.0,
    }


def test_bars_are_held_from_above_by_peers_and_from_below_by_the_roof() -> None:
    text = bars_table([{"benchmark": "speed", "rows": [row(2.0, 1.5), row(1.0, 1.5, roof=3.0)]}])
    assert "2 of 4 bars held" in text
    assert "MISSED by 1.50x" in text
    assert "MISSED by 2.00x" in text
    assert "no figure" in text


def test_a_table_shows_the_costs_and_the_verdict() -> None:
    lines = table(row(1.0, 1.5)).splitlines()
    assert "bar >= 1.5x: MISSED by a factor of 1.50" in lines[2]
    assert "held" in lines[3]


def test_the_picture_has_a_bar_for_each_ratio() -> None:
    from xml.etree import ElementTree

    drawn = ElementTree.fromstring(picture({"benchmark": "speed", "rows": [row(2.0, 1.5)]}))
    assert len(drawn.findall(".//{*}rect")) == 2


def test_an_exponent_is_the_slope_of_the_larger_sizes() -> None:
    assert exponent([(1, 7.0), (2, 7.0), (4, 16.0), (8, 64.0)]) == 2.0
    assert exponent([(1, 7.0), (2, 7.0), (4, 7.0), (8, 7.0)]) == 0.0


def test_only_variants_that_a_workload_names_take_part() -> None:
    names = [one.name for one in entered(bilstm.WORKLOAD, ("combinet", "torch"))]
    assert names == ["combinet", "torch", "torch, fused Adam"]


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_can_be_found_by_its_name(name: str) -> None:
    assert callable(benchmark(name))


def test_the_bars_of_saved_runs_can_be_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "tiny.json", {"benchmark": "tiny", "rows": [row(2.0, 1.5)]})
    assert main(["--show", "--json", str(tmp_path)]) == 0
    assert "2 of 2 bars held" in capsys.readouterr().out


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["spead"])
    assert "no benchmark spead" in capsys.readouterr().err
