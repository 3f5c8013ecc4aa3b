"""Every function of the table on operands of every dtype: NumPy's numbers in NumPy's dtype, and the same gradients."""

import itertools
from typing import Any

import numpy as np
import pytest

import vector
from tests.checks import VECTOR
from tests.dtypes import APART, DTYPES, as_dtype, numpys, quiet, rounding, same
from tests.judges import Array
from tests.row import Case, Row
from tests.table import FUNCTION_ROWS, VECTOR_ROWS
from vector import Tensor, tensor

ROWS = VECTOR_ROWS + FUNCTION_ROWS
SEVERAL = [row for row in ROWS if len(row.domains) > 1]
FLOAT = np.dtype(float)


def mixtures(count: int) -> list[tuple[np.dtype[Any], ...]]:
    """The dtypes of several operands: each alone, and each of them first among others."""
    if count == 1:
        return [(dtype,) for dtype in DTYPES]
    return [(first, *[other] * (count - 1)) for first, other in itertools.product(DTYPES, repeat=2)]


def plain(x: Any) -> Array:
    return np.asarray(getattr(x, "_array", x))


def check_case(case: Case, dtypes: tuple[np.dtype[Any], ...]) -> None:
    operands = [as_dtype(x, dtype) for x, dtype in zip(case.sample(), dtypes, strict=True)]
    want = numpys(case, [x.copy() for x in operands])
    if want is None:
        return
    what = f"{case} of {', '.join(map(str, dtypes))}"
    try:
        with quiet():
            got = case.f(VECTOR, *map(tensor, operands))
    except (np.linalg.LinAlgError, ValueError):
        if case.row.name in APART:
            return
        raise
    assert isinstance(got, Tensor), what
    if case.row.name == "polymul":
        want = np.pad(want, (got.size - want.size, 0))
    same(what, got.data, want, rounding(want, *operands))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_numbers_and_dtype_are_numpys(row: Row) -> None:
    for i, case in enumerate(row.cases()):
        for dtypes in mixtures(len(row.domains)):
            if i == 0 or len(set(dtypes)) == 1:
                check_case(case, dtypes)


def gradients(case: Case, operands: list[Any], g: Array) -> list[Any]:
    """Of the Tensors among the operands, in reverse; and in forward mode what they push forward."""
    leaves = [x for x in operands if isinstance(x, Tensor) and x.requires_grad]
    out = case.f(VECTOR, *operands)
    out.backward(g.astype(out.dtype))

    def moved(*values: Any) -> Any:
        numbers = iter(values)
        return case.f(VECTOR, *[next(numbers) if any(x is leaf for leaf in leaves) else x for x in operands])

    directions = [np.cos(np.arange(x.size)).reshape(x.shape) for x in leaves]
    return [out.data, *(x.grad for x in leaves), vector.jvp(moved, [x.data for x in leaves], directions)[1]]


FORMS = {"an array": np.asarray, "a Tensor": tensor, "a list": lambda x: x.tolist() if x.size else x}
KINDS = [np.dtype(name) for name in ("bool", "uint8", "int64")]


@pytest.mark.parametrize("row", SEVERAL, ids=str)
def test_whole_numbers_beside_a_tensor_leave_its_gradient(row: Row) -> None:
    case = next(row.cases())
    for i, kind, form in itertools.product(range(len(row.domains)), KINDS, FORMS):
        whole = as_dtype(case.sample()[i], kind)
        operands: list[Any] = [tensor(x, requires_grad=True) for x in case.sample()]
        given = FORMS[form](whole)
        want = numpys(case, [*case.sample()[:i], given, *case.sample()[i + 1 :]])
        if want is None:
            continue  # NumPy lacks the function, or refuses: a difference of booleans, an index into a list
        if want.dtype.kind != "f":  # the others were brought to whole numbers
            assert not case.f(VECTOR, *operands[:i], given, *operands[i + 1 :]).requires_grad
            continue
        beside = [*operands[:i], whole.astype(FLOAT), *operands[i + 1 :]]
        g = np.sin(np.arange(np.size(case.f(VECTOR, *case.sample())))).reshape(np.shape(case.f(VECTOR, *case.sample())))
        try:
            with quiet():
                wanted = gradients(case, beside, g)
                for x in operands:
                    x.grad = None
                got = gradients(case, [*operands[:i], given, *operands[i + 1 :]], g)
        except ValueError:
            if case.row.name in APART:
                continue
            raise
        for actual, expected in zip(got, wanted, strict=True):
            if expected is None or actual is None:
                assert actual is None
                assert expected is None
            else:
                np.testing.assert_allclose(actual, expected, 1e-12, 1e-12, err_msg=f"{case}: {form} of {kind} at {i}")
