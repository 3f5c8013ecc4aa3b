"""Elementary functions for compiled loops: polynomials without branches, so that a processor computes several at once.

The C library's are right to a unit in the last place, but compute one number at a time; these are right to two or
three. They are compiled apart from the loops: these may add in another order, but here a difference is a lost digit.

This module, like `intrinsics`, imports numba, and is imported only where machine code is made.
"""

# ruff: noqa: FURB136  # min and max would lose NaN
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numba

from vector.compilation.intrinsics import exponent, mantissa, raised
from vector.rules.numerics import ERF, ERF_FAR, ERF_NEAR, TAIL


class Format(NamedTuple):
    """What the functions need to know of a floating dtype.

    Attributes:
        digits: of a mantissa, without the leading one.
        ln2: ln 2 in two parts; products of the first with exponents are exact.
        overflow, underflow: the largest x whose exponential is finite, and the least whose exponential is normal.
        expm1: q of eˣ = 1 + x + x²·q(x) for |x| ≤ ½·ln 2.
        log: r of ln((1 + s) / (1 − s)) = 2s + s³·r(s²) for |s| ≤ (√2 − 1) / (√2 + 1).
    """

    bits: int
    digits: int
    ln2: tuple[float, float]
    overflow: float
    underflow: float
    expm1: Sequence[float]
    log: Sequence[float]


# The coefficients, lowest power first, are Remez's: their largest relative error is as small as can be.
FORMATS = {
    "float32": Format(
        32, 23, (0.693145751953125, 1.4286068202862268e-06), 88.72283172607422, -87.33654022216797,
        (0.5000000028592647, 0.16666573366261027, 0.04166636340254403, 0.008363776145832582, 0.0013942165237555877),
        (0.6666666564545548, 0.4000033519104219, 0.2853730853366552, 0.23582151439313398),
    ),
    "float64": Format(
        64, 52, (0.6931471804855391, 7.440617110012397e-11), 709.782712893384, -708.3964185322641,
        (
            0.5, 0.1666666666666667, 0.041666666666666685, 0.008333333333325544, 0.0013888888888873214,
            0.00019841269876865914, 2.480158735011779e-05, 2.7557252831830977e-06, 2.755725025511418e-07,
            2.51062753426838e-08, 2.092247886241528e-09,
        ),
        (
            0.6666666666666734, 0.39999999999414676, 0.28571428742388205, 0.22222198573132546, 0.18183564328532595,
            0.15314050495786896, 0.1479595022294881,
        ),
    ),
}  # fmt: skip

_compiled: Callable[[Callable[..., Any]], Any] = numba.njit(
    error_model="numpy", fastmath={"contract"}, forceinline=True
)


def _polynomial(coefficients: Sequence[float], kind: Any) -> Any:
    """Horner's rule for coefficients, lowest power first, written out."""
    text = ""
    for i in reversed(range(len(coefficients))):
        text = f"c{i} + x * ({text})" if text else f"c{i}"
    scope = {f"c{i}": kind(c) for i, c in enumerate(coefficients)}
    return _compiled(eval(f"lambda x: {text}", scope))  # noqa: S307  # a text made here


def functions(name: str) -> dict[str, Any]:
    """The functions of numbers of one dtype, by the names that expressions give them."""
    of, kind = FORMATS[name], getattr(numba, name)
    made = _exponentials(of, kind)
    made |= _logarithms(of, kind)
    made |= _errors_single(kind, made["exp"]) if of.bits == 32 else _errors_double(kind, made["exp"])
    exp, log1p, zero, one = made["exp"], made["log1p"], kind(0), kind(1)

    @_compiled
    def sigmoid(x: Any) -> Any:
        """e/(1 + e) for e = eˣ, from the side where it is small."""
        e = exp(-abs(x))
        share = e / (one + e)
        return one - share if x >= 0 else share

    @_compiled
    def softplus(x: Any) -> Any:
        return log1p(exp(-abs(x))) + (zero if x < 0 else x)

    made |= {"sigmoid": sigmoid, "softplus": softplus}
    return {f"{key}_{name}": function for key, function in made.items()}


def _exponentials(of: Format, kind: Any) -> dict[str, Any]:
    one, two, half, infinity = map(kind, (1, 2, 0.5, math.inf))
    shift = kind(1.5 * 2.0**of.digits)  # a number that is added to it leaves its whole part in the low digits
    per_ln2, high, low, overflow, underflow = map(kind, (1 / math.log(2), *of.ln2, of.overflow, of.underflow))
    all_digits = kind((of.digits + 2) * math.log(2))
    ln2, lowest, highest = (
        kind(math.log(2)),
        kind(3 - 2 ** (of.bits - of.digits - 2)),
        kind(2 ** (of.bits - of.digits - 2)),
    )
    polynomial = _polynomial(of.expm1, kind)

    @_compiled
    def reduced(x: Any) -> Any:
        """eʳ − 1 for x = r + n·ln 2, and n, in the low digits of a float."""
        t = x * per_ln2 + shift
        n = t - shift
        r = (x - n * high) - n * low
        return r + r * r * polynomial(r), t

    @_compiled
    def exp(x: Any) -> Any:
        """2ⁿ·eʳ."""
        p, t = reduced(x)
        out = raised(one + p, t)
        out = kind(0) if x < underflow else out
        out = infinity if x > overflow else out
        return out if x == x else x

    @_compiled
    def exp2(x: Any) -> Any:
        """2ⁿ·eʳ for x = n + r/ln 2."""
        x = lowest if x < lowest else x
        x = highest if x > highest else x
        t = x + shift
        r = (x - (t - shift)) * ln2
        out = two * raised(half + half * (r + r * r * polynomial(r)), t)
        out = kind(0) if x == lowest else out
        return out if x == x else x

    @_compiled
    def expm1(x: Any) -> Any:
        """2ⁿ·(eʳ − 1) + (2ⁿ − 1), twice the half of it, for 2ⁿ may be too large."""
        p, t = reduced(x)
        power = raised(half, t)
        out = two * (power * p + (power - half))
        out = -one if x < -all_digits else out
        out = infinity if x > overflow else out
        return out if x == x else x

    @_compiled
    def tanh(x: Any) -> Any:
        """−e/(e + 2) for e = e⁻²ˣ − 1, from the side where it is small."""
        e = expm1(-two * abs(x))
        out = -e / (e + two)
        out = -out if x < 0 else out
        return out or x

    return {"exp": exp, "exp2": exp2, "expm1": expm1, "tanh": tanh}


def _logarithms(of: Format, kind: Any) -> dict[str, Any]:
    one, two, half, infinity, nan = map(kind, (1, 2, 0.5, math.inf, math.nan))
    high, low = map(kind, of.ln2)
    exponents = 2 ** (of.bits - of.digits - 2)
    offset, tiny = kind(2.0**of.digits + exponents), kind(math.ldexp(1, 2 - exponents))
    polynomial = _polynomial(of.log, kind)

    @_compiled
    def log(x: Any) -> Any:
        """n·ln 2 + ln m for x = m·2ⁿ: with f = m − 1 and s = f/(m + 1), ln m = f − f²/2 + s·(f²/2 + s²·r(s²))."""
        n, f = exponent(x) - offset, mantissa(x) - one
        s = f / (two + f)
        z, square = s * s, half * f * f
        out = n * high - ((square - (s * (square + z * polynomial(z)) + n * low)) - f)
        out = -infinity if x < tiny else out
        out = nan if x < 0 else out
        return out if x < infinity else x

    @_compiled
    def log1p(x: Any) -> Any:
        """ln u for u = 1 + x, and what u has lost of x."""
        u = one + x
        lost = (x - (u - one)) / u
        return log(u) + (lost if 0 < u < infinity else kind(0))

    per_ln2, per_ln10 = kind(1 / math.log(2)), kind(1 / math.log(10))

    @_compiled
    def log2(x: Any) -> Any:
        """n + log₂ m, exact for powers of 2."""
        return exponent(x) - offset + log(mantissa(x)) * per_ln2 if tiny <= x < infinity else log(x)

    return {"log": log, "log1p": log1p, "log2": log2, "log10": _compiled(lambda x: log(x) * per_ln10)}


def _errors_single(kind: Any, exp: Any) -> dict[str, Any]:
    one, half, end = kind(1), kind(0.5), kind(15)
    above, below = (_polynomial(row[::-1], numba.float64) for row in ERF)
    tail_above, tail_below = (_polynomial(row[::-1], kind) for row in TAIL)

    @_compiled
    def erf(x: Any) -> Any:
        near = numba.float64(x)
        near = numba.float64(4) if near > 4 else near
        near = numba.float64(-4) if near < -4 else near
        return kind(near * above(near * near) / below(near * near))

    @_compiled
    def normal_cdf(x: Any) -> Any:
        far = abs(x)
        far = end if far > end else far
        tail = exp(-half * far * far) * tail_above(far) / tail_below(far)
        return one - tail if x >= 0 else tail

    return {"erf": erf, "normal_cdf": normal_cdf}


def _errors_double(kind: Any, exp: Any) -> dict[str, Any]:
    one, half, end, root_half = map(kind, (1, 0.5, 6, math.sqrt(0.5)))
    (near_above, near_below), (far_above, far_below) = (
        [_polynomial(row[::-1], kind) for row in rows] for rows in (ERF_NEAR, ERF_FAR)
    )

    @_compiled
    def erf(x: Any) -> Any:
        far = abs(x)
        far = end if far > end else far
        near = half if far > half else far
        tail = one - exp(-far * far) * far_above(far) / far_below(far)
        tail = -tail if x < 0 else tail
        return tail if far > half else x * near_above(near * near) / near_below(near * near)

    @_compiled
    def normal_cdf(x: Any) -> Any:
        return half * (one + erf(x * root_half))

    return {"erf": erf, "normal_cdf": normal_cdf}
