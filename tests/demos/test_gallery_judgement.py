"""How answers are compared, written, and what becomes of an example that cannot run."""

import math
from typing import Any

import numpy as np
import pytest

from demos.gallery import outcome
from demos.gallery.example import Comparison, Course, Example, Result
from demos.gallery.judgement import as_array, distance, judge
from demos.gallery.outcome import run
from demos.gallery.written import difference, written
from scalar import Value
from vector import Tensor

# ---------------------------------------------------------------- distance


@pytest.mark.parametrize(
    ("answer", "expected", "apart"),
    [
        (2.0, 2.5, 0.2),  # of a large number, relative
        (0.5, 0.25, 1.0),
        ([1.0, 2.0], [1.0, 4.0], 0.5),
        (2e-10, 1e-10, 1.0),
        ([1e10, 2e-3], [1e10, 1e-3], 1.0),
        ([1e10, 1.001e-6], [1e10, 1e-6], 0.0),
        (1e-17, 0.0, 1e-17),
        (3.0, [3.0], 0.0),
        ([1.0, 2.0], [1.0, 2.0, 3.0], math.inf),
        ([math.inf, math.nan, -math.inf], [math.inf, math.nan, -math.inf], 0.0),
        (math.nan, 1.0, math.inf),
        (math.inf, -math.inf, math.inf),
        (1.0, math.inf, math.inf),
        (True, False, 1.0),
        (1 + 2j, 1 - 2j, 4 / math.sqrt(5)),
        ("x²", "x²", 0.0),
        ("x²", "x³", math.inf),
        ([], [], 0.0),
    ],
)
def test_distance(answer: Any, expected: Any, apart: float) -> None:
    assert distance(as_array(answer), as_array(expected)) == pytest.approx(apart)


def test_what_counts_as_an_answer() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    answers = [
        [1.0, 2.0],
        (Value(1.0), Value(2.0)),
        Tensor([1.0, 2.0], requires_grad=True),
        torch.tensor([1.0, 2.0], requires_grad=True),
        [torch.tensor(1.0), torch.tensor(2.0)],
        np.array([1.0, 2.0]),
    ]
    for answer in answers:
        np.testing.assert_array_equal(as_array(answer), [1.0, 2.0])


# ---------------------------------------------------------------- judges


def one(**answers: Any) -> Any:
    (judgement,) = judge([Comparison(name="y", **answers)])
    return judgement


def test_the_worst_judge_counts() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    judgement = one(engine=1.0, closed_form=1.0, torch=lambda torch: torch.tensor(0.5))
    assert judgement.difference == 1.0
    assert not judgement.agrees


def test_a_difference_within_the_tolerance_agrees() -> None:
    assert one(engine=1.0, closed_form=1.0 + 1e-13).agrees
    assert not one(engine=1.0, closed_form=1.0 + 1e-11).agrees
    assert one(engine=1.0, closed_form=1.01, tolerance=0.1).agrees


def test_without_a_judge_there_is_no_difference() -> None:
    judgement = one(engine=1.0)
    assert (judgement.difference, judgement.answers, judgement.agrees) == (None, [], True)


def test_an_error_of_pytorch_is_a_disagreement() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    judgement = one(engine=1.0, closed_form=1.0, torch=lambda torch: torch.no_such_function())
    assert not judgement.agrees
    assert judgement.error.startswith("AttributeError: ")


def test_without_pytorch_the_closed_form_judges_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    judgement = one(engine=1.0, closed_form=1.0, torch=lambda torch: 2.0)
    assert judgement.torch is None
    assert judgement.torch_is_missing
    assert judgement.agrees


# ---------------------------------------------------------------- what cannot run


def example(function: Any, needs: tuple[str, ...] = ()) -> Example:
    course = Course("X", "A course")
    course.example("X1", "An example", engines="scalar", needs=needs)(function)
    return course.examples["X1"]


def fails(error: Exception) -> Any:
    def function() -> Result:
        raise error

    return function


def test_an_error_is_told_in_one_line() -> None:
    failed = run(example(fails(ValueError("expected 2\n  got 3"))))
    assert (failed.failed, failed.skipped, failed.result) == ("ValueError: expected 2 got 3", "", None)
    assert run(example(fails(KeyError()))).failed == "KeyError"


def test_a_missing_extra_skips() -> None:
    missing = ModuleNotFoundError("No module named 'brushes.oil'", name="brushes.oil")
    assert run(example(fails(missing))).skipped == 'it needs brushes: pip install "twingrad[all]"'
    told = ImportError("plots need brushes")
    told.__cause__ = missing
    assert run(example(fails(told))).skipped == 'it needs brushes: pip install "twingrad[all]"'


def test_a_missing_module_of_ours_is_a_failure() -> None:
    missing = ModuleNotFoundError("No module named 'scalar.wrong'", name="scalar.wrong")
    assert run(example(fails(missing))).failed == "ModuleNotFoundError: No module named 'scalar.wrong'"
    assert run(example(fails(ImportError("cannot import name 'x'")))).failed == "ImportError: cannot import name 'x'"


def test_a_need_that_is_not_met_skips_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def never() -> Result:
        raise AssertionError

    monkeypatch.setattr(outcome, "mnist_available", lambda: False)
    assert "MNIST" in run(example(never, ("mnist",))).skipped
    assert "no_such_module" in run(example(never, ("no_such_module",))).skipped
    assert run(example(never, ("mnist",)), download=True).failed == "AssertionError"


def test_ctrl_c_is_no_failure() -> None:
    def interrupted() -> Result:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(example(interrupted))


# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (-2.0, "−2"),
        (60000, "60\N{NARROW NO-BREAK SPACE}000"),
        (np.float32(0.1), "0.1"),
        (Value(1.5, "x"), "1.5"),
        (Tensor([1.0, -2.0]), "[1 −2]"),
        ([1, 2.5, "x"], "1, 2.5, x"),
        ([True, False], "[yes no]"),
        ({"a": 1.0, "b": [1, 2]}, "a: 1\nb: [1 2]"),
        (None, "None"),
        (math.nan, "nan"),
        ([[1.0, 2.0], [3.0]], "[1 2], [3]"),
    ],
)
def test_written(answer: Any, text: str) -> None:
    assert written(answer) == text


def test_a_large_array_is_shown_by_its_corners() -> None:
    assert written(np.arange(1000.0)) == "[0 1 2 ... 997 998 999]"


def test_differences_are_written_short() -> None:
    assert [difference(x) for x in (None, 0.0, 1.2345e-16, 0.5, math.inf)] == ["–", "0", "1.2e−16", "0.5", "inf"]
