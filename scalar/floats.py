"""Elementary functions on floats that answer with NaN or infinity, as IEEE 754 and NumPy do, where `math` raises."""

import math
import operator
from collections.abc import Callable

inf, nan = math.inf, math.nan


def _nan_outside_domain(function: Callable[[float], float]) -> Callable[[float], float]:
    """Wrap a function of `math` so that a domain error gives NaN."""

    def guarded(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return nan

    return guarded


sin = _nan_outside_domain(math.sin)
cos = _nan_outside_domain(math.cos)
tan = _nan_outside_domain(math.tan)
sqrt = _nan_outside_domain(math.sqrt)
asin = _nan_outside_domain(math.asin)
acos = _nan_outside_domain(math.acos)


def _infinite_on_overflow(function: Callable[[float], float], *, odd: bool = False) -> Callable[[float], float]:
    """Wrap a function of `math` so that overflow gives infinity, of x's sign for an odd function."""

    def guarded(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.copysign(inf, x) if odd else inf

    return guarded


exp = _infinite_on_overflow(math.exp)
expm1 = _infinite_on_overflow(math.expm1)
cosh = _infinite_on_overflow(math.cosh)
sinh = _infinite_on_overflow(math.sinh, odd=True)


def _logarithm(function: Callable[[float], float], edge: float = 0.0) -> Callable[[float], float]:
    """Wrap a logarithm of `math` so that it gives −∞ at the edge of its domain and NaN beyond."""

    def guarded(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -inf if x == edge else nan

    return guarded


log = _logarithm(math.log)
log2 = _logarithm(math.log2)
log10 = _logarithm(math.log10)
log1p = _logarithm(math.log1p, edge=-1.0)


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
    return maximum(x, 0.0) + math.log1p(math.exp(-abs(x)))


def logsigmoid(x: float) -> float:
    """ln σ(x) = −softplus(−x)."""
    return -softplus(-x)


def leaky_relu(x: float, slope: float) -> float:
    """x for x > 0, else slope·x."""
    return x if x > 0 else slope * x


def elu(x: float, alpha: float) -> float:
    """x for x > 0, else α(eˣ − 1)."""
    return x if x > 0 else alpha * math.expm1(x)


def maximum(x: float, y: float) -> float:
    """The larger of two numbers; NaN if either is (Python's own `max` would depend on their order)."""
    return x if x >= y or x != x else y


def minimum(x: float, y: float) -> float:
    """The smaller of two numbers; NaN if either is."""
    return x if x <= y or x != x else y


def step(x: float) -> float:
    """The hard threshold: 1 for x > 0, else 0; NaN for NaN."""
    return 1.0 if x > 0 else 0.0 if x <= 0 else x


def sign(x: float) -> float:
    """−1, 0 or 1; NaN for NaN."""
    return 1.0 if x > 0 else -1.0 if x < 0 else 0.0 if x == 0 else x


def relu(x: float) -> float:
    """max(0, x); NaN for NaN."""
    return 0.0 if x <= 0 else x


def compare(x: float, y: float) -> float:
    """sign(x − y), also where both are infinite; NaN if either is."""
    return nan if x != x or y != y else float((x > y) - (x < y))


def total(*x: float) -> float:
    """x₁ + … + xₙ, added from left to right and rounded at each step, which `sum` is not from Python 3.12 on."""
    out = -0.0  # which leaves every number as it is, −0 too
    for term in x:
        out += term
    return out if x else 0.0


def inner(*xy: float) -> float:
    """x₁y₁ + … + xₙyₙ of two halves x and y laid end to end."""
    return total(*map(operator.mul, xy, xy[len(xy) // 2 :]))
