"""NumPy's other functions of each element, which the scalar engine does without."""

import math
from typing import Any

import numpy as np

from vector.op import elementwise, linear, publish
from vector.rules import numerics
from vector.rules.elementwise import _ANY, _UP, _at_ties, _at_zero, _but, _of_floats, sigmoid


def _apart(x: Any, y: Any) -> Any:
    """x − y, and 0 for two equal infinities."""
    return _but(x == y, 0, x - y)


def _logaddexp(x: Any, y: Any, *, unit: float = 1.0, numpys: np.ufunc = np.logaddexp) -> Any:
    """The larger of the two and ln(1 + e⁻ᵈ), for their distance d; in this unit."""
    if all(getattr(z, "dtype", np.dtype(int)).kind in "biu" for z in (x, y)):
        return numpys(x, y)
    with np.errstate(invalid="ignore"):
        return np.maximum(x, y) + numerics.softplus(-unit * np.abs(_apart(x, y))) / unit


def _at_integers(out: Any, x: Any) -> Any:
    return [(x == np.rint(x), _UP)]


def _at_wraps(out: Any, x: Any, y: Any) -> Any:
    """Where a quotient is whole, a remainder jumps."""
    return [(x % y == 0, _ANY), (x % y == 0, _ANY)]


# fmt: off
_DEGREE, _RADIAN = math.pi / 180, 180 / math.pi
positive   = linear("positive",        np.positive,     lambda g, out, x: g, meaning="x. Hands the gradient on.")
conjugate  = linear("conjugate",       np.conjugate,    lambda g, out, x: g, meaning="x. Hands the gradient on.")
radians    = linear("radians",         _of_floats(lambda x: x * _DEGREE, np.radians), lambda g, out, x: g * _DEGREE,
             meaning="x·π/180. Scales the gradient as it scales x.")
degrees    = linear("degrees",         _of_floats(lambda x: x * _RADIAN, np.degrees), lambda g, out, x: g * _RADIAN,
             meaning="x·180/π. Scales the gradient as it scales x.")
reciprocal = elementwise("reciprocal", np.reciprocal,   lambda out, x: -out * out,
             meaning="1 / x. Its slope −1/x² makes small numbers count.")
square     = elementwise("square",     np.square,       lambda out, x: 2 * x,
             meaning="x². Its slope 2x grows with x.")
exp2       = elementwise("exp2",       np.exp2,         lambda out, x: math.log(2) * out,
             meaning="2ˣ. Its slope is its value times ln 2.", plain=lambda x: 2**x)
logaddexp  = elementwise("logaddexp",  _logaddexp,      lambda out, x, y: sigmoid(_apart(x, y)),
                                                        lambda out, x, y: sigmoid(_apart(y, x)),
             meaning="ln(eˣ + eʸ), a smooth maximum. Shares the gradient as a softmax does.",
             plain=lambda x, y: np.maximum(x, y) + np.log1p(np.exp(-np.abs(x - y))))
logaddexp2 = elementwise("logaddexp2", lambda x, y: _logaddexp(x, y, unit=math.log(2), numpys=np.logaddexp2),
                                                        lambda out, x, y: sigmoid(math.log(2) * _apart(x, y)),
                                                        lambda out, x, y: sigmoid(math.log(2) * _apart(y, x)),
             meaning="log₂(2ˣ + 2ʸ), a smooth maximum. Shares the gradient as a softmax does.")
asinh      = elementwise("asinh",      np.arcsinh,      lambda out, x: 1 / np.hypot(x, 1),
             meaning="arsinh x = ln(x + √(x² + 1)). Far from 0 it grows as a logarithm.")
acosh      = elementwise("acosh",      np.arccosh,      lambda out, x: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1)),
             meaning="arcosh x = ln(x + √(x² − 1)); NaN below 1. Its slope is infinite at 1.")
atanh      = elementwise("atanh",      np.arctanh,      lambda out, x: 1 / ((1 - x) * (1 + x)),
             meaning="artanh x = ½ ln((1 + x) / (1 − x)); NaN outside [−1, 1]. Its slope is infinite at both ends.")
fabs       = elementwise("abs",        _of_floats(np.absolute, np.fabs), lambda out, x: np.sign(x), plain=np.fabs,
             meaning="|x| in floating point; derivative 0 at 0. Hands the gradient on with the sign of x.",
             kinks=_at_zero(-1, 1))
copysign   = elementwise("copysign",   np.copysign,     lambda out, x, y: np.sign(x) * np.sign(out),
                                                        lambda out, x, y: 0,
             meaning="|x| with the sign of y. Hands the gradient on to x, turned round where the sign was.",
             kinks=lambda out, x, y: [(x == 0, (-1, 1)), (y == 0, _ANY)])
fmax       = elementwise("fmax",       np.fmax,         lambda out, x, y: (x >= y) | np.isnan(y),
                                                        lambda out, x, y: ~((x >= y) | np.isnan(y)),
             meaning="The larger of x and y that is not NaN. Routes the gradient to it, at a tie to x.", kinks=_at_ties)
fmin       = elementwise("fmin",       np.fmin,         lambda out, x, y: (x <= y) | np.isnan(y),
                                                        lambda out, x, y: ~((x <= y) | np.isnan(y)),
             meaning="The smaller of x and y that is not NaN. Routes the gradient to it, at a tie to x.",
             kinks=_at_ties)
heaviside  = elementwise("heaviside",  np.heaviside,    lambda out, x, y: 0, lambda out, x, y: x == 0,
             meaning="0 for x < 0, y at 0, 1 for x > 0. Flat in x; y gets the gradient where x is 0.",
             kinks=lambda out, x, y: [(x == 0, _ANY), None])
floor      = elementwise("floor",      np.floor,        lambda out, x: 0,
             meaning="The largest whole number not above x. Flat between its jumps, so nothing is learnt through it.",
             kinks=_at_integers)
ceil       = elementwise("ceil",       np.ceil,         lambda out, x: 0,
             meaning="The smallest whole number not below x. Flat between its jumps, so nothing is learnt through it.",
             kinks=_at_integers)
trunc      = elementwise("trunc",      np.trunc,        lambda out, x: 0,
             meaning="x without its decimals. Flat between its jumps, so nothing is learnt through it.",
             kinks=lambda out, x: [((x == np.rint(x)) & (x != 0), _UP)])
rint       = elementwise("rint",       np.rint,         lambda out, x: 0,
             meaning="The nearest whole number, halves to even. Flat between its jumps; nothing is learnt through it.",
             kinks=lambda out, x: [(np.abs(x - np.trunc(x)) == 0.5, _UP)])
floor_divide = elementwise("//",       np.floor_divide, lambda out, x, y: 0, lambda out, x, y: 0,
             meaning="⌊x / y⌋. Flat between its jumps, so nothing is learnt through it.", kinks=_at_wraps)
remainder  = elementwise("%",          np.remainder,   lambda out, x, y: 1,
                         lambda out, x, y: _but(np.abs(out) == math.inf, 1, np.rint((out - x) / y)),
             meaning="x − y·⌊x / y⌋, of y's sign. Hands the gradient on to x, and to y as often as it was taken away.",
             kinks=_at_wraps)
fmod       = elementwise("fmod",       np.fmod,        lambda out, x, y: 1, lambda out, x, y: np.rint((out - x) / y),
             meaning="What whole y's leave of x, of x's sign. Hands on to x, and to y as often as it was taken away.",
             kinks=_at_wraps)
# fmt: on

publish(globals())
