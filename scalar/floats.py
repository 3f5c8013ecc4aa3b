"""Elementary functions on floats that answer with NaN or infinity, as IEEE 754 and NumPy do, where `math` raises."""

import math
import operator
from collections.abc import Callable
from functools import partial

inf, nan = math.inf, math.nan


def _guarded(
    function: Callable[[float], float], error: type[Exception], answer: Callable[[float], float]
) -> Callable[[float], float]:
    """Wrap a function of `math` so that it answers where it would raise an error."""

    def guarded(x: float) -> float:
        try:
            return function(x)
        except error:
            return answer(x)

    return guarded


_nan_outside_domain = partial(_guarded, error=ValueError, answer=lambda x: nan)
sin, cos, tan = map(_nan_outside_domain, (math.sin, math.cos, math.tan))
asin, acos, sqrt = map(_nan_outside_domain, (math.asin, math.acos, math.sqrt))


def or_infinity(function: Callable[[float], float]) -> Callable[[float], float]:
    """The function, which answers with ∞ where `math` says that a result is too large."""
    return _guarded(function, OverflowError, lambda x: inf)


sinh = _guarded(math.sinh, OverflowError, lambda x: math.copysign(inf, x))


def logarithm(function: Callable[[float], float], edge: float = 0.0) -> Callable[[float], float]:
    """The function, which answers with −∞ at the edge of its domain, and NaN beyond."""
    return _guarded(function, ValueError, lambda x: -inf if x == edge else nan)


def divide(x: float, y: float) -> float:
    """x ÷ y; ±∞ for a number by zero, NaN for zero by zero."""
    try:
        return x / y
    except ZeroDivisionError:
        return x * math.copysign(inf, y)  # 0·∞ and NaN·∞ are NaN


def power(x: float, y: float) -> float:
    """xʸ; NaN for a negative base under a fractional exponent, never a complex number."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0 and y % 2 == 1 else inf
    except ValueError:
        if x == 0:  # 0 to a negative power; only odd whole exponents keep the zero's sign
            return math.copysign(inf, x) if y % 2 == 1 else inf
        return nan


def sigmoid(x: float) -> float:
    """1 / (1 + e⁻ˣ), computed from the side where the exponential is small."""
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    e = math.exp(x)
    return e / (1 + e)


def softplus(x: float) -> float:
    """ln(1 + eˣ), without overflow for large x and without loss of digits for very negative x."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def total(*x: float) -> float:
    """x₁ + … + xₙ, added from left to right and rounded at each step, which `sum` is not from Python 3.12 on."""
    out = -0.0  # which leaves every number as it is, −0 too
    for term in x:
        out += term
    return out if x else 0.0


def inner(*xy: float) -> float:
    """x₁y₁ + … + xₙyₙ of two halves x and y laid end to end."""
    return total(*map(operator.mul, xy, xy[len(xy) // 2 :]))
