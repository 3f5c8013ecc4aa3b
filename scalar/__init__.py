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

from typing import TYPE_CHECKING, Any

from scalar import losses, nn, optim
from scalar.anomaly import AnomalyError, detect_anomaly
from scalar.conventions import Convention
from scalar.ledger import ChainRule, Step, Term
from scalar.names import label_all
from scalar.paths import Path
from scalar.rules import (
    absolute,
    acos,
    asin,
    atan,
    atan2,
    cbrt,
    cos,
    cosh,
    dot,
    elu,
    erf,
    exp,
    expm1,
    hypot,
    leaky_relu,
    log,
    log1p,
    log2,
    log10,
    logsigmoid,
    maximum,
    minimum,
    power,
    relu,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    step,
    sum,
    tan,
    tanh,
)
from scalar.transforms import derivative, grad, hessian, jacobian, jvp, value_and_grad
from scalar.value import NOT_COMPUTED, Value

# The names a reader of mathematics expects. Inside the package the rows keep names that do not hide Python's own.
abs = absolute
max = maximum
min = minimum
pow = power

if TYPE_CHECKING:
    from scalar.compilation import compile  # the name users expect

__all__ = [
    "NOT_COMPUTED",
    "AnomalyError",
    "ChainRule",
    "Convention",
    "Path",
    "Step",
    "Term",
    "Value",
    "abs",
    "absolute",
    "acos",
    "asin",
    "atan",
    "atan2",
    "cbrt",
    "compile",
    "cos",
    "cosh",
    "derivative",
    "detect_anomaly",
    "dot",
    "elu",
    "erf",
    "exp",
    "expm1",
    "grad",
    "hessian",
    "hypot",
    "jacobian",
    "jvp",
    "label_all",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "logsigmoid",
    "losses",
    "max",
    "maximum",
    "min",
    "minimum",
    "nn",
    "optim",
    "pow",
    "power",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "step",
    "sum",
    "tan",
    "tanh",
    "value_and_grad",
]


def __getattr__(name: str) -> Any:
    """`scalar.compile`, loaded when it is first asked for: the rest of the package does without NumPy."""
    if name == "compile":
        try:
            from scalar import compilation
        except ImportError as error:
            raise ImportError(f"scalar.compile needs NumPy: pip install numpy ({error})") from None
        return compilation.compile
    raise AttributeError(f"module 'scalar' has no attribute {name!r}")
