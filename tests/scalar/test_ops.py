"""Every operation of the table on Values."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scalar
from demos import scalar_compile
from scalar import Value
from tests.checks import by_scalar, check, check_singular
from tests.row import Case, Mathematics
from tests.table import SCALAR_ROWS

CASES = [row.scalar_case() for row in SCALAR_ROWS]
SINGULAR = [
    pytest.param(case, point, expected, id=f"{case} at {point}")
    for case in CASES
    for point, expected in case.row.singular.items()
]
METHODS = [case for case in CASES if hasattr(Value, case.row.name) and not case.row.note]


@pytest.mark.parametrize("case", CASES, ids=str)
@given(data=st.data())
def test_value_and_gradient_agree_with_every_judge(case: Case, data: st.DataObject) -> None:
    point = data.draw(st.tuples(*[domain.strategy() for domain in case.row.domains]))
    check(by_scalar, case, [np.array(x) for x in point])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # how NaN and infinity are reported: test_trouble.py
@pytest.mark.parametrize(("case", "point", "expected"), SINGULAR)
def test_singular_point(case: Case, point: tuple[float, ...], expected: Mathematics | None) -> None:
    check_singular(by_scalar, case, point, expected)


@pytest.mark.parametrize("case", METHODS, ids=str)
def test_a_method_a_function_and_a_function_of_numbers_are_the_same(case: Case) -> None:
    name, (x, *more) = case.row.name, map(float, case.sample())
    function, method = getattr(scalar, name)(Value(x), *more), getattr(Value, name)(Value(x), *more)
    assert (function.op, function.data, function.locals) == (method.op, method.data, method.locals)
    assert getattr(scalar, name)(x, *more) == function.data


@pytest.mark.parametrize("seed", range(10))
def test_sums_are_added_from_left_to_right_and_rounded_each_time(seed: int) -> None:
    """As `backward`, NumPy's compiled loop and PyTorch's reader do; the built-in sum does not, from Python 3.12 on."""
    draw = np.random.default_rng(seed)
    x, y = (draw.normal(size=(2, 9)) * 10.0 ** draw.integers(-3, 4, (2, 9))).tolist()
    total = inner = 0.0
    for a, b in zip(x, y, strict=True):
        total += a
        inner += a * b
    values = [*map(Value, x)]
    assert (scalar.sum(x), scalar.dot(x, y)) == (total, inner)
    assert (scalar.sum(values).data, scalar.dot(values, y).data) == (total, inner)
    assert scalar.losses.mean(values).data == total / 9
    compiled = scalar_compile.compile(
        lambda *x: [scalar.sum(x), scalar.dot(x, y), (x[0] + x[1]) + x[2], 1 / scalar.sum(x[:2])]
    )
    assert compiled(*x) == [total, inner, (x[0] + x[1]) + x[2], 1 / (x[0] + x[1])]


def test_a_sum_of_nothing_and_of_negative_zeros() -> None:
    assert (scalar.sum([]), scalar.dot([], [])) == (0.0, 0.0)
    with pytest.warns(RuntimeWarning, match="inf"):
        eager = [1 / scalar.sum([Value(-0.0)] * 2), 1 / (Value(-0.0) + -0.0), 1 / scalar.dot([Value(-0.0)], [1.0])]
    assert [value.data for value in eager] == [-math.inf] * 3
    compiled = scalar_compile.compile(lambda x: [1 / scalar.sum([x, x]), 1 / (x + x), 1 / scalar.dot([x], [1.0])])
    with pytest.warns(RuntimeWarning, match="inf"):
        assert compiled(-0.0) == [-math.inf] * 3


def test_above_0_a_large_slope_of_leaky_relu_takes_no_part() -> None:
    """k + (1 − k)·1 is 0 for a k so large that it swallows the 1."""
    x, k = Value(2.0), Value(1e300)
    scalar.leaky_relu(x, k).backward()
    assert (x.grad, k.grad) == (1.0, 0.0)


def test_numbers_stay_numbers() -> None:
    assert type(scalar.exp(1)) is float
    assert scalar.maximum(1.0, 2) == 2
