"""The operations that both engines have are the same functions."""

import operator
from typing import Any

import pytest

import scalar
import vector
from tests.checks import by_scalar, by_vector
from tests.judges import agree
from tests.row import Row
from tests.table import ELEMENTWISE


@pytest.mark.parametrize("row", ELEMENTWISE, ids=str)
def test_values_and_gradients_agree(row: Row) -> None:
    case = row.scalar_case()
    for seed in range(20):
        operands = case.sample(seed)
        agree(str(case), by_scalar(case.f, operands), "Tensor", by_vector(case.f, operands), case.row.tolerance)


def test_mixing_the_engines_is_an_error_and_never_loses_a_gradient() -> None:
    value: Any = scalar.Value(2.0)
    for tensor in (vector.tensor(3.0, requires_grad=True), vector.tensor([3.0, 4.0], requires_grad=True)):
        for f in (operator.add, operator.mul, operator.pow):
            with pytest.raises(TypeError):
                f(value, tensor)
            with pytest.raises(TypeError):
                f(tensor, value)
