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
