"""Functions of each element behind those of `vector.functions` that read the parameters; and the error function."""

import math
from typing import Any

import numpy as np

from vector.arrays import as_array
from vector.op import Op, elementwise, linear

__all__ = ["clip", "i0", "ldexp", "sinc", "where"]

# W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969):
# over x as a quotient of polynomials in x² for small x, and eˣ² times its distance from 1 as one in x for the others,
# highest power first; the second is his interval up to 4, which serves up to 6, where it is 1 to the last digit.
ERF_NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
ERF_FAR = (
    (
        2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
        2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
        1.23033935479799725e3,
    ),
    (
        1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
        3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
    ),
)  # fmt: skip


def _quotient(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Any) -> Any:
    above, below = (_polynomial(row, x) for row in coefficients)
    above /= below
    return above


def _polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    """Horner's rule, in one array."""
    total = coefficients[0] * x + coefficients[1]
    for coefficient in coefficients[2:]:
        total *= x
        total += coefficient
    return total


def erf_values(x: Any) -> Any:
    """2/√π ∫₀ˣ exp(−t²) dt, to the last digit or two."""
    x = as_array(x)
    wide = x.astype(np.result_type(x.dtype, np.float32))  # the polynomials leave the range of float16
    near, far = np.clip(wide, -0.5, 0.5), np.clip(np.abs(wide), 0.5, 6)
    tail = np.exp(-far * far) * _quotient(ERF_FAR, far)
    out = np.where(np.abs(wide) <= 0.5, near * _quotient(ERF_NEAR, near * near), np.copysign(1 - tail, wide))
    return out.astype(np.result_type(x.dtype, np.float16))


def _sinc_moments(u: Any, order: int) -> Any:
    """∫₀¹ tⁿ cos(ut + nπ/2) dt, the n-th derivative of sin(u)/u."""
    near = np.where(np.abs(u) < 2, u, 0)
    total, term = np.zeros_like(near), np.ones_like(near)
    for k in range(26):  # the Taylor series: terms below 2²⁶/26! are beyond the last digit
        total = total + math.cos((k + order) % 4 * math.pi / 2) * term / (k + order + 1)
        term = term * near / (k + 1)
    far = np.where(np.abs(u) < 2, 2, u)
    out = np.sin(far) / far
    for n in range(1, order + 1):  # by parts; stable for |u| ≥ 2 and the few orders in use
        out = (np.sin(far + n * math.pi / 2) - n * out) / far
    return np.where(np.abs(u) < 2, total, out)


def _sinc(x: Any, *, order: int = 0) -> Any:
    return math.pi**order * _sinc_moments(math.pi * x, order)


# Σ over the circle is exact for harmonics below 256, and those above are beyond the last digit until I₀ overflows.
_ANGLES = np.linspace(0, math.pi, 129)
_PARTS = np.where((_ANGLES == 0) | (math.pi == _ANGLES), 0.5, 1) / 128


def _i0(x: Any, *, order: int = 0) -> Any:
    """1/π ∫₀^π exp(x·cos θ)·cosⁿθ dθ, the n-th derivative of I₀(x), by the trapezoidal rule."""
    if order == 0:
        return np.i0(x)
    cosines = np.cos(_ANGLES).astype(np.result_type(x.dtype, np.float32))
    # Of exp, the half that is not of the order's parity integrates to 0, and would cost the other its last digits.
    waves = (np.sinh if order % 2 else np.cosh)(x[..., None].astype(cosines.dtype) * cosines)
    return (waves @ (_PARTS * np.cos(_ANGLES) ** order).astype(cosines.dtype)).astype(x.dtype)


# Rows that other rows use before their own line.
sinc: Op
i0: Op
ldexp: Op

# fmt: off
# Of `sinc` and `i0`, the n-th derivatives: at 0 too, where the quotients of the textbook are 0/0 (i0: Abramowitz &
# Stegun 9.6.16).
sinc       = Op("sinc",                _sinc,           [lambda g, out, x, *, order=0: g * sinc(x, order=order + 1)])
i0         = Op("i0",                  _i0,             [lambda g, out, x, *, order=0: g * i0(x, order=order + 1)])
ldexp      = linear("ldexp",           lambda x, *, exponent: np.ldexp(x, exponent),
                                                        lambda g, out, x, *, exponent: ldexp(g, exponent=exponent))
clip       = elementwise("clip",       np.clip,         lambda out, x, low, high: (low <= x) & (x <= high),
                                                        lambda out, x, low, high: (x < low) & (low < high),
                                                        lambda out, x, low, high: (x > high) | (high < low),
                         kinks=lambda out, x, low, high: [((x == low) | (x == high), (0, 1)),
                                                          (x == low, (0, 1)), (x == high, (0, 1))])

# The condition is an operand that the rule needs, and has no derivative itself.
where      = Op("where",               np.where,        [lambda g, out, c, x, y: 0 * g,
                                                         lambda g, out, c, x, y: np.where(c, g, 0),
                                                         lambda g, out, c, x, y: np.where(c, 0, g)])
# fmt: on
