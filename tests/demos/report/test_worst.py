import csv
from pathlib import Path

import numpy as np
import pytest

from demos.report.parts import Part, parts
from demos.report.worst import _errors, worst
from tests.demos.conftest import Cli
from tests.demos.report.runs import table, task, trained
from vector.training.objectives import outputs_of


def test_the_worst_rows_keep_the_digits_in_which_they_differ() -> None:
    y = 1.7e9 + np.arange(3.0)
    assert _errors(y + np.array([0, 0.5, 0]), y)[0] == {
        "index": 1, "true": "1700000001", "said": "1700000001.5", "error": "0.5",
    }  # fmt: skip
    assert list(_errors(np.array([1.5, 0.0]), np.array([1.0, 0.0]))[0].values()) == [0, "1", "1.5", "0.5"]
    assert [list(row.values()) for row in _errors(np.array([1.0]), np.array([0.0]))] == [[0, "0", "1", "1"]]


def test_the_surest_mistakes_come_first() -> None:
    trainer = trained(task(), epochs=1)
    outputs = np.array([[5.0, 0], [3, 0], [0, 4], [0, 1]])  # says no, no, yes, yes
    part = Part("test", "", outputs, np.array([1, 1, 0, 1]), outputs, None, None)
    found = worst(trainer, part, outputs, ("no", "yes"))
    assert [row["index"] for row in found] == [0, 2, 1]
    assert found[1] == {"index": 2, "true": "no", "said": "yes", "probability": f"{1 / (1 + np.exp(-4)):.4f}"}


def test_test_rows_are_told_by_their_own_lines() -> None:
    learnt = task(test=15)
    trainer = trained(learnt, epochs=1)
    part = parts(learnt, trainer)[-1]
    found = worst(trainer, part, -outputs_of(trainer.model, part.x), learnt.names)
    assert found
    assert all(42 <= row["line"] < 57 for row in found)
    for row in found:
        assert row["true"] == ("no", "yes")[part.y[row["line"] - 42]] != row["said"]


@pytest.mark.parametrize("target", ["kind", "height"])
def test_the_worst_rows_are_told_by_their_lines(cli: Cli, target: str) -> None:
    rows = list(csv.DictReader(table(Path("flowers.csv"), rows=120).read_text().splitlines()))
    cli("train", "--csv", "flowers.csv", "--target", target, "--drop", "noise", "--epochs", "3", "--lr", "1e-4")
    worst = list(csv.DictReader(Path("runs/flowers/mistakes.csv").read_text().splitlines()))
    assert 0 < len(worst) <= 20
    for row in worst:
        true = rows[int(row["line"]) - 2][target]
        assert row["true"] == true if target == "kind" else float(row["true"]) == pytest.approx(float(true), rel=1e-5)
    sizes = [abs(float(row["probability" if target == "kind" else "error"])) for row in worst]
    assert sizes == sorted(sizes, reverse=True)
    if target == "kind":
        assert all(row["true"] != row["said"] for row in worst)
