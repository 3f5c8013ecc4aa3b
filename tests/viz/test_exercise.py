"""The exercise sheet as a file: what it asks, what it refuses, and that nothing in it escapes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import scalar
import viz
from tests.viz.stub import NASTY, square
from tests.viz.test_player import Page
from tests.viz.test_questions import fan_out, matmul, named


def test_every_local_derivative_and_every_gradient_is_asked(tmp_path: Path) -> None:
    page = Page(viz.exercise(fan_out(), tmp_path / "sheet.html"))
    asked = [question["ask"] for question in page.data["questions"]]
    assert sorted(asked) == sorted(["∂f/∂a", "ā", "∂f/∂b", "b̄", "∂a/∂x", "∂b/∂x", "x̄", "∂a/∂y", "ȳ"])
    assert len(page.having("id", "q0")) == 1
    assert len([tag for tag, attributes in page.tags if tag == "label"]) == len(asked) + 1
    arrays = Page(viz.exercise(matmul(), tmp_path / "arrays.html"))
    shapes = [question for question in arrays.data["questions"] if question["ask"].startswith("shape of ")]
    assert [question["answer"] for question in shapes] == [[2, 2]] * 4


def test_local_derivatives_have_the_rule_as_a_hint(tmp_path: Path) -> None:
    page = Page(viz.exercise(fan_out(), tmp_path / "sheet.html"))
    hints = {question["ask"]: question["hints"] for question in page.data["questions"]}
    rule = "Rule: out = x·y, so ∂out/∂x = y. Swaps: each factor gets the gradient times the other."
    assert hints["∂a/∂x"] == [rule]


def test_two_runs_write_the_same_bytes_and_another_graph_has_another_key(tmp_path: Path) -> None:
    first, second = (viz.exercise(fan_out(), tmp_path / f"{i}.html") for i in range(2))
    assert first.read_bytes() == second.read_bytes()
    titled = Page(viz.exercise(fan_out(), tmp_path / "titled.html", title="Another", source={"seed": 7}))
    assert titled.data["key"] != Page(first).data["key"]
    assert titled.data["source"] == {"seed": 7}
    assert re.fullmatch("[0-9a-f]{12}", titled.data["key"])


def test_nothing_in_a_label_becomes_markup(tmp_path: Path) -> None:
    label = "</script></style><img src=x onerror=alert(1)><!--" + NASTY
    x = scalar.Value(2.0, label)
    page = Page(viz.exercise(named("y", x * 3.0), tmp_path / "sheet.html", title=label))
    plain = Page(viz.exercise(named("y", scalar.Value(2.0, "x") * 3.0), tmp_path / "plain.html"))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]


@pytest.mark.parametrize(
    ("graph", "name", "error", "message"),
    [
        (fan_out, "sheet.pdf", ValueError, r"expected a name ending in \.html; got 'sheet\.pdf'"),
        (lambda: square().parents[0], "sheet.html", TypeError, r"exercise needs an output with chain_rule\(\)"),
        (
            lambda: sum((scalar.Value(1.0) for _ in range(99)), scalar.Value(0.0)),
            "sheet.html",
            viz.GraphTooLargeError,
            "this graph has 199 nodes, and a sheet stops at 100: ask for one of the variables inside it",
        ),
    ],
)
def test_what_is_refused(graph: Any, name: str, error: type[Exception], message: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=message):
        viz.exercise(graph(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_the_answers_are_those_of_the_ledger(tmp_path: Path) -> None:
    data = Page(viz.exercise(fan_out(), tmp_path / "sheet.html")).data
    answers = {question["ask"]: question["answer"] for question in data["questions"]}
    assert answers["x̄"] == 27.0
    assert json.dumps(data)
