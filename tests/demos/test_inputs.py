import math

import pytest

from demos.expression import ExpressionError
from demos.inputs import read_inputs
from demos.parser import parse


def test_values_are_numbers_or_expressions_of_numbers() -> None:
    expression = parse("x1*x2 + µ + z")
    assert read_inputs(expression, ["µ=-pi/2", "x2 = 1e-3", "x1=2", "\N{FULLWIDTH LATIN SMALL LETTER Z}=-3"]) == {
        "x1": 2.0,
        "x2": 1e-3,
        "μ": -math.pi / 2,
        "z": -3.0,
    }


def test_values_come_in_the_order_of_the_expression() -> None:
    assert list(read_inputs(parse("b*a"), ["a=1", "b=2"])) == ["b", "a"]


REFUSED = [
    (["x1=2"], "x2 has no value: add x2=…", "x1*x2", 3),
    (["x1=2", "x2=1", "x3=1"], "does not use x3; its inputs are x1, x2", "x3=1", 0),
    (["x1=2", "x2=1", "x1=2"], "x1 is given twice", "x1=2", 0),
    (["x1=two"], "the value of x1 is not a number", "x1=two", 3),
    (["x1=nan"], "the value of x1 is not a number", "x1=nan", 3),
    (["x1="], "the expression is empty", "x1=", 3),
    (["x1=1/0"], "1 / 0 is not a real number", "x1=1/0", 3),
    (["x1=1e999"], "the number is too large", "x1=1e999", 3),
    (["x1=2=3"], "holds no =", "x1=2=3", 4),
    (["x1"], "expected a value as name=number", "x1", 0),
    (["=3"], "expected a value as name=number", "=3", 0),
    (["2x=3"], "expected a value as name=number", "2x=3", 0),
    (["e=3"], "e is a constant and takes no value", "e=3", 0),
    (["exp=3"], "exp is a function and takes no value", "exp=3", 0),
]


@pytest.mark.parametrize(("assignments", "message", "source", "column"), REFUSED)
def test_refused(assignments: list[str], message: str, source: str, column: int) -> None:
    with pytest.raises(ExpressionError, match=message) as caught:
        read_inputs(parse("x1*x2"), assignments)
    assert (caught.value.source, caught.value.column) == (source, column)


def test_an_expression_without_inputs_has_no_gradient() -> None:
    with pytest.raises(ExpressionError, match="names no input"):
        read_inputs(parse("1 + 1"), [])
