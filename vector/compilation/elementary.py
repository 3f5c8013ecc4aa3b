"""Elementary functions for compiled loops: polynomials without branches, so that a processor computes several at once.

The C library's are right to a unit in the last place, but compute one number at a time; these are right to two or
three. Here, x is a number of a kernel, a float that is a Value of `instructions`; Python's numbers become its kind.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from vector.rules.numerics import ERF, ERF_FAR, ERF_NEAR


class Format(NamedTuple):
    """What the functions need to know of a floating dtype.

    Attributes:
        bits: integers of as many bits, of which the last `digits` are those behind the point.
        shift: a number that is added to it leaves its whole part in the last digits.
        ln2: ln 2 in two parts; products of the first with exponents are exact.
        overflow, underflow: the largest x whose exponential is finite, and the least whose exponential is normal.
        root_half: the bits of √½.
        expm1: q of eˣ = 1 + x + x²·q(x) for |x| ≤ ½·ln 2.
        log: r of ln((1 + s) / (1 − s)) = 2s + s³·r(s²) for |s| ≤ (√2 − 1) / (√2 + 1).
    """

    bits: Any
    digits: int
    shift: float
    ln2: tuple[float, float]
    overflow: float
    underflow: float
    root_half: int
    expm1: Sequence[float]
    log: Sequence[float]


# The coefficients, lowest power first, are Remez's: their largest relative error is as small as can be.
FORMATS: dict[Any, Format] = {
    np.float32: Format(
        np.int32, 23, 1.5 * 2.0**23,
        (0.693145751953125, 1.4286068202862268e-06), 88.72283172607422, -87.33654022216797, 0x3F3504F3,
        (0.5000000028592647, 0.16666573366261027, 0.04166636340254403, 0.008363776145832582, 0.0013942165237555877),
        (0.6666666564545548, 0.4000033519104219, 0.2853730853366552, 0.23582151439313398),
    ),
    np.float64: Format(
        np.int64, 52, 1.5 * 2.0**52,
        (0.6931471804855391, 7.440617110012397e-11), 709.782712893384, -708.3964185322641, 0x3FE6A09E667F3BCD,
        (0.5, 0.1666666666666667, 0.041666666666666685, 0.008333333333325544, 0.0013888888888873214,
         0.00019841269876865914, 2.480158735011779e-05, 2.7557252831830977e-06, 2.755725025511418e-07,
         2.51062753426838e-08, 2.092247886241528e-09),
        (0.6666666666666734, 0.39999999999414676, 0.28571428742388205, 0.22222198573132546, 0.18183564328532595,
         0.15314050495786896, 0.1479595022294881),
    ),
}  # fmt: skip


def _polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """Horner's rule, for coefficients with the lowest power first."""
    total = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = c + x * total
    return total


def _reduced(x: Any) -> Any:
    """eʳ − 1 for x = r + n·ln 2, and n, in the last digits of a float."""
    of = FORMATS[x.kind]
    t = x * (1 / math.log(2)) + of.shift
    n = t - of.shift
    r = (x - n * of.ln2[0]) - n * of.ln2[1]
    return r + r * r * _polynomial(of.expm1, r), t


def _raised(x: Any, power: Any) -> Any:
    """x·2ⁿ for the whole number n in a float's last digits, where x and the result are normal."""
    of = FORMATS[power.kind]
    return (x.view(of.bits) + (power.view(of.bits) << of.digits)).view(power.kind)


def exp(x: Any) -> Any:
    """2ⁿ·eʳ."""
    of = FORMATS[x.kind]
    p, t = _reduced(x)
    out = _raised(1 + p, t)
    out = (x < of.underflow).choose(0, out)
    out = (x > of.overflow).choose(math.inf, out)
    return (x == x).choose(out, x)


def expm1(x: Any) -> Any:
    """2ⁿ·(eʳ − 1) + (2ⁿ − 1), twice the half of it, for 2ⁿ may be too large."""
    of = FORMATS[x.kind]
    p, t = _reduced(x)
    power = _raised(x.kind(0.5), t)
    out = 2 * (power * p + (power - 0.5))
    out = (x < -(of.digits + 2) * math.log(2)).choose(-1, out)
    out = (x > of.overflow).choose(math.inf, out)
    return (x == x).choose(out, x)


def tanh(x: Any) -> Any:
    """−e/(e + 2) for e = e⁻²ˣ − 1, from the side where it is small."""
    e = expm1(-2 * abs(x))
    out = -e / (e + 2)
    out = (x < 0).choose(-out, out)
    return (out == 0).choose(x, out)


def log(x: Any) -> Any:
    """n·ln 2 + ln m for x = m·2ⁿ: with f = m − 1 and s = f/(m + 1), ln m = f − f²/2 + s·(f²/2 + s²·r(s²))."""
    of = FORMATS[x.kind]
    power = (x.view(of.bits) - of.root_half) >> of.digits  # n, an integer: what m has more than √½ lies below it
    n = (x.kind(of.shift).view(of.bits) + power).view(x.kind) - of.shift
    f = (x.view(of.bits) - (power << of.digits)).view(x.kind) - 1
    s = f / (2 + f)
    z, square = s * s, 0.5 * f * f
    out = n * of.ln2[0] - ((square - (s * (square + z * _polynomial(of.log, z)) + n * of.ln2[1])) - f)
    out = (x < np.finfo(x.kind).tiny).choose(-math.inf, out)
    out = (x < 0).choose(math.nan, out)
    return (x < math.inf).choose(out, x)


def log1p(x: Any) -> Any:
    """ln u for u = 1 + x, and what u has lost of x."""
    u = 1 + x
    lost = (x - (u - 1)) / u
    return log(u) + ((u > 0) & (u < math.inf)).choose(lost, 0)


def erf(x: Any) -> Any:
    """In float32 by one quotient in float64; else by two, of which one gives the distance from 1."""
    if x.kind is np.float32:
        near = x.to(np.float64)
        near = (near > 4).choose(4, near)
        near = (near < -4).choose(-4, near)
        return (near * _quotient(ERF, near * near)).to(np.float32)
    far = abs(x)
    far = (far > 6).choose(6, far)
    near = (far > 0.5).choose(0.5, far)
    tail = 1 - exp(-far * far) * _quotient(ERF_FAR, far)
    tail = (x < 0).choose(-tail, tail)
    return (far > 0.5).choose(tail, x * _quotient(ERF_NEAR, near * near))


def _quotient(coefficients: Sequence[Sequence[float]], x: Any) -> Any:
    """Of two polynomials, for coefficients with the highest power first."""
    above, below = (_polynomial(row[::-1], x) for row in coefficients)
    return above / below


def hypot(x: Any, y: Any) -> Any:
    """The larger times √(1 + q²), for their quotient q."""
    small, large = (x.writer.extreme(it, abs(x), abs(y)) for it in ("minimum", "maximum"))
    root = x.writer.of_llvm("sqrt", 1 + (q := small / (large == 0).choose(1, large)) * q)
    return (abs(x) == math.inf).choose(math.inf, (abs(y) == math.inf).choose(math.inf, large * root))


FUNCTIONS = exp, expm1, tanh, log, log1p, erf, hypot
"""What expressions call, by these names."""
