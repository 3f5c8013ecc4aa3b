"""NumPy's scalars are numbers, on either side; its arrays belong to the other engine."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import scalar
from scalar import Value

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
SCALARS = [np.float64(2.5), np.float32(2.5), np.int64(3), np.bool_(True), np.array(2.5)]


@pytest.mark.parametrize("number", SCALARS, ids=lambda x: type(x).__name__)
@pytest.mark.parametrize("op", OPERATORS)
def test_a_numpy_scalar_on_either_side_is_a_number(op: Callable[[Any, Any], Any], number: Any) -> None:
    plain = float(number)
    for x, y, expected in [(Value(1.5), number, op(1.5, plain)), (number, Value(1.5), op(plain, 1.5))]:
        out = op(x, y)
        assert type(out) is Value
        assert type(out.data) is float
        assert out.data == pytest.approx(expected)
        assert sorted(parent.role for parent in out.parents) == ["constant", "input"]


@pytest.mark.parametrize("number", SCALARS, ids=lambda x: type(x).__name__)
def test_a_numpy_scalar_makes_a_leaf_of_a_plain_float(number: Any) -> None:
    assert type(Value(number).data) is float
    assert type(scalar.exp(number)) is float


def test_comparisons_with_numpy_scalars() -> None:
    assert Value(1.5) < np.float64(2.5)
    assert np.float64(2.5) > Value(1.5)
    assert Value(2.5) == np.float64(2.5)
    assert np.float64(2.5) == Value(2.5)


@pytest.mark.parametrize("op", OPERATORS)
def test_an_array_on_either_side_is_an_error_that_points_to_vector(op: Callable[[Any, Any], Any]) -> None:
    array = np.array([1.0, 2.0])
    for x, y in [(Value(1.5), array), (array, Value(1.5))]:
        with pytest.raises(TypeError, match=r"got ndarray; for arrays use the vector engine: vector\.tensor\(array\)"):
            op(x, y)


def test_functions_and_leaves_point_to_vector_too() -> None:
    array: Any = np.array([1.0, 2.0])
    for f in (Value, scalar.exp, lambda a: scalar.maximum(Value(1.0), a), lambda a: scalar.maximum(a, Value(1.0))):
        with pytest.raises(TypeError, match="use the vector engine"):
            f(array)


def test_comparing_with_an_array_is_an_error_that_points_to_vector() -> None:
    array = np.array([1.0, 2.0])
    pairs: list[Any] = [(Value(1.5), array), (array, Value(1.5))]
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        for x, y in pairs:
            with pytest.raises(TypeError, match="use the vector engine"):
                compare(x, y)
