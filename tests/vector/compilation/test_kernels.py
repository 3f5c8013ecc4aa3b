"""The kernels: their texts, and the numbers that they give beside those of NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import vector
from tests.vector.compilation.twins import NUMBA
from vector import nn, optim, rules, tensor
from vector.compilation import compile
from vector.compilation.kernels import Kernel
from vector.compilation.program import Array
from vector.rules.shape import add_rows

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def normal(*shape: int) -> Any:
    return np.random.default_rng(len(shape)).normal(size=shape)


def check(f: Callable[..., Any], *arrays: Any, dtype: Any, native: bool = True, threads: int = 3) -> None:
    """A function's compiled step gives what it gives itself, and leaves nothing to NumPy, or something."""
    given = [x.astype(dtype) if x.dtype.kind == "f" else x for x in arrays]
    step = compile(f, native=True, threads=threads)
    found = [step(*given) for _ in range(3)][-1]
    np.testing.assert_allclose(found, f(*given), *((1e-4, 1e-5) if dtype is np.float32 else (1e-12, 1e-13)))
    assert found.dtype == dtype
    assert ("NumPy: " not in step.profile(*given, turns=1)) is native


def test_what_is_written_where_it_was_read_is_one_element() -> None:
    """Two names for one stride: the compiler did one element after the other, four to nine times as slow."""
    kernel, x = Kernel(), Array(0, np.ones((3, 4), np.float32))
    read, written = kernel.at(x, [4, 1]), kernel.at(x, [4, 1])
    assert read == written != kernel.at(x, [1, 3])
    assert kernel.arguments == [4, x, 3]


PRODUCTS: dict[str, tuple[Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
    "rows of many sequences": (np.matmul, ((5, 7, 9), (9, 4))),
    "many": (np.matmul, ((3, 5, 7, 9), (3, 5, 9, 4))),
    "many times one": (np.matmul, ((5, 7, 9), (1, 9, 4))),
    "one times many": (np.matmul, ((7, 9), (5, 9, 4))),
    "each with each": (np.matmul, ((3, 1, 7, 9), (5, 9, 4))),
    "single columns": (np.matmul, ((3, 7, 1), (1, 1))),
    "single rows": (np.matmul, ((3, 1, 7), (7, 1))),
    "numbers": (np.matmul, ((1, 1), (1, 1))),
    "transposed": (lambda x, y: x.swapaxes(-1, -2) @ y.swapaxes(-1, -2), ((3, 9, 7), (3, 4, 9))),
    "transposed twice": (lambda x, y: (x @ y).T.copy().T + 1, ((7, 9), (9, 4))),
    "heads": (lambda q, k: q.swapaxes(1, 2) @ k.transpose(0, 2, 3, 1), ((2, 5, 3, 4), (2, 5, 3, 4))),
    "columns of a larger one": (lambda x, y: x[:, 3:12] @ y, ((7, 20), (9, 4))),
    "the sum of rows": (np.matmul, ((7,), (7, 9))),
    "a matrix times a vector": (np.matmul, ((9, 7), (7,))),
    "a transposed matrix times a vector": (lambda x, y: x.T @ y, ((7, 9), (7,))),
    "matrices times a vector": (np.matmul, ((3, 5, 7), (7,))),
    "long sums": (np.matmul, ((3, 260_001), (260_001, 4))),
    "long sums, transposed": (lambda x, y: x.T @ y.T, ((260_001, 3), (4, 260_001))),
}


@NUMBA
@DTYPES
@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name: str, dtype: Any) -> None:
    f, shapes = PRODUCTS[name]
    check(f, *(normal(*shape) for shape in shapes), dtype=dtype)


@NUMBA
@DTYPES
@pytest.mark.parametrize("exponent", [0, -1, 0.5, 1, 2, 2.0, -0.5, 3])
def test_powers_with_plain_exponents(exponent: float, dtype: Any) -> None:
    """`x**2` of a recorded array was `np.power`, which calls a function for each number, where NumPy's own is not."""
    x = np.array([[0.5, 2.0, 3.0], [0.25, 1.0, 7.0]])
    check(lambda x: rules.power(x, exponent) * 1.0, x, dtype=dtype)
    if exponent not in (-0.5, 3):
        check(lambda x: x**exponent * 1.0, x, dtype=dtype)
        check(lambda x: vector.grad(lambda t: (t**exponent).sum())(x) * x, x, dtype=dtype)


@NUMBA
def test_the_softmax_of_short_rows_lies_as_they_do() -> None:
    """What multiplied it next had to be left to NumPy."""
    check(lambda x, y: vector.softmax(x) @ y, normal(2, 3, 20, 20), normal(2, 3, 20, 4), dtype=np.float32)
    p = vector.softmax(normal(3, 5, 20))
    assert p.flags.c_contiguous


@NUMBA
def test_rows_of_a_table_that_all_get_one_gradient() -> None:
    """That of a mean is one row, spread out, which no kernel read."""
    i = np.arange(12).reshape(3, 4) % 5
    check(
        lambda x: vector.grad(lambda t: t[i].mean(axis=1).sum(axis=0) @ np.arange(20.0, dtype=x.dtype))(x) * 1.0,
        normal(5, 20), dtype=np.float32,
    )  # fmt: skip


@NUMBA
def test_a_descent_along_the_gradient_of_many_examples() -> None:
    """Sums of so many products are several calls of BLAS, of which the first alone scales what is there."""
    x, g = (normal(*shape).astype(np.float32) for shape in ((260_001, 3), (260_001, 4)))
    ours, theirs = (tensor(np.ones((3, 4), np.float32), requires_grad=True) for _ in range(2))

    def step(w: Any, x: Any, g: Any) -> Any:
        w.grad = None
        (x @ w).backward(g)
        optim.SGD([w], lr=1e-4).step()

    compiled = compile(lambda x, g: step(ours, x, g), native=True, threads=2)
    for _ in range(4):
        compiled(x, g)
        step(theirs, x, g)
    np.testing.assert_allclose(ours.data, theirs.data, 1e-4)


@NUMBA
@pytest.mark.parametrize("rows", [slice(None, None, -1), slice(None, None, 2)])
def test_products_of_what_blas_cannot_read(rows: slice) -> None:
    check(
        lambda x, y: x[:, rows] @ y, normal(6, 8), normal(8 // abs(rows.step or 1), 4), dtype=np.float32, native=False
    )


@NUMBA
@DTYPES
@pytest.mark.parametrize("axis", [0, 1, 2, (0, 2), (1, 2), (0, 1, 2), None])
@pytest.mark.parametrize("f", [np.sum, np.mean, np.max, np.min, np.prod])
def test_reductions(f: Any, axis: Any, dtype: Any) -> None:
    check(lambda x: 1.0 * f(x, axis=axis, keepdims=True), normal(5, 7, 33), dtype=dtype)


@NUMBA
@DTYPES
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("f", [np.max, np.min])
def test_the_largest_of_infinite_numbers_zeros_and_nan(f: Any, axis: int, dtype: Any) -> None:
    numbers = [np.inf, -np.inf, np.nan, -np.nan, 0.0, -0.0, 1e-45, -1e-45, 3e38, -3e38]
    x = np.array([[a, b] * 9 + [a] for a in numbers for b in numbers], dtype)
    x = x if axis else np.ascontiguousarray(x.T)
    step = compile(lambda x: f(x, axis=axis), native=True)
    found = [step(x) for _ in range(3)][-1]
    np.testing.assert_array_equal(found, f(x, axis=axis))


@NUMBA
@DTYPES
@pytest.mark.parametrize("shape", [(6,), (2, 3), ()])
def test_rows_of_a_table(shape: tuple[int, ...], dtype: Any) -> None:
    index = np.asarray(np.random.default_rng(0).integers(-5, 5, shape))

    def f(table: Any, rows: Any, index: Any) -> Any:
        total = np.zeros_like(table)
        add_rows(total, index, rows)
        return total + table[index].sum()

    check(f, normal(5, 17), normal(*shape, 17), index, dtype=dtype)


@NUMBA
def test_rows_that_are_set() -> None:
    """Also to others of the same array: NumPy reads all of them first."""
    index = np.array([1, 2, 3, -1, 0])

    def set_rows(x: Any, rows: Any, index: Any) -> Any:
        out = x * 1
        out[index] = rows
        return out * 1

    def moved(x: Any, index: Any) -> Any:
        out = x * 1
        out[index] = out[:5]
        return out * 1

    def cleared(x: Any) -> Any:
        out = x * 1
        out[out] = 0
        return out * 1

    check(set_rows, normal(6, 17), normal(5, 17), index, dtype=np.float32)
    check(moved, normal(6, 17), index, dtype=np.float32, native=False)
    check(cleared, np.array([3, 2, 1, 0, 4, -1]), dtype=np.int64, native=False)


@NUMBA
def test_rows_out_of_range() -> None:
    step = compile(lambda table, index: table[index] * 2, native=True)
    table, index = normal(5, 17), np.array([0, -5, 4])
    for _ in range(3):
        step(table, index)
    for wrong in (5, -6):
        with pytest.raises(IndexError, match=f"index {wrong} is out of bounds for axis 0 with size 5"):
            step(table, np.array([0, wrong, 4]))


@NUMBA
@DTYPES
@pytest.mark.parametrize("length", [1, 7, 33, 100])
@pytest.mark.parametrize("f", [nn.functional.softmax, nn.functional.log_softmax], ids=["softmax", "log_softmax"])
def test_rows_of_a_softmax(f: Any, length: int, dtype: Any) -> None:
    """Masked, infinite and undefined numbers among them, and a row of which nothing is left."""
    x = 3 * normal(9, length)
    x[1, 0], x[2, -1], x[3], x[4, 0], x[5] = -np.inf, np.inf, -np.inf, np.nan, 0
    x[6, 1:] = -np.inf

    def step(x: Any) -> Any:
        x = tensor(x, requires_grad=True)
        out = f(x * 1)
        out.backward(np.cos(np.arange(out.size).reshape(out.shape)).astype(out.dtype))
        return np.stack([out.data, x.grad])

    with np.errstate(all="ignore"):
        check(step, x, dtype=dtype, native=False)  # as np.stack is NumPy's


@NUMBA
@pytest.mark.parametrize("f", [vector.exp, vector.expm1, vector.log1p, vector.erf, vector.tanh], ids=lambda f: f.name)
def test_functions_of_integers(f: Any) -> None:
    """Of floats of their numbers: there was no loop of integers for what is no function of NumPy's."""
    step = compile(lambda x: f(x) * 1.0, native=True)
    x = np.arange(1, 20)
    found = [step(x) for _ in range(3)][-1]
    np.testing.assert_allclose(found.data, f(x).data, rtol=1e-14)


@NUMBA
@DTYPES
def test_a_reshape_that_copies(dtype: Any) -> None:
    check(lambda x: x.swapaxes(0, 1).reshape(-1, 4) * 2, normal(5, 3, 4), dtype=dtype)
    check(lambda x: x.transpose(2, 0, 1).reshape(-1) * 2, normal(5, 3, 0), dtype=dtype, native=False)


@NUMBA
def test_wrong_targets_and_indices_are_told() -> None:
    table = nn.Embedding(5, 17)

    def step(index: Any, target: Any) -> Any:
        return nn.functional.binary_cross_entropy_with_logits(table(index).mean(-1), target)

    fast, index, target = compile(step, native=True), np.array([0, 4]), np.array([0, 0.5], np.float32)
    for _ in range(3):
        fast(index, target)
    assert "NumPy: check" not in fast.profile(index, target, turns=1)
    for wrong in (-0.5, 1.5, np.nan):
        with pytest.raises(ValueError, match="expected 0 <= target <= 1"):
            fast(index, np.array([0, wrong], np.float32))
    for wrong in (-1, 5):
        with pytest.raises(IndexError, match="expected 0 <= index < 5"):
            fast(np.array([0, wrong]), target)


@pytest.mark.parametrize("native", [False, pytest.param(True, marks=NUMBA)], ids=["numpy", "native"])
def test_large_results_are_the_callers(native: bool) -> None:
    """They are written where they stay, in memory that no later call touches, whatever views of them are used."""

    def f(x: Any) -> Any:
        a = x * 2 + 1
        b = np.exp(-a)
        b += 1
        return a, a.T, b, a, b[3:] + b.sum(0), x

    step = compile(f, native=native)
    inputs = [normal(60, 50) + i for i in range(5)]
    given = [step(x) for x in inputs]
    assert step.explain().count("memory of its own") == 3
    for x, found in zip(inputs, given, strict=True):
        for one, expected in zip(found, f(x), strict=True):
            np.testing.assert_allclose(one, expected, rtol=1e-12 if native else 0)
    found = given[-1]
    found[0][...] = 0  # which changes none of the others
    np.testing.assert_array_equal(found[1].T, found[3])
    assert found[1].any()


@NUMBA
@DTYPES
@pytest.mark.parametrize("f", [np.cumsum, np.cumprod, np.prod])
@pytest.mark.parametrize("axis", [0, 1])
def test_gradients_of_running_sums_and_products(f: Any, axis: int, dtype: Any) -> None:
    x = 1 + 0.1 * normal(7, 9)
    x[2, 3] = x[4] = 0

    def step(x: Any) -> Any:
        return vector.grad(lambda x: np.sum(np.sin(f(x, axis=axis))))(x)

    check(step, x, dtype=dtype, native=False)  # as concatenations are NumPy's


EACH: dict[str, Callable[..., Any]] = {
    **{f.__name__: f for f in (np.absolute, np.fabs, np.sign, np.floor, np.ceil, np.trunc, np.rint, np.positive)},
    "conjugate": np.conjugate, "radians": np.radians, "degrees": np.degrees, "softshrink": vector.softshrink,
    "hardshrink": vector.hardshrink,
}  # fmt: skip
"""What a loop computes as NumPy does."""


@NUMBA
@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_functions_of_one_instruction(name: str, dtype: Any) -> None:
    """Their value and their slope, at zeros of both signs, halves, infinities and NaN too."""
    f = EACH[name]
    edges = [0.0, -0.0, 0.5, -0.5, 1.5, -2.5, 3.0, -3.0, 2.0**31, -(2.0**53)]
    x = np.array([*edges, *(normal(90) * 9)] if dtype is np.int64 else [*edges, np.nan, np.inf, -np.inf, *normal(90)])
    x = x.astype(dtype)

    def step(x: Any) -> Any:
        if x.dtype.kind == "i":
            return f(x)
        t = tensor(x, requires_grad=True)
        out = f(t)
        out.backward(np.ones_like(x))
        return out.data, t.grad

    fast = compile(step, native=True)
    with np.errstate(all="ignore"):
        found, expected = [fast(x) for _ in range(3)][-1], step(x)
    for one, other in zip(*(z if isinstance(z, tuple) else (z,) for z in (found, expected)), strict=True):
        np.testing.assert_array_max_ulp(one, other, 1) if dtype is not np.int64 else np.testing.assert_array_equal(
            one, other
        )
        assert one.dtype == other.dtype
    if dtype is not np.int64:
        np.testing.assert_array_equal(np.signbit(found[0]), np.signbit(expected[0]))


@NUMBA
@DTYPES
def test_the_sign_of_another(dtype: Any) -> None:
    x, y = np.array([(a, b) for a in (1.5, -2.0, 0.0, np.inf, np.nan) for b in (3.0, -0.0, 0.0, -np.inf)], dtype).T
    fast = compile(lambda x, y: np.copysign(x, y) * 1, native=True)
    found = [fast(x, y) for _ in range(3)][-1]
    np.testing.assert_array_equal(found, np.copysign(x, y))
    np.testing.assert_array_equal(np.signbit(found), np.signbit(np.copysign(x, y)))
