import numpy as np
import pytest
from tests.checks import VECTOR, by_vector, check
from tests import table
from tests.table import Case

CASES = [case for row in table.VECTOR for case in row.cases()]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_value_and_gradient_agree_with_every_judge(case: Case) -> None:
    operands = case.sample()
    shape = np.shape(case.f(VECTOR, *operands))
    check(by_vector, case, operands, np.random.default_rng(1).normal(size=shape))
