"""Every operation of the table on Tensors."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from tests.checks import VECTOR, by_vector, check, check_forward_mode, check_second_order, check_singular
from tests.judges import Array
from tests.row import Case, Mathematics, Row
from tests.rows_pointwise import FOLDING_FUNCTIONS, FOLDING_RULES
from tests.table import FUNCTION_ROWS, POINTWISE, VECTOR_ROWS

CASES = [case for row in VECTOR_ROWS + FUNCTION_ROWS for case in row.cases()]
SINGULAR = [
    pytest.param(row.scalar_case(), point, expected, id=f"{row} at {point}")
    for row in POINTWISE
    for point, expected in row.singular.items()
]


def upstream(case: Case, operands: list[Array]) -> Array:
    """A random upstream gradient: one of all ones would not see a gradient that is permuted."""
    shape = np.shape(case.f(VECTOR, *operands))
    return np.asarray(np.random.default_rng(1).normal(size=shape))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_value_and_gradient_agree_with_every_judge(case: Case) -> None:
    operands = case.sample()
    check(by_vector, case, operands, upstream(case, operands))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_forward_mode_agrees_with_reverse_mode(case: Case) -> None:
    operands = case.sample()
    check_forward_mode(case, operands, upstream(case, operands))


@pytest.mark.parametrize("case", [case for case in CASES if case.row.name != "astype"], ids=str)
def test_second_order_agrees_with_pytorch(case: Case) -> None:
    operands = case.sample()
    check_second_order(case, operands, upstream(case, operands))


@pytest.mark.parametrize("row", [row for row in POINTWISE if not row.shapes], ids=str)
@given(data=st.data())
def test_every_shape_that_broadcasts(row: Row, data: st.DataObject) -> None:
    drawn = data.draw(mutually_broadcastable_shapes(num_shapes=len(row.domains), min_side=0, max_side=3, max_dims=3))
    case = Case(row, drawn.input_shapes, {})
    operands = case.sample(data.draw(st.integers(0, 99)))
    g = upstream(case, operands)
    assert g.shape == drawn.result_shape
    check(by_vector, case, operands, g)


@pytest.mark.parametrize(("case", "point", "expected"), SINGULAR)
def test_singular_point(case: Case, point: tuple[float, ...], expected: Mathematics | None) -> None:
    with np.errstate(all="ignore"):  # NumPy's warnings about NaN and infinity are the subject of test_trouble.py
        check_singular(by_vector, case, point, expected)


NARROW = [case for case in CASES if not case.row.widens]
HALF = [case for case in NARROW if case.row in POINTWISE + FOLDING_RULES + FOLDING_FUNCTIONS]  # LAPACK has no float16


@pytest.mark.parametrize("case", NARROW, ids=str)
def test_float32_stays_float32(case: Case) -> None:
    check_dtype(case, np.float32, 1e-4)


@pytest.mark.parametrize("case", HALF, ids=str)
def test_float16_stays_float16(case: Case) -> None:
    check_dtype(case, np.float16, 0.25)


def check_dtype(case: Case, dtype: type[np.floating[Any]], tolerance: float) -> None:
    """Value and gradients come in the operands' dtype, and are what they are in float64 but for rounding."""
    operands = [x.astype(dtype) for x in case.sample()]
    g = upstream(case, case.sample()).astype(dtype)
    with np.errstate(over="ignore"):  # a product of many numbers leaves the range of float16
        narrow = by_vector(case.f, operands, g)
        double = by_vector(case.f, [x.astype(float) for x in operands], g.astype(float))
        for actual, expected in zip([narrow.value, *narrow.gradients], [double.value, *double.gradients], strict=True):
            assert actual.dtype == dtype
            np.testing.assert_allclose(actual, expected.astype(dtype), rtol=tolerance, atol=tolerance)
