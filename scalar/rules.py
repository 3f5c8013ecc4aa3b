"""The rule table: every primitive of the scalar engine, one row each.

Read the last column downwards and you have read a table of derivatives. Vocabulary: `out` result, `x, y` inputs.
To add an operation, write its row here and its row in the tests' table of operations.

At kinks the choice is PyTorch's: relu′(0) = 0, abs′(0) = 0, and a tie of max or min shares the derivative equally.
"""

import math
import operator
from collections.abc import Iterable
from typing import Any

from scalar import floats
from scalar.op import Op


def _power_by_base(x: Any, y: Any) -> Any:
    """∂(xʸ)/∂x = y·xʸ⁻¹, and 0 at 0⁰, where that reads 0·∞."""
    return 0.0 if x == 0 and y == 0 else y * power(x, y - 1)


def _power_by_exponent(out: Any, x: Any, y: Any) -> Any:
    """∂(xʸ)/∂y = xʸ·ln x, and 0 for x = 0 ≤ y, as in PyTorch: 0ʸ stays 0 when y > 0 moves."""
    return 0.0 if x == 0 and y >= 0 else out * log(x)


# Rows that other rows' derivatives use before their own line.
compare: Op
cos: Op
divide: Op
sign: Op
step: Op

# The columns are aligned by hand, as in a table of calculus. `divide(1, x)` stands where `1 / x` would raise at 0.
# fmt: off
#              name        forward            local derivatives
add      = Op("+",        operator.add,      lambda out, x, y: (1.0, 1.0))
subtract = Op("−",        operator.sub,      lambda out, x, y: (1.0, -1.0))
multiply = Op("×",        operator.mul,      lambda out, x, y: (y, x))
divide   = Op("÷",        floats.divide,     lambda out, x, y: (divide(1, y), divide(-out, y)))
power    = Op("**",       floats.power,      lambda out, x, y: (_power_by_base(x, y), _power_by_exponent(out, x, y)))
negative = Op("neg",      operator.neg,      lambda out, x: (-1.0,))
absolute = Op("abs",      abs,               lambda out, x: (sign(x),))
exp      = Op("exp",      floats.exp,        lambda out, x: (out,))
log      = Op("log",      floats.log,        lambda out, x: (divide(1, x),))
sqrt     = Op("sqrt",     floats.sqrt,       lambda out, x: (divide(1, 2 * out),))
sin      = Op("sin",      floats.sin,        lambda out, x: (cos(x),))
cos      = Op("cos",      floats.cos,        lambda out, x: (-sin(x),))
tan      = Op("tan",      floats.tan,        lambda out, x: (1 + out * out,))
tanh     = Op("tanh",     math.tanh,         lambda out, x: (1 - out * out,))
sigmoid  = Op("sigmoid",  floats.sigmoid,    lambda out, x: (out * (1 - out),))
softplus = Op("softplus", floats.softplus,   lambda out, x: (sigmoid(x),))
relu     = Op("relu",     floats.relu,       lambda out, x: (step(x),))
step     = Op("step",     floats.step,       lambda out, x: (0.0,))
sign     = Op("sign",     floats.sign,       lambda out, x: (0.0,))
compare  = Op("compare",  floats.compare,    lambda out, x, y: (0.0, 0.0))
maximum  = Op("max",      floats.maximum,    lambda out, x, y: ((1 + compare(x, y)) / 2, (1 - compare(x, y)) / 2))
minimum  = Op("min",      floats.minimum,    lambda out, x, y: ((1 - compare(x, y)) / 2, (1 + compare(x, y)) / 2))
total    = Op("sum",      floats.total,      lambda out, *x: (1.0,) * len(x))
inner    = Op("·",        floats.inner,      lambda out, *xy: xy[len(xy) // 2:] + xy[:len(xy) // 2])
# fmt: on


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
