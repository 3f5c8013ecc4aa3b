"""Every function of the table on operands of every dtype: NumPy's numbers in NumPy's dtype, and the same gradients."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.checks import VECTOR, grad
from tests.dtypes import APART, DTYPES, as_dtype, numpys, quiet, rounding, same
from tests.judges import Array
from tests.row import Case, Row
from tests.table import FUNCTION_ROWS, VECTOR_ROWS
from vector import Tensor, rules, tensor

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
    except ValueError:
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


LACKING = [row for row in ROWS if numpys(next(row.cases()), next(row.cases()).sample()) is None]


# Windows that are added are gradients, never truths.
# The products of a recurrence wrap, as NumPy's; a cross entropy is given floating logits; eigenvectors have no sign.
BESIDE = {"overlap_add", "recurrence", "softmax_cross_entropy", "eigh", "svd", "qr"}


@pytest.mark.parametrize("row", [row for row in LACKING if row.name not in BESIDE], ids=str)
def test_what_numpy_lacks_gives_the_numbers_that_it_gives_of_float64(row: Row) -> None:
    case = next(row.cases())
    for dtype in DTYPES:
        if dtype == np.float16 and row.tolerance > 1e-10:  # LAPACK has none
            continue
        operands = [as_dtype(x, dtype) for x in case.sample()]
        try:
            with quiet():
                got = case.f(VECTOR, *map(tensor, operands)).data
                want = case.f(VECTOR, *[tensor(x.astype(FLOAT)) for x in operands]).data
        except np.linalg.LinAlgError:
            continue  # a singular matrix
        assert got.dtype in (np.maximum(operands[0], 0).dtype, dtype) or got.dtype.kind == "f"
        tolerance = max(rounding(got), 10 * row.tolerance)
        np.testing.assert_allclose(got.astype(FLOAT), want, tolerance, tolerance, err_msg=f"{case} of {dtype}")


SOME = np.array([1, 2, 3, 5])
CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "std": (np.std, np.sqrt(2.1875)),
    "var": (np.var, 2.1875),
    "median": (np.median, 2.5),
    "quantile": (lambda x: np.quantile(x, 0.5), 2.5),
    "nanmean": (np.nanmean, 2.75),
    "cov": (lambda x: np.cov(x, aweights=[1, 2, 1, 3]), np.cov(SOME, aweights=[1, 2, 1, 3])),
    "mean where": (lambda x: np.mean(x, where=x > 1), 10 / 3),
    "average": (lambda x: np.average(x, weights=[1, 0, 0, 1]), 3.0),
    "gradient": (lambda x: np.gradient(x, 0.5)[-1], 4.0),
    "percentile": (lambda x: np.percentile(x, 25), 1.75),
    "polyfit": (lambda x: np.polyfit(x, 2 * x, 1)[0], 2.0),
    "lstsq": (lambda x: np.linalg.lstsq(np.reshape(x, (4, 1)), 2 * x)[0][0], 2.0),
    "norm": (lambda x: np.linalg.norm(x, 1), 11.0),
    "sigmoid": (lambda x: vector.sigmoid(x)[0], 1 / (1 + np.exp(-1))),
    "logsigmoid": (lambda x: vector.logsigmoid(x)[0], -np.log(1 + np.exp(-1))),
    "softmax": (lambda x: vector.softmax(x)[0], np.exp(1) / np.sum(np.exp(SOME))),
    "log_softmax": (lambda x: vector.log_softmax(x)[3], 5 - np.log(np.sum(np.exp(SOME)))),
    "logsumexp": (vector.logsumexp, np.log(np.sum(np.exp(SOME)))),
    "arctan2": (lambda x: np.arctan2(x, 2.0)[3], np.atan(2.5)),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int64])
@pytest.mark.parametrize("name", CALLS)
def test_a_result_is_not_cut_to_whole_numbers_and_no_difference_wraps(name: str, dtype: Any) -> None:
    call, expected = CALLS[name]
    got = call(tensor(SOME.astype(dtype)))
    assert got.dtype.kind == "f"
    np.testing.assert_allclose(got.data, expected, 1e-3 if got.dtype == np.float16 else 1e-7)


def test_an_unsigned_or_narrow_operand_does_not_spoil_the_others_slope() -> None:
    """In its own dtype −y would wrap, y − 1 too, a logarithm have three digits, and a sum of booleans be a boolean."""
    slopes: list[tuple[Any, Any, float]] = [
        (lambda y: np.arctan2(np.array(3, np.uint8), y), 4.0, -3 / 25),
        (lambda y: np.power(np.array(3, np.uint8), y), 2.0, 9 * np.log(3)),
        (lambda x: np.power(x, np.array(0, np.uint8)), 100.0, 0.0),
        (lambda x: np.einsum("i,j->", x, np.array([True, True])), [1.0], 2.0),
    ]
    for f, point, slope in slopes:
        np.testing.assert_allclose(np.ravel(vector.grad(lambda x, f=f: f(x).sum())(np.array(point))), slope, 1e-14)


def test_linspace_and_its_kin_have_numpys_dtype_beside_bare_numbers() -> None:
    stop: Any = tensor(np.float32(2.0))
    assert np.linspace(0, stop).dtype == np.linspace(0, stop.data).dtype == np.float32
    assert np.logspace(0, stop).dtype == np.logspace(0, stop.data).dtype
    assert np.geomspace(1, stop).dtype == np.geomspace(1, stop.data).dtype
    bases = np.array([2.0, 3.0])
    np.testing.assert_allclose(vector.logspace(0, stop, 3, base=bases).data, np.logspace(0, 2, 3, base=bases))


def test_what_whole_numbers_would_lose_is_refused_where_numpy_refuses_it() -> None:
    with pytest.raises(TypeError, match=r"ediff1d: expected ends that can be int64, like x, got float64"):
        vector.ediff1d(tensor([1, 2]), to_end=0.5)
    inserted = vector.insert(tensor([1, 2]), 1, tensor(2.5, requires_grad=True))
    assert (inserted.data.tolist(), inserted.requires_grad) == ([1, 2, 2], False)


NUMBERS: dict[str, Callable[[Any, Any], Any]] = {
    "clip": lambda x, k: vector.clip(x, -k, k),
    "clip below": lambda x, k: vector.clip(x, k, None),
    "linspace": lambda x, k: vector.linspace(x, k, 3),
    "select": lambda x, k: vector.select([np.array([True, False])], [x], k),
    "sum": lambda x, k: vector.sum(x, initial=k),
    "max": lambda x, k: vector.max(x, initial=k),
    "diff": lambda x, k: vector.diff(x, prepend=k),
    "trapezoid": lambda x, k: vector.trapezoid(x, dx=k),
    "list": lambda x, k: vector.divide(x, [3.0, 4.0]) * k,
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_a_compiled_step_is_given_is_a_bare_one(name: str) -> None:
    for dtype in (np.float32, np.float64):
        x = tensor(np.array([2.0, 3.0], dtype), requires_grad=True)

        def step(k: float, x: Tensor = x) -> Any:
            x.grad = None
            out = NUMBERS[name](x, k)
            out.sum().backward()
            return out, x.grad

        compiled = vector.compile(step, native=False)
        for k in (1.0, 2.5, 4.0, 0.5):
            for ours, theirs in zip(compiled(k), step(k), strict=True):
                assert ours.dtype == theirs.dtype
                np.testing.assert_array_equal(ours.data, theirs.data)


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


FORMS: dict[str, Callable[[Any], Any]] = {
    "an array": np.asarray,
    "a Tensor": tensor,
    "a list": lambda x: x.tolist() if x.size else x,
}
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
        shape = np.shape(case.f(VECTOR, *case.sample()))
        g = np.asarray(np.sin(np.arange(math.prod(shape)))).reshape(shape)
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


def test_a_bare_number_among_choices_is_weak() -> None:
    """It made float64 of float32."""
    x = np.array([1.5, 2.5], np.float32)
    out = vector.choose([0, 1], [tensor(x, requires_grad=True), 1.5])
    assert out.dtype == np.choose([0, 1], [x, 1.5]).dtype == np.float32
    np.testing.assert_array_equal(out.data, [1.5, 1.5])


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int64, np.float32])
def test_a_recurrence_is_as_wide_as_its_operands(dtype: Any) -> None:
    """It was computed in the dtype of b, which may not hold it."""
    a, b = tensor([0.5, 0.5, 0.5], requires_grad=True), np.array([1, 0, 1], dtype)
    out = rules.recurrence(a, b, axis=0)
    np.testing.assert_array_equal(out.data, [1.0, 0.5, 1.25])
    out.sum().backward()
    np.testing.assert_array_equal(grad(a), [0.0, 1.5, 0.5])


@pytest.mark.parametrize("base", [2.0, np.float32(2), np.array([2, 3], np.float32)])
def test_a_bare_number_beside_a_base_of_no_axes_is_weak(base: Any) -> None:
    """A base in float32 made float64 of a start of 0.5."""
    stop = np.float32(2)
    want = np.logspace(0.5, stop, 3, base=base)
    given = tensor(base, requires_grad=True) if isinstance(base, (np.ndarray, np.generic)) else base
    out = vector.logspace(0.5, tensor(stop, requires_grad=True), 3, base=given)
    assert out.dtype == want.dtype
    np.testing.assert_allclose(out.data, want, 1e-6)
