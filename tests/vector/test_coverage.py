"""Every function stands in the table, and NumPy's function of that name, given Tensors, does the same."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import vector
from tests.checks import VECTOR
from tests.row import Case
from tests.rows_linalg import LINALG_FUNCTIONS, LINALG_RULES
from tests.rows_shape import SHAPE_FUNCTIONS, SHAPE_RULES
from vector import functions
from vector.functions import indexing, joining, linalg, product, shape

# NumPy's own functions; from the engine only what NumPy has not: the rules, and `replaced`.
NUMPY = SimpleNamespace(**{**vars(VECTOR), **vars(np)})
ROWS = SHAPE_RULES + SHAPE_FUNCTIONS + LINALG_RULES + LINALG_FUNCTIONS


def names(code: Any) -> Iterable[str]:
    """The names that a function, and those defined inside it, look up."""
    yield from code.co_names
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            yield from names(constant)


@pytest.mark.parametrize("module", [shape, joining, indexing, product, linalg], ids=lambda m: m.__name__.split(".")[-1])
def test_every_function_is_in_the_table(module: Any) -> None:
    used = {name for row in ROWS for name in names(row.f.__code__)}
    tested_by_the_older_rows = {"expand_dims", "ravel", "reshape", "squeeze", "swapaxes", "transpose", "broadcast_to"}
    public = {name for name in {*functions.__all__, *linalg.__all__} if getattr(module, name, None) is not None}
    own = {name for name in public if getattr(module, name).__module__ == module.__name__}
    assert own - used - tested_by_the_older_rows == set()


@pytest.mark.parametrize("case", [case for row in ROWS for case in row.cases()][::2], ids=str)
def test_numpys_function_is_ours(case: Case) -> None:
    tensors = [vector.Tensor(x, requires_grad=True) for x in case.sample()]
    ours, numpys = case.f(VECTOR, *tensors), case.f(NUMPY, *tensors)
    assert (numpys.op, numpys.requires_grad) == (ours.op, True)
    np.testing.assert_array_equal(numpys.data, ours.data)
    np.testing.assert_array_equal(case.f(VECTOR, *case.sample()), ours.data)
