"""Elementary functions for compiled loops: polynomials without branches, so that a processor computes several at once.

The C library's are right to a unit in the last place, but compute one number at a time; these are right to two or
three. Here, x is a number of a kernel, a Value of `instructions`; of constants, NumPy's types say what they are.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from vector.rules.numerics import ERF, ERF_FAR, ERF_NEAR


class Format(NamedTuple):
    """What the functions need to know of a floating dtype.

    Attributes:
        bits: integers of as many bits.
        ln2: ln 2 in two parts; products of the first with exponents are exact.
        overflow, underflow: the largest x whose exponential is finite, and the least whose exponential is normal.
        root_half: the bits of √½.
        expm1: q of eˣ = 1 + x + x²·q(x) for |x| ≤ ½·ln 2.
        log: r of ln((1 + s) / (1 − s)) = 2s + s³·r(s²) for |s| ≤ (√2 − 1) / (√2 + 1).
    """

    bits: Any
    ln2: tuple[float, float]
    overflow: float
    underflow: float
    root_half: int
    expm1: Sequence[float]
    log: Sequence[float]


# The coefficients, lowest power first, are Remez's: their largest relative error is as small as can be.
FORMATS: dict[Any, Format] = {
    np.float32: Format(
        np.int32, (0.693145751953125, 1.4286068202862268e-06), 88.72283172607422, -87.33654022216797, 0x3F3504F3,
        (0.5000000028592647, 0.16666573366261027, 0.04166636340254403, 0.008363776145832582, 0.0013942165237555877),
        (0.6666666564545548, 0.4000033519104219, 0.2853730853366552, 0.23582151439313398),
    ),
    np.float64: Format(
        np.int64, (0.6931471804855391, 7.440617110012397e-11), 709.782712893384, -708.3964185322641, 0x3FE6A09E667F3BCD,
        (0.5, 0.1666666666666667, 0.041666666666666685, 0.008333333333325544, 0.0013888888888873214,
         0.00019841269876865914, 2.480158735011779e-05, 2.7557252831830977e-06, 2.755725025511418e-07,
         2.51062753426838e-08, 2.092247886241528e-09),
        (0.6666666666666734, 0.39999999999414676, 0.28571428742388205, 0.22222198573132546, 0.18183564328532595,
         0.15314050495786896, 0.1479595022294881),
    ),
}  # fmt: skip


def functions(kind: Any) -> dict[str, Callable[[Any], Any]]:
    """The functions of numbers of one dtype, by the names that expressions give them."""
    made = _exponentials(kind, FORMATS[kind]) | _logarithms(kind, FORMATS[kind]) | _ranks(kind, FORMATS[kind].bits)
    made["erf"] = _erf_single if kind is np.float32 else _erf_double(made["exp"])
    return {f"{name}_{np.dtype(kind)}": function for name, function in made.items()}


def _polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """Horner's rule, for coefficients with the lowest power first."""
    total = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = c + x * total
    return total


def _exponentials(kind: Any, of: Format) -> dict[str, Any]:
    bits, digits = of.bits, np.finfo(kind).nmant
    zero, one, two, half, infinity = map(kind, (0, 1, 2, 0.5, math.inf))
    shift = kind(1.5 * 2.0**digits)  # a number that is added to it leaves its whole part in the low digits
    per_ln2, high, low, overflow, underflow = map(kind, (1 / math.log(2), *of.ln2, of.overflow, of.underflow))
    all_digits = kind((digits + 2) * math.log(2))

    def reduced(x: Any) -> Any:
        """eʳ − 1 for x = r + n·ln 2, and n, in the low digits of a float."""
        t = x * per_ln2 + shift
        n = t - shift
        r = (x - n * high) - n * low
        return r + r * r * _polynomial(of.expm1, r), t

    def raised(x: Any, power: Any) -> Any:
        """x·2ⁿ for the bits of x and the whole number n in a float's low digits, where x and the result are normal."""
        return (x + (power.view(bits) << digits)).view(kind)

    def exp(x: Any) -> Any:
        """2ⁿ·eʳ."""
        p, t = reduced(x)
        out = raised((one + p).view(bits), t)
        out = (x < underflow).choose(zero, out)
        out = (x > overflow).choose(infinity, out)
        return (x == x).choose(out, x)

    def expm1(x: Any) -> Any:
        """2ⁿ·(eʳ − 1) + (2ⁿ − 1), twice the half of it, for 2ⁿ may be too large."""
        p, t = reduced(x)
        power = raised(half.view(bits), t)
        out = two * (power * p + (power - half))
        out = (x < -all_digits).choose(-one, out)
        out = (x > overflow).choose(infinity, out)
        return (x == x).choose(out, x)

    def tanh(x: Any) -> Any:
        """−e/(e + 2) for e = e⁻²ˣ − 1, from the side where it is small."""
        e = expm1(-two * abs(x))
        out = -e / (e + two)
        out = (x < 0).choose(-out, out)
        return (out == 0).choose(x, out)

    return {"exp": exp, "expm1": expm1, "tanh": tanh}


def _logarithms(kind: Any, of: Format) -> dict[str, Any]:
    bits, digits, root_half = of.bits, np.finfo(kind).nmant, of.root_half
    zero, one, two, half, infinity, nan, high, low = map(kind, (0, 1, 2, 0.5, math.inf, math.nan, *of.ln2))
    shift, tiny = kind(1.5 * 2.0**digits), np.finfo(kind).tiny
    bits_of_shift = shift.view(bits)

    def log(x: Any) -> Any:
        """n·ln 2 + ln m for x = m·2ⁿ: with f = m − 1 and s = f/(m + 1), ln m = f − f²/2 + s·(f²/2 + s²·r(s²))."""
        above = x.view(bits) - root_half  # n, and below it the digits that m has more than √½
        n = (bits_of_shift + (above >> digits)).view(kind) - shift
        f = (x.view(bits) - (above >> digits << digits)).view(kind) - one
        s = f / (two + f)
        z, square = s * s, half * f * f
        out = n * high - ((square - (s * (square + z * _polynomial(of.log, z)) + n * low)) - f)
        out = (x < tiny).choose(-infinity, out)
        out = (x < 0).choose(nan, out)
        return (x < infinity).choose(out, x)

    def log1p(x: Any) -> Any:
        """ln u for u = 1 + x, and what u has lost of x."""
        u = one + x
        lost = (x - (u - one)) / u
        return log(u) + ((u > 0) & (u < infinity)).choose(lost, zero)

    return {"log": log, "log1p": log1p}


def _ranks(kind: Any, bits: Any) -> dict[str, Any]:
    """An integer that grows with x, NaN's the largest, and x again: of integers, several maxima are found at once."""
    largest, sign = bits(np.iinfo(bits).max), np.iinfo(bits).bits - 1

    def rank(x: Any) -> Any:
        n = x.view(bits)
        return (x == x).choose(n ^ ((n >> sign) & largest), largest)

    def ranked(n: Any) -> Any:
        return (n ^ ((n >> sign) & largest)).view(kind)

    return {"rank": rank, "ranked": ranked}


def _erf_single(x: Any) -> Any:
    """By one quotient in float64."""
    above, below = (row[::-1] for row in ERF)
    near = x.to(np.float64)
    near = (near > 4).choose(4, near)
    near = (near < -4).choose(-4, near)
    square = near * near
    return (near * _polynomial(above, square) / _polynomial(below, square)).to(np.float32)


def _erf_double(exp: Any) -> Any:
    near_above, near_below, far_above, far_below = (row[::-1] for row in (*ERF_NEAR, *ERF_FAR))

    def erf(x: Any) -> Any:
        far = abs(x)
        far = (far > 6).choose(6, far)
        near = (far > 0.5).choose(0.5, far)
        tail = 1 - exp(-far * far) * _polynomial(far_above, far) / _polynomial(far_below, far)
        tail = (x < 0).choose(-tail, tail)
        square = near * near
        return (far > 0.5).choose(tail, x * _polynomial(near_above, square) / _polynomial(near_below, square))

    return erf
