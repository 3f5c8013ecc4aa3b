"""scalar_compile.compile and derivatives: each of the other."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import scalar
from demos import scalar_compile

Function = Callable[..., Any]

DERIVED: dict[str, Function] = {
    "smooth": lambda x: x * x * scalar.tanh(x),
    "cube": lambda x: x**3,
    "reciprocal": lambda x: (x + 3) ** -1,
    "exponential": lambda x: 2**x,
    "tower": lambda x: (x + 3) ** x,
    "norm": lambda x: scalar.hypot(x, 2 * x),
    "angle": lambda x: scalar.atan2(x, x + 2),
    "kinks": lambda x: scalar.relu(x) + scalar.maximum(x, -x) * x + scalar.elu(x) + scalar.abs(x),
}


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("f", DERIVED.values(), ids=DERIVED.keys())
def test_a_derivative_compiled(f: Function, order: int) -> None:
    xs = [-1.0, 0.5, 2.0] if f is DERIVED["norm"] else [-1.0, 0.0, 0.5, 2.0]
    derived = scalar.derivative(f, order)
    np.testing.assert_allclose(scalar_compile.compile(derived)(xs), [derived(x) for x in xs], 1e-13, 1e-13)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_at_the_points_where_a_rule_chooses() -> None:
    f = scalar_compile.compile(scalar.grad(lambda x, y: x**y + scalar.hypot(x, y), (0, 1)))
    x, y = [0.0, 0.0, 0.0, 2.0, 0.0], [0.0, 1.0, 2.0, 0.0, -1.0]
    expected = [scalar.grad(lambda x, y: x**y + scalar.hypot(x, y), (0, 1))(*at) for at in zip(x, y, strict=True)]
    np.testing.assert_allclose(np.transpose(f(x, y)), expected, 1e-14)


def test_the_derivative_of_a_compiled_function() -> None:
    f = scalar_compile.compile(lambda w, x: w * w * x)
    assert scalar.grad(lambda w: f.sum(w, [1.0, 2.0]))(3.0) == 18.0


def test_the_row_of_a_compiled_sum_has_a_slope_for_each_operand_and_none_for_a_plain_number() -> None:
    w, v = scalar.Value(2.0), scalar.Value(1.0)
    total = scalar_compile.compile(lambda w, k, v, x: w * k * x - v * x).sum(w, 10.0, v, [1.0, 2.0])
    assert total.parents == (w, v)
    assert total.rule is not None
    assert [*total.rule.local(total.data, 2.0, 1.0)] == [*total.locals] == [30.0, -3.0]  # there were three once
