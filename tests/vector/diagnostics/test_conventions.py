"""conventions(): the choices that a backward pass makes where mathematics leaves one."""

import math
from typing import Any

import numpy as np
import pytest

import vector
from tests.checks import VECTOR
from tests.scalar.diagnostics.test_conventions import FOUND
from tests.table import POINTWISE
from tests.test_table import scalar_rules, vector_rules
from vector import tensor
from vector.diagnostics.conventions import Convention

inf = math.inf

# Operation, operands at one of its kinks, and for each operand that has a choice there the slopes it is made from.
KINKS: list[tuple[str, tuple[float, ...], dict[int, tuple[float, float]]]] = [
    ("relu", (0,), {0: (0, 1)}),
    ("leaky_relu", (0, 0.25), {0: (0.25, 1)}),
    ("leaky_relu", (0, 3), {0: (1, 3)}),
    ("elu", (0, -2), {0: (-2, 1)}),
    ("absolute", (0,), {0: (-1, 1)}),
    ("fabs", (0,), {0: (-1, 1)}),
    ("maximum", (2, 2), {0: (0, 1), 1: (0, 1)}),
    ("minimum", (2, 2), {0: (0, 1), 1: (0, 1)}),
    ("fmax", (2, 2), {0: (0, 1), 1: (0, 1)}),
    ("fmin", (2, 2), {0: (0, 1), 1: (0, 1)}),
    ("clip", (1, 1, 2), {0: (0, 1), 1: (0, 1)}),
    ("clip", (2, 1, 2), {0: (0, 1), 2: (0, 1)}),
    ("copysign", (0, 3), {0: (-1, 1)}),
    ("copysign", (3, 0), {1: (-inf, inf)}),
    ("step", (0,), {0: (0, inf)}),
    ("sign", (0,), {0: (0, inf)}),
    ("heaviside", (0, 0.5), {0: (-inf, inf)}),
    ("floor", (2,), {0: (0, inf)}),
    ("ceil", (2,), {0: (0, inf)}),
    ("trunc", (2,), {0: (0, inf)}),
    ("rint", (2.5,), {0: (0, inf)}),
    ("floor_divide", (6, 3), {0: (-inf, inf), 1: (-inf, inf)}),
    ("remainder", (6, 3), {0: (-inf, inf), 1: (-inf, inf)}),
    ("fmod", (6, 3), {0: (-inf, inf), 1: (-inf, inf)}),
    ("hypot", (0, 0), {0: (-1, 1), 1: (-1, 1)}),
    ("atan2", (0, 0), {0: (-inf, inf), 1: (-inf, inf)}),
    ("power", (0, 0), {1: (-inf, 0)}),
]
KINKS += [
    (name, point, {at: interval for at, interval in enumerate(scalar_rules()[name].kinks(*point) or ()) if interval})
    for name, point, _ in FOUND
]
FOLDING = {"max", "min", "std", "sort", "partition"}
ROWS = {row.name: row for row in POINTWISE if not row.note}


def leaves(*numbers: Any) -> list[vector.Tensor]:
    return [vector.Tensor(np.asarray(x, float), requires_grad=True) for x in numbers]


def test_every_elementwise_rule_with_kinks_is_here() -> None:
    with_kinks = {name for name, op in vector_rules().items() if op.partials and op.kinks is not None}
    assert {name for name, _, _ in KINKS} == with_kinks
    assert {name for name, op in vector_rules().items() if not op.partials and op.kinks is not None} >= FOLDING


@pytest.mark.parametrize(("name", "point", "expected"), KINKS)
def test_the_choice_is_the_gradient_that_arrives_and_lies_in_the_interval(
    name: str, point: tuple[float, ...], expected: dict[int, tuple[float, float]]
) -> None:
    operands = leaves(*point)
    out = ROWS[name].f(VECTOR, *operands)
    met = out.conventions()
    assert {convention.argument: convention.interval for convention in met} == expected
    out.backward()
    for convention in met:
        assert convention.node is out
        assert convention.places == 1
        assert convention.first == ()
        assert convention.chosen == operands[convention.argument].grad
        assert convention.interval[0] <= convention.chosen <= convention.interval[1]


@pytest.mark.parametrize("name", sorted({name for name, _, _ in KINKS} - {"heaviside"}))
def test_nothing_is_reported_at_smooth_points(name: str) -> None:
    generator = np.random.default_rng(5)
    numbers = [domain.sample(generator, (7,)) for domain in ROWS[name].domains]
    assert ROWS[name].f(VECTOR, *leaves(*numbers)).conventions() == []


def test_places_are_counted_and_the_first_is_named_in_the_shape_of_the_result() -> None:
    x, y = leaves([[1.0, 2.0], [2.0, 0.0]], [2.0, 2.0])
    out = vector.maximum(x, y)
    assert out.conventions() == [
        Convention(out, 0, 2, (0, 1), 0.5, (0, 1)),
        Convention(out, 1, 2, (0, 1), 0.5, (0, 1)),
    ]


def test_ties_of_an_extremum() -> None:
    (x,) = leaves([[1.0, 3.0, 3.0], [4.0, 0.0, 1.0]])
    out = vector.max(x, axis=1)
    assert out.conventions() == [Convention(out, 0, 2, (0, 1), 0.5, (0, 1))]
    assert vector.min(x, axis=1).conventions() == []


def test_constants_have_a_standard_deviation_of_no_slope() -> None:
    (x,) = leaves([[0.1, 0.1, 0.1], [4.0, 0.0, 1.0]])
    out = vector.std(x, axis=1)
    assert out.conventions() == [Convention(out, 0, 3, (0, 0), 0.0, (-1, 1))]


def test_ties_of_a_sort() -> None:
    (x,) = leaves([3.0, 1.0, 3.0, 2.0])
    for out in (vector.sort(x), vector.partition(x, 2)):
        assert [(met.places, met.first, met.interval) for met in out.conventions()] == [(2, (0,), (0, 1))]
    assert vector.sort(x[1:]).conventions() == []


def test_each_operation_is_listed_once_the_nearest_to_the_output_first() -> None:
    (x,) = leaves([0.0, 1.0, 0.0])
    out = (abs(x.relu()) * 2).sum()
    assert [(met.node.op, met.places) for met in out.conventions()] == [("abs", 2), ("relu", 2)]
    assert x.conventions() == []


def test_a_constant_operand_has_no_slope_to_choose() -> None:
    assert [met.argument for met in vector.maximum(2, tensor(2.0, requires_grad=True)).conventions()] == [1]


def test_it_says_what_was_met_and_what_was_chosen() -> None:
    (x,) = leaves([[0.0, 1.0], [2.0, 0.0]])
    assert [str(met) for met in x.relu().conventions()] == [
        "relu: operand 0 has a slope in [0, 1] in 2 places, the first at [0, 0], chosen 0"
    ]
    (zero,) = leaves(0.0)
    assert [str(met) for met in zero.step().conventions()] == [
        "step: operand 0 has a slope in [0, ∞] in 1 place, chosen 0"
    ]


def test_where_a_gradient_of_zero_comes_to_an_infinite_slope() -> None:
    (x,) = leaves([0.0, 4.0, 0.0])
    with np.errstate(divide="ignore"):
        out = np.where(x > 0, np.log(x) + np.sqrt(x), 0).sum()
    assert [(met.node.op, met.argument, met.places, met.first, met.chosen) for met in out.conventions()] == [
        ("sqrt", 0, 2, (0,), 0.0),
        ("log", 0, 2, (0,), 0.0),
    ]
    assert str(out.conventions()[1]) == "log: operand 0 meets 0·∞ in 2 places, the first at [0], chosen 0"
    out.backward()
    np.testing.assert_array_equal(x.grad, [0, 0.5, 0])


def test_an_infinite_slope_that_is_asked_for_is_no_convention() -> None:
    (x,) = leaves([0.0, 4.0])
    out = np.sqrt(x).sum()
    assert out.conventions() == []
    out.backward()
    np.testing.assert_array_equal(x.grad, [inf, 0.25])
