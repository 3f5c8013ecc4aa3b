"""The rule table: every primitive of the vector engine, one row each, by kind.

Vocabulary: `g` upstream gradient, `out` result, `x, y` inputs. Rules are plain NumPy code. Un-broadcasting is not
theirs to do: `vector.sweep` does it for all of them. To add an operation, write its row in the file of its kind and
its row in the tests' table of operations.
"""

from vector.rules.elementwise import (
    absolute,
    add,
    cos,
    divide,
    exp,
    identity,
    log,
    maximum,
    minimum,
    multiply,
    negative,
    power,
    relu,
    sigmoid,
    sign,
    sin,
    softplus,
    sqrt,
    step,
    subtract,
    tan,
    tanh,
    where,
)
from vector.rules.loss import log_softmax, logsumexp, softmax, softmax_cross_entropy
from vector.rules.product import linear_map, matmul
from vector.rules.reduction import amax, amin, mean, total
from vector.rules.shape import astype, broadcast_to, concatenate, getitem, reshape, scatter, stack, transpose

__all__ = [
    "absolute",
    "add",
    "amax",
    "amin",
    "astype",
    "broadcast_to",
    "concatenate",
    "cos",
    "divide",
    "exp",
    "getitem",
    "identity",
    "linear_map",
    "log",
    "log_softmax",
    "logsumexp",
    "matmul",
    "maximum",
    "mean",
    "minimum",
    "multiply",
    "negative",
    "power",
    "relu",
    "reshape",
    "scatter",
    "sigmoid",
    "sign",
    "sin",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "sqrt",
    "stack",
    "step",
    "subtract",
    "tan",
    "tanh",
    "total",
    "transpose",
    "where",
]
