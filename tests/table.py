"""The table of operations: one row drives every test of an operation, on both engines and before every judge.

An operation that stands in scalar/rules.py or vector/rules/ and not here fails the suite. A row is:

- name: the operation's name in the rules.
- f: the operation as users write it, f(m, *operands, **params), where `m` is the engine (or the judge) at work.
- domains: where each operand is drawn from.
- shapes: the operands' shapes on the vector engine, one tuple for each case.
- params: the arguments that are not operands, one dictionary for each case.
- judge: the same function in other words, where PyTorch or NumPy lack these.
- definition: the same function in other words, for the judges that have none of its name.
- kink: where f has no derivative and the engines follow PyTorch's convention, so that the complex step cannot judge.
- singular: points worth a test of their own, with what is expected there: PyTorch's answer, or mathematics' where
  PyTorch is wrong.
- tolerance: relative.
- widens: whether NumPy itself answers float32 operands with another dtype.
- smooth: whether there is a second derivative to compare; rounding to another dtype hides it from PyTorch.
- note: tells apart the rows of one operation.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.judges import Function
from tests.row import (
    DIGITS,
    NONZERO,
    POSITIVE,
    REAL,
    UNIT,
    Domain,
    Mathematics,
    Row,
    Shape,
    always,
    at,
    at_pairs,
    of,
    over_axes,
)  # fmt: skip
from tests.rows_functions import FURTHER_FUNCTIONS, FURTHER_RULES
from tests.rows_linalg import LINALG_FUNCTIONS, LINALG_RULES
from tests.rows_pointwise import FOLDING_FUNCTIONS, FOLDING_RULES, POINTWISE_FUNCTIONS, POINTWISE_RULES
from tests.rows_shape import SHAPE_FUNCTIONS, SHAPE_RULES

inf, nan = math.inf, math.nan


NEGATIVE = Domain(((-4, -0.125),))
STAYS_NAN = "NaN is no sign and no side: PyTorch answers 0"

IMAGES = of((2, 3, 4, 5), (1, 1, 3, 3), (0, 2, 4, 3))
WINDOWS = [
    {"kernel": (2, 2), "stride": (2, 2), "padding": (0, 0)}, {"kernel": (3, 2), "stride": (1, 2), "padding": (0, 0)},
    {"kernel": (1, 1), "stride": (1, 1), "padding": (0, 0)}, {"kernel": (1, 2), "stride": (3, 3), "padding": (0, 0)},
]  # fmt: skip

# fmt: off
ELEMENTWISE = [
    Row("add",      lambda m, x, y: x + y, (REAL, REAL)),
    Row("subtract", lambda m, x, y: x - y, (REAL, REAL)),
    Row("multiply", lambda m, x, y: x * y, (REAL, REAL)),
    Row("divide",   lambda m, x, y: x / y, (NONZERO, NONZERO),
        singular=at_pairs((1, 0), (-1, 0), (0, 0), (0, 2))),
    Row("power",    lambda m, x, y: x ** y, (POSITIVE, REAL),
        singular=at_pairs((0, 0), (0, 1), (0, 2), (0, 0.5), (0, -1), (0, -2), (-2, 3), (-2, 0), (-8, 1 / 3))),
    Row("power",    lambda m, x: x ** 3, (REAL,), singular=at(0), note="cube"),
    Row("power",    lambda m, x: x ** -2, (NONZERO,), singular=at(0), note="reciprocal"),
    Row("negative", lambda m, x: -x, (REAL,)),
    Row("copy",     lambda m, x: m.copy(x), (REAL,), judge=lambda m, x: 1 * x),
    Row("absolute", lambda m, x: abs(x), (REAL,), kink=lambda x: x == 0, judge=lambda m, x: m.absolute(x),
        singular={**at(0, inf, -inf), (nan,): Mathematics(nan, (nan,), STAYS_NAN)}),
    Row("exp",      lambda m, x: m.exp(x), (REAL,), singular=at(1000, -1000, inf, -inf)),
    Row("log",      lambda m, x: m.log(x), (POSITIVE,), singular=at(0, -1, 1e-300, inf)),
    Row("sqrt",     lambda m, x: m.sqrt(x), (POSITIVE,), singular=at(0, -1, inf)),
    Row("sin",      lambda m, x: m.sin(x), (REAL,), singular=at(1e6, inf)),
    Row("cos",      lambda m, x: m.cos(x), (REAL,), singular=at(1e6, inf)),
    Row("tan",      lambda m, x: m.tan(x), (Domain(((-1.5, 1.5), (1.75, 4))),), singular=at(inf)),
    Row("tanh",     lambda m, x: m.tanh(x), (REAL,), singular=at(20, -1000, inf, -inf)),
    Row("sigmoid",  lambda m, x: m.sigmoid(x), (REAL,), singular=at(-40, 1000, -1000, inf, -inf)),
    Row("softplus", lambda m, x: m.softplus(x), (REAL,),
        singular=at(-40, 20, 1000, -1000, inf, -inf)),
    Row("relu",     lambda m, x: m.relu(x), (REAL,), kink=lambda x: x == 0, singular=at(0, inf, -inf)),
    Row("step",     lambda m, x: m.step(x), (REAL,), kink=lambda x: x == 0,
        singular={**at(0, inf, -inf), (nan,): Mathematics(nan, (0,), STAYS_NAN)}),
    Row("sign",     lambda m, x: m.sign(x), (REAL,), kink=lambda x: x == 0,
        singular={**at(0, inf, -inf), (nan,): Mathematics(nan, (0,), STAYS_NAN)}),
    Row("maximum",  lambda m, x, y: m.maximum(x, y), (REAL, REAL), kink=lambda x, y: x == y,
        singular=at_pairs((2, 2), (0, -inf), (inf, inf))),
    Row("minimum",  lambda m, x, y: m.minimum(x, y), (REAL, REAL), kink=lambda x, y: x == y,
        singular=at_pairs((2, 2), (0, inf), (-inf, -inf))),
    Row("expm1",      lambda m, x: m.expm1(x), (REAL,), singular=at(1e-300, 1000, -1000, inf, -inf)),
    Row("log2",       lambda m, x: m.log2(x), (POSITIVE,), singular=at(0, -1, inf)),
    Row("log10",      lambda m, x: m.log10(x), (POSITIVE,), singular=at(0, -1, inf)),
    Row("log1p",      lambda m, x: m.log1p(x), (Domain(((-0.875, 4),)),), singular=at(1e-300, -1, -2, inf)),
    Row("cbrt",       lambda m, x: m.cbrt(x), (NONZERO,), judge=lambda m, x: m.sign(x) * m.absolute(x) ** (1 / 3),
        singular={(0,): Mathematics(0, (inf,), "a vertical tangent; |x|^⅓ would say NaN"), **at(inf)}),
    Row("hypot",      lambda m, x, y: m.hypot(x, y), (NONZERO, REAL),
        singular={(0, 0): Mathematics(0, (0, 0), "a norm's subgradient at 0; PyTorch says NaN"), **at_pairs((0, -2))}),
    Row("asin",       lambda m, x: m.asin(x), (UNIT,), singular=at(1, -1, 2)),
    Row("acos",       lambda m, x: m.acos(x), (UNIT,), singular=at(1, -1, 2)),
    Row("atan",       lambda m, x: m.atan(x), (REAL,), singular=at(1e200, inf, -inf)),
    Row("atan2",      lambda m, y, x: m.atan2(y, x), (NONZERO, NONZERO),
        singular={**at_pairs((0, 0), (0, -2), (3, 0)),
                  (1e-200, 1e-200): Mathematics(math.pi / 4, (5e199, -5e199), "PyTorch's x² underflows to 0")}),
    Row("sinh",       lambda m, x: m.sinh(x), (REAL,), singular=at(1000, -1000, inf)),
    Row("cosh",       lambda m, x: m.cosh(x), (REAL,), singular=at(1000, -1000, -inf)),
    Row("erf",        lambda m, x: m.erf(x), (REAL,), singular=at(30, -30, inf)),
    Row("logsigmoid", lambda m, x: m.logsigmoid(x), (REAL,), singular=at(40, 1000, -1000, inf, -inf)),
    Row("leaky_relu", lambda m, x, slope: m.leaky_relu(x, slope), (REAL, REAL), kink=lambda x, slope: x == 0,
        singular={**at_pairs((0, 0.25), (-inf, 0.5), (-2, 1e-300), (2, 1e300)),
                  (inf, 0.5): Mathematics(inf, (1, 0), "above 0 the slope takes no part; 0·∞ would say NaN")}),
    Row("elu",        lambda m, x, alpha: m.elu(x, alpha), (REAL, REAL), kink=lambda x, alpha: x == 0,
        singular=at_pairs((0, 0.25), (1000, 2), (-1000, 2), (inf, 2), (-inf, 2))),
    Row("selu",       lambda m, x: m.selu(x), (REAL,), kink=lambda x: x == 0, singular=at(0, 1000, -1000, inf, -inf),
        definition=lambda m, x: 1.0507009873554805 * m.elu(x, 1.6732632423543772)),
    Row("gelu",       lambda m, x: m.gelu(x), (REAL,), singular=at(0, 30),
        definition=lambda m, x: x * (1 + m.erf(x * 0.5**0.5)) / 2),
    Row("silu",       lambda m, x: m.silu(x), (REAL,), singular=at(0, 1000, -1000),
        definition=lambda m, x: x * m.sigmoid(x)),
    Row("mish",       lambda m, x: m.mish(x), (REAL,), singular=at(0, 1000, -1000),
        definition=lambda m, x: x * m.tanh(m.softplus(x))),
    Row("softsign",   lambda m, x: m.softsign(x), (REAL,), singular=at(0, 1e100),
        definition=lambda m, x: x / (1 + m.absolute(x))),
    Row("hardtanh",   lambda m, x, a, b: m.hardtanh(x, a, b), (REAL, NEGATIVE, POSITIVE),
        kink=lambda x, a, b: (x == a) | (x == b),
        judge=lambda m, x, a, b: x * m.step(x - a) * m.step(b - x) + a * (1 - m.step(x - a)) * m.step(b - a)
                                 + b * (1 - m.step(b - m.maximum(x, a)))),
    Row("hardsigmoid", lambda m, x: m.hardsigmoid(x), (REAL,), kink=lambda x: abs(x) == 3, singular=at(0, 3, -3),
        # PyTorch's own slope is the float32 next to 1/6.
        judge=lambda m, x: (x / 6 + 0.5) * m.step(x + 3) * m.step(3 - x) + 1 - m.step(3 - x)),
    Row("hardswish",  lambda m, x: m.hardswish(x), (REAL,), kink=lambda x: abs(x) == 3, singular=at(0, 3, -3, inf),
        definition=lambda m, x: x * m.minimum(m.maximum(x / 6 + 0.5, 0), 1)),
    Row("relu6",      lambda m, x: m.relu6(x), (Domain(((-4, 8),)),), kink=lambda x: (x == 0) | (x == 6),
        singular=at(0, 6, inf, -inf), definition=lambda m, x: m.minimum(m.maximum(x, 0), 6)),
    Row("celu",       lambda m, x, alpha: m.celu(x, alpha), (NONZERO, POSITIVE), singular=at_pairs((0, 2)),
        judge=lambda m, x, a: x * m.step(x) + (1 - m.step(x)) * (
            x * m.step(-a) + m.step(a) * a * m.expm1(x * (1 - m.step(x)) * m.step(a) / a))),
    Row("softshrink", lambda m, x, k: m.softshrink(x, k), (REAL, POSITIVE), kink=lambda x, k: abs(x) == abs(k),
        judge=lambda m, x, k: (x - k) * m.step(x - k) + (x + k) * m.step(-k - x)),
    Row("hardshrink", lambda m, x, k: m.hardshrink(x, k), (REAL, POSITIVE), kink=lambda x, k: abs(x) == abs(k),
        judge=lambda m, x, k: x * m.maximum(m.step(x - k), m.step(-k - x))),
]

SCALAR_ONLY = [
    Row("_compare",   lambda m, x, y: m._compare(x, y), (REAL, REAL), kink=lambda x, y: x == y,
        judge=lambda m, x, y: m.compare(x, y),
        singular={**at_pairs((2, 2), (inf, inf)), (nan, 2): Mathematics(nan, (0, 0), STAYS_NAN)}),
    Row("sum",        lambda m, x, y, z: m.sum([x, y, z]), (REAL,) * 3, judge=lambda m, x, y, z: x + y + z),
    Row("dot",        lambda m, w, x, y, z: m.dot([w, x], [y, z]), (REAL,) * 4,
        judge=lambda m, w, x, y, z: w * y + x * z),
]
# fmt: on

# ---------------------------------------------------------------- arrays only


def indexed(note: str, index: Any, *shapes: Shape, judge: Function | None = None) -> Row:
    return Row("getitem", lambda m, x: x[index], (REAL,), of(*shapes), judge=judge, note=note)


PRODUCTS: Sequence[tuple[Shape, ...]] = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 1), (1, 1)), ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)), ((5, 2, 3), (1, 3, 4)), ((5, 1, 2, 3), (2, 3, 2)), ((3,), (5, 3, 4)), ((5, 2, 3), (3,)),
    ((2, 0), (0, 3)), ((0, 3), (3, 2)), ((0,), (0, 2)),
]  # fmt: skip

LINES = of((3,), (2, 1), (2, 3), (2, 3, 2))
MASK = np.array([[True, False, True], [False, True, True]])

# fmt: off
VECTOR_ONLY = [
    Row("where",        lambda m, x, y: m.where(MASK, x, y), (REAL,) * 2,
        [((2, 3), (2, 3)), ((), (3,)), ((2, 1), ()), ((4, 1, 3), (1,)), ((0, 2, 3), ())]),
    # reductions
    *over_axes("sum",  lambda m, x, **axes: m.sum(x, **axes), empty=True),
    *over_axes("mean",  lambda m, x, **axes: m.mean(x, **axes)),
    *over_axes("max",   lambda m, x, **axes: m.max(x, **axes)),
    *over_axes("min",   lambda m, x, **axes: m.min(x, **axes)),
    *over_axes("max",   lambda m, x, **axes: m.max(x, **axes), DIGITS, kink=always, note="ties"),
    *over_axes("min",   lambda m, x, **axes: m.min(x, **axes), DIGITS, kink=always, note="ties"),
    # shape
    Row("reshape",      lambda m, x: m.reshape(x, (-1, 2)), (REAL,), of((2, 3), (6,), (3, 1, 2), (0,), (3, 0))),
    Row("reshape",      lambda m, x: m.reshape(x, (1, 1)), (REAL,), of((), (1,)), note="one element"),
    Row("reshape",      lambda m, x: m.ravel(x), (REAL,), of((), (2, 3), (2, 0)), note="ravel"),
    Row("reshape",      lambda m, x: m.squeeze(x), (REAL,), of((), (1, 3, 1), (1, 1)), note="squeeze"),
    Row("reshape",      lambda m, x: m.squeeze(x, axis=1), (REAL,), of((3, 1), (1, 1)), note="squeeze axis"),
    Row("reshape",      lambda m, x: m.expand_dims(x, 1), (REAL,), of((2,), (2, 3)), note="expand_dims"),
    Row("transpose",    lambda m, x: m.transpose(x, None), (REAL,), of((), (3,), (2, 3), (2, 3, 4), (0, 2))),
    Row("transpose",    lambda m, x: m.transpose(x, (1, 2, 0)), (REAL,), of((2, 3, 4)), note="cycle"),
    Row("transpose",    lambda m, x: m.transpose(x, (-1, 0, -2)), (REAL,), of((2, 3, 4)), note="negative axes"),
    Row("transpose",    lambda m, x: m.swapaxes(x, 0, -1), (REAL,), of((2, 3, 4), (3,)), note="swapaxes"),
    Row("broadcast_to", lambda m, x, n: m.broadcast_to(x, (n, 3)), (REAL,), of((), (3,), (1, 3)), [{"n": 2}, {"n": 0}]),
    Row("broadcast_to", lambda m, x: m.broadcast_to(x, (4, 2, 3)), (REAL,), of((2, 1), (2, 3)), note="inner axes"),
    # indexing
    indexed("integer",    1, (3,), (2, 3)),
    indexed("ellipsis",   (..., -1), (3,), (2, 3)),
    indexed("slices",     (slice(1, None), None, slice(None, None, 2)), (2, 3)),
    indexed("reversed",   slice(None, None, -1), (3,), (2, 3), judge=lambda m, x: m.flip(x, (0,))),
    indexed("everything", (), (), (2,)),
    indexed("mask",       MASK, (2, 3)),
    indexed("repeated",   [2, 0, 2, 2], (3,), (3, 2)),
    indexed("pairs",      ([0, 1, 1], [2, 0, 0]), (2, 3), (2, 3, 2)),
    indexed("columns",    (slice(None), [1, 1]), (2, 3)),
    Row("getitem",      lambda m, x, stop: x[:stop], (REAL,), of((3,), (3, 2)), [{"stop": 2}, {"stop": 0}]),
    Row("scatter",      lambda m, x: m.scatter(x, index=([0, 3, 3],), shape=(4,)), (REAL,), of((3,))),
    Row("scatter",      lambda m, x: m.scatter(x, index=([1, 1], [0, 0]), shape=(2, 3)), (REAL,), of((2,)), note="2-d"),
    # joining
    Row("concatenate",  lambda m, x, y: m.concatenate([x, y]), (REAL,) * 2,
        [((2,), (3,)), ((0,), (1,)), ((2, 3), (1, 3))]),
    Row("concatenate",  lambda m, x, y, z: m.concatenate([x, y, z], axis=-1), (REAL,) * 3,
        [((2, 1), (2, 3), (2, 0)), ((1,), (2,), (3,))], note="three"),
    Row("stack",        lambda m, x, y: m.stack([x, y]), (REAL,) * 2, [((), ()), ((3,), (3,)), ((0,), (0,))]),
    Row("stack",        lambda m, x, y, z: m.stack([x, y, z], axis=1), (REAL,) * 3,
        [((3,), (3,), (3,)), ((2, 3), (2, 3), (2, 3))], note="three"),
    Row("stack",        lambda m, x, y: m.stack([x, y], axis=-1), (REAL,) * 2, [((2, 3), (2, 3))], note="last"),
    # products
    Row("matmul",       lambda m, x, y: x @ y, (REAL,) * 2, PRODUCTS),
    Row("linear_map",   lambda m, x, weight, bias: m.linear_map(x, weight, bias), (REAL,) * 3,
        [((2, 1), (1, 1), (1,)), *((x, (4, 3), (4,)) for x in [(3,), (1, 3), (2, 3), (5, 2, 3), (0, 3)])]),
    # windows that slide over images
    Row("windows",      lambda m, x, **how: m.windows(x, **how), (REAL,), IMAGES, WINDOWS),
    Row("overlap_add",  lambda m, x: m.overlap_add(x, shape=(2, 1, 4, 5), kernel=(2, 3), stride=(1, 2), padding=(1, 0)),
        (REAL,), of((1, 2, 3, 2, 5, 2))),
    Row("overlap_add",  lambda m, x: m.overlap_add(x, shape=(1, 2, 3, 3), kernel=(1, 1), stride=(2, 2), padding=(0, 0)),
        (REAL,), of((2, 1, 1, 1, 2, 2)), note="with gaps"),
    Row("max_pool",     lambda m, x, **how: m.max_pool(x, **how), (REAL,), IMAGES, WINDOWS,
        definition=lambda m, x, **how: m.transpose(m.max(m.windows(x, **how), (1, 2)), (1, 0, 2, 3))),
    # softmax and its family
    Row("softmax",      lambda m, x, axis: m.softmax(x, axis=axis), (REAL,), LINES, [{"axis": -1}, {"axis": 0}]),
    Row("log_softmax",  lambda m, x, axis: m.log_softmax(x, axis=axis), (REAL,), LINES, [{"axis": -1}, {"axis": 0}]),
    Row("logsumexp",    lambda m, x, axis: m.logsumexp(x, axis=axis), (REAL,), LINES, [{"axis": -1}, {"axis": 0}]),
    Row("logsumexp",    lambda m, x: m.logsumexp(x, axis=-1, keepdims=True), (REAL,), LINES, note="kept"),
    Row("softmax_cross_entropy", lambda m, x: m.softmax_cross_entropy(x, targets=np.array([2, 0, 2])), (REAL,),
        of((3, 4), (3, 3))),
    Row("softmax_cross_entropy", lambda m, x: m.softmax_cross_entropy(x, targets=np.array([0])), (REAL,),
        of((1, 5), (1, 1)), note="batch of one"),
    Row("logistic_loss", lambda m, x, y: m.logistic_loss(x, y), (REAL,) * 2,
        definition=lambda m, x, y: m.softplus(x) - x * y, singular={(1000, 1): None, (-1000, 0): None}),
    # dtype
    Row("astype",       lambda m, x: x.astype("float32"), (REAL,), judge=lambda m, x: m.astype(x, "float32"),
        tolerance=1e-6, widens=True, smooth=False),
]
# fmt: on

SCALAR_ROWS = ELEMENTWISE + SCALAR_ONLY
FURTHER_POINTWISE = [row for row in FURTHER_FUNCTIONS if not row.shapes]
POINTWISE = ELEMENTWISE + POINTWISE_RULES + POINTWISE_FUNCTIONS + FURTHER_RULES + FURTHER_POINTWISE
VECTOR_ROWS = ELEMENTWISE + POINTWISE_RULES + FURTHER_RULES + VECTOR_ONLY + FOLDING_RULES + SHAPE_RULES + LINALG_RULES
# Built from several rules, and named like the function.
FUNCTION_ROWS = POINTWISE_FUNCTIONS + FOLDING_FUNCTIONS + SHAPE_FUNCTIONS + LINALG_FUNCTIONS + FURTHER_FUNCTIONS
# LAPACK, which the rows of a lower tolerance use, has no float16, and NumPy's poly answers float16 with float64.
HALF_ROWS = [
    row for row in VECTOR_ROWS + FUNCTION_ROWS if row.tolerance < 1e-8 and not row.widens and row.name != "poly"
]
