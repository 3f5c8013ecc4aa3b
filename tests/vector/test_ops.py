"""Every operation of the table on Tensors."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vector
from tests.checks import (
    VECTOR,
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

FEW, MORE = (settings().max_examples // share for share in (32, 4))  # of each of several hundred rows
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
@settings(max_examples=FEW)
@given(data=st.data())
def test_every_promise_on_drawn_shapes(row: Row, data: st.DataObject) -> None:
    keep_every_promise(row, data)


@pytest.mark.slow
@pytest.mark.parametrize("row", VECTOR_ROWS + FUNCTION_ROWS, ids=str)
@settings(max_examples=MORE)
@given(data=st.data())
def test_every_promise_on_more_shapes(row: Row, data: st.DataObject) -> None:
    keep_every_promise(row, data)


def keep_every_promise(row: Row, data: st.DataObject) -> None:
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


@pytest.mark.parametrize("row", [row for row in POINTWISE if len(row.domains) > 1], ids=str)
def test_one_operand_alone_moves_the_whole_result(row: Row) -> None:
    """Also where its slope does not depend on the others, so that they alone tell the result's shape."""
    for case in row.cases():
        operands = case.sample()
        g = upstream(case, operands)
        slopes = by_vector(case.f, operands, g).gradients
        for i, (x, slope) in enumerate(zip(operands, slopes, strict=True)):
            t = np.cos(1 + np.arange(x.size)).reshape(x.shape)
            alone = _beside(case, operands, i)
            value, moved = vector.jvp(alone, (x,), (t,))
            assert moved.shape == value.shape == g.shape
            np.testing.assert_allclose(np.sum(g * moved), np.sum(slope * t), 1e-9, 1e-9, err_msg=f"{case} by {i}")


def _beside(case: Case, operands: Sequence[Any], i: int) -> Callable[[Any], Any]:
    """The case as a function of one operand."""
    return lambda x: case.f(VECTOR, *operands[:i], x, *operands[i + 1 :])


FAR_OUT = [0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 6.0, -6.0, 12.3, -17.5, 100.25, -80.0, 1000.3, -1000.3]
ROUNDS_ANEW = {"unwrap"}
"""Functions whose numbers do not follow from rounded operands."""


@pytest.mark.parametrize("row", [row for row in POINTWISE if not row.widens and row.name not in ROUNDS_ANEW], ids=str)
def test_far_out_a_narrow_dtype_has_its_digits(row: Row) -> None:
    """1 − y + y/x of silu had none left in float16 from 2048 on."""
    every = itertools.product(FAR_OUT[: None if len(row.domains) < 3 else 8], repeat=len(row.domains))
    points = np.array([point for point in every if row.name != "celu" or point[1]]).T
    for dtype, tolerance in ((np.float32, 3e-5), (np.float16, 2e-2)):
        operands = [x.astype(dtype) for x in points]
        with np.errstate(all="ignore"):
            narrow, wide = by_vector(row.f, operands), by_vector(row.f, [x.astype(float) for x in operands])
        for actual, expected in zip([narrow.value, *narrow.gradients], [wide.value, *wide.gradients], strict=True):
            fits = np.isfinite(expected) & (np.abs(expected) < np.finfo(dtype).max / 4)
            assert np.all(np.isfinite(actual[fits]))
            np.testing.assert_allclose(actual[fits], expected[fits], tolerance, tolerance)
