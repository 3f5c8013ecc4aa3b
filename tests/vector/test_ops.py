"""Every operation of the table on Tensors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from tests.checks import VECTOR, by_vector, check, check_singular
from tests.judges import Array
from tests.row import Case, Mathematics, Row
from tests.table import ELEMENTWISE, VECTOR_ROWS

CASES = [case for row in VECTOR_ROWS for case in row.cases()]
SINGULAR = [
    pytest.param(row.scalar_case(), point, expected, id=f"{row} at {point}")
    for row in ELEMENTWISE
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


@pytest.mark.parametrize("row", ELEMENTWISE, ids=str)
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


@pytest.mark.parametrize("case", [case for case in CASES if case.row.name != "astype"], ids=str)
def test_float32_stays_float32(case: Case) -> None:
    operands = case.sample()
    g = upstream(case, operands)
    single = by_vector(case.f, [x.astype(np.float32) for x in operands], g.astype(np.float32))
    double = by_vector(case.f, operands, g)
    for actual, expected in zip([single.value, *single.gradients], [double.value, *double.gradients], strict=True):
        assert actual.dtype == np.float32
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)
