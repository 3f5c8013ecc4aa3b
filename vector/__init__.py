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

from vector.diagnostics.anomaly import AnomalyError as AnomalyError, detect_anomaly as detect_anomaly
from vector.functions import *
from vector.modes import no_grad as no_grad
from vector.op import publish as _publish
from vector.rules.elementwise import *
from vector.rules.product import matmul as matmul
from vector.rules.ufuncs import *
from vector.tensor import Tensor as Tensor, tensor as tensor
from vector.transforms import (
    grad as grad, hessian as hessian, hvp as hvp, jacobian as jacobian, jvp as jvp, value_and_grad as value_and_grad,
    vjp as vjp, vmap as vmap,
)  # fmt: skip
from vector.vocabulary import missing as _missing, teach as _teach

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
    from vector import data as data, distributed as distributed, nn as nn, optim as optim, training as training
    from vector.compilation import CaptureError as CaptureError, compile as compile  # the name users expect
    from vector.custom.function import Function as Function
    from vector.checking.gradcheck import GradientError as GradientError, check_grads as check_grads

_LATER = {name: name for name in ("data", "distributed", "nn", "optim", "training")}
_LATER |= {"CaptureError": "compilation", "compile": "compilation", "Function": "custom.function"}
_LATER |= {"GradientError": "checking.gradcheck", "check_grads": "checking.gradcheck"}

_publish(globals(), "fft", "linalg", *_LATER)
_teach(__name__)
_teach(linalg)
vars(fft)["__getattr__"] = _missing("vector.fft", lambda: fft.__all__)


def __getattr__(name: str) -> Any:
    """What `import vector` leaves out until it is first asked for, so that it takes little longer than NumPy's."""
    if name not in _LATER:
        _missing(__name__, lambda: globals()["__all__"])(name)
    module = importlib.import_module(f"vector.{_LATER[name]}")
    return module if name == _LATER[name] else getattr(module, name)
