import math
from collections.abc import Callable

import pytest

from demos.judges import complex_step, differences, pytorch
from demos.parser import parse

# One derivative by hand for each function, and for each branch of those that are computed in two.
DERIVATIVES: list[tuple[str, float, Callable[[float], float]]] = [
    ("abs(x)", -2.0, lambda x: -1.0),
    ("exp(x)", 1.5, math.exp),
    ("ln(x)", 0.3, lambda x: 1 / x),
    ("sqrt(x)", 2.0, lambda x: 0.5 / math.sqrt(x)),
    ("sin(x)", 1.0, math.cos),
    ("cos(x)", 1.0, lambda x: -math.sin(x)),
    ("tan(x)", 1.0, lambda x: 1 / math.cos(x) ** 2),
    ("tanh(x)", 0.5, lambda x: 1 / math.cosh(x) ** 2),
    ("sigmoid(x)", 2.0, lambda x: 1 / (2 + 2 * math.cosh(x))),
    ("sigmoid(x)", -40.0, lambda x: 1 / (2 + 2 * math.cosh(x))),
    ("softplus(x)", 30.0, lambda x: 1 / (1 + math.exp(-x))),
    ("softplus(x)", -30.0, lambda x: 1 / (1 + math.exp(-x))),
    ("relu(x)", 2.0, lambda x: 1.0),
    ("relu(x)", -2.0, lambda x: 0.0),
    ("max(x, 1)", 2.0, lambda x: 1.0),
    ("min(x, 1)", 2.0, lambda x: 0.0),
    ("step(x)", 2.0, lambda x: 0.0),
    ("x**3", -1.5, lambda x: 3 * x**2),
    ("x**201", -1.01, lambda x: 201 * x**200),
    ("x**-2", -1.5, lambda x: -2 * x**-3),
    ("2**x", 3.0, lambda x: math.log(2) * 2**x),
    ("sin(1000*x)", 3.0, lambda x: 1000 * math.cos(1000 * x)),
]


@pytest.mark.parametrize(("source", "x", "derivative"), DERIVATIVES)
def test_the_complex_step_is_exact(source: str, x: float, derivative: Callable[[float], float]) -> None:
    assert complex_step(parse(source), {"x": x}, "x") == pytest.approx(derivative(x), rel=1e-13, abs=0)


@pytest.mark.parametrize(("source", "x", "derivative"), DERIVATIVES)
def test_pytorch_is_asked_the_same_question(source: str, x: float, derivative: Callable[[float], float]) -> None:
    judgement = pytorch(parse(source), {"x": x})
    assert judgement is not None
    assert judgement.gradient["x"] == pytest.approx(derivative(x), rel=1e-12, abs=0)


@pytest.mark.parametrize(("source", "x", "derivative"), DERIVATIVES)
def test_differences_are_near(source: str, x: float, derivative: Callable[[float], float]) -> None:
    found = differences(derivative(x), parse(source), {"x": x}, "x")
    assert (found.verdict, found.smooth) == ("agrees", True)
    assert found.limits == pytest.approx((derivative(x),) * 2, rel=1e-5, abs=1e-8)
    assert differences(1.001 * derivative(x) + 1e-9, parse(source), {"x": x}, "x").verdict == "mismatch"


@pytest.mark.parametrize(
    ("source", "left", "right"), [("abs(x)", -1, 1), ("relu(3*x)", 0, 3), ("max(x, 2*x)", 1, 2), ("min(x, 0)", 1, 0)]
)
def test_a_kink_has_two_derivatives(source: str, left: float, right: float) -> None:
    found = differences(left, parse(source), {"x": 0.0}, "x")
    assert (found.verdict, found.smooth) == ("convention", False)
    assert found.limits == pytest.approx((left, right))
    assert complex_step(parse(source), {"x": 0.0}, "x") is None


def test_near_the_end_of_the_domain_the_steps_are_smaller() -> None:
    assert differences(1e9, parse("ln(x)"), {"x": 1e-9}, "x").verdict == "agrees"
    assert differences(1e300, parse("ln(x)"), {"x": 1e-300}, "x").verdict == "agrees"


def test_the_complex_step_is_silent_where_it_is_not_defined() -> None:
    assert complex_step(parse("0**y * x"), {"y": 2.0, "x": 1.0}, "y") is None


@pytest.mark.parametrize(("source", "x"), [("exp(-x**2)", 26.5), ("sin(x)*1e-280", 1.0), ("x**2", 1e-310)])
def test_the_complex_step_is_silent_where_floats_lose_their_digits(source: str, x: float) -> None:
    assert complex_step(parse(source), {"x": x}, "x") is None
