"""The scalar engine: reverse-mode differentiation one number at a time, with every chain-rule step on record.

>>> from scalar import Value
>>> x, y = Value(-2.0, "x"), Value(5.0, "y")
>>> f = (x + y) * Value(-4.0, "z")
>>> f.backward()
>>> x.grad, y.grad
(-4.0, -4.0)

Read the files in this order: `rules` (what each operation is), `op` (the shape of a rule), `value` (how a number
remembers where it came from), `topology` and `sweep` (the backward pass), `diagnostics` (what it can tell).
"""

from typing import Any

from scalar import losses as losses, nn as nn, optim as optim
from scalar.diagnostics.anomaly import AnomalyError as AnomalyError, detect_anomaly as detect_anomaly
from scalar.diagnostics.conventions import Convention as Convention
from scalar.diagnostics.ledger import ChainRule as ChainRule, Step as Step, Term as Term
from scalar.names import label_all as label_all
from scalar.op import publish as _publish
from scalar.diagnostics.paths import Path as Path
from scalar.rules import *
from scalar.transforms import (
    derivative as derivative, grad as grad, hessian as hessian, jacobian as jacobian, jvp as jvp,
    value_and_grad as value_and_grad,
)  # fmt: skip
from scalar.value import NOT_COMPUTED as NOT_COMPUTED, Value as Value

# The names a reader of mathematics expects. Inside the package the rows keep names that do not hide Python's own.
abs = absolute
max = maximum
min = minimum
pow = power

_publish(globals(), "losses", "nn", "optim")


def __getattr__(name: str) -> Any:
    told = "; it is demos.scalar_compile.compile now" if name == "compile" else ""
    raise AttributeError(f"module 'scalar' has no attribute {name!r}{told}")
