import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from demos.problems import Source, Task, load
from demos.report import results as report_results
from demos.report.parts import measured, parts
from demos.report.strengths import groups, strengths
from tests.demos.conftest import Cli
from tests.demos.report.runs import table, task, trained
from vector.training import Trainer


def results(learnt: Task, trainer: Trainer) -> report_results.Results:
    return report_results.results(learnt, trainer, measured(learnt, trainer))


def test_each_part_says_how_many_rows_it_has_and_what_they_decided() -> None:
    learnt = task(test=15)
    found = results(learnt, trained(learnt, validation=0.25))
    said = {name: (found[name]["rows"], found[name]["role"]) for name in ("training", "validation", "test")}
    assert said == {
        "training": (30, "chose the weights"),
        "validation": (10, "chose the epoch"),
        "test": (15, "chose nothing"),
    }
    assert found["details"] == "test"
    assert found["unit"] == "rows"


def test_without_test_rows_the_details_are_those_of_the_held_out_ones_or_else_of_all() -> None:
    learnt = task()
    assert results(learnt, trained(learnt, validation=0.25))["details"] == "validation"
    found = results(learnt, trained(learnt))
    assert found["details"] == "training"
    assert "validation" not in found


def test_lines_follow_the_rows_into_each_part() -> None:
    learnt = task(test=15)
    for part in parts(learnt, trained(learnt, epochs=1, validation=0.25)):
        x = np.concatenate([learnt.x, learnt.test[0]])  # type: ignore[index]
        assert np.array_equal(x[part.lines - 2], part.x)
        assert np.array_equal(part.raw, part.x)


def test_figures_are_the_trainers_own_where_it_has_them() -> None:
    learnt = task(test=15)
    trainer = trained(learnt, validation=0.25)
    found, last = results(learnt, trainer), trainer.history.epochs[found_best(trainer) - 1]
    assert found["validation"]["loss"] == pytest.approx(last["validation_loss"])
    assert found["validation"]["accuracy"] == last["validation_accuracy"]


def found_best(trainer: Any) -> int:
    assert trainer.history.best_epoch is not None
    return int(trainer.history.best_epoch)


def test_the_confusion_matrix_has_what_is_true_in_its_rows() -> None:
    learnt = task(test=15)
    found = results(learnt, trained(learnt, epochs=1))
    counts, classes = np.array(found["confusion"]["counts"]), found["test"]["classes"]
    assert counts.sum(axis=1).tolist() == [classes[name]["rows"] for name in ("no", "yes")]
    assert counts.sum(axis=0).tolist() == [classes[name]["said"] for name in ("no", "yes")]
    assert np.trace(counts) / counts.sum() == found["test"]["accuracy"]


def test_equal_rows_have_equal_marks() -> None:
    def marks(learnt: Task, **options: Any) -> dict[str, str]:
        return {part.name: part.mark(learnt) for part in parts(learnt, trained(learnt, epochs=1, **options))}

    plain = marks(task(test=15), validation=0.25)
    assert marks(task(test=15), validation=0.25) == plain
    fewer = task(test=15)
    narrow = Task(
        fewer.x[:, :1], fewer.y, 2, (fewer.test[0][:, :1], fewer.test[1]), names=fewer.names, columns=("a",),  # type: ignore[index]
        lines=fewer.lines, test_lines=fewer.test_lines,
    )  # fmt: skip
    assert marks(narrow, validation=0.25) == plain  # fewer columns of the same rows
    other = marks(task(test=15), validation=0.25, seed=1)
    assert other["test"] == plain["test"]
    assert other["validation"] != plain["validation"]
    assert marks(task(test=15, classes=("yes", "no")))["test"] != plain["test"]


def test_points_are_marked_by_where_they_are() -> None:
    points = np.random.default_rng(0).normal(size=(20, 2))
    labels = (points[:, 0] > 0).astype(int)
    same, moved = (Task(points + by, labels, 1, plane=True) for by in (0.0, 1.0))
    first, second = (parts(learnt, trained(learnt, epochs=1))[0].mark(learnt) for learnt in (same, moved))
    assert first != second


def test_without_scikit_learn_the_figures_are_those_of_the_trainer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    learnt = task()
    assert set(results(learnt, trained(learnt))["training"]) == {"rows", "role", "mark", "loss", "accuracy"}
    numbers = task(classes=None)
    assert set(results(numbers, trained(numbers))["training"]) == {"rows", "role", "mark", "loss", "rmse", "r2"}


def test_predicted_numbers_are_few_and_in_order() -> None:
    numbers = task(classes=None, rows=2_500)
    found = results(numbers, trained(numbers, epochs=1))["predictions"]
    assert found["of"] == 2_500
    assert len(found["true"]) == len(found["said"]) == 1_000
    assert found["true"] == sorted(found["true"])
    assert [found["true"][0], found["true"][-1]] == [numbers.y.min(), numbers.y.max()]


# ---------------------------------------------------------------- strengths


@pytest.mark.parametrize("classes", [("no", "yes"), None])
def test_the_column_that_decides_is_the_strongest(classes: Any) -> None:
    learnt = task(test=60, classes=classes)
    trainer = trained(learnt, epochs=40)
    found = strengths(learnt, trainer, parts(learnt, trainer)[-1])
    first, second = found["columns"]
    assert (first["column"], second["column"]) == ("a", "b")
    if classes:
        assert first["mean"] > 0.3  # with it gone, the model guesses
        assert abs(second["mean"]) < 0.1
    else:
        assert first["mean"] > 5  # the targets' deviation is 10, and so about √2 times that is the error without a
        assert abs(second["mean"]) < 1
    assert first["deviation"] > 0
    assert (found["rows"], found["part"]) == (60, "test")


def test_strengths_are_the_same_each_time() -> None:
    learnt = task(test=20)
    trainer = trained(learnt, epochs=1)
    part = parts(learnt, trainer)[-1]
    before = part.x.copy()
    assert strengths(learnt, trainer, part) == strengths(learnt, trainer, part)
    assert np.array_equal(part.x, before)


def test_what_a_column_became_is_shuffled_together(tmp_path: Path) -> None:
    learnt = load(Source(str(table(tmp_path / "flowers.csv")), "kind", test=0.0), 0)
    assert learnt.columns is not None
    found = {name: [learnt.columns[place] for place in places] for name, places in groups(learnt).items()}
    assert found == {
        "width": ["width"], "soil": ["soil=clay", "soil=loam", "soil=sand"], "noise": ["noise"], "height": ["height"],
    }  # fmt: skip


def test_columns_have_the_names_that_they_have_in_the_file(cli: Cli) -> None:
    table(Path("flowers.csv"))
    cli("train", "--csv", "flowers.csv", "--target", "kind", "--drop", "height", "--epochs", "3")
    found = json.loads(Path("runs/flowers/results.json").read_text())["strengths"]
    assert sorted(row["column"] for row in found["columns"]) == ["noise", "soil", "width"]
