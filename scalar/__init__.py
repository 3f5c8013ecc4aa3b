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

from scalar import losses, nn, optim, rules
from scalar.anomaly import AnomalyError, detect_anomaly
from scalar.conventions import Convention
from scalar.ledger import ChainRule, Step, Term
from scalar.names import label_all
from scalar.paths import Path
from scalar.rules import *
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
    "NOT_COMPUTED", "AnomalyError", "ChainRule", "Convention", "Path", "Step", "Term", "Value", "abs",
    "compile", "derivative", "detect_anomaly", "grad", "hessian", "jacobian", "jvp", "label_all", "losses",
    "max", "min", "nn", "optim", "pow", "value_and_grad",
]  # fmt: skip
__all__ += rules.__all__


def __getattr__(name: str) -> Any:
    """`scalar.compile`, loaded when it is first asked for: the rest of the package does without NumPy."""
    if name == "compile":
        try:
            from scalar import compilation
        except ImportError as error:
            raise ImportError(f"scalar.compile needs NumPy: pip install numpy ({error})") from None
        return compilation.compile
    raise AttributeError(f"module 'scalar' has no attribute {name!r}")
