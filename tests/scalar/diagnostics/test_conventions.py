"""conventions(): the choices that a backward pass makes where mathematics leaves one."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import scalar
from scalar import Value
from tests.checks import SCALAR
from tests.judges import by_pytorch
from tests.row import Case
from tests.table import SCALAR_ROWS
from tests.test_table import scalar_rules

inf = math.inf

KINKS: list[tuple[str, tuple[float, ...], list[tuple[int, tuple[float, float]]]]] = [
    ("relu", (0,), [(0, (0, 1))]),
    ("leaky_relu", (0, 0.25), [(0, (0.25, 1))]),
    ("leaky_relu", (0, 3), [(0, (1, 3))]),
    ("elu", (0, 0.25), [(0, (0.25, 1))]),
    ("elu", (0, -2), [(0, (-2, 1))]),
    ("absolute", (0,), [(0, (-1, 1))]),
    ("maximum", (2, 2), [(0, (0, 1)), (1, (0, 1))]),
    ("minimum", (2, 2), [(0, (0, 1)), (1, (0, 1))]),
    ("step", (0,), [(0, (0, inf))]),
    ("sign", (0,), [(0, (0, inf))]),
    ("hypot", (0, 0), [(0, (-1, 1)), (1, (-1, 1))]),
    ("atan2", (0, 0), [(0, (-inf, inf)), (1, (-inf, inf))]),
    ("power", (0, 0), [(1, (-inf, 0))]),
]
BOUNDS = (-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0)
FOUND: list[tuple[str, tuple[float, ...], None]] = [
    (name, (x, *op.defaults), None)
    for name, op in scalar_rules().items()
    if op.kinks is not scalar.op.smooth and name not in {name for name, _, _ in KINKS}
    for x in BOUNDS
    if op.kinks(x, *op.defaults)
]
"""The kinks of the other rows, where their pieces meet."""
CASES = {
    case.row.name: case
    for case in [Case(row, ((),) * len(row.domains), {}) for row in SCALAR_ROWS]
    if not case.row.note
}


def test_every_rule_with_kinks_is_here() -> None:
    with_kinks = {name for name, op in scalar_rules().items() if op.kinks is not scalar.op.smooth}
    assert {name for name, _, _ in [*KINKS, *FOUND]} == with_kinks


def slopes_beside(name: str, point: tuple[float, ...], argument: int) -> tuple[float, float]:
    """The smaller and the larger of the slopes on the two sides; infinite where the value jumps."""
    op = scalar_rules()[name]
    sides = [tuple(x + step * (i == argument) for i, x in enumerate(point)) for step in (-1e-6, 1e-6)]
    below, above = (op.forward(*side) for side in sides)
    if abs(above - below) > 1e-3:
        return -inf, inf
    low, high = sorted(op.local(op.forward(*side), *side)[argument] for side in sides)
    return low, high


@pytest.mark.parametrize(("name", "point", "expected"), [*KINKS, *FOUND])
def test_the_choice_is_pytorchs_and_lies_in_the_interval(
    name: str, point: tuple[float, ...], expected: list[tuple[int, tuple[float, float]]] | None
) -> None:
    case, operands = CASES[name], [Value(x) for x in point]
    out = case.f(SCALAR, *operands)
    met = out.conventions()
    if expected is None:
        assert met
        for convention in met:
            assert convention.interval == pytest.approx(slopes_beside(name, point, convention.argument), abs=1e-5)
    else:
        assert [(convention.argument, convention.interval) for convention in met] == expected
    pytorch = by_pytorch(case.judge, [np.array(float(x)) for x in point])
    for convention in met:
        low, high = convention.interval
        assert low <= convention.chosen <= high
        assert convention.node is out
        assert convention.chosen == out.locals[convention.argument]
        judge = float(pytorch.gradients[convention.argument])
        assert convention.chosen == judge or math.isnan(judge), "PyTorch's choice, unless it makes none"


@pytest.mark.parametrize("case", CASES.values(), ids=str)
def test_nothing_is_reported_at_smooth_points(case: Case) -> None:
    for seed in range(5):
        assert case.f(SCALAR, *[Value(float(x)) for x in case.sample(seed)]).conventions() == []


SMOOTH: dict[str, Callable[[Value], Value]] = {
    "the identity": lambda x: x.leaky_relu(1),
    "both sides have slope 1": lambda x: x.elu(1),
    "square": lambda x: x**2,
    "product": lambda x: x * x + x,
    "norm of another": lambda x: scalar.hypot(x, 1),
    "angle of another": lambda x: scalar.atan2(x, 1),
    "no tie": lambda x: scalar.maximum(x, 1),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_nothing_is_reported_at_zero_where_the_function_is_smooth(name: str) -> None:
    assert SMOOTH[name](Value(0.0)).conventions() == []


def test_each_one_is_listed_once_the_nearest_to_the_output_first() -> None:
    x, y = Value(0.0), Value(2.0)
    first, second = x.relu(), abs(x)
    out = scalar.maximum(first + y, y) * second + second
    assert [(c.node.op, c.argument) for c in out.conventions()] == [("max", 0), ("max", 1), ("abs", 0), ("relu", 0)]


def test_a_constant_operand_has_no_slope_to_choose() -> None:
    assert [c.argument for c in scalar.maximum(2, Value(2.0)).conventions()] == [1]
    assert [c.argument for c in scalar.maximum(Value(2.0), 2).conventions()] == [0]
    assert (Value(0.0) ** 0).conventions() == []


def test_it_says_what_was_met_and_what_was_chosen() -> None:
    def lines(out: Any) -> list[str]:
        return [str(convention) for convention in out.conventions()]

    assert lines(Value(0.0).leaky_relu(0.25)) == [
        "leaky_relu(0, 0.25): operand 0 has a slope in [0.25, 1], chosen 0.25"
    ]
    assert lines(scalar.maximum(Value(-1.5), -1.5)) == ["max(−1.5, −1.5): operand 0 has a slope in [0, 1], chosen 0.5"]
    assert lines(Value(0.0).step()) == ["step(0): operand 0 has a slope in [0, ∞], chosen 0"]


def test_a_leaf_and_a_leaf_at_a_kink() -> None:
    assert Value(0.0).conventions() == []
    kink = Value(0.0).relu()
    assert [c.node for c in kink.conventions()] == [kink]
    assert kink.parents[0].conventions() == []
