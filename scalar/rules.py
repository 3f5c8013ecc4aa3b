"""The rule table: every primitive of the scalar engine, one row each.

Read the last column downwards and you have read a table of derivatives. Vocabulary: `out` result, `x, y` inputs.
To add an operation, write its row here, its twin in `vector/rules/`, and a row in the tests' table of operations.

At kinks the choice is PyTorch's: relu′(0) = 0, abs′(0) = 0, and a tie of max or min shares the derivative equally;
the last entry of such a row says where its kinks are and between which slopes the choice is made. A value that is NaN
stays so; that is why some choices stand the wrong way round.
"""

import math
import operator
from typing import Any

from scalar import floats
from scalar.op import Activation, Op, Stacked, publish


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


def _share(x: Any, y: Any) -> Any:
    """How max(x, y) divides its derivative: 1 for x > y, ½ at a tie, 0 for x < y."""
    return (1 + _compare(x, y)) / 2


def _over(x: Any, out: Any) -> Any:
    """x / out for the norm `out` of which x is a part, and 0 where the norm is 0."""
    return divide(x, out) if out else 0.0


def _turn(x: Any, norm: Any) -> Any:
    """x / norm², and 0 where the norm is 0; divided twice, because the square may underflow."""
    return _over(_over(x, norm), norm)


def _normal_cdf(x: Any) -> Any:
    """Φ(x), the probability that a standard normal number is below x."""
    return 0.5 * (1 + erf(x * math.sqrt(0.5)))


# Rows that other rows use before their own line.
cos: Op
cosh: Op
divide: Op
sign: Op
elu: Activation

_SCALE, _ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717  # of selu
_SLOPE = _SCALE * _ALPHA
_ANY = (-math.inf, math.inf)  # at a jump any slope is as good as another

# The columns are aligned by hand, as in a table of calculus; below each row stands what it means.
# `divide(1, x)` stands where `1 / x` would raise at 0.
# fmt: off
#                name          forward            local derivatives
add        = Op("+",          operator.add,      lambda out, x, y: (1.0, 1.0),
             "x + y. Hands the gradient on to both.")
subtract   = Op("−",          operator.sub,      lambda out, x, y: (1.0, -1.0),
             "x − y. Hands the gradient on to x, and to y with the other sign.")
multiply   = Op("×",          operator.mul,      lambda out, x, y: (y, x),
             "x·y. Swaps: each factor gets the gradient times the other.")
divide     = Op("÷",          floats.divide,     lambda out, x, y: (divide(1, y), divide(-out, y)),
             "x / y. A large y dampens: x gets 1/y of the gradient, and y the quotient's share, negative.")
power      = Op("**",         floats.power,      lambda out, x, y: (_by_base(x, y), _by_exponent(out, x, y)),
             "xʸ; slopes y·xʸ⁻¹ and xʸ·ln x, 0 at 0⁰; a negative x has no real ln x, and a plain number y needs none. "
             "The exponent comes down, as a factor.",
             kinks=lambda x, y: x == 0 and y == 0 and [None, (-math.inf, 0)])
copy       = Op("identity",   lambda x: x,       lambda out, x: (1.0,),
             "x, as a number of its own. Hands the gradient on.")
negative   = Op("neg",        operator.neg,      lambda out, x: (-1.0,), "−x. Turns the gradient round.")
exp        = Op("exp",        floats.or_infinity(math.exp), lambda out, x: (out,), "eˣ. Its slope is its value.")
expm1      = Op("expm1",      floats.or_infinity(math.expm1), lambda out, x: (out + 1,),
             "eˣ − 1, exact near 0. Its slope is its value plus 1.")
log        = Op("log",        floats.logarithm(math.log), lambda out, x: (divide(1, x),),
             "ln x; NaN below 0. Its slope 1/x makes small numbers count.")
log2       = Op("log2",       floats.logarithm(math.log2), lambda out, x: (divide(1 / math.log(2), x),),
             "log₂ x; NaN below 0. It rises by 1 where x doubles.")
log10      = Op("log10",      floats.logarithm(math.log10), lambda out, x: (divide(1 / math.log(10), x),),
             "log₁₀ x; NaN below 0. It rises by 1 where x grows tenfold.")
log1p      = Op("log1p",      floats.logarithm(math.log1p, -1), lambda out, x: (divide(1, 1 + x),),
             "ln(1 + x), exact near 0; NaN below −1. Near 0 it is x.")
sqrt       = Op("sqrt",       floats.sqrt,       lambda out, x: (divide(1, 2 * out),),
             "√x; NaN below 0. Its slope 1/(2√x) is infinite at 0.")
cbrt       = Op("cbrt",       math.cbrt,         lambda out, x: (divide(1, 3 * out * out),),
             "∛x, also of negative numbers. Its slope is infinite at 0.")
hypot      = Op("hypot",      math.hypot,        lambda out, x, y: (_over(x, out), _over(y, out)),
             "√(x² + y²); derivative 0 where both are 0. Its gradient, of length 1, points away from there.",
             kinks=lambda x, y: x == 0 and y == 0 and [(-1, 1), (-1, 1)])
sin        = Op("sin",        floats.sin,        lambda out, x: (cos(x),),
             "sin x, x in radians. Its slope is the cosine, a quarter turn ahead.")
cos        = Op("cos",        floats.cos,        lambda out, x: (-sin(x),),
             "cos x, x in radians. Its slope is −sin x, a quarter turn ahead.")
tan        = Op("tan",        floats.tan,        lambda out, x: (1 + out * out,),
             "tan x = sin x / cos x, x in radians. Its slope 1 + tan² x grows with it.")
asin       = Op("asin",       floats.asin,       lambda out, x: (divide(1, sqrt((1 - x) * (1 + x))),),
             "arcsin x in radians; NaN outside [−1, 1]. Its slope is infinite at both ends.")
acos       = Op("acos",       floats.acos,       lambda out, x: (divide(-1, sqrt((1 - x) * (1 + x))),),
             "arccos x in radians; NaN outside [−1, 1]. It falls as arcsin x rises.")
atan       = Op("atan",       math.atan,         lambda out, x: (1 / (1 + x * x),),
             "arctan x in radians. Far from 0 it hardly moves.")
atan2      = Op("atan2",      math.atan2,        lambda out, y, x: (_turn(x, hypot(x, y)), _turn(-y, hypot(x, y))),
             "The angle of the point (x, y), y first; derivative 0 at the origin. A far point turns slowly.",
             kinks=lambda y, x: x == 0 and y == 0 and [_ANY, _ANY])
sinh       = Op("sinh",       floats.sinh,       lambda out, x: (cosh(x),), "(eˣ − e⁻ˣ) / 2. Its slope is cosh x.")
cosh       = Op("cosh",       floats.or_infinity(math.cosh), lambda out, x: (sinh(x),),
             "(eˣ + e⁻ˣ) / 2. Its slope is (eˣ − e⁻ˣ) / 2, with no change of sign.")
erf        = Op("erf",        math.erf,          lambda out, x: (2 / math.sqrt(math.pi) * exp(-x * x),),
             "2/√π ∫₀ˣ e^(−t²) dt. Its slope is a bell.")
absolute   = Op("abs",        abs,               lambda out, x: (sign(x),),
             "|x|; derivative 0 at 0. Hands the gradient on with the sign of x.", kinks=lambda x: x == 0 and [(-1, 1)])
sign       = Op("sign",       lambda x: 1.0 if x > 0 else -1.0 if x < 0 else 0.0 if x == 0 else x,
                lambda out, x: (0.0,),
             "−1, 0 or 1. Flat on both sides, so nothing is learnt through it.",
             kinks=lambda x: x == 0 and [(0, math.inf)])
step       = Op("step",       lambda x: 1.0 if x > 0 else 0.0 if x <= 0 else x, lambda out, x: (0.0,),
             "The hard threshold: 1 for x > 0, else 0. Flat on both sides, so nothing is learnt through it.",
             kinks=lambda x: x == 0 and [(0, math.inf)])
maximum    = Op("max",        lambda x, y: x if x >= y or x != x else y,
                lambda out, x, y: (_share(x, y), _share(y, x)),
             "The larger of x and y. Routes the gradient to it; at a tie both get half.",
             kinks=lambda x, y: x == y and [(0, 1), (0, 1)])
minimum    = Op("min",        lambda x, y: x if x <= y or x != x else y,
                lambda out, x, y: (_share(y, x), _share(x, y)),
             "The smaller of x and y. Routes the gradient to it; at a tie both get half.",
             kinks=lambda x, y: x == y and [(0, 1), (0, 1)])
_compare   = Op("compare",    lambda x, y: math.nan if x != x or y != y else 1.0 * (x > y) - (x < y),
                lambda out, x, y: (0.0, 0.0),
             "1, 0 or −1, as x is more than y, as much or less. Flat on both sides of a tie.")

# What networks put between their layers.
tanh       = Activation("tanh",       math.tanh,         lambda out, x: (1 - out * out,),
             "(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), between −1 and 1. Near its ends it hands little on.")
sigmoid    = Activation("sigmoid",    floats.sigmoid,    lambda out, x: (out * (1 - out),),
             "σ(x) = 1 / (1 + e⁻ˣ), between 0 and 1. Its slope σ(x)·(1 − σ(x)) is never more than ¼.")
logsigmoid = Activation("logsigmoid", lambda x: -floats.softplus(-x), lambda out, x: (sigmoid(-x),),
             "ln σ(x), exact where σ(x) rounds to 0. Its slope is σ(−x).")
softplus   = Activation("softplus",   floats.softplus,   lambda out, x: (sigmoid(x),),
             "ln(1 + eˣ). A smooth relu, whose slope is σ(x).")
relu       = Activation("relu",       lambda x: 0.0 if x <= 0 else x, lambda out, x: (step(x),),
             "max(0, x) (Nair & Hinton, ICML 2010); derivative 0 at 0. Lets the gradient through above 0 only.",
             kinks=lambda x: x == 0 and [(0, 1)])
leaky_relu = Activation("leaky_relu", lambda x, negative_slope=0.01: x if x > 0 else negative_slope * x,
                lambda out, x, negative_slope: (step(x) + negative_slope * (1 - step(x)), _below(x)),
             "x for x > 0, else negative_slope·x (Maas et al., 2013); so at 0. Never stops the gradient.",
             kinks=lambda x, k: x == 0 and k != 1 and [(min(k, 1), max(k, 1)), None])
elu        = Activation("elu",        lambda x, alpha=1.0: x if x > 0 else alpha * expm1(x),
                lambda out, x, alpha: (_elu_slope(out, x, alpha), elu(minimum(x, 0))),
             "x for x > 0, else alpha·(eˣ − 1) (Clevert et al., ICLR 2016); so at 0. Levels off at −alpha.",
             kinks=lambda x, a: x == 0 and a != 1 and [(min(a, 1), max(a, 1)), None])
selu       = Activation("selu",       lambda x: _SCALE * elu(x, _ALPHA),
                lambda out, x: (_SCALE if x == math.inf else step(x) * _SCALE + (1 - step(x)) * (out + _SLOPE),),
             "elu, scaled to keep mean 0 and variance 1 (Klambauer et al., NIPS 2017). Steepest just below 0.",
             kinks=lambda x: x == 0 and [(_SCALE, _SLOPE)])
gelu       = Activation("gelu",       lambda x: x * _normal_cdf(x),
                lambda out, x: (_normal_cdf(x) + x * exp(-x * x / 2) / math.sqrt(2 * math.pi),),
             "x·Φ(x), Φ the normal law (Hendrycks & Gimpel, arXiv:1606.08415). Lets the likely large through.")
silu       = Activation("silu",       lambda x: x * sigmoid(x), lambda out, x: (sigmoid(x) + out * sigmoid(-x),),
             "x·σ(x), also called swish (Elfwing, Uchibe & Doya, 2018). A gate that x opens itself.")
mish       = Activation("mish",       lambda x: x * tanh(softplus(x)),
                lambda out, x: ((gate := tanh(softplus(x))) + x * sigmoid(x) * (1 - gate * gate),),
             "x·tanh(ln(1 + eˣ)) (Misra, arXiv:1908.08681). A smooth gate, a little open below 0.")
softsign   = Activation("softsign",   lambda x: x / (1 + abs(x)),
                lambda out, x: (1 / (1 + absolute(x)) / (1 + absolute(x)),),
             "x / (1 + |x|), between −1 and 1. Levels off more slowly than tanh.")
hardtanh   = Activation("hardtanh",   lambda x, min_val=-1.0, max_val=1.0: minimum(maximum(x, min_val), max_val),
                lambda out, x, min_val, max_val: (step(x - min_val) * step(max_val - x),
                                                  (1 - step(x - min_val)) * step(max_val - min_val),
                                                  1 - step(max_val - maximum(x, min_val))),
             "x between min_val and max_val. Routes the gradient to the one it is, at a tie to a bound.",
             kinks=lambda x, a, b: x in (a, b) and [(0, 1), (0, 1) if x == a else None, (0, 1) if x == b else None])
hardsigmoid = Activation("hardsigmoid", lambda x: 0.0 if x <= -3 else 1.0 if x >= 3 else x / 6 + 0.5,
                lambda out, x: (step(x + 3) * step(3 - x) / 6,),
             "x/6 + ½ between 0 and 1. σ(x) in three straight lines, two of them flat.",
             kinks=lambda x: abs(x) == 3 and [(0, 1 / 6)])
hardswish  = Activation("hardswish",  lambda x: x * hardsigmoid(x),
                lambda out, x: (step(x + 3) * step(3 - x) * (minimum(x, 3) / 3 + 0.5) + 1 - step(3 - x),),
             "x·hardsigmoid(x) (Howard et al., ICCV 2019). silu without an exponential.",
             kinks=lambda x: abs(x) == 3 and [(-0.5, 0) if x < 0 else (1, 1.5)])
relu6      = Activation("relu6",      lambda x: 0.0 if x <= 0 else 6.0 if x >= 6 else x,
                lambda out, x: (step(x) * step(6 - x),),
             "x between 0 and 6; derivative 0 at both. A relu that stops the gradient above 6 too.",
             kinks=lambda x: x in (0, 6) and [(0, 1)])
celu       = Activation("celu",       lambda x, alpha=1.0: x if x > 0 else alpha * elu(divide(x, alpha)),
                lambda out, x, alpha: (exp(z := minimum(_over(minimum(x, 0), alpha), 0)), elu(z) - z * exp(z)),
             "x for x > 0, else alpha·(e^(x/alpha) − 1) (Barron, arXiv:1704.07483). Smooth at 0.")
softshrink = Activation("softshrink", lambda x, lambd=0.5: maximum(x - lambd, 0.0) + minimum(x + lambd, 0.0),
                lambda out, x, lambd: (step(x - lambd) + step(-lambd - x), step(-lambd - x) - step(x - lambd)),
             "x moved towards 0 by lambd, and 0 where it is no larger. Stops the gradient of what is small.",
             kinks=lambda x, k: abs(x) == k and [(0, 1), (-1, 0) if x > 0 else (0, 1)])
hardshrink = Activation("hardshrink", lambda x, lambd=0.5: 0.0 if abs(x) <= lambd else x,
                lambda out, x, lambd: (maximum(step(x - lambd), step(-lambd - x)), 0.0),
             "x where |x| > lambd, else 0. Stops the gradient of what is small, and leaves the rest.",
             kinks=lambda x, k: abs(x) == k and [_ANY, _ANY])

# Of any number of operands.
sum        = Stacked("sum",   floats.total,      lambda out, *x: (1.0,) * len(x),
             "out = x₁ + … + xₙ, so ∂out/∂xᵢ = 1. Hands the gradient on to each.")
dot        = Stacked("·",     floats.inner,      lambda out, *xy: xy[len(xy) // 2:] + xy[:len(xy) // 2],
             "out = x₁·y₁ + … + xₙ·yₙ, so ∂out/∂xᵢ = yᵢ and ∂out/∂yᵢ = xᵢ. Swaps: each number gets its partner.")
# fmt: on

publish(globals())
