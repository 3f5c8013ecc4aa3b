"""The rule table: every primitive of the scalar engine, one row each.

Read the last column downwards and you have read a table of derivatives. Vocabulary: `out` result, `x, y` inputs.
To add an operation, write its row here and its row in the tests' table of operations.

At kinks the choice is PyTorch's: relu′(0) = 0, abs′(0) = 0, and a tie of max or min shares the derivative equally;
the last entry of such a row says where its kinks are and between which slopes the choice is made.
"""

import math
import operator
from collections.abc import Iterable
from typing import Any

from scalar import floats
from scalar.op import Op

__all__ = [
    "absolute", "acos", "asin", "atan", "atan2", "cbrt", "cos", "cosh", "dot", "elu", "erf", "exp", "expm1",
    "hypot", "leaky_relu", "log", "log1p", "log2", "log10", "logsigmoid", "maximum", "minimum", "power", "relu",
    "sigmoid", "sign", "sin", "sinh", "softplus", "sqrt", "step", "sum", "tan", "tanh",
]  # fmt: skip


def _by_base(x: Any, y: Any) -> Any:
    """∂(xʸ)/∂x = y·xʸ⁻¹, and 0 at 0⁰, where that reads 0·∞."""
    return 0.0 if x == 0 and y == 0 else y * power(x, y - 1)


def _by_exponent(out: Any, x: Any, y: Any) -> Any:
    """∂(xʸ)/∂y = xʸ·ln x, and 0 for x = 0 ≤ y, as in PyTorch: 0ʸ stays 0 when y > 0 moves."""
    return 0.0 if x == 0 and y >= 0 else out * log(x)


def _elu_slope(out: Any, x: Any, alpha: Any) -> Any:
    """1 for x > 0, else αeˣ = out + α."""
    return 1.0 if x == math.inf else step(x) + (1 - step(x)) * (out + alpha)


def _below(x: Any) -> Any:
    """x for x ≤ 0, else 0."""
    return 0.0 if x == math.inf else x * (1 - step(x))


def _between(x: Any, y: Any) -> Any:
    """How max(x, y) divides its derivative: 1 for x > y, ½ at a tie, 0 for x < y."""
    return (1 + compare(x, y)) / 2


def _over(x: Any, out: Any) -> Any:
    """x / out for the norm `out` of which x is a part, and 0 where the norm is 0."""
    return divide(x, out) if out else 0.0


def _turn(x: Any, norm: Any) -> Any:
    """x / norm², and 0 where the norm is 0; divided twice, because the square may underflow."""
    return _over(_over(x, norm), norm)


# Rows that other rows' derivatives use before their own line.
compare: Op
cos: Op
cosh: Op
divide: Op
expm1: Op
minimum: Op
sign: Op
sqrt: Op
step: Op

_ANY = (-math.inf, math.inf)  # at a jump any slope is as good as another

# The columns are aligned by hand, as in a table of calculus. `divide(1, x)` stands where `1 / x` would raise at 0.
# fmt: off
#                name          forward            local derivatives
add        = Op("+",          operator.add,      lambda out, x, y: (1.0, 1.0))
subtract   = Op("−",          operator.sub,      lambda out, x, y: (1.0, -1.0))
multiply   = Op("×",          operator.mul,      lambda out, x, y: (y, x))
divide     = Op("÷",          floats.divide,     lambda out, x, y: (divide(1, y), divide(-out, y)))
power      = Op("**",         floats.power,      lambda out, x, y: (_by_base(x, y), _by_exponent(out, x, y)),
                kinks=lambda x, y: x == 0 and y == 0 and [None, (-math.inf, 0)])
identity   = Op("identity",   lambda x: x,       lambda out, x: (1.0,))
negative   = Op("neg",        operator.neg,      lambda out, x: (-1.0,))
exp        = Op("exp",        floats.exp,        lambda out, x: (out,))
expm1      = Op("expm1",      floats.expm1,      lambda out, x: (out + 1,))
log        = Op("log",        floats.log,        lambda out, x: (divide(1, x),))
log2       = Op("log2",       floats.log2,       lambda out, x: (divide(1 / math.log(2), x),))
log10      = Op("log10",      floats.log10,      lambda out, x: (divide(1 / math.log(10), x),))
log1p      = Op("log1p",      floats.log1p,      lambda out, x: (divide(1, 1 + x),))
sqrt       = Op("sqrt",       floats.sqrt,       lambda out, x: (divide(1, 2 * out),))
cbrt       = Op("cbrt",       math.cbrt,         lambda out, x: (divide(1, 3 * out * out),))
hypot      = Op("hypot",      math.hypot,        lambda out, x, y: (_over(x, out), _over(y, out)),
                kinks=lambda x, y: x == 0 and y == 0 and [(-1, 1), (-1, 1)])
sin        = Op("sin",        floats.sin,        lambda out, x: (cos(x),))
cos        = Op("cos",        floats.cos,        lambda out, x: (-sin(x),))
tan        = Op("tan",        floats.tan,        lambda out, x: (1 + out * out,))
asin       = Op("asin",       floats.asin,       lambda out, x: (divide(1, sqrt((1 - x) * (1 + x))),))
acos       = Op("acos",       floats.acos,       lambda out, x: (divide(-1, sqrt((1 - x) * (1 + x))),))
atan       = Op("atan",       math.atan,         lambda out, x: (1 / (1 + x * x),))
atan2      = Op("atan2",      math.atan2,        lambda out, y, x: (_turn(x, hypot(x, y)), _turn(-y, hypot(x, y))),
                kinks=lambda y, x: x == 0 and y == 0 and [_ANY, _ANY])
sinh       = Op("sinh",       floats.sinh,       lambda out, x: (cosh(x),))
cosh       = Op("cosh",       floats.cosh,       lambda out, x: (sinh(x),))
tanh       = Op("tanh",       math.tanh,         lambda out, x: (1 - out * out,))
erf        = Op("erf",        math.erf,          lambda out, x: (2 / math.sqrt(math.pi) * exp(-x * x),))
sigmoid    = Op("sigmoid",    floats.sigmoid,    lambda out, x: (out * (1 - out),))
logsigmoid = Op("logsigmoid", floats.logsigmoid, lambda out, x: (sigmoid(-x),))
softplus   = Op("softplus",   floats.softplus,   lambda out, x: (sigmoid(x),))
relu       = Op("relu",       floats.relu,       lambda out, x: (step(x),),
                kinks=lambda x: x == 0 and [(0, 1)])
leaky      = Op("leaky_relu", floats.leaky_relu, lambda out, x, k: (step(x) + k * (1 - step(x)), _below(x)),
                kinks=lambda x, k: x == 0 and k != 1 and [(min(k, 1), max(k, 1)), None])
elu_alpha  = Op("elu",        floats.elu,        lambda out, x, a: (_elu_slope(out, x, a), expm1(minimum(x, 0))),
                kinks=lambda x, a: x == 0 and a != 1 and [(min(a, 1), max(a, 1)), None])
absolute   = Op("abs",        abs,               lambda out, x: (sign(x),),
                kinks=lambda x: x == 0 and [(-1, 1)])
sign       = Op("sign",       floats.sign,       lambda out, x: (0.0,),
                kinks=lambda x: x == 0 and [(0, math.inf)])
step       = Op("step",       floats.step,       lambda out, x: (0.0,),
                kinks=lambda x: x == 0 and [(0, math.inf)])
compare    = Op("compare",    floats.compare,    lambda out, x, y: (0.0, 0.0))
maximum    = Op("max",        floats.maximum,    lambda out, x, y: (_between(x, y), _between(y, x)),
                kinks=lambda x, y: x == y and [(0, 1), (0, 1)])
minimum    = Op("min",        floats.minimum,    lambda out, x, y: (_between(y, x), _between(x, y)),
                kinks=lambda x, y: x == y and [(0, 1), (0, 1)])
total      = Op("sum",        floats.total,      lambda out, *x: (1.0,) * len(x))
inner      = Op("·",          floats.inner,      lambda out, *xy: xy[len(xy) // 2:] + xy[:len(xy) // 2])
# fmt: on


def leaky_relu(x: Any, slope: Any = 0.01) -> Any:
    """x for x > 0, else slope·x; derivative `slope` at the kink. The slope may be a Value to be learnt."""
    return leaky(x, slope)


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """x for x > 0, else α(eˣ − 1) (Clevert et al., ICLR 2016); derivative α at 0."""
    return elu_alpha(x, alpha)


def sum(values: Iterable[Any]) -> Any:
    """x₁ + … + xₙ as one n-ary node, drawn and differentiated in one go.

    >>> from scalar import Value
    >>> sum([Value(1.0), 2, 3.5]).data
    6.5
    """
    return total(*values)


def dot(x: Iterable[Any], y: Iterable[Any]) -> Any:
    """x₁y₁ + … + xₙyₙ as one n-ary node.

    Raises:
        ValueError: the two have different lengths.

    >>> from scalar import Value
    >>> dot([Value(1.0), 2], [3, Value(4.0)]).data
    11.0
    """
    x, y = tuple(x), tuple(y)
    if len(x) != len(y):
        raise ValueError(f"dot: expected len(x) == len(y), got {len(x)} and {len(y)}")
    return inner(*x, *y)
