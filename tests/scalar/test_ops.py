"""Every operation of the table on Values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scalar
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
METHODS = [case for case in CASES if hasattr(Value, case.row.name)]


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
    name, (x,) = case.row.name, map(float, case.sample())
    function, method = getattr(scalar, name)(Value(x)), getattr(Value, name)(Value(x))
    assert (function.op, function.data, function.locals) == (method.op, method.data, method.locals)
    assert getattr(scalar, name)(x) == function.data


def test_numbers_stay_numbers() -> None:
    assert type(scalar.exp(1)) is float
    assert scalar.maximum(1.0, 2) == 2
