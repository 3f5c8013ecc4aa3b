"""The functions that are computed in passes over blocks, and their twins in machine code, beside mpmath's."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import vector
from tests.vector.compilation.twins import NUMBA
from vector.rules import numerics

inf, nan = np.inf, np.nan

FAR = np.array(
    [0.0, 1e-300, 1e-42, 1e-30, 1e-10, 3e-5, 0.01, 0.1, 0.3, 0.49, 0.51, 0.9, 1.0, 1.7, 3.9, 4.1, 9.0, 17.3, 80.0]
)
POINTS = np.concatenate([FAR, -FAR, np.linspace(-6, 6, 401)])
FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], float]] = {
    "expm1": (vector.expm1, mpmath.expm1, 5),
    "log1p": (vector.log1p, mpmath.log1p, 4),
    "erf": (vector.erf, mpmath.erf, 4),
    "sigmoid": (vector.sigmoid, lambda x: 1 / (1 + mpmath.exp(-x)), 4),
    "softplus": (vector.softplus, lambda x: mpmath.log1p(mpmath.exp(x)), 5),
    "exp": (vector.exp, mpmath.exp, 4),
    "log": (vector.log, mpmath.log, 5),
    "tanh": (vector.tanh, mpmath.tanh, 4),
    "exp2": (vector.exp2, lambda x: mpmath.mpf(2) ** x, 4),
    "log2": (vector.log2, lambda x: mpmath.log(x, 2), 4),
    "log10": (vector.log10, mpmath.log10, 4),
}
"""Ours, mpmath's, and by how many units in the last place they may differ."""


def _points(name: str, dtype: Any) -> Any:
    x = POINTS.astype(dtype)
    x = x[(x == 0) | (np.abs(x) >= np.finfo(dtype).tiny)]
    if name.startswith("log"):
        x = x[x > -1] if name == "log1p" else x[x > 0]
    return x


def _check(name: str, x: Any, actual: Any) -> None:
    _, exact, units = FUNCTIONS[name]
    with mpmath.workdps(40):
        expected = [exact(mpmath.mpf(float(t))) for t in x]
        tiny = float(np.finfo(x.dtype).tiny)
        wrong = [
            abs(mpmath.mpf(float(a)) - e) / max(np.spacing(x.dtype.type(abs(float(e)))), tiny)
            for a, e in zip(actual, expected, strict=True)
            if abs(e) >= 2 * tiny
        ]
    assert actual.dtype == x.dtype
    assert max(wrong) <= units


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_to_the_last_digits(name: str, dtype: Any) -> None:
    x = _points(name, dtype)
    _check(name, x, FUNCTIONS[name][0](x))


@NUMBA
@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_to_the_last_digits_in_machine_code(dtype: Any) -> None:
    given = [_points(name, dtype) for name in FUNCTIONS]
    fast = vector.compile(lambda *xs: [f(x) for (f, _, _), x in zip(FUNCTIONS.values(), xs, strict=True)], native=True)
    found = [fast(*given) for _ in range(3)][-1]
    for name, x, actual in zip(FUNCTIONS, given, found, strict=True):
        _check(name, x, actual)


def test_float32s_error_function_to_two_units() -> None:
    x = np.concatenate([np.linspace(-5, 5, 4001), np.geomspace(1e-44, 1, 200)]).astype(np.float32)
    expected = np.array([float(mpmath.erf(float(t))) for t in x])
    least = np.finfo(np.float32).smallest_subnormal
    assert np.all(
        np.abs(vector.erf(x) - expected) <= 2 * np.maximum(np.spacing(np.abs(expected).astype(np.float32)), least)
    )


SPECIAL = {
    "exp": (inf, 0, nan), "expm1": (inf, -1, nan), "exp2": (inf, 0, nan), "log": (inf, nan, nan),
    "log1p": (inf, nan, nan), "log2": (inf, nan, nan), "erf": (1, -1, nan), "sigmoid": (1, 0, nan),
    "softplus": (inf, 0, nan), "tanh": (1, -1, nan),
}  # fmt: skip


@pytest.mark.parametrize("native", [None, False, pytest.param(True, marks=NUMBA)], ids=["eager", "numpy", "native"])
def test_infinities_and_nan(native: bool | None) -> None:
    x = np.array([inf, -inf, nan], np.float32)
    step: Any = lambda x: [FUNCTIONS[name][0](x) for name in SPECIAL]  # noqa: E731
    step = step if native is None else vector.compile(step, native=native)
    with np.errstate(invalid="ignore"):
        found = [step(x) for _ in range(3)][-1]
    for name, actual in zip(SPECIAL, found, strict=True):
        np.testing.assert_array_equal(actual, np.array(SPECIAL[name], np.float32), name)


@pytest.mark.parametrize("f", [numerics.softplus, numerics.erf], ids=["softplus", "erf"])
def test_a_block_is_like_another_whatever_the_layout(f: Callable[[Any], Any]) -> None:
    x = np.random.default_rng(0).normal(size=(3, numerics.BLOCK)).astype(np.float32)
    rows = np.stack([f(row) for row in x])
    for y in (x, np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2], x[::-1][::-1]):
        np.testing.assert_array_equal(f(y), rows)
    assert f(x.astype(np.float16)).dtype == np.float16
    assert f(np.float32(1)).shape == ()


@pytest.mark.parametrize("exponent", [3, 4.0, 1.5, 2.5, -0.5, -1.5, -2, -3.0])
def test_powers_by_products_and_their_slopes(exponent: float) -> None:
    x = np.array([0.3, 1.0, 7.0, 0.0, -0.0, inf])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose((vector.tensor(x) ** exponent).data, np.power(x, exponent), 1e-15)
        slope = vector.grad(lambda x: np.sum(x**exponent))(x[:3])
    np.testing.assert_allclose(slope, exponent * np.power(x[:3], exponent - 1), 1e-15)
    assert (vector.tensor(np.arange(1, 4)) ** abs(exponent)).dtype == (np.arange(1, 4) ** abs(exponent)).dtype


@pytest.mark.parametrize("rows", [3, 40, 5000])
def test_rows_that_are_named_often_get_the_sum_of_all(rows: int) -> None:
    generator = np.random.default_rng(0)
    index, g = generator.integers(-rows, rows, (20, 30)), generator.normal(size=(20, 30, 24))
    expected = np.zeros((rows, 24))
    np.add.at(expected, index, g)
    found = vector.grad(lambda table: np.sum(table[index] * g))(np.zeros((rows, 24)))
    np.testing.assert_allclose(found, expected, 1e-13, 1e-13)


def test_the_logistic_loss_is_exact_on_both_sides() -> None:
    z = np.array([20.0, -20.0, 1000.0, -1000.0], np.float32)
    loss = vector.nn.binary_cross_entropy_with_logits(vector.tensor(z), [1.0, 0.0, 0.0, 1.0], reduction="none")
    np.testing.assert_allclose(loss.data, [np.log1p(np.exp(-20)), np.log1p(np.exp(-20)), 1000, 1000], 1e-6)


EDGES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.1,
    -0.3,
    7.5,
    -6.0,
    3.0,
    1e-45,
    -1e-40,
    1e-20,
    -1e20,
    5e8,
    2.0**29,
    3e38,
    inf,
    -inf,
    nan,
]


def _pairs(dtype: Any) -> tuple[Any, Any]:
    """Plain numbers, quotients that a float32 does not hold, and all pairs of what may go wrong."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=4000) * 10.0 ** generator.integers(-8, 9, 4000)
    y = generator.normal(size=4000)
    whole = generator.integers(-99, 99, 500).astype(float)
    edges = np.array([(a, b) for a in EDGES for b in EDGES]).T
    with np.errstate(over="ignore"):
        pairs = [(x, y), (whole, np.where(whole == 0, 3, whole[::-1])), (7 * y, y), *np.array(edges).T]
        first, second = (np.concatenate([np.ravel(pair[i]) for pair in pairs]).astype(dtype) for i in (0, 1))
    return first, second


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("f", [np.fmod, np.remainder])
def test_remainders_are_exact(f: Any, dtype: Any) -> None:
    """Bit for bit NumPy's, signed zeros too, each pair alone and all that are plain at once."""
    ours = getattr(vector, f.__name__)
    x, y = _pairs(dtype)
    with np.errstate(all="ignore"):
        for a, b in [(x[:4000], y[:4000]), (x, y), *zip(x[-361:, None], y[-361:, None], strict=True)]:
            found, expected = ours(a, b), f(a, b)
            np.testing.assert_array_equal(found, expected)
            np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))
            assert found.dtype == expected.dtype


@pytest.mark.parametrize("f", [np.fmod, np.remainder])
def test_remainders_of_any_layout_and_dtype(f: Any) -> None:
    ours, x = getattr(vector, f.__name__), np.linspace(-9, 9, 24, dtype=np.float32).reshape(4, 6)
    y = np.linspace(0.3, 2.5, 6, dtype=np.float32)
    cases: list[tuple[Any, Any]] = [
        (x, y), (x.T, x.T[::-1]), (x[:, ::2], y[::2]), (x[:0], y), (x, 0.7), (x, np.float32(-0.7)), (0.7, y),
        (x, y.astype(float)), (x.astype(np.float16), y.astype(np.float16)), (x.astype(int), 4), (x.astype(int), 0.7),
        (x[0, 0], y[0]), (x, 2),
    ]  # fmt: skip
    for a, b in cases:
        found, expected = ours(a, b), f(a, b)
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype


def test_a_remainder_by_infinity_is_that_infinity_where_the_signs_differ() -> None:
    """Its slope was NaN there."""
    x, y = (np.array(row) for row in ([-1.0, 1.0, 1.0, -1.0], [np.inf, np.inf, -np.inf, -np.inf]))
    slopes = [vector.grad(np.remainder, 1)(*pair) for pair in zip(x, y, strict=True)]
    np.testing.assert_array_equal(slopes, [1, 0, 1, 0])


def test_a_slope_of_a_remainder_counts_what_was_taken_away() -> None:
    x, y = np.array([7.0, -7.0, 7.0, -7.0, 1e6 + 0.5], np.float32), np.array([2, 2, -2, -2, 3.0], np.float32)
    for f, whole in ((vector.remainder, np.floor), (vector.fmod, np.trunc)):
        slope = vector.grad(lambda x, y, f=f: np.sum(f(x, y)), argnums=1)(x, y)
        np.testing.assert_array_equal(slope, -whole(x.astype(float) / y))


@pytest.mark.parametrize("native", [None, pytest.param(True, marks=NUMBA)], ids=["eager", "native"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_norms_of_any_size(dtype: Any, native: bool | None) -> None:
    """Of numbers whose squares are too large, too small, or both, alone and among others; ∞ beside NaN is ∞."""
    x, y = _pairs(dtype)
    tiny = np.finfo(dtype).tiny if native else 0  # machine code takes what is less for 0
    f: Any = vector.hypot if native is None else vector.compile(lambda x, y: vector.hypot(x, y) * 1, native=native)
    with np.errstate(all="ignore"):
        alone = [] if native else [(x[i : i + 1], y[i : i + 1]) for i in range(len(x) - 361, len(x))]
        for a, b in [(x[:4000], y[:4000]), (x, y), *alone]:
            found, expected = [f(a, b) for _ in range(3)][-1], np.hypot(a, b)
            np.testing.assert_allclose(found, expected, 3 * np.finfo(dtype).eps, 2 * float(tiny))
    with np.errstate(all="ignore"):
        x = np.array([0.0, 1e-30, 3e30], dtype)
        slope = vector.grad(lambda x: np.sum(vector.hypot(x, x)))(x)
    np.testing.assert_allclose(slope, [0, np.sqrt(2), np.sqrt(2)], 1e-6)


def test_float32s_gelu_has_its_digits_below_0() -> None:
    x = np.linspace(-6, 6, 2001).astype(np.float32)
    with mpmath.workdps(30):
        exact = np.array([float(mpmath.mpf(float(t)) * mpmath.ncdf(float(t))) for t in x])
    np.testing.assert_allclose(vector.gelu(x), exact, 1.5e-6)
    np.testing.assert_array_equal(vector.gelu(np.array([inf, -inf, nan, -1e30], np.float32)), [inf, 0, nan, 0])


@pytest.mark.parametrize(("name", "base"), [("logaddexp", mpmath.e), ("logaddexp2", 2)])
def test_logarithms_of_sums(name: str, base: Any) -> None:
    x, y = np.array([(a, b) for a in (-700.0, -3.0, 0.0, 0.5, 900.0) for b in (-699.0, -3.0, 1e-9, 901.0)]).T
    with mpmath.workdps(400):
        exact = [
            float(mpmath.log(mpmath.power(base, a) + mpmath.power(base, b), base)) for a, b in zip(x, y, strict=True)
        ]
    ours: Any = getattr(vector, name)
    np.testing.assert_allclose(ours(x, y), exact, 1e-14)
    infinite = np.array([inf, -inf, inf, 1.0]), np.array([inf, -inf, -inf, nan])
    np.testing.assert_array_equal(ours(*infinite), [inf, -inf, inf, nan])
    assert ours(np.arange(3), np.arange(3)).dtype == float


@pytest.mark.parametrize("n", range(8))
def test_the_product_of_the_others_divides_by_nothing(n: int) -> None:
    """Along an axis of any length, and over several, with a 0, two of them, and NaN, which its own slope is not."""
    x = np.cos(np.arange(1.0, 3 * n * 2 + 1)).reshape(3, n, 2)
    if n > 2:
        x[0, 1, 0], x[1, :2, 0], x[2, 0, 1] = 0, 0, nan

    def others(x: Any) -> Any:
        return [np.prod(np.delete(x, i)) for i in range(x.size)]

    for axis in (0, 1, 2, (0, 2), (1, 2), None):
        slope = vector.grad(lambda x, axis=axis: np.sum(vector.prod(x, axis=axis)))(x)
        axes = (*range(3),) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        moved, found = (np.moveaxis(z, axes, range(-len(axes), 0)) for z in (x, slope))
        rows = moved.reshape(-1, *[int(np.prod([x.shape[i] for i in axes]))]) if x.size else moved.reshape(0, 1)
        expected = np.array([others(row) for row in rows]).reshape(moved.shape)
        np.testing.assert_allclose(found, expected, 1e-12, err_msg=f"axis={axis}")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_slopes_at_kinks_and_ends(dtype: Any) -> None:
    x = np.array([-inf, -4, -3, -1.5, 0, 1.5, 3, 4, inf, nan], dtype)
    slopes = {
        "hardswish": [0, 0, 0, 0, 0.5, 1, 1, 1, 1, nan], "relu": [0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
        "hardshrink": [1, 1, 1, 1, 0, 1, 1, 1, 1, 0], "softshrink": [1, 1, 1, 1, 0, 1, 1, 1, 1, 0],
        "hardtanh": [0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
    }  # fmt: skip
    for name, expected in slopes.items():
        t = vector.tensor(x, requires_grad=True)
        with np.errstate(invalid="ignore"):
            getattr(vector, name)(t).backward(np.ones_like(x))
        np.testing.assert_array_equal(t.grad, expected, name)
    for alpha in (2.0, -2.0, np.array(2.0, dtype)):
        slope = vector.grad(lambda x, alpha=alpha: np.sum(vector.celu(x, alpha)))(x[1:8])
        np.testing.assert_allclose(slope, np.where(x[1:8] > 0, 1, np.exp(np.minimum(x[1:8] / alpha, 0))), 1e-6)
