"""Scores on tables: the rows are the same for all, and the page says what the record says."""

from pathlib import Path

import pytest

from benchmarks.tables import page
from benchmarks.tables.cases import CASES
from benchmarks.tables.contest import scores

RECORD = {
    "date": "2026-01-02",
    "seeds": 3,
    "versions": {"numpy": "2.4"},
    "tables": {
        "a": {
            "rows": 1500,
            "columns": 4,
            "classes": 3,
            "target": "kind",
            "about": "words",
            "scores": {"twingrad": [0.9, 0.8, 0.7], "MLP": [0.9, 0.7, 0.8], "linear": [0.5, 0.5, 0.5]},
        },
        "b": {
            "rows": 20,
            "columns": 2,
            "classes": 0,
            "target": "price",
            "about": "numbers",
            "scores": {
                "twingrad": [0.5, 0.5, 0.5],
                "MLP": [-70.0, -80.0, -90.0],
                "MLP, scaled target": [0.6, 0.6, 0.7],
                "linear": [0.4, 0.5, 0.6],
            },
        },
    },
}


def test_the_better_perceptron_is_compared() -> None:
    assert page.peer(RECORD["tables"]["a"]["scores"]) == "MLP"  # type: ignore[index]
    assert page.peer(RECORD["tables"]["b"]["scores"]) == "MLP, scaled target"  # type: ignore[index]


def test_below_is_by_more_than_a_standard_error() -> None:
    assert not page.below([0.1, -0.1, -0.03])
    assert page.below([-0.1, -0.11, -0.09])
    assert page.error([1.0, 2.0, 3.0]) == pytest.approx(1 / 3**0.5)


def test_the_page_tells_what_was_missed() -> None:
    text = page.page(RECORD)
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]
    assert lines[2][:6] == ["a", "1,500", "4", "3 classes", "0.800 ± 0.058", "0.800 ± 0.058"]
    assert lines[2][8:] == ["+0.000 ± 0.058", "", "+0.300 ± 0.058"]
    assert lines[3][5:8] == ["-80 ± 6", "0.633 ± 0.033", "0.500 ± 0.058"]
    assert lines[3][8:10] == ["-0.133 ± 0.033", "**below**"]
    assert "On 1 of 2 tables the mean is not below that of scikit-learn's MLP" in text
    assert "; on b it is. The mean difference over all tables is -0.067 ± 0.044." in text
    assert text.endswith("Measured on 2026-01-02, 3 seeds, with numpy 2.4.\n")


def test_contestants_learn_and_are_measured(tmp_path: Path) -> None:
    CASES["iris"].write(tmp_path / "iris.csv")
    found = scores(CASES["iris"], tmp_path / "iris.csv", 0)
    assert (found["rows"], found["columns"], found["classes"]) == (150, 4, 3)
    for name in ("twingrad", "MLP", "linear"):
        assert found[name] > 0.8
        assert (found[name] * 30) == pytest.approx(round(found[name] * 30))  # of thirty test rows
