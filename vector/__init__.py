"""The vector engine: NumPy arrays you can differentiate.

>>> import numpy as np
>>> import vector
>>> w = vector.tensor([1.0, 2.0], requires_grad=True, label="w")
>>> loss = np.sum((w * [3.0, 4.0] - 1) ** 2)
>>> loss.backward()
>>> w.grad
array([12., 56.])

Read the files in this order: `rules` (what each operation is), `op` (the shape of a rule), `tensor` (how an array
remembers where it came from), `sweep` (the backward pass).
"""

import importlib
from typing import TYPE_CHECKING, Any

from vector import functions
from vector.anomaly import AnomalyError
from vector.functions import *
from vector.modes import detect_anomaly, no_grad
from vector.rules import elementwise, matmul
from vector.rules.elementwise import *
from vector.tensor import Tensor, tensor
from vector.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

# NumPy's other names.
abs = absolute
arccos = acos
arccosh = acosh
arcsin = asin
arcsinh = asinh
arctan = atan
arctan2 = atan2
arctanh = atanh
deg2rad = radians
rad2deg = degrees
mod = remainder

if TYPE_CHECKING:
    from vector import data, distributed, nn, optim, training
    from vector.compilation import CaptureError, compile  # the name users expect
    from vector.function import Function
    from vector.gradcheck import GradientError, check_grads

_LATER = {name: name for name in ("data", "distributed", "nn", "optim", "training")}
_LATER |= {"CaptureError": "compilation", "compile": "compilation", "Function": "function"}
_LATER |= {"GradientError": "gradcheck", "check_grads": "gradcheck"}

__all__ = [
    "AnomalyError", "CaptureError", "Function", "GradientError", "Tensor", "abs", "arccos", "arccosh", "arcsin",
    "arcsinh", "arctan", "arctan2", "arctanh", "check_grads", "compile", "data", "deg2rad", "detect_anomaly",
    "distributed", "grad", "hessian", "hvp", "jacobian", "jvp", "matmul", "mod", "nn", "no_grad",
    "optim", "rad2deg", "tensor", "training", "value_and_grad", "vjp",
]  # fmt: skip
__all__ += elementwise.__all__
__all__ += functions.__all__


def __getattr__(name: str) -> Any:
    """What `import vector` leaves out until it is first asked for, so that it takes little longer than NumPy's."""
    if name not in _LATER:
        raise AttributeError(f"module 'vector' has no attribute {name!r}")
    module = importlib.import_module(f"vector.{_LATER[name]}")
    return module if name == _LATER[name] else getattr(module, name)
