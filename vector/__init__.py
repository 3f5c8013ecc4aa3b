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

from vector import data, nn, optim
from vector.anomaly import AnomalyError
from vector.functions import (
    broadcast_to,
    concatenate,
    expand_dims,
    log_softmax,
    logsumexp,
    max,
    mean,
    min,
    ravel,
    reshape,
    softmax,
    squeeze,
    stack,
    sum,
    swapaxes,
    transpose,
    where,
)
from vector.modes import detect_anomaly, no_grad
from vector.rules import (
    absolute,
    cos,
    exp,
    log,
    matmul,
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
)
from vector.tensor import Tensor, tensor
from vector.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

abs = absolute

__all__ = [
    "AnomalyError",
    "Tensor",
    "abs",
    "absolute",
    "broadcast_to",
    "concatenate",
    "cos",
    "data",
    "detect_anomaly",
    "exp",
    "expand_dims",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "log",
    "log_softmax",
    "logsumexp",
    "matmul",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "nn",
    "no_grad",
    "optim",
    "ravel",
    "relu",
    "reshape",
    "sigmoid",
    "sign",
    "sin",
    "softmax",
    "softplus",
    "sqrt",
    "squeeze",
    "stack",
    "step",
    "sum",
    "swapaxes",
    "tan",
    "tanh",
    "tensor",
    "transpose",
    "value_and_grad",
    "vjp",
    "where",
]
