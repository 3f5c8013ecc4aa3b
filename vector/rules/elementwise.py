"""Functions of each element alone: the twins of the scalar engine's rows, which are methods of a Tensor too.

At kinks the choice is PyTorch's: relu′(0) = 0, abs′(0) = 0, and a tie of maximum or minimum shares equally; the
entry `kinks` of such a row says where its kinks are and between which slopes the choice is made.
"""

import math
import operator
from typing import Any

import numpy as np

from vector.arrays import NUMBERS
from vector.op import Op, activation, elementwise, linear, publish
from vector.rules import numerics


def _signed(x: Any) -> Any:
    """Floating numbers in place of integers and booleans, whose −x may wrap or is none."""
    return 1.0 * x if hasattr(x, "dtype") and x.dtype.kind in "biu" else x


def _share(x: Any, y: Any) -> Any:
    """1 where x > y, ½ at a tie, 0 where x < y, 1 beside NaN: how `maximum` shares its gradient. An array, constant."""
    return 1 - 0.5 * ((x < y).astype(np.float32) + (x <= y))


_PRODUCTS: dict[Any, Any] = {
    0: np.ones_like, -1: lambda x: 1 / x, 0.5: np.sqrt, 1: np.positive, 2: np.square,  # as ** has it, and `power` not
    3: lambda x: x * x * x, 4: lambda x: np.square(x * x),
    1.5: lambda x: x * np.sqrt(x), 2.5: lambda x: x * x * np.sqrt(x),
    -0.5: lambda x: 1 / np.sqrt(x + 0.0),  # of −0 the square root is −0
    -1.5: lambda x: 1 / (x * np.sqrt(x)), -2: lambda x: np.square(1 / x), -3: lambda x: (x := 1 / x) * x * x,
}  # fmt: skip
"""Powers with plain exponents for which NumPy calls a function for each number."""


def _power(x: Any, y: Any) -> Any:
    """xʸ; of arrays of floats, and for some plain exponents, by products and roots."""
    products = _PRODUCTS.get(y) if type(y) in NUMBERS else None
    return products(x) if products and getattr(x, "dtype", np.dtype(int)).kind == "f" else x**y


def _by_base(x: Any, y: Any) -> Any:
    """∂(xʸ)/∂x = y·xʸ⁻¹, and 0 at 0⁰, where that reads 0·∞."""
    if type(y) in NUMBERS:
        return y * _power(x, y - 1.0) if y else 0
    return y * np.where((x == 0) & (y == 0), 1, x) ** (y - 1.0)


def _by_exponent(out: Any, x: Any, y: Any) -> Any:
    """∂(xʸ)/∂y = xʸ·ln x, and 0 for x = 0 ≤ y, as in PyTorch: 0ʸ stays 0 when y > 0 moves."""
    if type(x) in NUMBERS and x > 0:
        return out * math.log(x)
    return out * np.log(np.where((x == 0) & (y >= 0), 1.0, x))


def _inverse(y: Any) -> Any:
    """1 / y, also of Python's 0."""
    return math.copysign(math.inf, y) if isinstance(y, (int, float)) and y == 0 else 1 / y


def _over(x: Any, out: Any) -> Any:
    """x / out for the norm `out` of which x is a part, and 0 where the norm is 0."""
    if type(out) is np.ndarray:
        return _but(out == 0, 0, x / out)
    return x / (out or 1 if type(out) in NUMBERS else np.where(out == 0, 1, out))


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


def _below_zero(out: Any, x: Any, slope: Any) -> Any:
    """Where a line of this slope meets one of slope 1."""
    return [((x == 0) & (slope != 1), (np.minimum(slope, 1), np.maximum(slope, 1))), None]


def _but(places: Any, value: float, x: Any) -> Any:
    """A new x, but the value at some places: of few, `np.where` would copy all the others."""
    if type(x) is not np.ndarray:
        return np.where(places, value, x)
    np.copyto(x, value, where=places)
    return x


def _gate(out: Any, x: Any, gate: Any, at_0: float = 0.5) -> Any:
    """out / x, the gate that x went through; from its own function where it is recorded, with its slope at 0."""
    if hasattr(x, "_apply"):
        return gate(x)
    return _but(x == 0, at_0, out / x)


SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
_SELU_SLOPE = SELU_SCALE * SELU_ALPHA


def _of_floats(fast: Any, numpys: Any) -> Any:
    """The fast function of arrays of floats, and NumPy's of all else."""
    return lambda x: (fast if isinstance(x, np.ndarray) and x.dtype.kind == "f" else numpys)(x)


def _below(x: Any) -> Any:
    """min(x, 0); beside a number, `np.minimum` of floats computes one after the other."""
    return np.clip(x, -math.inf, 0) if isinstance(x, np.ndarray) else np.minimum(x, 0)


def _mask(condition: Any, x: Any) -> Any:
    """1 where the condition holds, else 0, in the dtype of x: a number beside booleans would make float64 of them."""
    return condition.astype(x.dtype)


def _leaky(x: Any, above: Any, below: Any, slope: Any) -> Any:
    """`above` where x > 0, else `below`, the smaller of the two where the slope is a plain number up to 1."""
    return np.maximum(above, below) if type(slope) in NUMBERS and 0 < slope <= 1 else np.where(x > 0, above, below)


def _bent(x: Any, below: Any, alpha: Any) -> Any:
    """x above 0, else `below`, which above 0 is 0 times alpha."""
    plain = type(alpha) in NUMBERS and 0 < abs(alpha) < math.inf
    return np.clip(x, 0, math.inf) + below if plain else np.where(x > 0, x, below)


def _elu_slope(out: Any, x: Any, alpha: Any) -> Any:
    """1 above 0, else alpha·eˣ."""
    return _below(out) + 1 if type(alpha) in NUMBERS and alpha == 1 else np.where(x > 0, 1, alpha * np.exp(x))


elu: Op  # which its own line uses

# The columns are aligned by hand, as in a table of calculus; below each row stands what it means.
# The linear rows give transposes, the others derivatives.
# fmt: off
add        = linear("+",               np.add,          lambda g, out, x, y: g, lambda g, out, x, y: g,
             meaning="x + y. Hands the gradient on to both.")
subtract   = linear("−",               np.subtract,     lambda g, out, x, y: g, lambda g, out, x, y: -g,
             meaning="x − y. Hands the gradient on to x, and to y with the other sign.")
multiply   = elementwise("×",          np.multiply,     lambda out, x, y: y, lambda out, x, y: x,
             meaning="x·y. Swaps: each factor gets the gradient times the other.")
divide     = elementwise("÷",          np.divide,       lambda out, x, y: _inverse(y), lambda out, x, y: -out / y,
             meaning="x / y. A large y dampens: x gets 1/y of the gradient, and y the quotient's share, negative.")
power      = elementwise("**",         _power,          lambda out, x, y: _by_base(x, y),
                                                        lambda out, x, y: _by_exponent(out, x, y),
             meaning="xʸ; slopes y·xʸ⁻¹ and xʸ·ln x, 0 at 0⁰; a negative x has no real ln x, and a plain number y "
                     "needs none. The exponent comes down, as a factor.", plain=operator.pow,
             kinks=lambda out, x, y: [None, ((x == 0) & (y == 0), (-math.inf, 0))])
copy       = linear("identity",        np.copy,         lambda g, out, x: g,
             meaning="x, as a number of its own. Hands the gradient on.")
negative   = linear("neg",             np.negative,     lambda g, out, x: -g,
             meaning="−x. Turns the gradient round.")
exp        = elementwise("exp",        np.exp,          lambda out, x: out, meaning="eˣ. Its slope is its value.")
expm1      = elementwise("expm1",      numerics.expm1,   lambda out, x: out + 1,
             meaning="eˣ − 1, exact near 0. Its slope is its value plus 1.")
log        = elementwise("log",        np.log,          lambda out, x: 1 / x,
             meaning="ln x; NaN below 0. Its slope 1/x makes small numbers count.")
log2       = elementwise("log2",       np.log2,         lambda out, x: 1 / math.log(2) / x,
             meaning="log₂ x; NaN below 0. It rises by 1 where x doubles.")
log10      = elementwise("log10",      np.log10,        lambda out, x: 1 / math.log(10) / x,
             meaning="log₁₀ x; NaN below 0. It rises by 1 where x grows tenfold.")
log1p      = elementwise("log1p",      numerics.log1p,  lambda out, x: 1 / (1 + x),
             meaning="ln(1 + x), exact near 0; NaN below −1. Near 0 it is x.")
sqrt       = elementwise("sqrt",       np.sqrt,         lambda out, x: 0.5 / out,
             meaning="√x; NaN below 0. Its slope 1/(2√x) is infinite at 0.")
cbrt       = elementwise("cbrt",       np.cbrt,         lambda out, x: 1 / (3 * out * out),
             meaning="∛x, also of negative numbers. Its slope is infinite at 0.")
hypot      = elementwise("hypot",      np.hypot,        lambda out, x, y: _over(x, out),
                                                        lambda out, x, y: _over(y, out),
             meaning="√(x² + y²); derivative 0 where both are 0. Its gradient, of length 1, points away from there.",
             kinks=_at_origin(-1, 1))
sin        = elementwise("sin",        np.sin,          lambda out, x: np.cos(x),
             meaning="sin x, x in radians. Its slope is the cosine, a quarter turn ahead.")
cos        = elementwise("cos",        np.cos,          lambda out, x: -np.sin(x),
             meaning="cos x, x in radians. Its slope is −sin x, a quarter turn ahead.")
tan        = elementwise("tan",        np.tan,          lambda out, x: 1 + out * out,
             meaning="tan x = sin x / cos x, x in radians. Its slope 1 + tan² x grows with it.")
asin       = elementwise("asin",       np.arcsin,       lambda out, x: 1 / np.sqrt((1 - x) * (1 + x)),
             meaning="arcsin x in radians; NaN outside [−1, 1]. Its slope is infinite at both ends.")
acos       = elementwise("acos",       np.arccos,       lambda out, x: -1 / np.sqrt((1 - x) * (1 + x)),
             meaning="arccos x in radians; NaN outside [−1, 1]. It falls as arcsin x rises.")
atan       = elementwise("atan",       np.arctan,       lambda out, x: 1 / (1 + x * x),
             meaning="arctan x in radians. Far from 0 it hardly moves.")
atan2      = elementwise("atan2",      np.arctan2,      lambda out, y, x: _turn(x, hypot(x, y)),
                                                        lambda out, y, x: -_turn(y, hypot(x, y)),
             meaning="The angle of the point (x, y), y first; derivative 0 at the origin. A far point turns slowly.",
             kinks=_at_origin(*_ANY))
sinh       = elementwise("sinh",       np.sinh,         lambda out, x: np.cosh(x),
             meaning="(eˣ − e⁻ˣ) / 2. Its slope is cosh x.")
cosh       = elementwise("cosh",       np.cosh,         lambda out, x: np.sinh(x),
             meaning="(eˣ + e⁻ˣ) / 2. Its slope is (eˣ − e⁻ˣ) / 2, with no change of sign.")
erf        = elementwise("erf",        numerics.erf,    lambda out, x: 2 / math.sqrt(math.pi) * np.exp(-x * x),
             meaning="2/√π ∫₀ˣ e^(−t²) dt. Its slope is a bell.")
absolute   = elementwise("abs",        np.absolute,     lambda out, x: np.sign(x),
             meaning="|x|; derivative 0 at 0. Hands the gradient on with the sign of x.", kinks=_at_zero(-1, 1))
sign       = elementwise("sign",       np.sign,         lambda out, x: 0,
             meaning="−1, 0 or 1. Flat on both sides, so nothing is learnt through it.", kinks=_at_zero(*_UP))
step       = elementwise("step",       lambda x: np.heaviside(x, 0), lambda out, x: 0,
             meaning="The hard threshold: 1 for x > 0, else 0. Flat on both sides, so nothing is learnt through it.",
             kinks=_at_zero(*_UP))
maximum    = elementwise("maximum",    np.maximum,      lambda out, x, y: _share(x, y),
                                                        lambda out, x, y: _share(y, x),
             meaning="The larger of x and y. Routes the gradient to it; at a tie both get half.", kinks=_at_ties)
minimum    = elementwise("minimum",    np.minimum,      lambda out, x, y: _share(y, x),
                                                        lambda out, x, y: _share(x, y),
             meaning="The smaller of x and y. Routes the gradient to it; at a tie both get half.", kinks=_at_ties)

# What networks put between their layers.
tanh       = activation("tanh",       np.tanh,         lambda out, x: 1 - out * out,
             meaning="(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), between −1 and 1. Near its ends it hands little on.")
sigmoid    = activation("sigmoid",    lambda x: numerics.sigmoid(_signed(x)),   lambda out, x: out * (1 - out),
             meaning="σ(x) = 1 / (1 + e⁻ˣ), between 0 and 1. Its slope σ(x)·(1 − σ(x)) is never more than ¼.")
logsigmoid = activation("logsigmoid", lambda x: -numerics.softplus(-_signed(x)), lambda out, x: sigmoid(-x),
             meaning="ln σ(x), exact where σ(x) rounds to 0. Its slope is σ(−x).")
softplus   = activation("softplus",   lambda x: numerics.softplus(_signed(x)), lambda out, x: sigmoid(x),
             meaning="ln(1 + eˣ). A smooth relu, whose slope is σ(x).")
relu       = activation("relu",       _of_floats(lambda x: np.clip(x, 0, math.inf), lambda x: np.maximum(x, 0)),
                        lambda out, x: np.not_equal(out, 0),
             meaning="max(0, x) (Nair & Hinton, ICML 2010); derivative 0 at 0. Lets the gradient through above 0 only.",
             masks=True, kinks=_at_zero(0, 1))
leaky_relu = activation("leaky_relu", lambda x, negative_slope=0.01: _leaky(x, x, negative_slope * x, negative_slope),
                        lambda out, x, negative_slope: _leaky(x, _mask(x > 0, x), negative_slope, negative_slope),
                        lambda out, x, negative_slope: np.where(x > 0, 0, x),
             meaning="x for x > 0, else negative_slope·x (Maas et al., 2013); so at 0. Never stops the gradient.",
             kinks=_below_zero)
elu        = activation("elu",        lambda x, alpha=1.0: _bent(x, alpha * numerics.expm1(_below(x)), alpha),
                        lambda out, x, alpha: _elu_slope(out, x, alpha),
                        lambda out, x, alpha: elu(_below(x)),
             meaning="x for x > 0, else alpha·(eˣ − 1) (Clevert et al., ICLR 2016); so at 0. Levels off at −alpha.",
             kinks=_below_zero)
selu       = activation("selu", lambda x: SELU_SCALE * elu.forward(x, SELU_ALPHA),
                        lambda out, x: _below(out) + _SELU_SLOPE + (SELU_SCALE - _SELU_SLOPE) * _mask(x > 0, x),
             meaning="elu, scaled to keep mean 0 and variance 1 (Klambauer et al., NIPS 2017). Steepest just below 0.",
             kinks=_at_zero(SELU_SCALE, _SELU_SLOPE))
gelu       = activation("gelu",       numerics.gelu,
                        lambda out, x: _gate(out, x, lambda x: 0.5 * (1 + erf(x * math.sqrt(0.5))))
                                       + x * (np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)),
             meaning="x·Φ(x), Φ the normal law (Hendrycks & Gimpel, arXiv:1606.08415). Lets the likely large through.")
silu       = activation("silu",       lambda x: x * numerics.sigmoid(_signed(x)),
                        lambda out, x: (gate := _gate(out, x, sigmoid)) + out * (1 - gate),
             meaning="x·σ(x), also called swish (Elfwing, Uchibe & Doya, 2018). A gate that x opens itself.")
mish       = activation("mish",       lambda x: x * np.tanh(numerics.softplus(_signed(x))),
                        lambda out, x: (gate := _gate(out, x, lambda x: np.tanh(softplus(x)), 0.6))
                                       + x * sigmoid(x) * (1 - gate * gate),
             meaning="x·tanh(ln(1 + eˣ)) (Misra, arXiv:1908.08681). A smooth gate, a little open below 0.")
softsign   = activation("softsign",   lambda x: x / (1 + np.abs(x)), lambda out, x: 1 / (1 + np.abs(x)) ** 2,
             meaning="x / (1 + |x|), between −1 and 1. Levels off more slowly than tanh.")
hardtanh   = activation("hardtanh",   lambda x, min_val=-1.0, max_val=1.0: np.clip(x, min_val, max_val),
                        lambda out, x, min_val, max_val: (x > min_val) & (x < max_val),
                        lambda out, x, min_val, max_val: (x <= min_val) & (min_val < max_val),
                        lambda out, x, min_val, max_val: np.maximum(x, min_val) >= max_val,
             meaning="x between min_val and max_val. Routes the gradient to the one it is, at a tie to a bound.",
             masks=True,
             kinks=lambda out, x, a, b: [((x == a) | (x == b), (0, 1)), (x == a, (0, 1)), (x == b, (0, 1))])
hardsigmoid = activation("hardsigmoid", lambda x: np.clip(x / 6 + 0.5, 0, 1),
                        lambda out, x: _mask((x > -3) & (x < 3), x) / 6,
             meaning="x/6 + ½ between 0 and 1. σ(x) in three straight lines, two of them flat.",
             kinks=lambda out, x: [(abs(x) == 3, (0, 1 / 6))])
hardswish  = activation("hardswish",  lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
                        lambda out, x: (third := np.clip(x, -3, 3) / 3) + 0.5 - 0.5 * np.trunc(third),
             meaning="x·hardsigmoid(x) (Howard et al., ICCV 2019). silu without an exponential.",
             kinks=lambda out, x: [(abs(x) == 3, (np.where(x < 0, -0.5, 1), np.where(x < 0, 0, 1.5)))])
relu6      = activation("relu6",      lambda x: np.clip(x, 0, 6), lambda out, x: (x > 0) & (x < 6), masks=True,
             meaning="x between 0 and 6; derivative 0 at both. A relu that stops the gradient above 6 too.",
             kinks=lambda out, x: [((x == 0) | (x == 6), (0, 1))])
celu       = activation("celu", lambda x, alpha=1.0: _bent(x, alpha * elu.forward(_below(x) / alpha), alpha),
                        lambda out, x, alpha: _below(_over(_below(out), alpha)) + 1,
                        lambda out, x, alpha: elu(z := np.minimum(_over(np.minimum(x, 0), alpha), 0)) - z * np.exp(z),
             meaning="x for x > 0, else alpha·(e^(x/alpha) − 1) (Barron, arXiv:1704.07483). Smooth at 0.")
softshrink = activation("softshrink", lambda x, lambd=0.5: np.clip(_signed(x) - lambd, 0, math.inf)
                                                           + np.clip(x + lambd, -math.inf, 0),
                        lambda out, x, lambd: _mask(x > lambd, x) + _mask(x + lambd < 0, x),
                        lambda out, x, lambd: np.subtract(x + lambd < 0, x > lambd, dtype=np.int8),
             meaning="x moved towards 0 by lambd, and 0 where it is no larger. Stops the gradient of what is small.",
             kinks=lambda out, x, k: [(abs(x) == k, (0, 1)), (abs(x) == k, (-1.0 * (x > 0), 1.0 * (x < 0)))])
hardshrink = activation("hardshrink", lambda x, lambd=0.5: x * (np.abs(x) > lambd) if type(lambd) in NUMBERS
                                      and lambd < math.inf else np.where(np.abs(x) <= lambd, 0, x),
                        lambda out, x, lambd: np.abs(x) > lambd, lambda out, x, lambd: 0,
             meaning="x where |x| > lambd, else 0. Stops the gradient of what is small, and leaves the rest.",
             masks=True, kinks=lambda out, x, k: [(abs(x) == k, _ANY)] * 2)
# fmt: on

publish(globals())
