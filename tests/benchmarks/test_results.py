"""The record holds every round, the targets are judged, and the page says what the record says."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as command
from benchmarks import machine, record
from benchmarks.interleave import Contest, contest
from benchmarks.page import number, page, section
from benchmarks.suites import NAMES, PAGES, load
from benchmarks.targets import AtMost, BetterAtMost, Flat
from demos.markdown import table
from tests.benchmarks.players import PRETENDED, Pretender, milliseconds

ROOT = Path(__file__).parents[2]


def compared(*, loss: float = 0.5) -> Contest:
    players = {
        "ours": Pretender("ours", [], milliseconds(1, 2)),
        "theirs": Pretender("theirs", [], milliseconds(4, 4, loss=loss)),
        "absent": Pretender("absent", [], ["not installed"]),
    }
    return contest(players, "a case", rounds=2, tolerance=1e-4)


def made(*, loss: float = 0.5) -> dict[str, Any]:
    return {
        "format": record.FORMAT, "date": "2001-01-01", "quick": False, "minutes": 1.0, "unset": ["OMP_NUM_THREADS"],
        "machine": {
            "processor": "Abacus", "cores": 2, "system": "Wood", "python": "3.11", "versions": {"numpy": "2"},
            "load": 0.1, "held back": [], "sgemm": 100.0, "blas": "beads",
        },
        "suites": {"pretended": record.of_suite(PRETENDED, [compared(loss=loss)])},
    }  # fmt: skip


def test_the_record_holds_everything() -> None:
    suite = json.loads(json.dumps(made()))["suites"]["pretended"]
    (case,) = suite["cases"]
    assert case["figures"]["ms"]["ours"] == {"median": 1.5, "spread": 0.25, "rounds": [1, 2]}
    assert case["ratios"] == {"ms": {"ours": {"theirs": 0.375}}}
    assert case["skipped"] == {"absent": "not installed"}
    assert case["outcomes"] == {"ours": 0.5, "theirs": 0.5}
    assert suite["targets"] == [
        {"what": "ours ÷ theirs, ms", "case": "a case", "limit": 0.5, "measured": 0.375, "met": True}
    ]


def test_a_wrong_loss_fails_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for loss, status in ((0.5, 0), (0.6, 1)):
        monkeypatch.setattr(machine, "described", lambda: made()["machine"])
        results = made(loss=loss)["suites"]["pretended"]
        monkeypatch.setattr(command, "run", lambda name, suite, results=results: results)
        assert command.main(["growth", "--out", str(tmp_path)]) == status
        assert record.agreed(json.loads((tmp_path / "results.json").read_text())) == (status == 0)
    assert "**The results differ**" in (tmp_path / "README.md").read_text()
    assert (tmp_path / "growth.svg").stat().st_size > 1000


def test_the_page_shows_figures_ratios_verdicts_and_who_was_left_out() -> None:
    text = page(made())
    assert "| a case | 1.5 ± 0.25 | 4 ± 0  |" in text
    assert "| ours: a case |        | 0.375    |" in text
    assert "| ours ÷ theirs, ms | a case | 0.5     | 0.375    | met |" in text
    assert "Left out: absent (not installed) in a case." in text
    assert "Abacus, 2 cores" in text
    assert "busy" not in text


def test_a_busy_machine_is_told() -> None:
    results = made()
    results["machine"]["load"] = 3.0
    assert "**The machine was busy**: 3.0 programs" in page(results)


def test_a_target_that_is_missed_and_one_that_was_not_measured() -> None:
    figures = {"case": {"ms": {"ours": [3.0], "theirs": [2.0], "others": [4.0]}}}
    (missed,) = AtMost("ours", 1.0, ["others", "theirs", "absent"], "ms").judged(figures)
    assert (missed.what, missed.measured, missed.met) == ("ours ÷ theirs, ms", 1.5, False)
    (unknown,) = AtMost("ours", 1.0, ["absent"], "ms").judged(figures)
    assert (unknown.measured, unknown.met) == (None, None)
    assert AtMost("ours", 1.0, ["theirs"], "ms", ["another case"]).judged(figures) == []


def test_the_better_of_ours_is_held_against_the_best_of_theirs() -> None:
    figures = {"case": {"ms": {"eager": [3.0], "compiled": [1.0], "slow": [4.0], "fast": [2.0]}}}
    (met,) = BetterAtMost(["eager", "compiled"], 0.6, ["slow", "fast"], "ms", ["case"]).judged(figures)
    assert (met.what, met.measured, met.met) == ("compiled ÷ fast, ms", 0.5, True)
    (unknown,) = BetterAtMost(["eager"], 0.6, ["absent"], "ms", ["case"]).judged(figures)
    assert (unknown.what, unknown.measured) == ("eager ÷ absent, ms", None)
    assert BetterAtMost(["eager"], 0.6, ["fast"], "ms", ["another case"]).judged(figures) == []


def test_with_peers_the_page_has_one_ratio_for_each_case() -> None:
    suite = dataclasses.replace(PRETENDED, peers=["theirs"])
    text = "\n".join(section(record.of_suite(suite, [compared()])))
    assert "| a case | 1.5 ± 0.25 | 4 ± 0  | 0.375 (ours ÷ theirs)  |" in text
    assert "| ratio" not in text


def test_flat_means_little_difference_between_sizes() -> None:
    figures = {case: {"µs": {"ours": [cost]}} for case, cost in {"10": 9.0, "100": 2.0, "1000": 3.0}.items()}
    (flat,) = Flat("ours", 2.0, "µs", ["100", "1000"]).judged(figures)
    assert (flat.case, flat.measured, flat.met) == ("100 to 1000", 1.5, True)
    assert Flat("ours", 2.0, "µs", ["100", "10000"]).judged(figures) == []


def test_a_quick_run_is_shorter() -> None:
    quick = PRETENDED.shortened()
    assert quick.cases == ["a case"]
    assert "unable" not in quick.contestants
    assert PRETENDED.narrowed("ANOTHER").cases == ["another"]


@pytest.mark.parametrize("name", NAMES)
def test_every_suite_is_well_formed(name: str) -> None:
    suite = load(name)
    assert set(suite.ours) <= set(suite.contestants)
    assert set(suite.quick_cases) <= set(suite.cases)
    assert set(suite.peers) <= set(suite.contestants)
    assert not suite.sizes or len(suite.sizes) == len(suite.cases)
    for target in suite.targets:
        assert isinstance(target, (AtMost, BetterAtMost, Flat))
        ours = target.ours if isinstance(target, BetterAtMost) else [target.ours]
        assert set(ours) <= set(suite.contestants)
        assert set(target.cases) <= set(suite.cases)
        if isinstance(target, (AtMost, BetterAtMost)):
            assert set(target.theirs) <= set(suite.contestants)


def test_an_unknown_suite_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["mnits"])
    assert "expected suites among mnist, overhead," in capsys.readouterr().err


def test_tables_are_aligned_and_numbers_short() -> None:
    assert table(["a", "bb"], [["ccc", "d"]]) == "| a   | bb |\n| --- | -- |\n| ccc | d  |"
    assert [number(x) for x in (12345.6, 12.345, 0.12345, 0.00012, 0)] == ["12,346", "12.3", "0.123", "0.0001", "0"]


@pytest.mark.parametrize("folder", [folder for folder in PAGES if (ROOT / folder).exists()])
def test_the_page_in_the_documents_is_what_its_record_says(folder: str) -> None:
    results = json.loads((ROOT / folder / "results.json").read_text(encoding="utf-8"))
    assert (ROOT / folder / "README.md").read_text(encoding="utf-8") == page(results)
    assert record.agreed(results)
    assert not results["quick"]
    assert list(results["suites"]) == list(PAGES[folder])
    assert all(any(section(suite)) for suite in results["suites"].values())
