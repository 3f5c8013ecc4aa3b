"""Every operation of the table on Tensors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks import (
    by_vector,
    check,
    check_dtype,
    check_forward_mode,
    check_second_order,
    check_singular,
    upstream,
)
from tests.row import Case, Mathematics, Row
from tests.shapes import cases
from tests.table import FUNCTION_ROWS, HALF_ROWS, POINTWISE, VECTOR_ROWS

FEWER = settings().max_examples // 5  # of each of several hundred rows
CASES = [case for row in VECTOR_ROWS + FUNCTION_ROWS for case in row.cases()]
SINGULAR = [
    pytest.param(row.scalar_case(), point, expected, id=f"{row} at {point}")
    for row in POINTWISE
    for point, expected in row.singular.items()
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_value_and_gradient_agree_with_every_judge(case: Case) -> None:
    operands = case.sample()
    check(by_vector, case, operands, upstream(case, operands))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_forward_mode_agrees_with_reverse_mode(case: Case) -> None:
    operands = case.sample()
    check_forward_mode(case, operands, upstream(case, operands))


@pytest.mark.parametrize("case", [case for case in CASES if case.row.smooth], ids=str)
def test_second_order_agrees_with_pytorch(case: Case) -> None:
    operands = case.sample()
    check_second_order(case, operands, upstream(case, operands))


@pytest.mark.parametrize("row", VECTOR_ROWS + FUNCTION_ROWS, ids=str)
@settings(max_examples=FEWER)
@given(data=st.data())
def test_every_promise_on_drawn_shapes(row: Row, data: st.DataObject) -> None:
    case = data.draw(cases(row))
    operands = case.sample(0 if row.tolerance > 1e-10 else data.draw(st.integers(0, 9)))
    g = upstream(case, operands)
    check(by_vector, case, operands, g)
    check_forward_mode(case, operands, g)
    if row.smooth:
        check_second_order(case, operands, g)
    if not row.widens:
        check_dtype(case, np.float32, 1e-3)


@pytest.mark.parametrize(("case", "point", "expected"), SINGULAR)
def test_singular_point(case: Case, point: tuple[float, ...], expected: Mathematics | None) -> None:
    with np.errstate(all="ignore"):  # NumPy's warnings about NaN and infinity are the subject of test_trouble.py
        check_singular(by_vector, case, point, expected)


NARROW = [case for case in CASES if not case.row.widens]
HALF = [case for case in NARROW if case.row in HALF_ROWS]


@pytest.mark.parametrize("case", NARROW, ids=str)
def test_float32_stays_float32(case: Case) -> None:
    check_dtype(case, np.float32, 1e-4)


@pytest.mark.parametrize("case", HALF, ids=str)
def test_float16_stays_float16(case: Case) -> None:
    check_dtype(case, np.float16, 0.25)
