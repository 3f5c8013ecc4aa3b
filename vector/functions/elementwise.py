"""Functions of each element alone that take parameters, or are built from rows."""

import math
from typing import Any

import numpy as np

from vector import rules
from vector.arrays import operand
from vector.functions.operand import cast, common_type, detached, extremes


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """x where the condition holds, else y; the branch not taken gets gradient 0. Without x and y, as `np.nonzero`."""
    if x is None and y is None:
        return np.nonzero(detached(condition))
    if x is None or y is None:
        raise ValueError("where: expected x and y, or neither, got one of them; write where(condition, x, y)")
    return rules.where(condition, _weak(x), _weak(y))


def _weak(x: Any) -> Any:
    """A bare number as it is, so that it takes the dtype of what it meets; a list as an operand."""
    return operand(x) if isinstance(x, (list, tuple)) else x


def clip(x: Any, min: Any = None, max: Any = None) -> Any:
    """x kept between two bounds; on a bound the gradient is x's, as in PyTorch, beyond it the bound's."""
    low, high = extremes(common_type(*(y for y in (x, min, max) if y is not None)))
    return rules.clip(x, low if min is None else min, high if max is None else max)


def float_power(x: Any, y: Any) -> Any:
    """xʸ in float64 or better."""
    return rules.power(*(cast(z, np.result_type(operand(z).dtype, np.float64)) for z in (x, y)))


def ldexp(x: Any, exponent: Any) -> Any:
    """x·2ⁿ, for whole numbers n."""
    return rules.ldexp(x, exponent=detached(exponent))


def frexp(x: Any) -> tuple[Any, Any]:
    """Mantissas in [½, 1), of x's sign, and whole exponents, plain: x = mantissa·2ⁿ."""
    exponent = np.frexp(detached(x))[1]
    return ldexp(x, -exponent), exponent


def modf(x: Any) -> tuple[Any, Any]:
    """Fractional and whole parts, of x's sign; the gradient is the fractional part's."""
    x = cast(x, np.modf.resolve_dtypes((operand(x).dtype, None, None))[1])
    bounded = rules.where(np.isinf(x), 0, x)
    return bounded - rules.trunc(bounded), rules.trunc(x)


def divmod(x: Any, y: Any) -> tuple[Any, Any]:
    """(x // y, x % y)."""
    return rules.floor_divide(x, y), rules.remainder(x, y)


def round(x: Any, decimals: int = 0) -> Any:
    """Rounded to the given number of decimals, halves to even; gradient 0."""
    x = operand(x)
    if x.dtype.kind in "iu" and decimals >= 0:
        return rules.copy(x)
    if decimals == 0:
        return rules.rint(x)
    scale = 10.0 ** abs(decimals)
    return rules.rint(x * scale) / scale if decimals > 0 else cast(rules.rint(x / scale) * scale, x.dtype)


def fix(x: Any) -> Any:
    """Rounded towards 0; gradient 0."""
    return rules.trunc(x)


def sinc(x: Any) -> Any:
    """sin(πx) / (πx), and 1 at 0, where its derivatives are those of the limit."""
    return rules.sinc(x)


def i0(x: Any) -> Any:
    """The modified Bessel function I₀(x)."""
    return rules.i0(operand(x))


def angle(z: Any, deg: bool = False) -> Any:
    """0 for a positive number, π (with `deg`, 180) for a negative one; gradient 0."""
    out = rules.atan2(0, operand(z))
    return rules.degrees(out) if deg else out


def real(val: Any) -> Any:
    """The number itself: a Tensor is real."""
    return rules.copy(cast(val, common_type(val)))


def real_if_close(a: Any, tol: float = 100) -> Any:
    """The number itself: a Tensor is real."""
    return real(a)


def nan_to_num(x: Any, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """NaN and infinities replaced by numbers (infinities by the largest of the dtype); the gradient there is 0."""
    x = operand(x)
    finite = np.nan_to_num(detached(x), nan=nan, posinf=posinf, neginf=neginf)
    return rules.where(np.isfinite(detached(x)), x, finite)


def unwrap(x: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * math.pi) -> Any:
    """Phases without jumps: whole periods added, which do not change the gradient."""
    x, plain = operand(x), detached(x)
    out = np.unwrap(plain, discont=discont, axis=axis, period=period)
    return x + np.subtract(out, plain, out=np.zeros_like(out), where=out != plain)
