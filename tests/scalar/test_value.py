"""What a Value is: a number with a past and an identity."""

import array
import cmath
import decimal
import fractions
import math
import operator
import random
import re
import statistics
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import scalar
from scalar import NOT_COMPUTED, Value

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


WAYS_OUT: dict[str, Callable[[Value], Any]] = {
    "float": float,
    "int": int,
    "complex": complex,
    "round": round,
    "round to 1": lambda x: round(x, 1),
    "operator.index": operator.index,
    "math.exp": lambda x: x * math.exp(-x),
    "math.floor": math.floor,
    "math.ceil": math.ceil,
    "math.trunc": math.trunc,
    "math.fsum": lambda x: math.fsum([x, x]),
    "math.isclose": lambda x: math.isclose(x, 2.0),
    "cmath.exp": cmath.exp,
    "fmean": lambda x: statistics.fmean([x, x]),
    "array.array": lambda x: array.array("d", [x]),
    "np.float64": np.float64,
    "an array of floats": lambda x: np.array([x], dtype=float),
    "range": range,
}


@pytest.mark.parametrize("kind", ["leaf", "parameter", "result"])
@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT.keys())
def test_no_number_leaves_the_graph_unseen(way: Callable[[Value], Any], kind: str) -> None:
    """`x * math.exp(-x)` at 2 gave the gradient 0.135 for −0.135."""
    x = Value(2.0) * 1 if kind == "result" else Value(2.0, role="parameter" if kind == "parameter" else "input")
    with pytest.raises(TypeError, match=r"scalar\.exp\(x\) for math\.exp\(x\).*Value of -?2\.0.*write x\.data"):
        way(x)


@pytest.mark.parametrize(
    "way",
    [np.exp, statistics.mean, lambda x: struct.pack("d", x), fractions.Fraction, decimal.Decimal],
    ids=["np.exp", "mean", "struct.pack", "Fraction", "Decimal"],
)
def test_others_refuse_a_value_in_their_own_words(way: Callable[[Any], Any]) -> None:
    with pytest.raises((TypeError, struct.error)):
        way(Value(2.0))


def test_what_goes_through_operators_and_methods_alone_stays_in_the_graph() -> None:
    x = Value(2.0)
    for out, slope in [
        (np.exp(np.array([x]))[0], math.exp(2.0)),
        (np.mean([x, x * x]), 2.5),
        (np.dot(np.array([x, x]), np.array([1.0, 2.0])), 3.0),
        (math.prod([x, x]), 4.0),
        ((x > 0) * x, 1.0),
        (np.sort(np.array([x * x, x]))[1], 4.0),
        (max(x, 3 * x), 3.0),
    ]:
        x.grad = NOT_COMPUTED
        out.backward()
        assert x.grad == pytest.approx(slope, rel=1e-15)


def test_comparing_and_printing_read_the_number() -> None:
    x = Value(2.75, "x")
    assert bool(x)
    assert not Value(0.0)
    assert f"{x:.1f} {x:>6} {x:e} {x!s:.5}" == "2.8   2.75 2.750000e+00 Value"
    assert f"{x}" == str(x) == "Value(data=2.75, grad=not computed, label='x')"
    with pytest.raises(ValueError, match="format code 'd'"):
        format(x, "d")


def test_a_value_as_data_is_refused_by_the_next_backward_pass() -> None:
    # Each step's data would hold the graph of all the steps before.
    changes: list[Callable[[Value], Any]] = [lambda p: p - 0.1 * p.grad, lambda p: p.data - Value(0.1)]
    for change in changes:
        p = Value(1.0, role="parameter")
        (p * p).backward()
        p.data = change(p)
        with pytest.raises(TypeError, match=r"backward: expected numbers as data, got a Value; write p\.data -= …"):
            (p * 2.0 + 1.0).backward()


@pytest.mark.parametrize("written", ["+=", "-=", "*=", "/=", "**="])
def test_assigning_to_a_parameters_name_is_refused(written: str) -> None:
    """`p -= lr * p.grad` gave the name another Value, and trained nothing."""
    function = {"+=": "iadd", "-=": "isub", "*=": "imul", "/=": "itruediv", "**=": "ipow"}[written]
    p, total = Value(3.0, "w", role="parameter"), Value(3.0)
    (p * p).backward()
    with pytest.raises(TypeError, match=re.escape(f"expected p.data {written} …")):
        getattr(operator, function)(p, 0.1 * p.grad)
    assert p.data == 3.0
    out = getattr(operator, function)(total, p)
    assert out is not total
    assert out.data == getattr(operator, function)(3.0, 3.0)
    assert (total.data, out.parents) == (3.0, (total, p))


def test_the_line_that_the_error_shows_trains() -> None:
    model = scalar.nn.MLP(1, [1], generator=random.Random(0))
    total = Value(0.0)
    for out in scalar.trees.tree_leaves(model([2.0])):
        total += out
    total.backward()
    before = [p.data for p in model.parameters()]
    for p in model.parameters():
        p.data -= 0.5 * p.grad
    assert [p.data for p in model.parameters()] == [before[0] - 1.0, before[1] - 0.5]


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
