"""Functions of each element behind those of `vector.functions` that read the parameters."""

import math
from typing import Any

import numpy as np

from vector.op import Op, elementwise, linear

__all__ = ["clip", "i0", "ldexp", "sinc", "where"]


def _sinc(x: Any, *, order: int = 0) -> Any:
    """πⁿ·∫₀¹ tⁿ cos(ut + nπ/2) dt for u = πx: the n-th derivative of sin(u)/u, with respect to x."""
    u = math.pi * x
    near, far = np.clip(u, -2, 2), np.where(np.abs(u) < 2, 2, u)
    total, square = 0.0, near * near
    for k in range(24 + order % 2, -1, -2):  # the Taylor series: terms below 2²⁶/26! are beyond the last digit
        total = square * total / ((k + 1) * (k + 2)) + math.cos((k + order) % 4 * math.pi / 2) / (k + order + 1)
    out = np.sin(far) / far
    for n in range(1, order + 1):  # by parts; stable for |u| ≥ 2 and the few orders in use
        out = (np.sin(far + n * math.pi / 2) - n * out) / far
    return math.pi**order * np.where(np.abs(u) < 2, near * total if order % 2 else total, out)


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
