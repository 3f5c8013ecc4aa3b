"""Functions of each element alone.

At kinks the choice is PyTorch's: relu′(0) = 0, abs′(0) = 0, and a tie of maximum or minimum shares equally; the
entry `kinks` of such a row says where its kinks are and between which slopes the choice is made.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from vector.op import Op, elementwise, linear
from vector.rules.special import erf_values

__all__ = [
    "absolute", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign",
    "cos", "cosh", "degrees", "divide", "erf", "exp", "exp2", "expm1", "fabs", "floor", "floor_divide", "fmax", "fmin",
    "fmod", "heaviside", "hypot", "log", "log1p", "log2", "log10", "logaddexp", "logaddexp2", "logsigmoid",
    "maximum", "minimum", "multiply", "negative", "positive", "power", "radians", "reciprocal", "relu",
    "remainder", "rint", "sigmoid", "sign", "sin", "sinh", "softplus", "sqrt", "square", "step", "subtract",
    "tan", "tanh", "trunc",
]  # fmt: skip


def _signed(x: Any) -> Any:
    """Floating numbers in place of integers and booleans, whose −x may wrap or is none."""
    return 1.0 * x if hasattr(x, "dtype") and x.dtype.kind in "biu" else x


def _sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ), computed from the side where the exponential is small."""
    e = np.exp(-np.abs(_signed(x)))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def _softplus(x: Any) -> Any:
    return np.logaddexp(x, 0)


def _compare(x: Any, y: Any) -> Any:
    """1 where x > y, ½ at a tie, 0 where x < y, 1 beside NaN: how `maximum` shares its gradient. An array, constant."""
    return 1 - 0.5 * ((x < y) + 1.0 * (x <= y))


def _power_by_base(x: Any, y: Any) -> Any:
    """∂(xʸ)/∂x = y·xʸ⁻¹, and 0 at 0⁰, where that reads 0·∞."""
    return y * np.where((x == 0) & (y == 0), 1, x) ** (y - 1.0)


def _power_by_exponent(out: Any, x: Any, y: Any) -> Any:
    """∂(xʸ)/∂y = xʸ·ln x, and 0 for x = 0 ≤ y, as in PyTorch: 0ʸ stays 0 when y > 0 moves."""
    return out * np.log(np.where((x == 0) & (y >= 0), 1.0, x))


def _apart(x: Any, y: Any) -> Any:
    """x − y, and 0 for two equal infinities."""
    return np.where(np.isinf(x) & (x == y), 0, x - y)


def _over(x: Any, out: Any) -> Any:
    """x / out for the norm `out` of which x is a part, and 0 where the norm is 0."""
    return x / np.where(out == 0, 1, out)


def _turn(x: Any, norm: Any) -> Any:
    """x / norm², and 0 where the norm is 0; divided twice, because the square may underflow."""
    return _over(_over(x, norm), norm)


# Where a row has a kink, for each of its inputs: a mask of the places, and the slopes between which there is a choice.
_ANY = (-math.inf, math.inf)  # at a jump down or up any slope is as good as another
_UP = (0, math.inf)


def _at_zero(low: float, high: float) -> Any:
    return lambda out, x: [(x == 0, (low, high))]


def _at_ties(out: Any, x: Any, y: Any) -> Any:
    return [(x == y, (0, 1)), (x == y, (0, 1))]


def _at_origin(low: float, high: float) -> Any:
    return lambda out, x, y: [((x == 0) & (y == 0), (low, high))] * 2


def _at_integers(out: Any, x: Any) -> Any:
    return [(x == np.rint(x), _UP)]


def _at_wraps(out: Any, x: Any, y: Any) -> Any:
    """Where a quotient is whole, a remainder jumps."""
    return [(x % y == 0, _ANY), (x % y == 0, _ANY)]


def _below_zero(out: Any, x: Any, slope: Any) -> Any:
    """Where a line of this slope meets one of slope 1."""
    return [((x == 0) & (slope != 1), (np.minimum(slope, 1), np.maximum(slope, 1))), None]


# Rows that other rows use before their own line.
ldexp: Op
sigmoid: Op

# The columns are aligned by hand, as in a table of calculus. The linear rows give transposes, the others derivatives.
# fmt: off
add        = linear("+",               np.add,          lambda g, out, x, y: g, lambda g, out, x, y: g)
subtract   = linear("−",               np.subtract,     lambda g, out, x, y: g, lambda g, out, x, y: -g)
identity   = linear("identity",        np.copy,         lambda g, out, x: g)
positive   = linear("positive",        np.positive,     lambda g, out, x: g)
negative   = linear("neg",             np.negative,     lambda g, out, x: -g)
radians    = linear("radians",         np.radians,      lambda g, out, x: np.radians(g))
degrees    = linear("degrees",         np.degrees,      lambda g, out, x: np.degrees(g))
ldexp      = linear("ldexp",           lambda x, *, exponent: np.ldexp(x, exponent),
                                                        lambda g, out, x, *, exponent: ldexp(g, exponent=exponent))
multiply   = elementwise("×",          np.multiply,     lambda out, x, y: y, lambda out, x, y: x)
divide     = elementwise("÷",          np.divide,       lambda out, x, y: 1 / y, lambda out, x, y: -out / y)
reciprocal = elementwise("reciprocal", np.reciprocal,   lambda out, x: -out * out)
square     = elementwise("square",     np.square,       lambda out, x: 2 * x)
power      = elementwise("**",         operator.pow,    lambda out, x, y: _power_by_base(x, y),
                                                        lambda out, x, y: _power_by_exponent(out, x, y),
                         kinks=lambda out, x, y: [None, ((x == 0) & (y == 0), (-math.inf, 0))])
sqrt       = elementwise("sqrt",       np.sqrt,         lambda out, x: 0.5 / out)
cbrt       = elementwise("cbrt",       np.cbrt,         lambda out, x: 1 / (3 * out * out))
exp        = elementwise("exp",        np.exp,          lambda out, x: out)
exp2       = elementwise("exp2",       np.exp2,         lambda out, x: math.log(2) * out)
expm1      = elementwise("expm1",      np.expm1,        lambda out, x: out + 1)
log        = elementwise("log",        np.log,          lambda out, x: 1 / x)
log2       = elementwise("log2",       np.log2,         lambda out, x: 1 / math.log(2) / x)
log10      = elementwise("log10",      np.log10,        lambda out, x: 1 / math.log(10) / x)
log1p      = elementwise("log1p",      np.log1p,        lambda out, x: 1 / (1 + x))
logaddexp  = elementwise("logaddexp",  np.logaddexp,    lambda out, x, y: sigmoid(_apart(x, y)),
                                                        lambda out, x, y: sigmoid(_apart(y, x)))
logaddexp2 = elementwise("logaddexp2", np.logaddexp2,   lambda out, x, y: sigmoid(math.log(2) * _apart(x, y)),
                                                        lambda out, x, y: sigmoid(math.log(2) * _apart(y, x)))
sin        = elementwise("sin",        np.sin,          lambda out, x: np.cos(x))
cos        = elementwise("cos",        np.cos,          lambda out, x: -np.sin(x))
tan        = elementwise("tan",        np.tan,          lambda out, x: 1 + out * out)
asin       = elementwise("asin",       np.arcsin,       lambda out, x: 1 / np.sqrt((1 - x) * (1 + x)))
acos       = elementwise("acos",       np.arccos,       lambda out, x: -1 / np.sqrt((1 - x) * (1 + x)))
atan       = elementwise("atan",       np.arctan,       lambda out, x: 1 / (1 + x * x))
atan2      = elementwise("atan2",      np.arctan2,      lambda out, y, x: _turn(x, np.hypot(x, y)),
                                                        lambda out, y, x: -_turn(y, np.hypot(x, y)),
                         kinks=_at_origin(*_ANY))
hypot      = elementwise("hypot",      np.hypot,        lambda out, x, y: _over(x, out),
                                                        lambda out, x, y: _over(y, out),
                         kinks=_at_origin(-1, 1))
sinh       = elementwise("sinh",       np.sinh,         lambda out, x: np.cosh(x))
cosh       = elementwise("cosh",       np.cosh,         lambda out, x: np.sinh(x))
tanh       = elementwise("tanh",       np.tanh,         lambda out, x: 1 - out * out)
asinh      = elementwise("asinh",      np.arcsinh,      lambda out, x: 1 / np.hypot(x, 1))
acosh      = elementwise("acosh",      np.arccosh,      lambda out, x: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1)))
atanh      = elementwise("atanh",      np.arctanh,      lambda out, x: 1 / ((1 - x) * (1 + x)))
erf        = elementwise("erf",        erf_values,      lambda out, x: 2 / math.sqrt(math.pi) * np.exp(-x * x))
sigmoid    = elementwise("sigmoid",    _sigmoid,        lambda out, x: out * (1 - out))
logsigmoid = elementwise("logsigmoid", lambda x: -_softplus(-_signed(x)), lambda out, x: sigmoid(-x))
softplus   = elementwise("softplus",   _softplus,       lambda out, x: sigmoid(x))
relu       = elementwise("relu",       lambda x: np.maximum(x, 0), lambda out, x: np.not_equal(out, 0),
                         masks=True, kinks=_at_zero(0, 1))
leaky      = elementwise("leaky_relu", lambda x, k: np.where(x > 0, x, k * x),
                                                        lambda out, x, k: np.where(x > 0, 1, k),
                                                        lambda out, x, k: np.where(x > 0, 0, x),
                         kinks=_below_zero)
elu_alpha  = elementwise("elu",        lambda x, a: np.where(x > 0, x, a * np.expm1(np.minimum(x, 0))),
                                                        lambda out, x, a: np.where(x > 0, 1, out + a),
                                                        lambda out, x, a: np.expm1(np.minimum(x, 0)),
                         kinks=_below_zero)
absolute   = elementwise("abs",        np.absolute,     lambda out, x: np.sign(x), kinks=_at_zero(-1, 1))
fabs       = elementwise("abs",        np.fabs,         lambda out, x: np.sign(x), kinks=_at_zero(-1, 1))
copysign   = elementwise("copysign",   np.copysign,     lambda out, x, y: np.sign(x) * np.sign(out),
                                                        lambda out, x, y: 0,
                         kinks=lambda out, x, y: [(x == 0, (-1, 1)), (y == 0, _ANY)])
maximum    = elementwise("maximum",    np.maximum,      lambda out, x, y: _compare(x, y),
                                                        lambda out, x, y: _compare(y, x),
                         kinks=_at_ties)
minimum    = elementwise("minimum",    np.minimum,      lambda out, x, y: _compare(y, x),
                                                        lambda out, x, y: _compare(x, y),
                         kinks=_at_ties)
fmax       = elementwise("fmax",       np.fmax,         lambda out, x, y: (x >= y) | np.isnan(y),
                                                        lambda out, x, y: ~((x >= y) | np.isnan(y)), kinks=_at_ties)
fmin       = elementwise("fmin",       np.fmin,         lambda out, x, y: (x <= y) | np.isnan(y),
                                                        lambda out, x, y: ~((x <= y) | np.isnan(y)), kinks=_at_ties)
clip       = elementwise("clip",       np.clip,         lambda out, x, low, high: (low <= x) & (x <= high),
                                                        lambda out, x, low, high: (x < low) & (low < high),
                                                        lambda out, x, low, high: (x > high) | (high < low),
                         kinks=lambda out, x, low, high: [((x == low) | (x == high), (0, 1)),
                                                          (x == low, (0, 1)), (x == high, (0, 1))])

# The flat ones: between two jumps their derivative is 0.
step       = elementwise("step",       lambda x: np.heaviside(x, 0), lambda out, x: 0, kinks=_at_zero(*_UP))
sign       = elementwise("sign",       np.sign,         lambda out, x: 0, kinks=_at_zero(*_UP))
heaviside  = elementwise("heaviside",  np.heaviside,    lambda out, x, y: 0, lambda out, x, y: x == 0,
                         kinks=lambda out, x, y: [(x == 0, _ANY), None])
floor      = elementwise("floor",      np.floor,        lambda out, x: 0, kinks=_at_integers)
ceil       = elementwise("ceil",       np.ceil,         lambda out, x: 0, kinks=_at_integers)
trunc      = elementwise("trunc",      np.trunc,        lambda out, x: 0,
                         kinks=lambda out, x: [((x == np.rint(x)) & (x != 0), _UP)])
rint       = elementwise("rint",       np.rint,         lambda out, x: 0,
                         kinks=lambda out, x: [(np.abs(x - np.trunc(x)) == 0.5, _UP)])
floor_divide = elementwise("//",       np.floor_divide, lambda out, x, y: 0, lambda out, x, y: 0, kinks=_at_wraps)
remainder  = elementwise("%",          np.remainder,    lambda out, x, y: 1, lambda out, x, y: -np.floor_divide(x, y),
                         kinks=_at_wraps)
fmod       = elementwise("fmod",       np.fmod,         lambda out, x, y: 1, lambda out, x, y: np.rint((out - x) / y),
                         kinks=_at_wraps)

# The condition is an operand that the rule needs, and has no derivative itself.
where      = Op("where",               np.where,        [lambda g, out, c, x, y: 0 * g,
                                                         lambda g, out, c, x, y: np.where(c, g, 0),
                                                         lambda g, out, c, x, y: np.where(c, 0, g)])
# fmt: on
