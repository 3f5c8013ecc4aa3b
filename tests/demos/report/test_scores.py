import sys
from typing import Any

import numpy as np
import pytest

from demos.report import scores
from tests.demos.report.runs import task, trained


def of_classes(said: Any, y: Any, names: Any = ("a", "b", "c"), base: int = 0) -> dict[str, Any]:
    """The figures where the model says the classes `said`, and is sure."""
    sure = np.eye(len(names))[said]
    return scores._of_classes(np.array(said), sure, np.array(y), base, list(names))


def test_figures_of_three_classes_by_hand() -> None:
    found = of_classes([0, 0, 1, 1, 2, 0], [0, 0, 0, 1, 2, 2])
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["balanced_accuracy"] == pytest.approx((2 / 3 + 1 + 1 / 2) / 3)
    # F1 = 2·right / (rows + said): a 2·2/(3+3), b 2·1/(1+2), c 2·1/(2+1)
    assert found["f1"] == pytest.approx((2 / 3 + 2 / 3 + 2 / 3) / 3)
    assert found["classes"]["a"] == {"rows": 3, "said": 3, "recall": pytest.approx(2 / 3), "precision": 2 / 3}
    assert found["classes"]["b"] == {"rows": 1, "said": 2, "recall": 1.0, "precision": 0.5}
    assert found["baseline"] == {"says": "a", "accuracy": 0.5}
    # Of the pairs (a row of the class, one of another) those in which the first is surer; a tie counts half.
    a, b, c = (2.5 + 2.5 + 1) / 9, 4.5 / 5, (4 + 2) / 8
    assert found["auc"] == pytest.approx((a + b + c) / 3)
    assert "f1_second" not in found


def test_of_two_classes_the_second_has_its_own_f1() -> None:
    learnt = trained(task(), epochs=1)
    found = scores.figures(
        learnt, np.array([[0, 2.0], [0, 1], [1, 0], [0, 3]]), np.array([1, 0, 0, 1]), 1, ("no", "yes")
    )
    assert found["f1_second"] == pytest.approx(2 * 2 / (2 + 3))
    assert found["auc"] == 1.0  # both of "yes" are put above both of "no"


def test_what_is_0_of_0_is_not_called_0() -> None:
    found = of_classes([0, 0, 0], [0, 1, 1])
    assert found["classes"]["b"]["precision"] is None  # never said
    assert found["classes"]["c"] == {"rows": 0, "said": 0, "recall": None, "precision": None}
    assert found["balanced_accuracy"] == 0.5  # of the classes that are there
    assert "auc" not in found  # where a class has no rows it is not defined


def test_one_score_orders_two_classes() -> None:
    outputs = np.array([[-1.0], [2.0], [0.5]])
    assert scores.probabilities(outputs)[:, 1].tolist() == [-1.0, 2.0, 0.5]


def test_figures_of_numbers_are_in_the_targets_unit() -> None:
    learnt = trained(task(classes=None), epochs=1)
    found = scores.figures(learnt, np.array([[1.0], [2.0], [6.0]]), np.array([1.0, 3.0, 2.0]), 4.0, None)
    assert found["rmse"] == pytest.approx(np.sqrt((0 + 1 + 16) / 3))
    assert found["mae"] == pytest.approx(5 / 3)
    assert found["r2"] == pytest.approx(1 - 17 / 2)
    assert found["baseline"] == {"says": 4.0, "rmse": pytest.approx(np.sqrt((9 + 1 + 4) / 3))}


def test_equal_targets_have_no_r2() -> None:
    learnt = trained(task(classes=None), epochs=1)
    assert "r2" not in scores.figures(learnt, np.array([[1.0], [2.0]]), np.array([1.0, 1.0]), 1.0, None)


def test_without_scikit_learn_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    learnt = trained(task(), epochs=1)
    assert scores.figures(learnt, np.array([[1.0, 0.0]]), np.array([0]), 0, ("no", "yes")) == {}
