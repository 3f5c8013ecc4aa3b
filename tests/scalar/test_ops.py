"""Every operation of the table on Values."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scalar
from scalar import Value
from tests.checks import SCALAR, by_scalar, check
from tests.judges import Verdict, agree, by_pytorch
from tests.table import SCALAR as ROWS
from tests.table import Case, Mathematics

CASES = [Case(row, ((),) * len(row.domains), {}) for row in ROWS]
UNARY = [case for case in CASES if len(case.shapes) == 1 and not case.row.note]
SINGULAR = [
    pytest.param(case, point, expected, id=f"{case.row.name}{case.row.note}{point}")
    for case in CASES
    for point, expected in case.row.singular.items()
]


@pytest.mark.parametrize("case", CASES, ids=str)
@given(data=st.data())
def test_value_and_gradient_agree_with_every_judge(case: Case, data: st.DataObject) -> None:
    point = data.draw(st.tuples(*[domain.strategy() for domain in case.row.domains]))
    check(by_scalar, case, [np.array(x) for x in point])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # how the engine says NaN or infinity, tested in test_trouble
@pytest.mark.parametrize(("case", "point", "expected"), SINGULAR)
def test_singular_point(case: Case, point: tuple[float, ...], expected: Mathematics | None) -> None:
    operands = [np.array(float(x)) for x in point]
    pytorch = by_pytorch(case.judge, operands)
    if expected is None:
        judge, theirs = "PyTorch", pytorch
    else:
        judge, theirs = f"mathematics ({expected.why})", expected.verdict()
    agree(f"{case.row.name}{point}", by_scalar(case.f, operands), judge, theirs, case.row.tolerance)
    if expected:
        with pytest.raises(AssertionError):
            agree("mathematics", theirs, "PyTorch", pytorch, case.row.tolerance)
