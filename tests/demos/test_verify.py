import math
import sys

import numpy as np
import pytest

import scalar
import vector
from demos.parser import parse
from demos.verify import Row, rows
from scalar.op import Op
from tests.demos.conftest import Cli


def judged(source: str, **values: float) -> dict[str, Row]:
    return {row.name: row for row in rows(parse(source), values)}


def test_a_row_per_input_and_every_judge_agrees(cli: Cli) -> None:
    outcome = cli("verify", "ln(x1) + x1*x2 - sin(x2)", "x1=2", "x2=5")
    assert outcome.status == 0
    lines = outcome.out.splitlines()
    assert lines[0] == "ln(x1) + x1*x2 - sin(x2)   at x1 = 2, x2 = 5"
    x1, x2 = (next(line.split() for line in lines if line.strip().startswith(name)) for name in ("x1 ", "x2 "))
    assert x1 == ["x1", *["5.5"] * 5, "agrees"]
    assert x2 == ["x2", *["1.716338"] * 5, "agrees"]


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ("relu(x) * y", "convention"),
        ("abs(x) + y", "convention"),
        ("max(x, y - 1)", "convention"),
        ("step(x) + y", "convention"),
        ("relu(x) - relu(-x) + y", "convention"),  # smooth, but relu′(0) = 0 on both sides makes the sum 0
        ("max(x, x) + y", "agrees"),  # a tie, and the shares of the gradient add up to the derivative
        ("abs(x) * x + y", "agrees"),
        ("x * y + relu(x + y)", "agrees"),
    ],
)
def test_kinks_are_told_from_mistakes(source: str, verdict: str) -> None:
    found = judged(source, x=0.0, y=1.0)
    assert found["x"].verdict == verdict
    assert found["y"].verdict == ("convention" if "max(x, y" in source else "agrees")


def test_the_derivatives_on_both_sides_of_a_kink_are_shown(cli: Cli) -> None:
    outcome = cli("verify", "abs(x)", "x=0")
    assert outcome.status == 0
    assert "‹ −1 › 1" in outcome.out


@pytest.mark.parametrize(
    ("source", "x"),
    [
        ("sin(1000*x)", 3.0),  # bends within a step of the differences
        ("x**201", -1.01),  # a negative base
        ("softplus(40*x)", 1.5),
        ("softplus(x)", -40.0),
        ("tan(1.57*x)", 1.0),  # next to a pole
        ("ln(x)", 1e-9),  # the differences leave the domain
        ("0**x", 2.0),  # the complex step leaves the domain
        ("sin(1e9*x)", 1.0),
        ("sin(x)", 1e8),
        ("ln(x)", 1e-300),
        ("sin(x)*1e-300", 1.0),
        ("1/x", -1e200),
    ],
)
def test_hard_but_right_is_no_mismatch(source: str, x: float) -> None:
    assert judged(source, x=x)["x"].verdict == "agrees"


def test_a_planted_wrong_derivative_is_a_mismatch(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Op("sin", math.sin, lambda out, x: (1.001 * math.cos(x),))
    monkeypatch.setattr(scalar, "sin", wrong)
    outcome = cli("verify", "sin(x) + y", "x=1", "y=2")
    assert outcome.status == 1
    assert outcome.err == "error: mismatch in x\n"


@pytest.mark.parametrize(
    ("source", "x"),
    [
        ("exp(-x**2)", 27.2),  # a subnormal number
        ("tanh(x)", 18.0),  # 1 − tanh² has one digit
        ("sigmoid(x)", 40.0),
    ],
)
def test_what_rounding_hides_is_neither_right_nor_wrong(cli: Cli, source: str, x: float) -> None:
    row = judged(source, x=x)["x"]
    assert (row.verdict, row.reason) == ("cannot judge here", "rounding hides it")
    outcome = cli("verify", source, f"x={x}")
    assert outcome.status == 0
    assert "cannot judge" in outcome.out


@pytest.mark.parametrize("factor", [2.0, -1.0, 1.001, 0.0])
@pytest.mark.parametrize("scale", ["1", "1e-10", "1e-100", "1e10", "1e100"])
@pytest.mark.parametrize("pytorch", [True, False])
def test_a_planted_error_of_any_scale_is_a_mismatch(
    monkeypatch: pytest.MonkeyPatch, factor: float, scale: str, pytorch: bool
) -> None:
    monkeypatch.setattr(scalar, "sin", Op("sin", math.sin, lambda out, x: (factor * math.cos(x),)))
    monkeypatch.setattr(vector.rules.sin, "partials", [lambda out, x: factor * np.cos(x)])
    if not pytorch:
        monkeypatch.setitem(sys.modules, "torch", None)
    assert judged(f"sin(x)*{scale}", x=1.0)["x"].verdict == "mismatch"
    if not pytorch:  # nor the complex step
        assert judged(f"sin(abs(x - 1) + x)*{scale}", x=1.0)["x"].verdict != "agrees"
        assert judged(f"sin(x + 0**y)*{scale}", x=1.0, y=2.0)["x"].verdict == "mismatch"


def test_a_planted_wrong_value_is_a_mismatch(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalar, "sin", Op("sin", math.cos, lambda out, x: (math.cos(x),)))
    outcome = cli("verify", "sin(x)", "x=1")
    assert (outcome.status, outcome.err) == (1, "error: mismatch in value\n")


def test_without_pytorch_the_others_judge(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # importing it now raises ImportError
    outcome = cli("verify", "x**2", "x=3")
    assert outcome.status == 0
    assert "PyTorch is not installed: its column is left out" in outcome.out
    assert "agrees" in outcome.out


def test_a_domain_error_is_one_line(cli: Cli) -> None:
    outcome = cli("verify", "ln(x)", "x=-1")
    assert outcome.status == 2
    assert outcome.out == ""
    assert "log" in outcome.err
    assert outcome.err.count("\n") == 1
