"""The elementary functions on plain numbers: a judge of the engines' derivatives.

`REAL` and `COMPLEX` answer to the same names as the modules `scalar` and `vector`, so an expression runs on floats and
on complex numbers as it runs on an engine. Python's `math` and `cmath` have most of them, and others stand here; of
the rest `REAL` takes the scalar engine's values, whose differences still judge a derivative, and `COMPLEX` knows none.
They bring their own `power`, for Python's `**` leaves the real numbers at (-8)**(1/3). A real argument outside a
function's domain raises ValueError, a result beyond the floats OverflowError.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping
from types import SimpleNamespace

from scalar import rules
from scalar.op import Op

FUNCTIONS: Mapping[str, Op] = {
    name: op
    for name, op in vars(rules).items()
    if isinstance(op, Op) and op.name == op.__name__ == name and 1 <= len(op.operands) - len(op.defaults) <= 2
}
"""The rows of the scalar engine's rule table that are written as calls."""


class KinkError(ArithmeticError):
    """The argument lies on a kink or a tie, or the function is not known for complex numbers: nothing to step to."""


def _sigmoid(x: float) -> float:
    # exp of a large positive number overflows, exp of a large negative one does not: hence two branches.
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _values(op: Op) -> Callable[..., float]:
    """The engine's own values."""

    def value(*x: float) -> float:
        out: float = op(*x)
        if math.isnan(out) and not any(map(math.isnan, x)):
            raise ValueError(f"{op.name} is not real there")
        return out

    return value


REAL = SimpleNamespace(
    **{
        **{name: getattr(math, name, None) or _values(op) for name, op in FUNCTIONS.items()},
        "power": math.pow,
        "abs": abs,
        "sigmoid": _sigmoid,
        "relu": lambda x: max(x, 0.0),
        "softplus": _softplus,
        "maximum": max,
        "minimum": min,
        "step": lambda x: float(x > 0),
    }
)


def _sign(z: complex) -> int:
    """The branch of a piecewise function that `z` is on: the sign of the real part. Raises KinkError at 0."""
    if complex(z).real == 0:
        raise KinkError
    return 1 if complex(z).real > 0 else -1


def _complex_power(z: complex, w: complex) -> complex:
    # Through polar coordinates a negative base loses the tiny imaginary part that the complex step watches.
    exponent = complex(w)
    if complex(z).real < 0 and exponent.imag == 0 and exponent.real.is_integer():
        return complex((-1) ** exponent.real * (-z) ** exponent.real)
    return complex(z**w)


def _complex_sigmoid(z: complex) -> complex:
    return 1 / (1 + cmath.exp(-z)) if complex(z).real >= 0 else cmath.exp(z) / (1 + cmath.exp(z))


def _complex_softplus(z: complex) -> complex:
    return cmath.log(1 + cmath.exp(z)) if complex(z).real <= 0 else z + cmath.log(1 + cmath.exp(-z))


def _only_real(name: str) -> Callable[..., complex]:
    """A function that is known for real numbers only."""

    def value(*z: complex) -> complex:
        if any(complex(x).imag for x in z):
            raise KinkError
        return complex(getattr(REAL, name)(*[complex(x).real for x in z]))

    return value


COMPLEX = SimpleNamespace(
    **{
        **{name: getattr(cmath, name, None) or _only_real(name) for name in FUNCTIONS},
        "power": _complex_power,
        "abs": lambda z: _sign(z) * z,
        "sigmoid": _complex_sigmoid,
        "relu": lambda z: z if _sign(z) > 0 else 0.0,
        "softplus": _complex_softplus,
        "maximum": lambda z, w: z if _sign(z - w) > 0 else w,
        "minimum": lambda z, w: w if _sign(z - w) > 0 else z,
        "step": lambda z: float(_sign(z) > 0),
    }
)
