"""Functions that need care where their formula does not serve: near 0, far out, at zeros, ties and infinities."""

from typing import Any

import mpmath
import numpy as np
import pytest

import vector
from vector import grad, hessian, tensor

inf, nan = np.inf, np.nan


def test_erf_to_the_last_digit() -> None:
    x = np.concatenate([np.linspace(-7, 7, 2001), np.geomspace(1e-300, 1, 50)])
    expected = np.array([float(mpmath.erf(float(t))) for t in x])
    np.testing.assert_allclose(vector.erf(x), expected, 1e-15, 0)
    np.testing.assert_array_equal(vector.erf(np.array([inf, -inf, nan])), [1, -1, nan])


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_erf_keeps_a_narrow_dtype(dtype: type[np.floating[Any]]) -> None:
    x = np.linspace(-4, 4, 101).astype(dtype)
    assert vector.erf(x).dtype == dtype
    np.testing.assert_allclose(vector.erf(x), vector.erf(x.astype(float)), 2 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("x", [0.0, 1e-8, 0.01, 0.3, 2 / np.pi, 0.7, 1.0, -2.5, 6.0])
def test_sinc_and_its_derivatives_near_zero_and_away(x: float) -> None:
    f: Any = vector.sinc
    # A power series about 0, in enough digits for any of these points.
    with mpmath.workdps(60):
        terms = [(-1) ** k * mpmath.pi ** (2 * k) / mpmath.factorial(2 * k + 1) for k in range(80)]
        for order in range(4):
            expected = mpmath.fsum(
                c * mpmath.ff(2 * k, order) * mpmath.mpf(x) ** (2 * k - order)
                for k, c in enumerate(terms)
                if 2 * k >= order
            )
            np.testing.assert_allclose(f(np.array(x)), float(expected), 1e-14, 1e-13)
            f = grad(f)


@pytest.mark.parametrize("zeros", [0, 1, 2, 3])
def test_a_product_and_its_derivatives_with_zeros(zeros: int) -> None:
    x = np.array([2.0, 3.0, 5.0, 7.0])
    x[:zeros] = 0
    others = [[np.prod(np.delete(x, [i, j])) if i != j else 0 for j in range(4)] for i in range(4)]
    np.testing.assert_array_equal(grad(vector.prod)(x), [np.prod(np.delete(x, i)) for i in range(4)])
    np.testing.assert_array_equal(hessian(vector.prod)(x), others)
    np.testing.assert_array_equal(hessian(lambda x: vector.cumprod(x)[-1])(x), others)


def test_std_of_constants_has_no_slope_even_where_rounding_leaves_it_above_zero() -> None:
    x = np.array([0.1, 0.1, 0.1])
    assert np.std(x) != 0
    np.testing.assert_array_equal(grad(vector.std)(x), np.zeros(3))
    np.testing.assert_array_equal(grad(lambda x: vector.std(x, where=np.array([True, False, False])))(x), np.zeros(3))


def test_quantiles_of_infinities_and_nans_are_numpys() -> None:
    x = np.array([[1.0, 2.0, inf], [nan, 1.0, 4.0]])
    with np.errstate(invalid="ignore"):
        for function in (np.median, np.nanmedian):
            f: Any = function
            np.testing.assert_array_equal(f(tensor(x, requires_grad=True), axis=1).data, f(x, axis=1))


def test_a_row_without_numbers_has_neither_extremum_nor_median() -> None:
    x: Any = tensor([[nan, nan], [1.0, 3.0]], requires_grad=True)
    np.testing.assert_array_equal(np.nanmax(x, axis=1).data, [nan, 3])
    np.testing.assert_array_equal(np.nanmin(x, axis=1).data, [nan, 1])
    np.testing.assert_array_equal(np.nanmedian(x, axis=1).data, [nan, 2])


def test_a_partition_leaves_the_kth_smallest_in_its_place() -> None:
    x = np.random.default_rng(0).permutation(20).astype(float)
    np.testing.assert_array_equal(vector.partition(x, 7), np.partition(x, 7))
    np.testing.assert_array_equal(grad(lambda x: vector.partition(x, 7)[7])(x), x == 7)


def test_running_extrema_carry_nan_on() -> None:
    x = np.array([1.0, nan, 5.0])
    np.testing.assert_array_equal(vector.cummax(x), np.maximum.accumulate(x))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: vector.max(x, where=x > 1), "expected initial= beside where="),
        (lambda x: vector.quantile(x, 1.5), "quantile: expected 0 <= q <= 1"),
        (lambda x: vector.diff(x, -1), "diff: expected n >= 0, got -1"),
        (lambda x: vector.average(x, weights=np.ones(2)), "average: expected weights of x's shape"),
        (lambda x: vector.gradient(x, 1.0, 2.0), "gradient: expected 0, 1 or 1 spacings"),
        (lambda x: vector.gradient(x[:1]), "gradient: expected 1 <= edge_order <= 2 and more samples"),
    ],
    ids=["max", "quantile", "diff", "average", "gradient", "samples"],
)
def test_a_wrong_argument_is_explained(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(tensor([1.0, 2.0, 3.0], requires_grad=True))
