"""What a Value is: a number with a past and an identity."""

import math
from collections.abc import Callable
from typing import Any

import pytest

import scalar
from scalar import Value

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, y: x + y,
    "−": lambda x, y: x - y,
    "×": lambda x, y: x * y,
    "÷": lambda x, y: x / y,
    "**": lambda x, y: x**y,
    "max": scalar.max,
    "min": scalar.min,
}


def test_a_leaf() -> None:
    x = Value(3, "x")
    assert type(x.data) is float
    assert (x.data, x.label, x.op, x.parents, x.role) == (3.0, "x", "", (), "input")


@pytest.mark.parametrize("op", BINARY)
def test_what_was_written_is_one_node_with_its_operands_in_order(op: str) -> None:
    x, y = Value(2.0), Value(5.0)
    for operands in [(x, y), (y, x), (x, x)]:
        out = BINARY[op](*operands)
        assert (out.op, out.role, out.label) == (op, "operation", "")
        assert [*map(id, out.parents)] == [*map(id, operands)]


@pytest.mark.parametrize("op", BINARY)
def test_a_number_on_either_side_is_a_constant_operand(op: str) -> None:
    x = Value(2.0)
    right, left = BINARY[op](x, 3), BINARY[op](3, x)
    assert [(p.data, p.role) for p in right.parents] == [(2.0, "input"), (3.0, "constant")]
    assert [(p.data, p.role) for p in left.parents] == [(3.0, "constant"), (2.0, "input")]
    assert (right.data, left.data) == (BINARY[op](2.0, 3), BINARY[op](3, 2.0))


def test_unary_operators() -> None:
    x = Value(-2.0)
    assert ((-x).op, (-x).data) == ("neg", 2.0)
    assert (abs(x).op, abs(x).data) == ("abs", 2.0)
    assert +x is x


def test_sums_and_products_of_many_are_one_node() -> None:
    x, y = Value(2.0), Value(5.0)
    assert [*map(id, scalar.sum([x, y, x]).parents)] == [id(x), id(y), id(x)]
    assert [*map(id, scalar.dot([x, y], [y, y]).parents)] == [id(x), id(y), id(y), id(y)]
    assert (scalar.sum([x, y, x]).data, scalar.dot([x, y], [y, y]).data) == (9.0, 35.0)


def test_pythons_own_sum_works_too() -> None:
    x = Value(2.0)
    assert sum([x, x, x]).data == 6.0  # type: ignore[union-attr]  # the sum of no Values would be the int 0


def test_sum_and_dot_of_nothing_and_of_unequal_lengths() -> None:
    assert scalar.sum([]) == 0.0
    assert scalar.dot([], []) == 0.0
    with pytest.raises(ValueError, match=r"dot: expected len\(x\) == len\(y\), got 2 and 1"):
        scalar.dot([Value(1.0), Value(2.0)], [3.0])


def test_comparisons_are_by_value_with_values_and_numbers() -> None:
    x, y = Value(2.0), Value(3.0)
    assert x < y
    assert x <= 2
    assert y > 2.5
    assert y <= 3
    assert x == Value(2.0) == 2
    assert x != y
    assert x is not Value(2.0)
    assert Value(math.nan) != Value(math.nan)
    assert x != "2"


def test_hashing_is_by_identity() -> None:
    x, twin = Value(2.0), Value(2.0)
    assert x == twin
    assert len({x, twin, x}) == 2
    assert {x: "x", twin: "twin"}[x] == "x"


def test_conversions_to_plain_numbers() -> None:
    x = Value(2.75)
    assert float(x) == 2.75
    assert int(x) == 2
    assert round(x) == 3
    assert type(round(x)) is int
    assert round(x, 1) == 2.8
    assert bool(x)
    assert not Value(0.0)
    assert math.sqrt(Value(9.0)) == 3.0


def test_it_prints_its_number_gradient_and_label() -> None:
    x = Value(2.5, "x")
    assert repr(x) == "Value(data=2.5, grad=not computed, label='x')"
    x.backward()
    assert repr(x) == "Value(data=2.5, grad=1.0, label='x')"
    assert repr(Value(2.5)) == "Value(data=2.5, grad=not computed)"


def test_a_value_cannot_take_new_attributes() -> None:
    with pytest.raises(AttributeError):
        Value(1.0).gard = 0.0  # type: ignore[attr-defined]  # the misspelling is the point


@pytest.mark.parametrize("wrong", ["2", None, [1.0], 1j], ids=repr)
def test_what_is_no_real_number_is_refused(wrong: Any) -> None:
    kind = type(wrong).__name__
    with pytest.raises(TypeError, match=f"Value: expected a number or a Value, got {kind}"):
        Value(wrong)
    with pytest.raises(TypeError, match=rf"\+: expected a number or a Value, got {kind}"):
        Value(1.0) + wrong
    with pytest.raises(TypeError, match=f"exp: expected a number or a Value, got {kind}"):
        scalar.exp(wrong)


def test_a_value_of_a_value_is_refused() -> None:
    with pytest.raises(TypeError, match=r"expected a number, got a Value; use it as it is, or its \.data"):
        Value(Value(1.0))


def test_numbers_in_numbers_out() -> None:
    assert type(scalar.exp(1)) is float
    assert scalar.maximum(1.0, 2) == 2
