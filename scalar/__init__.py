"""The scalar engine: reverse-mode differentiation one number at a time, with every chain-rule step on record.

>>> from scalar import Value
>>> x, y = Value(-2.0, "x"), Value(5.0, "y")
>>> f = (x + y) * Value(-4.0, "z")
>>> f.backward()
>>> x.grad, y.grad
(-4.0, -4.0)

Read the files in this order: `rules` (what each operation is), `value` (how a number remembers where it came
from), `topology` (the order of the backward sweep), `ledger` (the chain rule, written down).
"""

from scalar import losses, nn, optim
from scalar.anomaly import AnomalyError, detect_anomaly
from scalar.ledger import ChainRule, Step, Term
from scalar.rules import (
    absolute,
    cos,
    dot,
    exp,
    log,
    maximum,
    minimum,
    relu,
    sigmoid,
    sign,
    sin,
    softplus,
    sqrt,
    step,
    tan,
    tanh,
    total,
)
from scalar.value import NOT_COMPUTED, Value

# The names a reader of mathematics expects. Inside the package the rows keep names that do not hide Python's own.
abs = absolute
max = maximum
min = minimum
sum = total

__all__ = [
    "NOT_COMPUTED",
    "AnomalyError",
    "ChainRule",
    "Step",
    "Term",
    "Value",
    "abs",
    "absolute",
    "cos",
    "detect_anomaly",
    "dot",
    "exp",
    "log",
    "losses",
    "max",
    "maximum",
    "min",
    "minimum",
    "nn",
    "optim",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "softplus",
    "sqrt",
    "step",
    "sum",
    "tan",
    "tanh",
    "total",
]
