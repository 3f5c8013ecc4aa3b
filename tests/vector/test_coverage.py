"""Every function stands in the table, and NumPy's function of that name, given Tensors, does the same."""

from types import SimpleNamespace

import numpy as np
import pytest

import vector
from tests.checks import VECTOR
from tests.coverage import COVERED, dispatching, functions, numpy_name, refused
from tests.coverage_page import GROUPS, PAGE, page
from tests.row import Case
from tests.rows_functions import FURTHER_FUNCTIONS
from tests.rows_linalg import LINALG_FUNCTIONS, LINALG_RULES
from tests.rows_shape import SHAPE_FUNCTIONS, SHAPE_RULES
from tests.stubs import stubs
from vector import numpy_protocol

# NumPy's own functions; from the engine only what NumPy has not: the rules, and `replaced`.
NUMPY = SimpleNamespace(**{**vars(VECTOR), **vars(np), "sliding_window_view": np.lib.stride_tricks.sliding_window_view})
ROWS = SHAPE_RULES + SHAPE_FUNCTIONS + LINALG_RULES + LINALG_FUNCTIONS + FURTHER_FUNCTIONS


def test_the_table_holds_at_least_230_functions() -> None:
    assert len(functions()) >= 230


def test_every_function_is_in_the_table() -> None:
    untested = [function.name for function in functions() if not function.rows]
    assert not untested, f"no row of the table of operations uses {', '.join(untested)}; add one in tests/rows_*.py"


@pytest.mark.parametrize("case", [case for row in ROWS for case in row.cases()][::2], ids=str)
def test_numpys_function_is_ours(case: Case) -> None:
    tensors = [vector.Tensor(x, requires_grad=True) for x in case.sample()]
    ours, numpys = case.f(VECTOR, *tensors), case.f(NUMPY, *tensors)
    assert (numpys.op, numpys.requires_grad) == (ours.op, True)
    np.testing.assert_array_equal(numpys.data, ours.data)
    np.testing.assert_array_equal(case.f(VECTOR, *case.sample()), ours.data)


def test_every_function_of_numpy_that_takes_tensors_is_covered_or_plain_or_refused_for_a_reason() -> None:
    known = {*map(numpy_name, COVERED), *map(numpy_name, numpy_protocol.NOT_DIFFERENTIABLE), *refused()}
    assert {numpy_name(function) for function in dispatching()} - known == set()


def test_the_page_is_current() -> None:
    text = PAGE.read_text(encoding="utf-8")
    if f"NumPy {'.'.join(np.__version__.split('.')[:2])} " not in text:
        pytest.skip("not here: the NumPy that the page is about; another may have other functions")
    if text != page():  # the difference would be the whole page
        pytest.fail("docs/coverage.md is out of date: python -m tests.pages")


def test_the_stubs_are_current() -> None:
    old = [path.name for path, text in stubs().items() if path.read_text(encoding="utf-8") != text]
    assert not old, f"out of date: {', '.join(old)}; python -m tests.pages writes them"


def test_every_function_is_on_the_page() -> None:
    assert {function.group for function in functions()} == {module for group in GROUPS.values() for module in group}
