"""Functions of each element alone.

At kinks the choice is PyTorch's: relu′(0) = 0, abs′(0) = 0, and a tie of maximum or minimum shares equally.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from vector.op import Op, elementwise, linear


def _sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ), computed from the side where the exponential is small."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def _step(x: Any) -> Any:
    return np.heaviside(x, 0)


def _compare(x: Any, y: Any) -> Any:
    """1 where x > y, ½ at a tie, 0 where x < y: how `maximum` shares its gradient. An array, constant in x and y."""
    return 0.5 * ((x > y) + 1.0 * (x >= y))


def _power_by_base(x: Any, y: Any) -> Any:
    """∂(xʸ)/∂x = y·xʸ⁻¹, and 0 at 0⁰, where that reads 0·∞."""
    return y * np.where((x == 0) & (y == 0), 1, x) ** (y - 1)


def _power_by_exponent(out: Any, x: Any, y: Any) -> Any:
    """∂(xʸ)/∂y = xʸ·ln x, and 0 for x = 0 ≤ y, as in PyTorch: 0ʸ stays 0 when y > 0 moves."""
    return out * np.log(np.where((x == 0) & (y >= 0), 1, x))


# The columns are aligned by hand, as in a table of calculus. The linear rows give transposes, the others derivatives.
# fmt: off
add      = linear("+",              np.add,       lambda g, out, x, y: g, lambda g, out, x, y: g)
subtract = linear("−",              np.subtract,  lambda g, out, x, y: g, lambda g, out, x, y: -g)
identity = linear("identity",       np.array,     lambda g, out, x: g)
negative = linear("neg",            np.negative,  lambda g, out, x: -g)
multiply = elementwise("×",         np.multiply,  lambda out, x, y: y, lambda out, x, y: x)
divide   = elementwise("÷",         np.divide,    lambda out, x, y: 1 / y, lambda out, x, y: -out / y)
power    = elementwise("**",        operator.pow,   lambda out, x, y: _power_by_base(x, y),
                                                  lambda out, x, y: _power_by_exponent(out, x, y))
maximum  = elementwise("maximum",   np.maximum,   lambda out, x, y: _compare(x, y), lambda out, x, y: _compare(y, x))
minimum  = elementwise("minimum",   np.minimum,   lambda out, x, y: _compare(y, x), lambda out, x, y: _compare(x, y))
absolute = elementwise("abs",       np.absolute,  lambda out, x: np.sign(x))
exp      = elementwise("exp",       np.exp,       lambda out, x: out)
log      = elementwise("log",       np.log,       lambda out, x: 1 / x)
sqrt     = elementwise("sqrt",      np.sqrt,      lambda out, x: 0.5 / out)
sin      = elementwise("sin",       np.sin,       lambda out, x: np.cos(x))
cos      = elementwise("cos",       np.cos,       lambda out, x: -np.sin(x))
tan      = elementwise("tan",       np.tan,       lambda out, x: 1 + out * out)
tanh     = elementwise("tanh",      np.tanh,      lambda out, x: 1 - out * out)
sigmoid  = elementwise("sigmoid",   _sigmoid,     lambda out, x: out * (1 - out))
softplus = elementwise("softplus",  lambda x: np.logaddexp(x, 0), lambda out, x: sigmoid(x))
relu     = elementwise("relu",      lambda x: np.maximum(x, 0),   lambda out, x: (out > 0).astype(out.dtype))
step     = elementwise("step",      _step,        lambda out, x: 0)
sign     = elementwise("sign",      np.sign,      lambda out, x: 0)
# fmt: on

# The condition is an operand that the rule needs, and has no derivative itself.
where = Op(
    "where",
    np.where,
    [
        lambda g, out, c, x, y: 0 * g,
        lambda g, out, c, x, y: np.where(c, g, 0),
        lambda g, out, c, x, y: np.where(c, 0, g),
    ],
)
