"""Derivatives from difference quotients: what they agree with, and what they refuse."""

import math
from collections.abc import Callable

import pytest

from viz.differences import judge

Function = Callable[[float], float]

SMOOTH: dict[str, tuple[Function, Function]] = {
    "exp": (math.exp, math.exp),
    "sin": (math.sin, math.cos),
    "tanh": (math.tanh, lambda x: 1 - math.tanh(x) ** 2),
    "square": (lambda x: x * x, lambda x: 2 * x),
    "line": (lambda x: 3 * x - 7, lambda x: 3.0),
    "constant": (lambda x: 5.0, lambda x: 0.0),
    "steps far away": (lambda x: float(x > 1e3), lambda x: 0.0),
}
POINTS = [0.0, 1.0, -0.3, 2.5, 20.0, 1e-6, -1e-12, 1e-300]


def verdict(function: Function, x: float, claimed: float) -> str | None:
    judgement = judge(claimed, lambda step: function(x + step), around=x, tolerance=1e-6)
    return None if judgement.verdict == "unknown" else judgement.verdict


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("x", POINTS)
def test_right_derivative_agrees_and_a_wrong_one_does_not(name: str, x: float) -> None:
    function, derivative = SMOOTH[name]
    assert verdict(function, x, derivative(x)) == "agrees"
    assert verdict(function, x, 1.001 * derivative(x) + 1e-3) == "mismatch"
    assert verdict(function, x, math.nan) == "mismatch"
    assert verdict(function, x, math.inf) == "mismatch"


@pytest.mark.parametrize("x", [1e-300, 1e-9, 0.5, 1e9, 1e300])
def test_every_scale(x: float) -> None:
    assert verdict(math.log, x, 1 / x) == "agrees"
    assert verdict(math.log, x, 1.001 / x) == "mismatch"
    assert verdict(math.sqrt, x, 0.5 / math.sqrt(x)) == "agrees"


@pytest.mark.parametrize(
    ("function", "claimed", "expected"),
    [
        (abs, 0.0, "convention"),
        (abs, 1.0, "convention"),
        (abs, -1.0, "convention"),
        (abs, 1.01, "mismatch"),
        (lambda x: max(x, 0.0), 0.5, "convention"),
        (lambda x: max(x, 0.0), -0.5, "mismatch"),
        (lambda x: float(x > 0), 0.0, "convention"),  # a jump
        (lambda x: math.sqrt(x) if x >= 0 else math.nan, math.inf, "convention"),  # vertical, at the domain's end
    ],
)
def test_no_derivative_at_0(function: Function, claimed: float, expected: str) -> None:
    assert verdict(function, 0.0, claimed) == expected


def test_kink_beside_the_point_is_not_met() -> None:
    for distance in (1e-1, 1e-3, 1e-6):
        assert verdict(lambda x, d=distance: max(x, 1 + d), 1.0, 0.0) == "agrees"  # type: ignore[misc]
        assert verdict(lambda x, d=distance: max(x, 1 + d), 1.0, 1.0) == "mismatch"  # type: ignore[misc]


@pytest.mark.parametrize("x", [1e20, -3e25, 7e18])
def test_waves_below_the_last_digit_are_no_jump(x: float) -> None:
    assert verdict(math.sin, x, math.cos(x)) is None
    assert verdict(lambda y: math.sin(y) + (y > x), x, math.cos(x)) is None


@pytest.mark.parametrize("large", [math.nan, math.inf, 1e20])  # 1e20 moves by less than its last digit
def test_what_quotients_cannot_tell(large: float) -> None:
    assert verdict(lambda x: x + large, 1.0, 1.0) is None
    assert verdict(lambda x: x + large, 1.0, 2.0) is None


def test_cancelling_summands_are_judged_by_their_size() -> None:
    # A gradient of a million summands in single precision is right to a few digits of the summands, not of their sum.
    def line(step: float) -> float:
        return 1e-3 * step

    assert judge(1.1e-3, line, around=1.0, tolerance=1e-3, size=1.0).verdict == "agrees"
    assert judge(1.1e-3, line, around=1.0, tolerance=1e-3).verdict == "mismatch"
