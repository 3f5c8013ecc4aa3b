import math

import pytest

import scalar
import vector
from demos.elementary import COMPLEX, REAL
from demos.expression import ExpressionError
from demos.parser import FUNCTIONS, parse


def test_one_expression_runs_on_everything() -> None:
    expression = parse("ln(x1) + x1*x2 - sin(x2)")
    inputs = {"x1": 2.0, "x2": 5.0}
    expected = math.log(2) + 10 - math.sin(5)
    values = expression.evaluate(scalar, {name: scalar.Value(number, name) for name, number in inputs.items()})
    tensors = expression.evaluate(vector, {name: vector.tensor(number, label=name) for name, number in inputs.items()})
    assert values.data == pytest.approx(expected, rel=1e-15)
    assert float(tensors.data) == pytest.approx(expected, rel=1e-15)
    assert expression.evaluate(math, inputs) == pytest.approx(expected, rel=1e-15)
    assert expression.evaluate(COMPLEX, {"x1": 2 + 0j, "x2": 5 + 0j}) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_exists_wherever_an_expression_runs(name: str) -> None:
    call = f"{name}({', '.join('xy'[: FUNCTIONS[name]])})"
    inputs = {"x": 0.7, "y": 0.3}
    expected = parse(call).evaluate(REAL, inputs)
    assert parse(call).evaluate(COMPLEX, dict(inputs)) == pytest.approx(expected, rel=1e-15)
    assert parse(call).evaluate(scalar, {k: scalar.Value(v) for k, v in inputs.items()}).data == pytest.approx(expected)
    tensors = {k: vector.tensor(v) for k, v in inputs.items()}
    assert float(parse(call).evaluate(vector, tensors).data) == pytest.approx(expected)


def test_a_long_sum_is_not_deep() -> None:
    assert parse(" + ".join(["x"] * 800)).evaluate(REAL, {"x": 0.5}) == 400.0


def test_an_expression_is_immutable() -> None:
    with pytest.raises(AttributeError):
        parse("x").source = "y"  # type: ignore[misc]


def test_every_value_that_is_missing_is_named() -> None:
    with pytest.raises(ExpressionError, match="x3 has no value: add x3=… y=…") as caught:
        parse("x1 * x3 + y*x3").evaluate(REAL, {"x1": 1.0})
    assert caught.value.column == 5
