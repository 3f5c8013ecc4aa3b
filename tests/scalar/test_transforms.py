"""grad, value_and_grad, derivative, jacobian, hessian, jvp: on every kind of argument, and inside each other."""

import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import scalar
from scalar import NOT_COMPUTED, Value, derivative, grad, hessian, jacobian, jvp, value_and_grad


class Line(NamedTuple):
    slope: Any
    intercept: Any


def close(x: float) -> Any:
    return pytest.approx(x, rel=1e-12)


# ---------------------------------------------------------------- arguments and results


def test_numbers_in_numbers_out() -> None:
    assert type(grad(lambda x: x**2)(3)) is float
    assert [type(y) for y in value_and_grad(lambda x: x**2)(np.float32(3))] == [float, float]


@pytest.mark.parametrize(
    ("argnums", "expected"), [(0, 6.0), (1, 3.0), (-1, 2.0), (-3, 6.0), ((0, 2), (6.0, 2.0)), ((-1, 0), (2.0, 6.0))]
)
def test_argnums(argnums: Any, expected: Any) -> None:
    assert grad(lambda x, y, z: 2 * x * y + y + 2 * z, argnums)(1.0, 3.0, 5.0) == expected


def test_the_other_arguments_are_handed_over_as_they_are() -> None:
    assert grad(lambda x, name, n: scalar.sum([x] * n) if name == "sum" else x)(1.0, "sum", 3) == 3.0


def test_structures_come_back_in_their_own_form() -> None:
    def f(p: Any) -> Any:
        (a, [b]), line = p["pair"], p["line"]
        return a * b + line.slope * 3 + line.intercept

    point = {"pair": (2.0, [5.0]), "line": Line(1.0, 0.0), "unused": 7.0, "none": []}
    expected = {"pair": (5.0, [2.0]), "line": Line(3.0, 1.0), "unused": 0.0, "none": []}
    assert grad(f)(point) == expected
    value, gradient = value_and_grad(f)(point)
    assert (value, gradient) == (13.0, expected)
    assert type(gradient["line"]) is Line


def test_a_jacobian_has_the_results_structure_with_the_arguments_structure_inside() -> None:
    def polar(p: Any) -> Any:
        return {"x": p.slope * scalar.cos(p.intercept), "both": (p.slope, 1.0)}

    assert jacobian(polar)(Line(2.0, 0.0)) == {"x": Line(1.0, 0.0), "both": (Line(1.0, 0.0), Line(0.0, 0.0))}
    assert jacobian(lambda x, y: [x * y, y], (0, 1))(2.0, 3.0) == [(3.0, 2.0), (0.0, 1.0)]
    assert jacobian(lambda x: x * x)(3.0) == 6.0


def test_forward_mode_takes_and_gives_structures() -> None:
    primals, tangents = ({"a": 2.0, "b": [3.0]}, 5.0), ({"a": 1.0, "b": [10.0]}, 100.0)
    value, moved = jvp(lambda p, c: [p["a"] * p["b"][0], c, 1.0], primals, tangents)
    assert (value, moved) == ([6.0, 5.0, 1.0], [3.0 + 20.0, 100.0, 0.0])
    assert jvp(lambda x: x * x, primals=(3.0,), tangents=(1.0,)) == (9.0, 6.0)


def test_a_function_that_does_not_use_its_argument_is_flat() -> None:
    for constant in (3, 3.0, Value(3.0)):
        assert grad(lambda x, c=constant: c)(1.0) == 0.0
    assert value_and_grad(lambda x: 3)(1.0) == (3.0, 0.0)
    assert hessian(lambda v: v[0] + v[1])([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert derivative(lambda x: 3 * x, order=5)(2.0) == 0.0


def test_the_identity() -> None:
    assert grad(lambda x: x)(2.0) == 1.0
    assert jvp(lambda x: x, (2.0,), (7.0,)) == (2.0, 7.0)
    assert jacobian(lambda v: v)([1.0, 2.0]) == [[1.0, 0.0], [0.0, 1.0]]


def test_order_zero_is_the_function() -> None:
    assert derivative(math.sqrt, order=0)(9.0) == 3.0


def test_derivatives_of_every_order() -> None:
    for order, expected in enumerate([32.0, 80.0, 160.0, 240.0, 240.0, 120.0, 0.0]):
        assert derivative(lambda x: x**5, order)(2.0) == expected


# ---------------------------------------------------------------- inside each other


def test_an_inner_derivative_is_not_confused_with_the_outer_one() -> None:
    """Siskind & Pearlmutter, "Nesting forward-mode AD in a functional framework", 2008, with each pair of modes."""

    def forward(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: jvp(f, (x,), (1.0,))[1]

    modes: list[Callable[..., Any]] = [grad, forward]
    for d, D in itertools.product(modes, modes):
        assert D(lambda x, d=d: x * d(lambda y: x + y)(x))(5.0) == 1.0
        assert D(lambda x, d=d: x * d(lambda y: x + y)(1.0))(1.0) == 1.0
        assert D(lambda x, d=d: x * d(lambda y: x * y)(2.0))(3.0) == 6.0
        assert D(lambda x, d=d: d(lambda y: x * y * y)(3.0))(2.0) == 6.0
        # one more level, where the innermost variable meets both others
        assert D(lambda x, d=d: d(lambda y: y * d(lambda z: x * y * z)(y))(x))(2.0) == 8.0


def test_a_function_made_in_one_derivative_and_called_in_another() -> None:
    """Manzyuk et al., "Perturbation confusion in forward automatic differentiation of higher-order functions", 2019."""

    def shift(offset: Any) -> Any:
        return lambda f: lambda x: f(x + offset)

    # d/du of (the derivative of f at x + u), at u = 0, is f″(x)
    for x in (0.5, 1.5):
        assert grad(lambda u, x=x: grad(shift(u)(scalar.exp))(x))(0.0) == close(math.exp(x))


def test_a_variable_outside_every_derivative_stays_a_variable() -> None:
    w = Value(3.0, "w")
    slope = grad(lambda x: w * x * x)(2.0)  # 2wx
    assert isinstance(slope, Value)
    assert (slope.data, w.grad) == (12.0, NOT_COMPUTED)
    slope.backward()
    assert w.grad == 4.0

    value, moved = jvp(lambda x: w * x * x, (2.0,), (w,))  # w·2wx
    moved.backward()
    assert (value.data, moved.data, w.grad) == (12.0, 36.0, 4.0 + 24.0)


def test_an_argument_that_is_a_variable() -> None:
    w = Value(3.0, "w")
    slope = grad(lambda x: x**3)(w)
    slope.backward()
    assert (slope.data, w.grad) == (27.0, 18.0)


def test_gradients_of_the_arguments_are_left_alone() -> None:
    w = Value(3.0)
    w.grad = 7.0
    hessian(lambda v: v[0] * w * v[1])([w, w])
    assert w.grad == 7.0


POINT = [0.75, -1.25, 0.5]


def tangled(m: Any, v: Any) -> Any:
    """Reuse, constants on either side, and n-ary operations."""
    x, y, z = v
    a = m.tanh(x * y + 0.5) / (1 + z * z)
    b = m.exp(-a * z) ** 2 - 3 / (x + 2)
    return a * b * a + m.sqrt(b * b + 1) * y


def test_the_hessian_is_pytorchs() -> None:
    expected = torch.autograd.functional.hessian(lambda v: tangled(torch, v), torch.tensor(POINT, dtype=torch.float64))
    rows = hessian(lambda v: tangled(scalar, v))(POINT)
    assert rows == [pytest.approx(row, rel=1e-12) for row in expected.tolist()]
    assert all(type(entry) is float for row in rows for entry in row)


def test_hessian_vector_products_by_every_pair_of_modes() -> None:
    direction = [1.0, -2.0, 0.5]
    _, expected = torch.autograd.functional.hvp(
        lambda v: tangled(torch, v),
        torch.tensor(POINT, dtype=torch.float64),
        torch.tensor(direction, dtype=torch.float64),
    )

    def f(v: Any) -> Any:
        return tangled(scalar, v)

    forward_over_reverse = jvp(grad(f), (POINT,), (direction,))[1]
    reverse_over_forward = grad(lambda v: jvp(f, (v,), (direction,))[1])(POINT)
    reverse_over_reverse = grad(lambda v: scalar.dot(grad(f)(v), direction))(POINT)
    for product in (forward_over_reverse, reverse_over_forward, reverse_over_reverse):
        assert product == pytest.approx(expected.tolist(), rel=1e-12)


def test_forward_over_forward() -> None:
    def line(t: Any) -> Any:
        return tangled(scalar, [x + t * d for x, d in zip(POINT, (1.0, -2.0, 0.5), strict=True)])

    once, twice = jvp(lambda t: jvp(line, (t,), (1.0,))[1], (0.0,), (1.0,))
    assert once == close(derivative(line)(0.0))
    assert twice == close(derivative(line, order=2)(0.0))


def test_the_jacobian_of_a_jacobian_and_of_value_and_grad() -> None:
    def f(v: Any) -> Any:
        return [v[0] * v[1] * v[1], v[0] + v[1]]

    assert jacobian(jacobian(f))([2.0, 3.0]) == [[[0.0, 6.0], [6.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]]
    assert jacobian(value_and_grad(lambda x: x**3))(2.0) == (12.0, 12.0)


def test_a_derivative_inside_a_loop_of_newtons_method() -> None:
    """√a as the root that Newton's method finds for x² − a; its derivative in a is 1/(2√a)."""

    def root(a: Any) -> Any:
        x: Any = 1.0
        for _ in range(7):
            value, slope = value_and_grad(lambda x: x * x - a)(x)
            x = x - value / slope
        return x

    assert value_and_grad(root)(2.0) == (close(math.sqrt(2)), close(0.5 / math.sqrt(2)))
    assert derivative(root, order=2)(2.0) == close(-0.25 * 2**-1.5)


def test_a_third_derivative_through_a_data_dependent_branch() -> None:
    def f(x: Any) -> Any:
        return x**4 if x > 0 else -(x**4)

    assert [derivative(f, order=3)(x) for x in (2.0, -2.0)] == [48.0, 48.0]


def test_a_deep_function() -> None:
    def f(x: Any) -> Any:
        for _ in range(5_000):
            x = x + x * 0.0
        return x * x

    assert (grad(f)(3.0), derivative(f, order=2)(3.0), jvp(f, (3.0,), (1.0,))) == (6.0, 2.0, (9.0, 6.0))


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: grad(lambda x: [x, x])(1.0), "grad: expected f to give one number, got list; use jacobian"),
        (lambda: grad(lambda x: {"y": x})(1.0), "got dict; use jacobian"),
        (lambda: grad(lambda x: None)(1.0), "expected a number or a Value, got NoneType"),
        (lambda: grad(lambda x: x, 1)(1.0), "argnums: expected indices of the 1 arguments, got 1"),
        (lambda: grad(lambda x: x, (0, -2))(1.0), r"argnums: expected indices of the 1 arguments, got \(0, -2\)"),
        (grad(lambda: 1.0), "argnums: expected indices of the 0 arguments, got 0"),
        (lambda: grad(lambda x: x[0])("1"), "expected a number or a Value, got str"),
        (lambda: grad(lambda x: x[0])([]), "expected at least one number to differentiate with respect to, got none"),
        (lambda: grad(lambda x: x)(np.ones(2)), r"use the vector engine: vector\.tensor\(array\)"),
        (lambda: jvp(lambda x: x, (), ()), "expected at least one number"),
    ],
)
def test_a_mistake_is_a_type_error_that_teaches(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()


def test_a_negative_order() -> None:
    with pytest.raises(ValueError, match="derivative: expected order >= 0, got -1"):
        derivative(lambda x: x, order=-1)


def test_a_tangent_too_many() -> None:
    with pytest.raises(ValueError, match="jvp: expected one tangent per number, got 2 for 1 numbers"):
        jvp(lambda x: x, (1.0,), (1.0, 2.0))


@pytest.mark.parametrize("speed", [1j, "a", None, [1j]], ids=repr)
def test_a_speed_is_a_real_number(speed: Any) -> None:
    with pytest.raises(TypeError, match="Value: expected a number or a Value, got"):
        jvp(lambda x: x * x, (2.0,), (speed,))


def test_how_fast_a_function_moves_depends_on_the_speed() -> None:
    def moved(speed: Any) -> Any:
        return jvp(lambda x: x**3, (2.0,), (speed,))[1] ** 2

    assert grad(moved)(0.5) == 2 * 12 * 12 * 0.5
